package bench_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// test is a test that a benchmark starts a mock for, over and over.
type test struct {
	testing.TB
	cleanups []func()
}

// Cleanup implements mockserver.TB.
func (t *test) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *test) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		t.cleanups[last]()
		t.cleanups = t.cleanups[:last]
	}
}

// withMock does something with a mock of its own.
func withMock(tb testing.TB, do func(*mockserver.Server)) {
	t := &test{TB: tb}
	defer t.end()
	do(mockserver.Start(t))
}

func withHTTPTest(do func(*httptest.Server)) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	do(server)
}

// Limit: 2 times an httptest.Server.
func BenchmarkStartAndClose(b *testing.B) {
	const times = 20
	floor := func() { withHTTPTest(func(*httptest.Server) {}) }
	for _, c := range []struct {
		name string
		use  func(*mockserver.Server)
	}{
		{"in-memory", func(*mockserver.Server) {}},
		{"with-a-URL", func(srv *mockserver.Server) { srv.URL() }},
		{"with-a-world", func(srv *mockserver.Server) { // which is made when it is first asked for
			srv.AddOrganization(provider, "Digitaliseringsdirektoratet")
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			took := rounds.InTurns(b, times, floor, func() { withMock(b, c.use) })
			b.ReportMetric(took.Ratio(), "×httptest")
			b.ReportMetric(took.Floor/1e3, "httptest-µs")
			b.ReportMetric(took.Subject/1e3, "µs")
		})
	}
}

// provider is an organisation of the default world.
const provider maskinporten.OrgNo = "991825827"

// firstAnswer makes the first call of a test: a token, then the call with it.
func firstAnswer(tb testing.TB) func(*mockserver.Server) {
	tb.Helper()
	return func(srv *mockserver.Server) {
		client := srv.Client(srv.AddOrganization(provider, "Digitaliseringsdirektoratet"))
		if _, err := maskinporten.Collect(client.Scopes.All(tb.Context(), maskinporten.ScopeFilter{})); err != nil {
			tb.Error(err)
		}
	}
}

// Limit: 1.2 of two RSA signatures (of the grant, of the token), a verification
// (of the grant) and a call.
func BenchmarkStartToFirstAnswer(b *testing.B) {
	verify, sign := grants.BareRSA(b)
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) })
	floor := func() {
		sign()
		verify()
		sign()
		empty.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody))
	}
	took := rounds.Alternate(b,
		func() float64 { return grants.Once(floor) },
		func() float64 { return grants.Once(func() { withMock(b, firstAnswer(b)) }) })
	b.ReportMetric(took.Ratio(), "×RSA-and-call")
	b.ReportMetric(took.Floor/1e3, "RSA-and-call-µs")
	b.ReportMetric(took.Subject/1e3, "µs")
}

// Parsing a single key takes 72 allocations, making one thousands. That a key is
// parsed once per process is a rule of testkeys.
func TestStartingParsesNoKey(t *testing.T) { //nolint:paralleltest // others' allocations would count
	const starting, answering = 50, 800 // 42 and 736 now
	if got := testing.AllocsPerRun(20, func() { withMock(t, func(*mockserver.Server) {}) }); got > starting {
		t.Errorf("start and close: %v allocations, want %d at most", got, starting)
	}
	if got := testing.AllocsPerRun(20, func() { withMock(t, firstAnswer(t)) }); got > answering {
		t.Errorf("start to the first answer: %v allocations, want %d at most", got, answering)
	}
}
