package registry_test

import (
	"encoding/json"
	"strconv"
	"sync"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestEveryChangeOfScopesTellsWhoMadeIt(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	check.Got(w.ReplaceScope(provider, scope, input("difi", "api")))(t)
	w.deactivate(t, scope)
	in := input("difi", "api")
	in.Active = new(true)
	check.Got(w.ReplaceScope(provider, scope, in))(t)
	var want []registry.Event
	for _, kind := range []registry.EventKind{
		registry.ScopeCreated, registry.ScopeUpdated, registry.ScopeDeactivated, registry.ScopeReactivated,
	} {
		want = append(want, registry.Event{
			Kind: kind, Time: dawn, OrgNo: providerNo, Scope: scope, Actor: "provider-admin", ActorOrgNo: providerNo,
		})
	}
	check.Same(t, want, w.happened())
}

func TestDigdirsChangesHaveNoActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AddOrganization("974760673", "Brønnøysundregistrene"))
	check.OK(t, w.AssignPrefix("974760673", "brreg"))
	want := []registry.Event{
		{Kind: registry.OrganizationAdded, Time: dawn, OrgNo: "974760673", Detail: "Brønnøysundregistrene"},
		{Kind: registry.PrefixAssigned, Time: dawn, OrgNo: "974760673", Prefix: "brreg"},
	}
	check.Same(t, want, w.happened())
}

func TestTheCriticalEvents(t *testing.T) {
	t.Parallel()
	critical := []registry.EventKind{
		registry.ScopeDeactivated, registry.GrantedScopeDeactivated, registry.AccessRevoked, registry.ClientDeactivated,
		registry.PrivateKeyPosted, registry.KeyExpiring, registry.KeyExpired, registry.SecretExpiring, registry.SecretExpired,
	}
	for _, kind := range critical {
		if !kind.Critical() {
			t.Errorf("%s is critical", kind)
		}
	}
	for _, kind := range []registry.EventKind{registry.ScopeCreated, registry.AccessGranted, registry.KeyAdded, ""} {
		if kind.Critical() {
			t.Errorf("%s is not critical", kind)
		}
	}
}

func TestAnEventIsDeliveredAfterItsChangeOutsideTheLock(t *testing.T) {
	t.Parallel()
	var w *world
	var seen []bool
	w = newWorld(t, func(c *registry.Config) {
		c.OnEvent = func(e registry.Event) {
			if e.Kind == registry.ScopeCreated {
				_, err := w.Scope(providerNo, e.Scope) // would hang under the lock
				seen = append(seen, err == nil)
			}
		}
	})
	w.scope(t, "api")
	check.Same(t, []bool{true}, seen)
}

func TestNobodyNeedsToListen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *registry.Config) { c.OnEvent = nil })
	w.grant(t, w.scope(t, "api"), consumerNo)
	w.deactivate(t, "difi:api")
	w.silent(t)
}

func TestEventsComeInTheOrderOfTheChanges(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.happened()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for n := range 100 {
				in := input("difi", "api")
				in.Active = new(n%2 == 1)
				if _, err := w.ReplaceScope(provider, scope, in); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	active := true
	for _, e := range w.happened() {
		switch {
		case e.Kind == registry.ScopeDeactivated && active, e.Kind == registry.ScopeReactivated && !active:
			active = !active
		case e.Kind != registry.ScopeUpdated: // by one who wanted what another had done
			t.Fatalf("%s while active is %v", e.Kind, active)
		}
	}
}

func TestAnEventIsDeliveredBeforeItsCallReturns(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			caller := provider
			caller.Actor = strconv.Itoa(n)
			for calls := range 50 {
				if _, err := w.ReplaceScope(caller, scope, input("difi", "api")); err != nil {
					t.Error(err)
				}
				if delivered := w.countBy(caller.Actor); delivered != calls+1 {
					t.Errorf("after %d calls, %d events are delivered", calls+1, delivered)
				}
			}
		})
	}
	group.Wait()
}

// countBy counts the events that an actor caused.
func (w *world) countBy(actor string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := 0
	for _, e := range w.events {
		if e.Actor == actor {
			count++
		}
	}
	return count
}

func TestAnEventIsPlainJSONWithoutEmptyFields(t *testing.T) {
	t.Parallel()
	data := check.Got(json.Marshal(registry.Event{Kind: registry.PrefixAssigned, Time: dawn, OrgNo: providerNo, Prefix: "difi"}))(t)
	want := `{"time":"2025-07-02T08:30:00Z","kind":"prefix_assigned","orgno":"991825827","prefix":"difi"}`
	check.Same(t, want, string(data))
}

func TestOfManyWritersOfOneScopeOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const writers = 100
	results := make(chan error, writers)
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			in := input("difi", "api")
			in.Description = strconv.Itoa(n)
			_, err := w.CreateScope(provider, in)
			results <- err
		})
	}
	group.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
			continue
		}
		wantKind(t, err, registry.Conflict, "")
	}
	if won != 1 {
		t.Errorf("%d of %d writers won", won, writers)
	}
	check.Same(t, []registry.EventKind{registry.ScopeCreated}, kinds(w.happened()))
}

func TestReadersAndWritersDoNotMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, propagating(1))
	consumers := orgNos(20)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			name := w.scope(t, "api"+strconv.Itoa(n))
			for _, c := range consumers {
				w.grant(t, name, c)
				w.revoke(t, name, c)
				w.IssuedAccess(name, c)
			}
			_ = w.AddOrganization(consumers[n], "Somebody")
			w.Settle()
		})
		group.Go(func() {
			for _, c := range consumers {
				w.AccessReceived(c, true)
				_, _ = w.AccessGiven(providerNo, registry.AccessFilter{ConsumerOrgNo: c})
				_, _ = w.Scopes(providerNo, registry.ScopeFilter{})
				_, _ = w.PublicScopes(registry.PublicFilter{})
				w.AllAccesses()
				w.AllPrefixes(true)
				w.Organizations()
			}
		})
	}
	group.Wait()
	if got := len(w.AllAccesses()); got != 160 {
		t.Errorf("%d accesses", got)
	}
}
