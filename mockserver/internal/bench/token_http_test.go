package bench_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// Wanted: 0.85 of the throughput of a server that only verifies and signs, each
// on one core, asked over 16 connections. Where others use the core too, the
// ratio of the processor time tells more than that of the clock. Log lines are left
// out.
func BenchmarkTokensOverHTTP(b *testing.B) {
	limit, mock := grants.OverHTTP(b, grants.Build(b, grants.Limit)), grants.OverHTTP(b, grants.Build(b, grants.Mock), "-log-format", "none")
	took := rounds.Alternate(b, limit.Round, mock.Round)
	b.ReportMetric(1/took.Ratio(), "×limit")
	b.ReportMetric(limit.Spent()/mock.Spent(), "×limit-by-processor-time")
	b.ReportMetric(1e9/took.Floor, "limit-tokens/s")
	b.ReportMetric(1e9/took.Subject, "tokens/s")
}

// What is measured are tokens, not refusals.
func TestACrewTellsOfRefusals(t *testing.T) {
	t.Parallel()
	a := newAsker(t)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	crew := check.Got(grants.Dial(server.URL+"/token", 2))(t)
	defer crew.Close()
	bodies := check.Got(a.client.Requests(a.Clock().Now(), 3))(t)
	if err := crew.Send(bodies); err != nil {
		t.Error(err)
	}
	if err := crew.Send(bodies[:1]); err == nil || !strings.Contains(err.Error(), "MP-") {
		t.Errorf("the grant was used before, and the error is %v", err)
	}
}
