package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const planScope = "difi:api3"

// orgNos makes n different valid organisation numbers, rising.
func orgNos(n int) []maskinporten.OrgNo {
	var made []maskinporten.OrgNo
	for body := 80_000_000; len(made) < n; body++ {
		for digit := range 10 {
			if o := maskinporten.OrgNo(fmt.Sprintf("%08d%d", body, digit)); o.Valid() {
				made = append(made, o)
			}
		}
	}
	return made
}

// provider is a service that keeps the accesses to one scope, and refuses
// what the test says.
type provider struct {
	refuse func(sent) (answer, bool)

	mu     sync.Mutex
	access map[string]bool
	busy   atomic.Int32
	most   atomic.Int32
}

func newProvider(consumers ...maskinporten.OrgNo) *provider {
	p := &provider{access: map[string]bool{}}
	for _, consumer := range consumers {
		p.access[string(consumer)] = true
	}
	return p
}

func (p *provider) reply(s sent) answer {
	if p.refuse != nil {
		if refusal, refused := p.refuse(s); refused {
			return refusal
		}
	}
	now := p.busy.Add(1)
	defer p.busy.Add(-1)
	for most := p.most.Load(); now > most && !p.most.CompareAndSwap(most, now); most = p.most.Load() {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	consumer := strings.TrimPrefix(s.Path, "/scopes/access/")
	switch {
	case s.Method == http.MethodGet && len(p.access) == 0:
		return answer{http.StatusNotFound, emptyList}
	case s.Method == http.MethodGet:
		var rows []string
		for consumer := range p.access {
			rows = append(rows, consumer+" APPROVED")
		}
		return answer{http.StatusOK, accesses(planScope, rows...)}
	case s.Path == "/scopes":
		return answer{http.StatusOK, `{"name":"difi:api3","active":false}`}
	case s.Method == http.MethodPut:
		p.access[consumer] = true
	case !p.access[consumer]:
		return answer{http.StatusNotFound, `{"status":404,"error_description":", never given"}`}
	default:
		delete(p.access, consumer)
	}
	return answer{http.StatusOK, `{}`}
}

func (p *provider) consumers() []maskinporten.OrgNo {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []maskinporten.OrgNo
	for consumer := range p.access {
		all = append(all, maskinporten.OrgNo(consumer))
	}
	slices.Sort(all)
	return all
}

func mustPlan(t *testing.T, client *maskinporten.Client, wanted ...maskinporten.OrgNo) *maskinporten.AccessPlan {
	t.Helper()
	return check.Got(client.Access.Plan(t.Context(), planScope, wanted))(t)
}

func TestPlanComparesWhatIsWantedWithWhatIs(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, accesses(planScope, "991825827 APPROVED", "910753614 APPROVED", "974760673 REQUESTED", "971032081 REQUESTED", "974761076 DENIED")))
	plan := mustPlan(t, client, nav, digdir, "974760673", nav, digdir)
	want := &maskinporten.AccessPlan{
		Scope: planScope,
		Grant: []maskinporten.OrgNo{nav, "974760673"}, Revoke: []maskinporten.OrgNo{supplier}, Keep: []maskinporten.OrgNo{digdir},
	}
	if diff := cmp.Diff(want, plan, cmpopts.IgnoreUnexported(maskinporten.AccessPlan{})); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if plan.Empty() {
		t.Error("there is something to do")
	}
	wire.mustHaveSent(t, sent{Method: "GET", Path: "/scopes/access", Query: "scope=difi%3Aapi3", Scope: readScope})
	wantText := `difi:api3: 2 to grant, 1 to revoke, 1 kept
  + 889640782
  + 974760673
  - 910753614 Name of 910753614`
	check.Same(t, wantText, plan.String(), "text")
}

func TestAPlanWithNothingToDoSendsNothing(t *testing.T) {
	t.Parallel()
	p := newProvider(nav)
	client, wire := newWire(t, p.reply)
	plan := mustPlan(t, client, nav)
	if got := plan.String(); !plan.Empty() || got != "difi:api3: nothing to change, 1 kept" {
		t.Errorf("plan %q", got)
	}
	result, err := plan.Apply(t.Context(), maskinporten.ApplyOptions{})
	if err != nil || len(result.Items) != 0 || result.Err() != nil {
		t.Errorf("result %+v, error %v", result, err)
	}
	wire.mustHaveSentTimes(t, 1)
}

func TestPlanNamesTheWrongNumber(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, newProvider().reply)
	_, err := client.Access.Plan(t.Context(), planScope, []maskinporten.OrgNo{nav, "991825828"})
	mustBeArgumentError(t, err)
	if !strings.Contains(fmt.Sprint(err), "wanted[1]") {
		t.Errorf("error %v", err)
	}
	wire.mustHaveSentNothing(t)
}

func TestPlanFailsWithTheList(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	if plan, err := client.Access.Plan(t.Context(), planScope, nil); plan != nil || !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("plan %v, error %v", plan, err)
	}
}

func TestTakingEverybodysAccessMustBeAskedFor(t *testing.T) {
	t.Parallel()
	p := newProvider(nav, digdir)
	client, wire := newWire(t, p.reply)
	plan := mustPlan(t, client)
	if want := "difi:api3: 0 to grant, 2 to revoke, 0 kept\n  - 889640782 Name of 889640782\n  - 991825827 Name of 991825827"; plan.String() != want {
		t.Errorf("plan %s", plan)
	}
	result, err := plan.Apply(t.Context(), maskinporten.ApplyOptions{})
	mustBeArgumentError(t, err)
	if result != nil || len(wire.requests()) != 1 {
		t.Errorf("result %+v, sent %+v", result, wire.requests())
	}
	if _, err := plan.Apply(t.Context(), maskinporten.ApplyOptions{AllowEmpty: true}); err != nil || len(p.consumers()) != 0 {
		t.Errorf("error %v, left %v", err, p.consumers())
	}
}

func TestNobodyWantedAndNobodyThereIsNoWipe(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, newProvider().reply)
	if _, err := mustPlan(t, client).Apply(t.Context(), maskinporten.ApplyOptions{}); err != nil {
		t.Errorf("error %v", err)
	}
}

func TestAPlanMadeByHandIsRefused(t *testing.T) {
	t.Parallel()
	mustBeArgumentError(t, ignored((&maskinporten.AccessPlan{Scope: planScope, Grant: []maskinporten.OrgNo{nav}}).Apply(t.Context(), maskinporten.ApplyOptions{})))
}

func TestAPlanCanBeShortenedBeforeItIsApplied(t *testing.T) {
	t.Parallel()
	p := newProvider(digdir)
	client, _ := newWire(t, p.reply)
	plan := mustPlan(t, client, nav)
	plan.Revoke = nil
	check.Got(plan.Apply(t.Context(), maskinporten.ApplyOptions{}))(t)
	check.Same(t, []maskinporten.OrgNo{nav, digdir}, p.consumers(), "consumers")
}

func TestWhatIsAddedToAPlanIsChecked(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, newProvider(digdir).reply)
	plan := mustPlan(t, client, nav)
	plan.Grant, plan.Revoke = nil, []maskinporten.OrgNo{".."}
	mustBeArgumentError(t, ignored(plan.Apply(t.Context(), maskinporten.ApplyOptions{AllowEmpty: true})))
	wire.mustHaveSentTimes(t, 1)
}
