package portal_test

import (
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// producer is a user with every right in production.
func (w *world) producer() string {
	w.t.Helper()
	manager, cookie := w.manager(), w.user(kari)
	w.ok(w.DelegateRights(manager, kari, everything))
	w.ok(w.SignInWithIDPorten(cookie, pid))
	return cookie
}

func (w *world) prefixes(environment string) int {
	return len(w.Registries[environment].Prefixes(digdir))
}

func TestPrefixInTestIsOrderedByMailAndGrantedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := check.Got(w.OrderPrefix(w.user(kari), "ver2", "digdir", "API-er"))(t)
	if order.Means != portal.ByMail || order.State != portal.OrderGranted {
		t.Errorf("order: %+v", order)
	}
	if n := len(w.MailTo("servicedesk@digdir.no")); n != 1 {
		t.Errorf("%d mails to the service desk", n)
	}
	if n := len(w.MailTo(kari)); n != 2 { // confirmation link, decision
		t.Errorf("%d mails to the user", n)
	}
	if w.prefixes("ver2") != 1 || w.prefixes("test") != 0 {
		t.Error("the prefix must be in ver2 only")
	}
}

func TestPrefixInProductionIsOrderedByFormAndWaitsForDigdir(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := check.Got(w.OrderPrefix(w.producer(), "prod", "digdir", "API-er"))(t)
	if order.Means != portal.ByForm || order.State != portal.OrderPending || w.prefixes("prod") != 0 {
		t.Fatalf("order: %+v", order)
	}
	if pending := w.PendingPrefixOrders(); len(pending) != 1 || pending[0].ID != order.ID {
		t.Errorf("pending: %+v", pending)
	}
	decided := check.Got(w.DecidePrefix(order.ID, true, ""))(t)
	if decided.State != portal.OrderGranted || w.prefixes("prod") != 1 {
		t.Errorf("decided: %+v", decided)
	}
	refused(t, check.Err(w.DecidePrefix(order.ID, true, "")), portal.CodeConflict)
}

func TestRefusedPrefixIsNotAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.producer()
	order := check.Got(w.OrderPrefix(cookie, "prod", "digdir", "API-er"))(t)
	check.Got(w.DecidePrefix(order.ID, false, "for kort begrunnelse"))(t)
	orders := check.Got(w.PrefixOrders(cookie))(t)
	if len(orders) != 1 || orders[0].State != portal.OrderRefused || orders[0].Reason == "" || w.prefixes("prod") != 0 {
		t.Errorf("orders: %+v", orders)
	}
}

func TestPrefixOfAnotherOrganisationCannotBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.Registries["test"].AssignPrefix(nav, "nav"))
	cookie := w.user(kari)
	if _, err := w.OrderPrefix(cookie, "test", "nav", "API-er"); err == nil {
		t.Error("granted")
	}
	check.Same(t, 0, w.prefixes("test"), "assigned")
}

func TestPrefixOrderIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cookie := w.user(kari)
	for _, prefix := range []string{"", "a b", "-a", "a:b", "a/b", "../x", "æ", strings.Repeat("a", 256)} {
		refused(t, check.Err(w.OrderPrefix(cookie, "test", prefix, "API-er")), portal.CodeInvalid)
	}
	for _, prefix := range []string{"Difi.X_1", strings.Repeat("a", 255)} { // as Digdir can assign them
		check.Got(w.OrderPrefix(cookie, "test", prefix, "API-er"))(t)
	}
	refused(t, check.Err(w.OrderPrefix(cookie, "test", "digdir", "")), portal.CodeInvalid)
	refused(t, check.Err(w.OrderPrefix(cookie, "prod", "digdir", "API-er")), portal.CodeNoAccess)
	refused(t, check.Err(w.OrderPrefix("forged", "test", "digdir", "API-er")), portal.CodeNotSignedIn)
	refused(t, check.Err(w.PrefixOrders("forged")), portal.CodeNotSignedIn)
}

func TestPrefixOrderNeedsTheRightToAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, cookie := w.manager(), w.user(kari)
	w.ok(w.DelegateRights(manager, kari, []portal.Right{portal.RightIntegrations}))
	w.ok(w.SignInWithIDPorten(cookie, pid))
	refused(t, check.Err(w.OrderPrefix(cookie, "prod", "digdir", "API-er")), portal.CodeMissingRight)
}

func TestOrdersOfOthersAreNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.Got(w.OrderPrefix(w.user(kari), "test", "digdir", "API-er"))(t)
	orders := check.Got(w.PrefixOrders(w.user("per@nav.no")))(t)
	if len(orders) != 0 {
		t.Errorf("orders: %+v", orders)
	}
}
