package registry_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// The organisations of these tests, registered by newWorld.
const (
	providerNo = "991825827" // owns the prefixes difi and difitest
	consumerNo = "889640782"
	supplierNo = "910753614"
)

var (
	provider = registry.Caller{OrgNo: providerNo, Own: true, Actor: "provider-admin"}
	consumer = registry.Caller{OrgNo: consumerNo, Own: true, Actor: "consumer-admin"}
)

// dawn is when the clock of every world starts.
var dawn = time.Date(2025, 7, 2, 8, 30, 0, 0, time.UTC)

// world is a registry with a clock that stands still and a record of events.
type world struct {
	*registry.Registry

	mu     sync.Mutex
	clock  time.Time
	events []registry.Event
}

// newWorld makes a registry with three organisations and two prefixes.
func newWorld(t testing.TB, options ...func(*registry.Config)) *world {
	t.Helper()
	w := &world{clock: dawn}
	config := registry.Config{Environment: "test", Now: w.now, NewID: countedIDs(), OnEvent: w.record}
	for _, option := range options {
		option(&config)
	}
	w.Registry = registry.New(config)
	check.OK(t, w.AddOrganization(providerNo, "Digitaliseringsdirektoratet"))
	check.OK(t, w.AddOrganization(consumerNo, "Arbeids- og velferdsetaten"))
	check.OK(t, w.AddOrganization(supplierNo, "Leverandøren"))
	check.OK(t, w.AssignPrefix(providerNo, "difi"))
	check.OK(t, w.AssignPrefix(providerNo, "difitest"))
	w.events = nil
	return w
}

// withScope is a world with a scope of the provider's.
func withScope(t testing.TB) (w *world, scope string) {
	t.Helper()
	w = newWorld(t)
	return w, w.scope(t, "api")
}

// withClient is a world with a client of the consumer's, without keys.
func withClient(t testing.TB) (w *world, id string) {
	t.Helper()
	w = newWorld(t)
	return w, w.create(t, server()).ClientID
}

func propagating(delay time.Duration) func(*registry.Config) {
	return func(c *registry.Config) { c.Propagation = delay }
}

func countedIDs() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) record(e registry.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

// happened returns the events since it was called last.
func (w *world) happened() []registry.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

// silent fails the test if anything has happened since events were read last.
func (w *world) silent(t testing.TB) {
	t.Helper()
	check.Same(t, []registry.Event(nil), w.happened(), "nothing was to happen")
}

// input is the least that makes a scope.
func input(prefix, subscope string) registry.ScopeInput {
	return registry.ScopeInput{ScopeFields: registry.ScopeFields{
		Prefix: prefix, Subscope: subscope, Description: "For " + subscope,
	}}
}

// scope creates a scope of the provider's and returns its name.
func (w *world) scope(t testing.TB, subscope string, changes ...func(*registry.ScopeInput)) string {
	t.Helper()
	in := input("difi", subscope)
	for _, change := range changes {
		change(&in)
	}
	s := check.Got(w.CreateScope(provider, in))(t)
	return s.Name
}

// grant gives a consumer access to a scope of the provider's.
func (w *world) grant(t testing.TB, scope string, consumers ...string) {
	t.Helper()
	for _, consumer := range consumers {
		check.Got(w.GrantAccess(provider, scope, consumer))(t)
	}
}

func (w *world) revoke(t testing.TB, scope, consumer string) {
	t.Helper()
	check.Got(w.RevokeAccess(provider, scope, consumer))(t)
}

func (w *world) deactivate(t testing.TB, scope string) {
	t.Helper()
	check.Got(w.DeactivateScope(provider, scope))(t)
}

// orgNos makes as many valid organisation numbers as asked for.
func orgNos(count int) []string {
	list := make([]string, 0, count)
	for base := 80_000_000; len(list) < count; base++ {
		for digit := range 10 {
			if o := fmt.Sprintf("%08d%d", base, digit); maskinporten.OrgNo(o).Valid() {
				list = append(list, o)
			}
		}
	}
	return list
}

// wantKind fails unless err is a refusal of the kind, and about the field
// ("" for none in particular).
func wantKind(t testing.TB, err error, kind registry.Kind, field string) {
	t.Helper()
	refusal, ok := errors.AsType[*registry.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a refusal of kind %d", err, kind)
	}
	if refusal.Kind != kind || refusal.Field != field {
		t.Fatalf("got kind %d, field %q (%v), want kind %d, field %q", refusal.Kind, refusal.Field, err, kind, field)
	}
	if refusal.Message == "" || refusal.Object == "" {
		t.Fatalf("refusal %+v says too little", refusal)
	}
}

// wantEmpty fails unless a list is empty, and JSON would show it so.
func wantEmpty[T any](t testing.TB, list []T, err error) {
	t.Helper()
	check.OK(t, err)
	if list == nil || len(list) != 0 {
		t.Fatalf("got %v, want an empty list", list)
	}
}

func scopeNames(scopes []*registry.Scope) []string {
	return check.Each(scopes, func(s *registry.Scope) string { return s.Name })
}

// pairs writes accesses as "scope consumer state".
func pairs(accesses []*registry.Access) []string {
	return check.Each(accesses, func(a *registry.Access) string { return a.Scope + " " + a.ConsumerOrgNo + " " + a.State })
}

// keyed writes events as "kind kid".
func keyed(events []registry.Event) []string {
	return check.Each(events, func(e registry.Event) string { return string(e.Kind) + " " + e.Kid })
}

func kinds(events []registry.Event) []registry.EventKind {
	list := []registry.EventKind{}
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}
