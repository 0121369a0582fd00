package portal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestAUserAsksForRightsAndAManagerGrantsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	asked := check.Got(w.RequestRights(cookie, "prod", everything[:2]))(t)
	want := portal.RightsRequest{ID: asked.ID, Environment: "prod", Mail: kari, Rights: everything[:2], State: portal.RequestPending, Requested: w.Now()}
	if diff := cmp.Diff(want, asked); diff != "" || asked.ID == "" {
		t.Error(diff)
	}
	if mails := w.MailTo(boss); !strings.Contains(mails[len(mails)-1].Body, kari+" ber om tilgang til prod: API-er, integrasjoner") {
		t.Errorf("the manager was told %q", mails[len(mails)-1].Body)
	}
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess)
	w.Advance(time.Hour)
	decided := check.Got(w.DecideRights(manager, asked.ID, true))(t)
	want.State, want.Decided, want.DecidedBy = portal.RequestGranted, w.Now(), boss
	check.Same(t, want, decided)
	if mails := w.MailTo(kari); !strings.Contains(mails[len(mails)-1].Body, "er godkjent") {
		t.Errorf("the user was told %q", mails[len(mails)-1].Body)
	}
	w.ok(w.SignInWithIDPorten(cookie, pid))
	actor := check.Got(w.Enter(cookie, "prod"))(t)
	check.Same(t, everything[:2], actor.Rights)
	refused(t, check.Err(w.DecideRights(manager, asked.ID, false)), portal.CodeConflict)
	refused(t, check.Err(w.RequestRights(cookie, "prod", everything[:1])), portal.CodeConflict) // held already
	check.Got(w.RequestRights(cookie, "prod", everything[2:]))(t)
}

func TestARefusedRequestGivesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	asked := check.Got(w.RequestRights(cookie, "prod", everything))(t)
	refused(t, check.Err(w.RequestRights(cookie, "prod", everything)), portal.CodeConflict) // one waits
	decided := check.Got(w.DecideRights(manager, asked.ID, false))(t)
	if mails := w.MailTo(kari); decided.State != portal.RequestRefused || !strings.Contains(mails[len(mails)-1].Body, "er avslått") {
		t.Errorf("%+v, %q", decided, mails[len(mails)-1].Body)
	}
	refused(t, check.Err(w.Enter(cookie, "prod")), portal.CodeNoAccess)
	check.Got(w.RequestRights(cookie, "prod", everything))(t) // again
}

func TestAUserAsksToBeLetIntoARestrictedEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	refused(t, check.Err(w.RequestRights(cookie, "ver2", nil)), portal.CodeConflict) // it is open
	w.ok(w.Restrict(manager, "ver2", []string{boss}))
	asked := check.Got(w.RequestRights(cookie, "ver2", nil))(t)
	check.Got(w.DecideRights(manager, asked.ID, true))(t)
	check.Got(w.Enter(cookie, "ver2"))(t)
	restricted := check.Got(w.Restrictions(manager))(t)
	check.Same(t, map[string][]string{"ver2": {boss, kari}}, restricted)
}

func TestOnlyRightsThatThereAreCanBeAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	for _, rights := range [][]portal.Right{nil, {"all"}, {portal.RightSupplier}} {
		refused(t, check.Err(w.RequestRights(cookie, "prod", rights)), portal.CodeInvalid)
	}
	refused(t, check.Err(w.RequestRights(cookie, "mars", everything)), portal.CodeUnknown)
	refused(t, check.Err(w.RequestRights("forged", "prod", everything)), portal.CodeNotSignedIn)
}

func TestRequestsAreDecidedByManagersOfTheSameOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie, other := w.manager(), w.user(kari), w.user(ola)
	w.ok(w.AppointManager(nav, "sjef@nav.no"))
	foreign := w.user("sjef@nav.no")
	asked := check.Got(w.RequestRights(cookie, "prod", everything))(t)
	refused(t, check.Err(w.DecideRights(other, asked.ID, true)), portal.CodeNotManager)
	for _, c := range []string{foreign, manager} {
		id := asked.ID
		if c == manager {
			id = "unknown"
		}
		refused(t, check.Err(w.DecideRights(c, id, true)), portal.CodeUnknown)
	}
	for c, want := range map[string]int{manager: 1, cookie: 1, other: 0, foreign: 0} {
		list := check.Got(w.RightsRequests(c))(t)
		if len(list) != want || list == nil {
			t.Errorf("%d requests, want %d", len(list), want)
		}
	}
}

func TestDecidedRequestsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	waiting := check.Got(w.RequestRights(w.user(ola), "prod", everything))(t)
	for range 1100 {
		asked := check.Got(w.RequestRights(cookie, "prod", everything))(t)
		check.Got(w.DecideRights(manager, asked.ID, false))(t)
	}
	list := check.Got(w.RightsRequests(manager))(t)
	if len(list) != 1001 || list[0].ID != waiting.ID {
		t.Errorf("%d requests are kept, the first is %+v", len(list), list[0])
	}
}

func TestRequestsOutliveAnExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager := w.manager()
	asked := check.Got(w.RequestRights(w.user(kari), "prod", everything))(t)
	check.Got(w.DecideRights(manager, asked.ID, true))(t)
	other := portal.New(portal.Config{Now: w.Now, NewID: w.NewID, Send: w.Deliver})
	w.ok(other.Import(w.Export(), func(string) *registry.Registry { return w.Registries["test"] }))
	if diff := cmp.Diff(w.Export().RightsRequests, other.Export().RightsRequests); diff != "" || len(w.Export().RightsRequests) != 1 {
		t.Error(diff)
	}
	for name, change := range map[string]func(*portal.RightsRequest){
		"no id":        func(r *portal.RightsRequest) { r.ID = "" },
		"no such user": func(r *portal.RightsRequest) { r.Mail = "x@digdir.no" },
		"no such env":  func(r *portal.RightsRequest) { r.Environment = "mars" },
		"no rights":    func(r *portal.RightsRequest) { r.Rights = nil },
		"no state":     func(r *portal.RightsRequest) { r.State = "maybe" },
	} {
		state := w.Export()
		change(&state.RightsRequests[0])
		bad := portal.New(portal.Config{Now: w.Now, NewID: w.NewID, Send: w.Deliver})
		if err := bad.Import(state, func(string) *registry.Registry { return w.Registries["test"] }); err == nil || !strings.Contains(fmt.Sprint(err), "rights_requests[0]") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
