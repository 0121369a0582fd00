package peers_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/peers/servers"
)

const base = "http://mock.example.test"

// asking are functions by server, each of which returns a function that asks
// the server for tokens without sockets, so many at most.
func asking(tb testing.TB) map[string]func(tokens int) func() {
	tb.Helper()
	srv := mockserver.Start(tb)
	ready, err := srv.Ready(base)
	if err != nil {
		tb.Fatal(err)
	}
	client, err := grants.Of(ready)
	if err != nil {
		tb.Fatal(err)
	}
	handler := srv.Handler(base)
	all := map[string]func(int) func(){
		"mock": func(tokens int) func() { return client.Asking(tb, handler, time.Now(), tokens) },
	}
	for name, server := range servers.All {
		handler, err := server(base)
		if err != nil {
			tb.Fatal(err)
		}
		all[name] = func(tokens int) func() { return client.Asking(tb, handler, time.Now(), tokens) }
	}
	return all
}

// Wanted: less than both, 1.12 of a bare verification and signature, and 250
// allocations.
func BenchmarkTokenWithoutSockets(b *testing.B) {
	all := asking(b)
	verify, sign := grants.BareRSA(b)
	once := func(name string) func() float64 {
		return func() float64 { return grants.Once(all[name](1)) }
	}
	took := rounds.Rotate(b, func() float64 { return grants.Once(func() { verify(); sign() }) },
		once("mock"), once("zitadel"), once("fosite"))
	for i, name := range []string{"mock", "zitadel", "fosite"} {
		b.ReportMetric(took[i+1]/took[0], name+"-×RSA")
		b.ReportMetric(testing.AllocsPerRun(20, all[name](21)), name+"-allocs")
	}
	b.ReportMetric(took[0]/1e3, "RSA-µs")
}

func TestATokenAllocatesLessThanElsewhere(t *testing.T) { //nolint:paralleltest // others' allocations would count
	all := asking(t)
	const runs = 10
	mock := testing.AllocsPerRun(runs, all["mock"](1+runs))
	for name := range servers.All {
		if got := testing.AllocsPerRun(runs, all[name](1+runs)); got <= mock {
			t.Errorf("%v allocations, %s makes do with %v", mock, name, got)
		}
	}
}
