package portal

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// busy is a portal with one organisation, in which a password costs nothing: that
// takes the time, and no room.
func busy(t *testing.T) (*Portal, *[]Mail) {
	t.Helper()
	ids, last := 0, make([]Mail, 1)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := registry.New(registry.Config{Environment: "test", Now: func() time.Time { return now }})
	p := New(Config{
		Registry: func(string) *registry.Registry { return r },
		Now:      func() time.Time { return now },
		NewID:    func() string { ids++; return strconv.Itoa(ids) },
		Send:     func(m Mail) { last[0] = m }, ConfirmURL: func() string { return "" },
	})
	p.hash = func(password string, _ []byte) ([]byte, error) { return []byte(password), nil }
	check.OK(t, errors.Join(
		r.AddOrganization("991825827", "Digitaliseringsdirektoratet"), p.Register("991825827", "Digitaliseringsdirektoratet"),
		p.SignTerms("991825827"), p.AddDomain("991825827", "digdir.no"),
	))
	return p, &last
}

// signUpAs signs up, and returns the token that was mailed.
func signUpAs(t *testing.T, p *Portal, last *[]Mail, mail string) string {
	t.Helper()
	check.OK(t, p.SignUp(SignUp{Name: "Kari", Mail: mail, Password: "korrekt hest"}))
	_, token, _ := strings.Cut((*last)[0].Body, "?token=")
	return strings.TrimSpace(token)
}

func confirmedAs(t *testing.T, p *Portal, last *[]Mail, mail string) {
	t.Helper()
	check.OK(t, p.Confirm(signUpAs(t, p, last, mail)))
}

func codeOf(err error) Code {
	refusal, _ := errors.AsType[*Error](err)
	if refusal == nil {
		return ""
	}
	return refusal.Code
}

// heap is what lives.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestSignUpsSessionsAndOrdersOfALongTimeFit(t *testing.T) { //nolint:paralleltest // it looks at the memory
	p, last := busy(t)
	confirmedAs(t, p, last, "kari@digdir.no")
	kept := check.Got(p.SignIn("kari@digdir.no", "korrekt hest"))(t)
	before, first, newest := heap(), "", ""
	for i := range 100_000 {
		newest = signUpAs(t, p, last, fmt.Sprintf("n%06d@digdir.no", i))
		if i == 0 {
			first = newest
		}
		check.Got(p.SignIn("kari@digdir.no", "korrekt hest"))(t)
		if i%1000 == 0 { // used now and then: it is not the one to end
			check.Got(p.Profile(kept.Cookie))(t)
		}
	}
	if len(p.users) != maxWaiting+1 || p.waiting.Len() != maxWaiting || len(p.links) != maxWaiting+1 || len(p.sessions) > maxSessions {
		t.Errorf("%d users, %d wait, %d links, %d sessions", len(p.users), p.waiting.Len(), len(p.links), len(p.sessions))
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("100,000 sign-ups and sign-ins take %d bytes", grown)
	}
	if code := codeOf(p.Confirm(first)); code != CodeLinkInvalid {
		t.Errorf("the oldest sign-up: %q", code)
	}
	check.OK(t, p.Confirm(newest))
	if _, err := p.SignIn("kari@digdir.no", "korrekt hest"); err != nil {
		t.Errorf("who is confirmed is forgotten: %v", err)
	}
}

func TestConfirmedUsersAreNeverForgottenAndMoreAreRefused(t *testing.T) {
	t.Parallel()
	p, last := busy(t)
	for i := range maxUsers - 2 {
		confirmedAs(t, p, last, fmt.Sprintf("n%06d@digdir.no", i))
	}
	older := signUpAs(t, p, last, "older@digdir.no")
	confirmedAs(t, p, last, "last@digdir.no")
	late := signUpAs(t, p, last, "late@digdir.no") // in the place of the older one
	if code := codeOf(p.Confirm(older)); code != CodeLinkInvalid {
		t.Errorf("the sign-up that made room: %q", code)
	}
	check.OK(t, p.Confirm(late))
	if code := codeOf(p.SignUp(SignUp{Name: "K", Mail: "more@digdir.no", Password: "korrekt hest"})); code != CodeFull {
		t.Errorf("one more: %q", code)
	}
	for _, mail := range []string{"n000000@digdir.no", "last@digdir.no", "late@digdir.no"} {
		if _, err := p.SignIn(mail, "korrekt hest"); err != nil {
			t.Error(err)
		}
	}
}

