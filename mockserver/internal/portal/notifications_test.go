package portal_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

var digdirCaller = registry.Caller{OrgNo: digdir, Own: true}

// shared is a world in which Digdir's scope difi:api is granted to Nav, which
// has a client for it. It returns the client's id.
func shared(t *testing.T) (*world, string) {
	t.Helper()
	w := merchants(t)
	r := w.Registries["test"]
	check.Got(r.CreateScope(digdirCaller, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: "api", Description: "d"}}))(t)
	check.Got(r.GrantAccess(digdirCaller, "difi:api", nav))(t)
	name := "app"
	c, _ := check.Got2(r.CreateClient(registry.Caller{OrgNo: nav, Own: true}, registry.ClientInput{ClientFields: registry.ClientFields{ClientName: name, IntegrationType: registry.Maskinporten, Scopes: []string{"difi:api"}}}))(t)
	return w, c.ClientID
}

func (w *world) points(orgno, integration string, mails ...string) {
	w.t.Helper()
	check.Got(w.SaveMerchantData("test", orgno, integration, portal.MerchantData{NotificationPoints: mails}))(w.t)
}

func (w *world) lostEvents() []string {
	return check.Each(w.LostNotifications(), func(l portal.LostNotification) string { return l.Event + " " + l.IntegrationID })
}

func TestEveryNotificationPointGetsMailOnce(t *testing.T) {
	t.Parallel()
	w, client := shared(t)
	w.points(nav, client, "a@nav.no", "b@nav.no")
	check.Got(w.Registries["test"].RevokeAccess(digdirCaller, "difi:api", nav))(t)
	for _, to := range []string{"a@nav.no", "b@nav.no"} {
		mails := w.MailTo(to)
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "difi:api") {
			t.Errorf("%s got %+v", to, mails)
		}
	}
	if lost := w.LostNotifications(); len(lost) != 0 {
		t.Errorf("lost: %+v", lost)
	}
}

func TestOneAddressOfTwoIntegrationsGetsOneMail(t *testing.T) {
	t.Parallel()
	w, first := shared(t)
	second, _ := check.Got2(w.Registries["test"].CreateClient(registry.Caller{OrgNo: nav, Own: true},
		registry.ClientInput{ClientFields: registry.ClientFields{ClientName: "two", IntegrationType: registry.Maskinporten, Scopes: []string{"difi:api"}}}))(t)
	w.points(nav, first, "drift@nav.no")
	w.points(nav, second.ClientID, "drift@nav.no")
	check.Got(w.Registries["test"].DeactivateScope(digdirCaller, "difi:api"))(t)
	if mails := w.MailTo("drift@nav.no"); len(mails) != 1 {
		t.Errorf("%d mails: %+v", len(mails), mails)
	}
}

func TestDeactivatedScopeIsToldToOwnerAndConsumers(t *testing.T) {
	t.Parallel()
	w, client := shared(t)
	w.points(digdir, providerIntegration, "drift@digdir.no")
	w.points(nav, client, "drift@nav.no")
	check.Got(w.Registries["test"].DeactivateScope(digdirCaller, "difi:api"))(t)
	for _, to := range []string{"drift@digdir.no", "drift@nav.no"} {
		if n := len(w.MailTo(to)); n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
}

func TestEventWithoutNotificationPointIsLostAndRecorded(t *testing.T) {
	t.Parallel()
	w, client := shared(t)
	r := w.Registries["test"]
	check.Got(r.RevokeAccess(digdirCaller, "difi:api", nav))(t)
	w.ok(r.DeactivateClient(registry.Caller{OrgNo: nav, Own: true}, client))
	check.Got(r.DeactivateScope(digdirCaller, "difi:api"))(t)
	want := []string{"access_revoked " + client, "client_deactivated " + client, "scope_deactivated " + providerIntegration}
	check.Same(t, want, w.lostEvents(), "lost")
}

func TestEventOfOrganisationWithoutIntegrationsIsLost(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	r := w.Registries["test"]
	check.Got(r.CreateScope(digdirCaller, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: "api", Description: "d"}}))(t)
	check.Got(r.GrantAccess(digdirCaller, "difi:api", "974760673"))(t)
	check.Got(r.RevokeAccess(digdirCaller, "difi:api", "974760673"))(t)
	check.Same(t, []string{"access_revoked "}, w.lostEvents(), "lost")
}

func TestUncriticalChangesTellNobody(t *testing.T) {
	t.Parallel()
	w, client := shared(t)
	w.points(nav, client, "drift@nav.no")
	check.Got(w.Registries["test"].GrantAccess(digdirCaller, "difi:api", "974760673"))(t)
	if len(w.MailTo("drift@nav.no")) != 0 || len(w.LostNotifications()) != 0 {
		t.Error("somebody was told")
	}
}

func TestResetForgetsEverything(t *testing.T) {
	t.Parallel()
	w, client := shared(t)
	w.points(nav, client, "drift@nav.no")
	cookie := w.user(kari)
	w.Reset()
	refused(t, check.Err(w.Profile(cookie)), portal.CodeNotSignedIn)
	refused(t, w.SignUp(signUp(kari)), portal.CodeUnknownDomain)
	if len(w.Organizations()) != 0 || len(w.PendingPrefixOrders()) != 0 {
		t.Error("something is left")
	}
}

func TestTheSameThingTwiceAtOneMomentIsToldTwice(t *testing.T) {
	t.Parallel()
	w, client := shared(t) // whose clock stands
	w.points(nav, client, "a@nav.no")
	for range 2 {
		check.Got(w.Registries["test"].RevokeAccess(digdirCaller, "difi:api", nav))(t)
		check.Got(w.Registries["test"].GrantAccess(digdirCaller, "difi:api", nav))(t)
	}
	if mails := w.MailTo("a@nav.no"); len(mails) != 2 {
		t.Errorf("%d mails", len(mails))
	}
}

func TestLostNotificationsAreTheLastTenThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 10_005 {
		w.Notify("test", w.Registries["test"], registry.Event{Kind: registry.AccessRevoked, OrgNo: nav, Scope: strconv.Itoa(i)})
	}
	lost := w.LostNotifications()
	if len(lost) != 10_000 || !strings.Contains(lost[0].Subject, " 5 ") || !strings.Contains(lost[9_999].Subject, " 10004 ") {
		t.Errorf("%d, from %v", len(lost), lost[0])
	}
}
