package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const (
	nav      maskinporten.OrgNo = "889640782"
	digdir   maskinporten.OrgNo = "991825827"
	supplier maskinporten.OrgNo = "910753614"
)

// hostileOrgNos must never be sent: ".." would turn "delete this access" into
// "delete the scope".
var hostileOrgNos = []maskinporten.OrgNo{
	"", ".", "..", "../..", "%2e%2e", "..%2f", "/", "all", "0192:991825827", "99182582", "9918258277", "991825828", "99182582x",
	" 991825827", "991825827 ", "991825827/..", "991825827?scope=x", "٩٩١٨٢٥٨٢٧", "-91825827", "+91825827", "991 825 827", "991825827\x00",
	maskinporten.OrgNo(strings.Repeat("9", 10_000)),
}

func TestHostileOrganisationNumbersAreNeverSent(t *testing.T) {
	t.Parallel()
	const scope = "difi:api3"
	for _, consumer := range hostileOrgNos {
		t.Run(fmt.Sprintf("%.20q", consumer), func(t *testing.T) {
			t.Parallel()
			client, wire := newWire(t, always(http.StatusOK, `{}`))
			ctx := t.Context()
			_, grant := client.Access.Grant(ctx, scope, consumer)
			_, revoke := client.Access.Revoke(ctx, scope, consumer)
			_, get := client.Access.Get(ctx, scope, consumer)
			_, has := client.Access.Has(ctx, scope, consumer)
			_, plan := client.Access.Plan(ctx, scope, []maskinporten.OrgNo{nav, consumer})
			_, organization := client.Organization(ctx, consumer)
			for _, err := range []error{grant, revoke, get, has, plan, organization} {
				mustBeArgumentError(t, err)
			}
			if consumer != "" { // empty: not filtered
				mustBeArgumentError(t, one(client.Access.Given(ctx, maskinporten.AccessFilter{ConsumerOrgNo: consumer})))
				mustBeArgumentError(t, one(client.Integrations.All(ctx, maskinporten.IntegrationFilter{OrgNo: consumer})))
			}
			wire.mustHaveSentNothing(t)
		})
	}
}

func TestEachAccessCallGoesToItsPlaceWithTheLeastToken(t *testing.T) {
	t.Parallel()
	const scope, query = "difi:api/v3", "scope=difi%3Aapi%2Fv3"
	client, wire := newWire(t, func(s sent) answer {
		if s.Method == http.MethodGet {
			return answer{http.StatusOK, `[]`}
		}
		return answer{http.StatusOK, `{}`}
	})
	ctx, s := t.Context(), client.Access
	wire.mustGoToTheirPlaces(t, []placed{
		{one(s.Given(ctx, maskinporten.AccessFilter{})), sent{Method: "GET", Path: "/scopes/access", Scope: readScope}},
		{
			one(s.Given(ctx, maskinporten.AccessFilter{Scope: scope, ConsumerOrgNo: nav, Inactive: true})),
			sent{Method: "GET", Path: "/scopes/access", Query: "consumer_orgno=889640782&inactive=true&" + query, Scope: readScope},
		},
		{one(s.Received(ctx, maskinporten.AccessFilter{})), sent{Method: "GET", Path: "/scopes/access/all", Scope: readScope}},
		{one(s.Received(ctx, maskinporten.AccessFilter{Scope: scope, Inactive: true})), sent{Method: "GET", Path: "/scopes/access/all", Query: "inactive=true", Scope: readScope}},
		{ignored(s.Grant(ctx, scope, nav)), sent{Method: "PUT", Path: "/scopes/access/889640782", Query: query, Scope: writeScope}},
		{ignored(s.Revoke(ctx, scope, nav)), sent{Method: "DELETE", Path: "/scopes/access/889640782", Query: query, Scope: writeScope}},
		{ignored(s.Has(ctx, scope, nav)), sent{Method: "GET", Path: "/scopes/access", Query: "consumer_orgno=889640782&" + query, Scope: readScope}},
	})
}

// accesses writes a list of accesses to one scope: each "orgno STATE".
func accesses(scope string, rows ...string) string {
	var list []string
	for _, row := range rows {
		consumer, state, _ := strings.Cut(row, " ")
		list = append(list, fmt.Sprintf(`{"scope":%q,"owner_orgno":"991825827","consumer_orgno":%q,"state":%q,"consumer_organization_name":"Name of %s"}`, scope, consumer, state, consumer))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestGrantAnswersTheAccess(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, golden(t, "access.json")))
	access, err := client.Access.Grant(t.Context(), "difi:api3", nav)
	if err != nil || !access.Approved() || access.ConsumerOrgNo != nav {
		t.Errorf("access %+v, error %v", access, err)
	}
}

