package registry_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestWhoMayUseAScope(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	open := w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	w.grant(t, scope, consumerNo)
	for _, c := range []struct {
		name, scope, orgno string
		want               bool
	}{
		{"the owner, without a grant", scope, providerNo, true},
		{"one with approved access", scope, consumerNo, true},
		{"one without", scope, supplierNo, false},
		{"everybody, where it is accessible for all", open, supplierNo, true},
		{"nobody, what doesn't exist", "difi:nosuch", providerNo, false},
	} {
		check.Same(t, c.want, w.IssuedAccess(c.scope, c.orgno), c.name)
	}
	w.revoke(t, scope, consumerNo)
	if w.IssuedAccess(scope, consumerNo) {
		t.Error("one whose access was taken back may use it")
	}
}

func TestNobodyMayUseAnInactiveScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scope := w.scope(t, "api", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	w.grant(t, scope, consumerNo)
	w.deactivate(t, scope)
	if w.IssuedAccess(scope, consumerNo) || w.IssuedAccess(scope, providerNo) || w.IssuedAccess(scope, supplierNo) {
		t.Error("an inactive scope can be used")
	}
	if s, ok := w.IssuedScope(scope); !ok || s.Active {
		t.Errorf("the token endpoint knows it as %+v, %v", s, ok)
	}
	in := input("difi", "api")
	in.Active = new(true)
	check.Got(w.ReplaceScope(provider, scope, in))(t)
	if !w.IssuedAccess(scope, consumerNo) || w.IssuedAccess(scope, supplierNo) {
		t.Error("after reactivating, not exactly those with access may use it")
	}
}

func TestWithoutPropagationChangesAreKnownAtOnce(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	if _, ok := w.IssuedScope(scope); !ok {
		t.Error("the scope isn't known")
	}
	w.grant(t, scope, consumerNo)
	if !w.IssuedAccess(scope, consumerNo) {
		t.Error("the access isn't known")
	}
}

func TestChangesReachTheTokenEndpointAfterThePropagation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(2*time.Minute))
	may := func(when string, want bool) {
		t.Helper()
		check.Same(t, want, w.IssuedAccess("difi:api", consumerNo), when, ": may use it")
	}
	scope := w.scope(t, "api")
	if _, ok := w.IssuedScope(scope); ok {
		t.Error("a new scope is known at once")
	}
	w.advance(time.Minute)
	w.grant(t, scope, consumerNo)
	w.advance(time.Minute)
	if _, ok := w.IssuedScope(scope); !ok {
		t.Error("a scope isn't known after 2 minutes")
	}
	may("a minute after the grant", false)
	w.advance(time.Minute - time.Millisecond)
	may("just before 2 minutes", false)
	w.advance(time.Millisecond)
	may("2 minutes after the grant", true)

	w.revoke(t, scope, consumerNo)
	w.advance(time.Minute)
	may("a minute after revoking", true)
	w.grant(t, scope, consumerNo)
	w.advance(time.Minute)
	may("2 minutes after revoking", false)
	w.advance(time.Minute)
	may("2 minutes after granting again", true)

	w.deactivate(t, scope)
	w.advance(2*time.Minute - 1)
	may("before the deactivation is known", true)
	w.advance(1)
	may("after the deactivation is known", false)
}

func TestSelfServiceItselfSeesChangesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(time.Hour))
	scope := w.scope(t, "api")
	w.grant(t, scope, consumerNo)
	got := w.AccessReceived(consumerNo, false)
	if len(got) != 1 {
		t.Errorf("got %v", pairs(got))
	}
}

func TestSettlingMakesEverythingKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(time.Hour))
	scope := w.scope(t, "api")
	w.grant(t, scope, consumerNo)
	w.Settle()
	if !w.IssuedAccess(scope, consumerNo) {
		t.Error("the access isn't known")
	}
	w.revoke(t, scope, consumerNo)
	if !w.IssuedAccess(scope, consumerNo) {
		t.Error("later changes are known at once as well")
	}
}

func TestAVersionIsKnownAsItWasThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(time.Hour))
	scope := w.scope(t, "api")
	w.Settle()
	var want []int
	for n := 1; n <= 5; n++ {
		w.advance(20 * time.Minute)
		in := input("difi", "api")
		in.AtMaxAge = n
		check.Got(w.ReplaceScope(provider, scope, in))(t)
		s, ok := w.IssuedScope(scope)
		if !ok {
			t.Fatal("the scope is unknown")
		}
		want = append(want, s.AtMaxAge)
	}
	for n, got := range want {
		if expected := max(0, n+1-3); got != expected { // three changes are on their way at any time
			t.Errorf("after change %d: version %d, want %d", n+1, got, expected)
		}
	}
}

func TestPuttingTheClockBackHidesNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(time.Minute))
	scope := w.scope(t, "api")
	w.advance(-24 * time.Hour)
	if _, ok := w.IssuedScope(scope); !ok {
		t.Error("the scope is unknown, since it is of the future")
	}
}

func TestAClientIsIssuedAsTheTokenEndpointKnowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(time.Minute))
	id := w.create(t, server()).ClientID
	if c, ok := w.IssuedClient(id); ok || c != nil {
		t.Error("a new client is known at once")
	}
	w.advance(time.Minute)
	if c, ok := w.IssuedClient(id); !ok || c.ClientName != "Server" {
		t.Errorf("it is known as %+v, %v", c, ok)
	}
	in := server()
	in.ClientName = "Renamed"
	check.Got(w.ReplaceClient(consumer, id, in))(t)
	if c, ok := w.IssuedClient(id); !ok || c.ClientName != "Server" {
		t.Errorf("just changed, it is known as %+v, %v", c, ok)
	}
	w.Settle()
	if c, ok := w.IssuedClient(id); !ok || c.ClientName != "Renamed" {
		t.Errorf("settled, it is known as %+v, %v", c, ok)
	}
	check.OK(t, w.DeactivateClient(consumer, id))
	w.advance(time.Minute)
	if _, ok := w.IssuedClient(id); ok {
		t.Error("an inactive client is issued tokens")
	}
}
