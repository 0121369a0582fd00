package bench_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// asker asks a mock for tokens without sockets.
type asker struct {
	*mockserver.Server
	handler http.Handler
	client  *grants.Client
}

func newAsker(tb testing.TB, options ...mockserver.Option) *asker {
	tb.Helper()
	const base = "http://mock.example.test"
	srv := mockserver.Start(tb, options...)
	ready := check.Got(srv.Ready(base))(tb)
	client := check.Got(grants.Of(ready))(tb)
	return &asker{srv, srv.Handler(base), client}
}

// asking returns a function that asks for one token after another, so many at
// most.
func (a *asker) asking(tb testing.TB, tokens int) func() {
	tb.Helper()
	return a.client.Asking(tb, a.handler, a.Clock().Now(), tokens)
}

// Limits: 1.12 of a bare verification and signature, 250 allocations.
func BenchmarkTokenWithoutSockets(b *testing.B) {
	a := newAsker(b)
	verify, sign := grants.BareRSA(b)
	took := rounds.Alternate(b,
		func() float64 { return grants.Once(func() { verify(); sign() }) },
		func() float64 { return grants.Once(a.asking(b, 1)) })
	b.ReportMetric(took.Ratio(), "×RSA")
	b.ReportMetric(took.Floor/1e3, "RSA-µs")
	b.ReportMetric(took.Subject/1e3, "µs")
	b.ReportMetric(testing.AllocsPerRun(20, a.asking(b, 21)), "allocs")
}

func TestATokenCostsFewAllocations(t *testing.T) { //nolint:paralleltest // others' allocations would count
	const runs, most, mostBytes = 20, 250, 32 << 10
	a := newAsker(t)
	if got := testing.AllocsPerRun(runs, a.asking(t, 1+runs)); got > most {
		t.Errorf("%v allocations, want %d at most", got, most)
	}
	const rounded = 5 * runs // Allocated asks five times, and once before
	if got, _ := rounds.Allocated(runs, a.asking(t, 1+rounded)); got > mostBytes {
		t.Errorf("%v bytes, want %d at most", got, mostBytes)
	}
	if want := 2 + runs + rounded; a.Answered() != want {
		t.Errorf("%d requests were counted, want %d", a.Answered(), want)
	}
}

// A mock that runs for long keeps nothing of tokens that have expired, nor of
// the grants for them.
func TestMemoryDoesNotGrowWithTokens(t *testing.T) { //nolint:paralleltest // others' memory would count
	if rounds.RaceDetector {
		t.Skip("it counts bytes, and makes RSA five times as slow")
	}
	const kept, tokens, mostPerToken = 64, 1000, 24.0
	a := newAsker(t, mockserver.WithHistory(kept, kept))
	get := func(count int) {
		for range count {
			a.Clock().Advance(time.Second)
			a.asking(t, 1)()
		}
	}
	get(2 * grants.Lifetime) // until history and spent grants have their size
	before := heap()
	get(tokens)
	if grown := float64(heap()) - float64(before); grown > mostPerToken*tokens {
		t.Errorf("%d tokens made the heap grow by %v B each", tokens, grown/tokens)
	}
}
