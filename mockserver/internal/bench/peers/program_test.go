package peers_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

const module = "github.com/maskinporten-go/maskinporten/mockserver/internal/bench/peers/"

// mockoidcOverHTTP is grants.OverHTTP for mockoidc.
func mockoidcOverHTTP(b *testing.B) *grants.Load {
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
	others := newFamiliar(b)
	return grants.NewLoad(b, running, client.Endpoint, func(tokens int) ([]string, error) {
		_, err := others.Requests(time.Now(), tokens) // the server rests meanwhile, as the others do
		return client.refreshes(refreshToken, tokens), err
	})
}

// Wanted: 0.85 of the throughput of a server that only verifies and signs, and
// more than the others, each on one core, asked over 16 connections. Where others
// use the core too, the ratios of the processor time tell more than those of the
// clock. Like the others, the mock logs nothing here.
func BenchmarkTokensOverHTTP(b *testing.B) {
	peers := grants.Build(b, module+"serve")
	loads := []*grants.Load{
		grants.OverHTTP(b, grants.Build(b, grants.Limit)), grants.OverHTTP(b, grants.Build(b, grants.Mock), "-log-format", "none"),
		grants.OverHTTP(b, peers, "zitadel"), grants.OverHTTP(b, peers, "fosite"), mockoidcOverHTTP(b),
	}
	var measures []func() float64
	for _, l := range loads {
		measures = append(measures, l.Round)
	}
	took := rounds.Rotate(b, measures...)
	for i, name := range []string{"", "mock", "zitadel", "fosite", "mockoidc"} {
		if i > 0 {
			b.ReportMetric(took[0]/took[i], name+"-×limit")
			b.ReportMetric(loads[0].Spent()/loads[i].Spent(), name+"-×limit-by-processor-time")
		}
	}
	b.ReportMetric(1e9/took[0], "limit-tokens/s")
}

// firstToken runs a program, gets a token, and returns how long that took.
func firstToken(ctx context.Context, token func(*grants.Program) error, program string, arguments ...string) (float64, error) {
	started := time.Now()
	running, err := grants.Run(ctx, program, arguments...)
	if err != nil {
		return 0, err
	}
	defer running.Stop()
	err = token(running)
	return float64(time.Since(started).Nanoseconds()), err
}

// familiar is a client that knows the mock's credentials, which are the same in
// every server, and where it will listen.
type familiar struct {
	*grants.Client
	address string
}

func newFamiliar(tb testing.TB) familiar {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		tb.Fatal(err)
	}
	ready, err := grants.ReadyAt("http://" + address)
	if err != nil {
		tb.Fatal(err)
	}
	client, err := grants.Of(ready)
	if err != nil {
		tb.Fatal(err)
	}
	return familiar{client, address}
}

// firstToken runs the mock and gets a token with a grant that was signed
// beforehand. It returns how long that took, and how long the grant.
func (f familiar) firstToken(ctx context.Context, program string) (took, signing float64, err error) {
	started := time.Now()
	body, err := f.Request(started)
	if err != nil {
		return 0, 0, err
	}
	signing = float64(time.Since(started).Nanoseconds())
	took, err = firstToken(ctx, func(*grants.Program) error {
		_, err := post(ctx, f.Endpoint, body)
		return err
	}, program, "-listen", f.address)
	return took, signing, err
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

// Wanted: 1.0 of mockoidc, which has a key of its own built in. The grant was
// signed beforehand; the second ratio is that with its signature.
func BenchmarkProgramStartToFirstToken(b *testing.B) {
	mock, mockoidc, client := grants.Build(b, grants.Mock), grants.Build(b, module+"mockoidc"), newFamiliar(b)
	var signed []float64
	took := rounds.Alternate(b,
		func() float64 {
			took, err := firstToken(b.Context(), mockoidcToken(b.Context()), mockoidc)
			if err != nil {
				b.Fatal(err)
			}
			return took
		},
		func() float64 {
			took, signing, err := client.firstToken(b.Context(), mock)
			if err != nil {
				b.Fatal(err)
			}
			signed = append(signed, took+signing)
			return took
		})
	b.ReportMetric(took.Ratio(), "×mockoidc")
	b.ReportMetric(rounds.Median(signed)/took.Floor, "with-signing-×mockoidc")
	b.ReportMetric(took.Floor/1e6, "mockoidc-ms")
	b.ReportMetric(took.Subject/1e6, "ms")
}

func TestTheProgramsGiveTokens(t *testing.T) {
	t.Parallel()
	if _, _, err := newFamiliar(t).firstToken(t.Context(), grants.Build(t, grants.Mock)); err != nil {
		t.Error(err)
	}
	if _, err := firstToken(t.Context(), mockoidcToken(t.Context()), grants.Build(t, module+"mockoidc")); err != nil {
		t.Error(err)
	}
}
