package peers_test

import (
	"context"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

const module = "github.com/maskinporten-go/maskinporten/mockserver/internal/bench/peers/"

// mockoidcOverHTTP is grants.OverHTTP for mockoidc.
func mockoidcOverHTTP(b *testing.B) func() float64 {
	b.Helper()
	running, err := grants.RunOnOneCore(b.Context(), grants.Build(b, module+"mockoidc"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(running.Stop)
	client, err := oidcClientOf(running)
	if err != nil {
		b.Fatal(err)
	}
	refreshToken, err := client.signIn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return grants.Throughput(b, client.Endpoint, func(tokens int) ([]string, error) { return client.refreshes(refreshToken, tokens), nil })
}

// Wanted: 0.85 of the throughput of a server that only verifies and signs, and
// more than the others, each on one core, asked over 16 connections.
func BenchmarkTokensOverHTTP(b *testing.B) {
	peers := grants.Build(b, module+"serve")
	took := rounds.Rotate(b, grants.OverHTTP(b, grants.Build(b, grants.Limit)), grants.OverHTTP(b, grants.Build(b, grants.Mock)),
		grants.OverHTTP(b, peers, "zitadel"), grants.OverHTTP(b, peers, "fosite"), mockoidcOverHTTP(b))
	for i, name := range []string{"mock", "zitadel", "fosite", "mockoidc"} {
		b.ReportMetric(took[0]/took[i+1], name+"-×limit")
	}
	b.ReportMetric(1e9/took[0], "limit-tokens/s")
}

// firstToken runs a program, gets a token and returns how long that took.
func firstToken(ctx context.Context, program string, token func(*grants.Program) error) (float64, error) {
	started := time.Now()
	running, err := grants.Run(ctx, program)
	if err != nil {
		return 0, err
	}
	defer running.Stop()
	err = token(running)
	return float64(time.Since(started).Nanoseconds()), err
}

func mockToken(ctx context.Context) func(*grants.Program) error {
	return func(p *grants.Program) error {
		client, err := p.Client()
		if err != nil {
			return err
		}
		body, err := client.Request(time.Now())
		if err == nil {
			_, err = post(ctx, client.Endpoint, body)
		}
		return err
	}
}

func mockoidcToken(ctx context.Context) func(*grants.Program) error {
	return func(p *grants.Program) error {
		client, err := oidcClientOf(p)
		if err == nil {
			_, err = client.signIn(ctx)
		}
		return err
	}
}

// Limit: 1.0 of mockoidc, the client's work included: a grant that is signed
// for the one, a sign-in for the other.
func BenchmarkProgramStartToFirstToken(b *testing.B) {
	measure := func(program string, token func(*grants.Program) error) func() float64 {
		return func() float64 {
			took, err := firstToken(b.Context(), program, token)
			if err != nil {
				b.Fatal(err)
			}
			return took
		}
	}
	took := rounds.Alternate(b, measure(grants.Build(b, module+"mockoidc"), mockoidcToken(b.Context())),
		measure(grants.Build(b, grants.Mock), mockToken(b.Context())))
	b.ReportMetric(took.Ratio(), "×mockoidc")
	b.ReportMetric(took.Floor/1e6, "mockoidc-ms")
	b.ReportMetric(took.Subject/1e6, "ms")
}

func TestTheProgramsGiveTokens(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]func(*grants.Program) error{
		grants.Mock: mockToken(t.Context()), module + "mockoidc": mockoidcToken(t.Context()),
	} {
		if _, err := firstToken(t.Context(), grants.Build(t, name), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