func TestAnEmptyAnswerToAWriteMeansThatItWasDone(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNoContent, ""))
	granted, err := client.Access.Grant(t.Context(), "difi:api3", nav)
	if diff := cmp.Diff(&maskinporten.Access{Scope: "difi:api3", ConsumerOrgNo: nav, State: maskinporten.AccessStateApproved}, granted); diff != "" || err != nil {
		t.Errorf("granted (-want +got):\n%s\nerror %v", diff, err)
	}
	revoked, err := client.Access.Revoke(t.Context(), "difi:api3", nav)
	if err != nil || revoked.Approved() || revoked.ConsumerOrgNo != nav {
		t.Errorf("revoked %+v, error %v", revoked, err)
	}
	scope, err := client.Scopes.Deactivate(t.Context(), "difi:api3")
	if err != nil || scope.Active || scope.Name != "difi:api3" {
		t.Errorf("deactivated %+v, error %v", scope, err)
	}
}

func TestRevokingWhatWasNeverGivenIsNotFound(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNotFound, `{"status":404}`))
	check.Is(t, maskinporten.ErrNotFound, ignored(client.Access.Revoke(t.Context(), "difi:api3", nav)))
}

func TestReceivedPicksTheScope(t *testing.T) {
	t.Parallel()
	list := strings.TrimSuffix(accesses("difi:api3", "889640782 APPROVED"), "]") + "," + strings.TrimPrefix(accesses("difi:api33", "889640782 APPROVED"), "[")
	client, _ := newWire(t, always(http.StatusOK, list))
	var got []string
	for access, err := range client.Access.Received(t.Context(), maskinporten.AccessFilter{Scope: "difi:api33"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, access.Scope)
	}
	if diff := cmp.Diff([]string{"difi:api33"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReceivedYieldsErrorsAlsoWhenItPicks(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	check.Is(t, maskinporten.ErrForbidden, one(client.Access.Received(t.Context(), maskinporten.AccessFilter{Scope: "difi:api3"})))
}

func TestALongListCanBeLeftEarly(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, accesses("difi:api3", "889640782 APPROVED", "910753614 APPROVED", "991825827 DENIED")))
	seen := 0
	for _, err := range client.Access.Given(t.Context(), maskinporten.AccessFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("saw %d", seen)
	}
}

func TestOneConsumersAccess(t *testing.T) {
	t.Parallel()
	const scope = "difi:api3"
	for what, test := range map[string]struct {
		list  string
		state maskinporten.AccessState
		has   bool
	}{
		"approved":               {accesses(scope, "889640782 APPROVED"), maskinporten.AccessStateApproved, true},
		"only asked for":         {accesses(scope, "889640782 REQUESTED"), maskinporten.AccessStateRequested, false},
		"taken back":             {accesses(scope, "889640782 DENIED"), "", false},
		"taken, and given again": {accesses(scope, "889640782 DENIED", "889640782 APPROVED"), maskinporten.AccessStateApproved, true},
		"none":                   {emptyList, "", false},
		"an empty array":         {`[]`, "", false},
		"somebody else's":        {accesses(scope, "910753614 APPROVED"), "", false},
		"to another scope":       {accesses("difi:api4", "889640782 APPROVED"), "", false},
	} {
		status := http.StatusOK
		if test.list == emptyList {
			status = http.StatusNotFound
		}
		client, _ := newWire(t, always(status, test.list))
		access, err := client.Access.Get(t.Context(), scope, nav)
		switch {
		case test.state == "" && !errors.Is(err, maskinporten.ErrNotFound):
			t.Errorf("%s: Get gives %+v, %v", what, access, err)
		case test.state != "" && (err != nil || access.State != test.state):
			t.Errorf("%s: Get gives %+v, %v", what, access, err)
		}
		if has, err := client.Access.Has(t.Context(), scope, nav); err != nil || has != test.has {
			t.Errorf("%s: Has gives %v, %v", what, has, err)
		}
	}
}

func TestNoAnswerIsNotNoAccess(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	if has, err := client.Access.Has(t.Context(), "difi:api3", nav); has || !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("Has gives %v, %v", has, err)
	}
	check.Is(t, maskinporten.ErrForbidden, ignored(client.Access.Get(t.Context(), "difi:api3", nav)), "Get gives")
}
