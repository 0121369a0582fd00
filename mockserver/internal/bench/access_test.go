package bench_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

var owner = registry.Caller{OrgNo: string(digdir), Own: true}

// accessesOfAScope is also how many accesses each consumer has.
const accessesOfAScope = 10

// accesses is a registry of many scopes with ten accesses each.
type accesses struct {
	*registry.Registry
	tb        testing.TB
	scopes    []string
	consumers []string
}

func newAccesses(tb testing.TB, count int) *accesses {
	tb.Helper()
	a := &accesses{Registry: registry.New(registry.Config{Environment: "test"}), tb: tb}
	a.must(nil, a.AddOrganization(string(digdir), "Digitaliseringsdirektoratet"))
	a.must(nil, a.AssignPrefix(string(digdir), "difi"))
	for n := range count / accessesOfAScope {
		subscope := fmt.Sprintf("scope-%d", n)
		a.must(a.CreateScope(owner, registry.ScopeInput{ScopeFields: registry.ScopeFields{
			Prefix: "difi", Subscope: subscope, Description: "For " + subscope,
		}}))
		a.scopes = append(a.scopes, "difi:"+subscope)
		a.consumers = append(a.consumers, string(mockserver.SampleOrgNo(n)))
	}
	for n := range count {
		a.grant(n/accessesOfAScope, n*7)
	}
	return a
}

// must takes what a call returned.
func (a *accesses) must(_ any, err error) {
	a.tb.Helper()
	if err != nil {
		a.tb.Fatal(err)
	}
}

func (a *accesses) grant(scope, consumer int) {
	a.must(a.GrantAccess(owner, a.scopes[scope], a.consumers[consumer%len(a.consumers)]))
}

// weighedAccesses returns so many accesses and how many bytes each takes, scopes
// and indexes included.
func weighedAccesses(tb testing.TB, count int) (a *accesses, perAccess float64) {
	tb.Helper()
	before := liveHeap()
	a = newAccesses(tb, count)
	return a, float64(liveHeap()-before) / float64(count)
}

// accessCalls are the calls that must cost what they answer, each for one of the
// scopes and consumers after the other.
var accessCalls = []struct {
	name string
	call func(a *accesses, scope int)
}{
	{"revoke-and-grant", func(a *accesses, scope int) {
		consumer := scope * accessesOfAScope * 7
		a.must(a.RevokeAccess(owner, a.scopes[scope], a.consumers[consumer%len(a.consumers)]))
		a.grant(scope, consumer)
	}},
	{"grant-again", func(a *accesses, scope int) { a.grant(scope, scope*accessesOfAScope*7) }},
	{"of-a-consumer", func(a *accesses, scope int) { a.AccessReceived(a.consumers[scope], false) }},
	{"of-a-scope", func(a *accesses, scope int) {
		a.must(a.AccessGiven(string(digdir), registry.AccessFilter{Scope: a.scopes[scope]}))
	}},
	{"of-a-scopes-owner-to-a-consumer", func(a *accesses, scope int) {
		a.must(a.AccessGiven(string(digdir), registry.AccessFilter{ConsumerOrgNo: a.consumers[scope]}))
	}},
	{"may-use", func(a *accesses, scope int) {
		if !a.IssuedAccess(a.scopes[scope], a.consumers[scope*accessesOfAScope*7%len(a.consumers)]) {
			a.tb.Error("it may not")
		}
	}},
}

// one makes a call for one of a hundred scopes, so that a small registry's data
// are no nearer to the processor than a large one's.
func (a *accesses) one(call func(a *accesses, scope int)) func() {
	n, step := 0, max(1, len(a.scopes)/100)
	return func() {
		n = (n + step) % len(a.scopes)
		call(a, n)
	}
}

// Limits: 250 bytes each; a call costs what it answers, however many there are.
func BenchmarkAccesses(b *testing.B) {
	const times = 2000
	few, _ := weighedAccesses(b, 10_000)
	many, perAccess := weighedAccesses(b, 1_000_000)
	for _, c := range accessCalls {
		b.Run(c.name, func(b *testing.B) {
			few.tb, many.tb = b, b
			took := rounds.InTurns(b, times, few.one(c.call), many.one(c.call))
			b.ReportMetric(took.Ratio(), "×of-10000-among-1000000")
			b.ReportMetric(took.Subject/1e3, "µs")
			b.ReportMetric(perAccess, "B/access")
		})
	}
}

func TestAnAccessTakesAtMost250Bytes(t *testing.T) { //nolint:paralleltest // others' memory would count
	if rounds.RaceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	a, perAccess := weighedAccesses(t, 100_000)
	if perAccess > 250 {
		t.Errorf("an access takes %.0f bytes", perAccess)
	}
	runtime.KeepAlive(a)
}

func TestCallsAllocateForWhatTheyAnswerAndNoMore(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	few, many := newAccesses(t, 1000), newAccesses(t, 50_000)
	for _, c := range accessCalls {
		_, among := rounds.Allocated(50, few.one(c.call))
		_, amongMany := rounds.Allocated(50, many.one(c.call))
		if amongMany > among || amongMany > 60 {
			t.Errorf("%s: %.1f allocations among 1,000 accesses, %.1f among 50,000", c.name, among, amongMany)
		}
	}
}