func TestWhoWaitsInAStateWithAnOrderIsNotForgotten(t *testing.T) {
	t.Parallel()
	p, last := busy(t)
	check.OK(t, p.Import(State{
		Users: []UserState{
			{Mail: "ordered@digdir.no", Name: "O", Password: "korrekt hest"}, {Mail: "asked@digdir.no", Name: "A", Password: "korrekt hest"}, {Mail: "alone@digdir.no", Name: "L", Password: "korrekt hest"},
		},
		PrefixOrders:   []PrefixOrder{{ID: "1", Environment: "test", OrgNo: "991825827", OrderedBy: "ordered@digdir.no", Prefix: "a", State: OrderPending, Means: ByMail}},
		RightsRequests: []RightsRequest{{ID: "1", Environment: "prod", Mail: "asked@digdir.no", Rights: []Right{RightAPIs}, State: RequestPending}},
	}, func(string) *registry.Registry { return p.cfg.Registry("test") }))
	signUpAs(t, p, last, "asked@digdir.no") // once more
	for i := range maxWaiting {
		signUpAs(t, p, last, fmt.Sprintf("n%06d@digdir.no", i))
	}
	if p.users["ordered@digdir.no"] == nil || p.users["asked@digdir.no"] == nil || p.users["alone@digdir.no"] != nil {
		t.Errorf("%d wait: %v, %v, %v", p.waiting.Len(), p.users["ordered@digdir.no"], p.users["asked@digdir.no"], p.users["alone@digdir.no"])
	}
}

func TestDecidedOrdersGoAndPendingOnesStay(t *testing.T) {
	t.Parallel()
	p, last := busy(t)
	confirmedAs(t, p, last, "kari@digdir.no")
	p.users["kari@digdir.no"].grant(RightAPIs)
	p.users["kari@digdir.no"].pid = "01010112345"
	in := check.Got(p.SignIn("kari@digdir.no", "korrekt hest"))(t)
	check.OK(t, p.SignInWithIDPorten(in.Cookie, "01010112345"))
	order := func(environment string, i int) (PrefixOrder, error) {
		return p.OrderPrefix(in.Cookie, environment, environment+strconv.Itoa(i), "Vær")
	}
	oldest := check.Got(order(production, 0))(t)
	for i := range 3 * maxDecided {
		check.Got(order("test", i))(t)
	}
	for i := 1; i < maxPending; i++ {
		check.Got(order(production, i))(t)
	}
	if _, err := order(production, maxPending); codeOf(err) != CodeFull {
		t.Errorf("one more: %v", err)
	}
	if decided, err := p.DecidePrefix(oldest.ID, false, "nei"); err != nil || decided.State != OrderRefused {
		t.Errorf("%+v, %v", decided, err)
	}
	orders, err := p.PrefixOrders(in.Cookie)
	if err != nil || orders[0].ID != oldest.ID || len(orders) != maxPending-1+maxDecided {
		t.Errorf("%d orders, the first is %+v: %v", len(orders), orders[0], err)
	}
	if _, err := order(production, maxPending); err != nil {
		t.Error(err)
	}
}

func TestTextsOfPeopleAreOfABoundedLength(t *testing.T) {
	t.Parallel()
	p, _ := busy(t)
	for field, in := range map[string]SignUp{
		"name": {Name: strings.Repeat("a", maxText+1), Mail: "a@digdir.no", Password: "korrekt hest"},
		"mail": {Name: "A", Mail: strings.Repeat("a", maxAddress) + "@digdir.no", Password: "korrekt hest"},
	} {
		refusal, _ := errors.AsType[*Error](p.SignUp(in))
		if refusal == nil || refusal.Code != CodeInvalid || refusal.Field != field || len(refusal.Message) > 200 {
			t.Errorf("%s: %+v", field, refusal)
		}
	}
}
