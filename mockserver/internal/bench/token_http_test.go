package bench_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// Wanted: 0.85 of the throughput of a server that only verifies and signs.
func BenchmarkTokensOverHTTP(b *testing.B) {
	took := rounds.Alternate(b, tokensOverHTTP(b, build(b, "mockserver/internal/bench/limit")), tokensOverHTTP(b, build(b, mockProgram)))
	b.ReportMetric(1/took.Ratio(), "×limit-throughput")
	b.ReportMetric(1e9/took.Floor, "limit-tokens/s")
	b.ReportMetric(1e9/took.Subject, "tokens/s")
}

// tokensOverHTTP runs a program on one core, and returns how many nanoseconds a
// token takes it.
func tokensOverHTTP(b *testing.B, program string) func() float64 {
	b.Helper()
	const connections, tokens = 16, 48
	running, err := grants.RunOnOneCore(b.Context(), program)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(running.Stop)
	client, crew := dial(b, running, connections)
	b.Cleanup(crew.Close)
	return func() float64 {
		bodies, err := client.Requests(time.Now(), tokens)
		if err != nil {
			b.Fatal(err)
		}
		return rounds.Clocked(1, func() {
			if err := crew.Send(bodies); err != nil {
				b.Fatal(err)
			}
		}) / tokens
	}
}
