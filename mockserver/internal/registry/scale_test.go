package registry_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// crowd is a registry of many scopes with ten accesses each.
type crowd struct {
	*world
	scopes    []string
	consumers []string
}

// newCrowd makes accesses/10 scopes; each consumer has ten accesses, too.
func newCrowd(tb testing.TB, accesses int) *crowd {
	tb.Helper()
	c := &crowd{
		world:     newWorld(tb, func(c *registry.Config) { c.OnEvent = nil }),
		consumers: orgNos(accesses / 10),
	}
	for n := range accesses / 10 {
		c.scopes = append(c.scopes, c.scope(tb, fmt.Sprintf("scope-%d", n)))
	}
	for n := range accesses {
		c.grant(tb, c.scopes[n/10], c.consumers[(n*7)%len(c.consumers)])
	}
	return c
}

// consumerOf returns one that has access to the n-th scope.
func (c *crowd) consumerOf(n int) string { return c.consumers[(n*70)%len(c.consumers)] }

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// weighedCrowd returns a crowd and how many bytes each access of it takes,
// scopes and indexes included.
func weighedCrowd(tb testing.TB, accesses int) (c *crowd, perAccess float64) {
	tb.Helper()
	before := liveHeap()
	c = newCrowd(tb, accesses)
	return c, float64(liveHeap()-before) / float64(accesses)
}

func TestAnAccessTakesAtMost250Bytes(t *testing.T) { //nolint:paralleltest // others would count too
	c, got := weighedCrowd(t, 100_000)
	if got > 250 {
		t.Errorf("an access takes %.0f bytes", got)
	}
	runtime.KeepAlive(c)
}

func TestCallsAllocateForWhatTheyAnswerAndNoMore(t *testing.T) { //nolint:paralleltest // counts allocations
	small, large := newCrowd(t, 1000), newCrowd(t, 50_000)
	for name, call := range map[string]func(c *crowd){
		"grant": func(c *crowd) { _, _ = c.GrantAccess(provider, c.scopes[7], c.consumerOf(7)) },
		"regrant": func(c *crowd) {
			c.revoke(t, c.scopes[5], c.consumerOf(5))
			c.grant(t, c.scopes[5], c.consumerOf(5))
		},
		"received": func(c *crowd) { _, _ = c.AccessReceived(c.consumers[0], false) },
		"of a scope": func(c *crowd) {
			_, _ = c.AccessGiven(providerNo, registry.AccessFilter{Scope: c.scopes[3]})
		},
		"of a consumer": func(c *crowd) {
			_, _ = c.AccessGiven(providerNo, registry.AccessFilter{ConsumerOrgNo: c.consumers[0]})
		},
		"may use": func(c *crowd) { c.IssuedAccess(c.scopes[0], c.consumers[0]) },
	} {
		few := testing.AllocsPerRun(50, func() { call(small) })
		many := testing.AllocsPerRun(50, func() { call(large) })
		if many > few || many > 60 {
			t.Errorf("%s: %v allocations among 1,000 accesses, %v among 50,000", name, few, many)
		}
	}
}

// BenchmarkAccesses shows that calls cost what they answer, however many
// accesses there are, and what an access takes.
func BenchmarkAccesses(b *testing.B) {
	for _, accesses := range []int{10_000, 1_000_000} {
		c, perAccess := weighedCrowd(b, accesses)
		last := c.scopes[len(c.scopes)-1]
		size := fmt.Sprintf("among=%d/", accesses)
		b.Run(size+"revoke-and-grant", func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				scope := n % len(c.scopes)
				c.revoke(b, c.scopes[scope], c.consumerOf(scope))
				c.grant(b, c.scopes[scope], c.consumerOf(scope))
			}
		})
		b.Run(size+"of-a-consumer", func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				_, err := c.AccessReceived(c.consumers[n%len(c.consumers)], false)
				must(b, err)
			}
		})
		b.Run(size+"of-a-scope", func(b *testing.B) {
			for b.Loop() {
				_, err := c.AccessGiven(providerNo, registry.AccessFilter{Scope: last})
				must(b, err)
			}
			b.ReportMetric(perAccess, "B/access")
		})
	}
}
