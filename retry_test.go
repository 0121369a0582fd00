package maskinporten_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
)

// calls are one call of each method.
var calls = map[string]func(context.Context, *maskinporten.Client) error{
	"GET": func(ctx context.Context, c *maskinporten.Client) error {
		return ignored(c.Scopes.Get(ctx, "difi:api"))
	},
	"list": func(ctx context.Context, c *maskinporten.Client) error {
		return one(c.Scopes.All(ctx, maskinporten.ScopeFilter{}))
	},
	"PUT": func(ctx context.Context, c *maskinporten.Client) error {
		return ignored(c.Access.Grant(ctx, "difi:api", nav))
	},
	"DELETE": func(ctx context.Context, c *maskinporten.Client) error {
		return ignored(c.Access.Revoke(ctx, "difi:api", nav))
	},
	"POST": func(ctx context.Context, c *maskinporten.Client) error {
		return ignored(c.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api", Description: "d"}))
	},
}

// What is repeated, as the package documentation says it.
var (
	refusedDial = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	untrusted   = &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	// waits of four attempts with the longest jitter
	backoffWaits = 400*time.Millisecond + 800*time.Millisecond + 1600*time.Millisecond
)

type outcome struct {
	Attempts int
	Took     time.Duration
	Unknown  bool // ErrOutcomeUnknown
}

func TestRetryTable(t *testing.T) {
	t.Parallel()
	once := outcome{Attempts: 1}
	all := outcome{Attempts: 4, Took: backoffWaits}
	unknown := outcome{Attempts: 1, Unknown: true}
	after := func(d time.Duration) outcome { return outcome{Attempts: 4, Took: 3 * d} }
	paused := func(d time.Duration) outcome { return outcome{Attempts: 11, Took: 10 * d} }
	tenWaits := outcome{Attempts: 11, Took: 36 * time.Second} // 0.4, 0.8, 1.6, 3.2 and six times 5 s
	for what, test := range map[string]struct {
		reply      reply
		safe, post outcome // GET, lists, PUT and DELETE; POST
	}{
		"connection refused":           {reply{err: refusedDial}, all, all},
		"proxy out of reach":           {reply{err: &net.OpError{Op: "proxyconnect", Err: refusedDial}}, all, all},
		"certificate not trusted":      {reply{err: untrusted}, once, once},
		"connection reset":             {reply{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, all, unknown},
		"answer lost":                  {reply{err: io.ErrUnexpectedEOF}, all, unknown},
		"timeout of the http.Client":   {reply{err: context.DeadlineExceeded}, all, unknown},
		"400":                          {reply{status: 400}, once, once},
		"403":                          {reply{status: 403}, once, once},
		"404":                          {reply{status: 404}, once, once},
		"408":                          {reply{status: 408}, once, once},
		"409":                          {reply{status: 409}, once, once},
		"409 with Retry-After":         {reply{status: 409, header: map[string]string{"Retry-After": "1"}}, once, once},
		"307":                          {reply{status: 307, header: map[string]string{"Location": "https://elsewhere.example.test/"}}, once, once},
		"500":                          {reply{status: 500}, once, unknown},
		"501":                          {reply{status: 501}, once, unknown},
		"500 with Retry-After":         {reply{status: 500, header: map[string]string{"Retry-After": "1"}}, once, unknown},
		"429":                          {reply{status: 429}, tenWaits, tenWaits},
		"429 with Retry-After":         {reply{status: 429, header: map[string]string{"Retry-After": "3"}}, paused(3 * time.Second), paused(3 * time.Second)},
		"502":                          {reply{status: 502}, all, unknown},
		"502 with Retry-After":         {reply{status: 502, header: map[string]string{"Retry-After": "3"}}, after(3 * time.Second), unknown},
		"503":                          {reply{status: 503}, all, unknown},
		"503 with Retry-After":         {reply{status: 503, header: map[string]string{"Retry-After": "3"}}, paused(3 * time.Second), paused(3 * time.Second)},
		"503 with garbage Retry-After": {reply{status: 503, header: map[string]string{"Retry-After": "soon"}}, all, unknown},
		"503 with Retry-After: 0":      {reply{status: 503, header: map[string]string{"Retry-After": "0"}}, tenWaits, tenWaits},
		"503 with a day's Retry-After": {reply{status: 503, header: map[string]string{"Retry-After": "86400"}}, once, once},
		"504":                          {reply{status: 504}, all, unknown},
	} {
		for method, call := range calls {
			t.Run(what+"/"+method, func(t *testing.T) {
				t.Parallel()
				want := test.safe
				if method == "POST" {
					want = test.post
				}
				synctest.Test(t, func(t *testing.T) { _ = checkOutcome(t, test.reply, call, want) })
			})
		}
	}
}

// checkOutcome makes a call to a service that always says the same, and
// compares how often it was sent, how long that took, and what the error says
// of it.
func checkOutcome(t *testing.T, always reply, call func(context.Context, *maskinporten.Client) error, want outcome) error {
	t.Helper()
	b := &backend{api: func(int, *http.Request) reply { return always }}
	started := time.Now()
	err := call(t.Context(), b.client(t))
	got := outcome{Attempts: len(b.seenCalls()), Took: time.Since(started), Unknown: errors.Is(err, maskinporten.ErrOutcomeUnknown)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s\n%v", diff, err)
	}
	failure := asAPIError(t, err)
	if failure.StatusCode != always.status || failure.Attempts != want.Attempts {
		t.Errorf("status %d after %d attempts, want %d after %d", failure.StatusCode, failure.Attempts, always.status, want.Attempts)
	}
	if counted := strings.Contains(err.Error(), fmt.Sprintf("%d attempts", want.Attempts)); counted != (want.Attempts > 1) {
		t.Errorf("attempts in the text: %v", err)
	}
	return err
}

func TestAFailureThatPassesIsNotSeen(t *testing.T) {
	t.Parallel()
	for _, failures := range [][]reply{
		{{status: 502}},
		{{err: io.ErrUnexpectedEOF}, {status: 503}, {status: 429}},
		{{body: `{"name":"difi:a`, cut: io.ErrUnexpectedEOF}, {body: `{"name":`, cut: syscall.ECONNRESET}},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &backend{api: func(n int, _ *http.Request) reply {
				if n <= len(failures) {
					return failures[n-1]
				}
				return reply{body: `{"name":"difi:api"}`}
			}}
			scope, err := b.client(t).Scopes.Get(t.Context(), "difi:api")
			if err != nil || scope.Name != "difi:api" || len(b.seenCalls()) != len(failures)+1 {
				t.Errorf("%+v after %d calls, error %v", scope, len(b.seenCalls()), err)
			}
		})
	}
}

func TestAnAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	cut := reply{status: 200, body: `[{"name":"difi:api"},{"na`, cut: io.ErrUnexpectedEOF}
	for method, want := range map[string]outcome{
		"GET":    {Attempts: 4, Took: backoffWaits},
		"PUT":    {Attempts: 4, Took: backoffWaits},
		"DELETE": {Attempts: 4, Took: backoffWaits},
		"POST":   {Attempts: 1, Unknown: true},
		"list":   {Attempts: 1}, // elements were given out
	} {
		inBubble(t, method, func(t *testing.T) {
			err := checkOutcome(t, cut, calls[method], want)
			if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, maskinporten.ErrUnavailable) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestACallThatIsAskedToWaitTooLongSaysForHowLong(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"31": 31 * time.Second, "99999999999999999999": 365 * 24 * time.Hour, "Sun, 02 Jan 2000 00:00:00 GMT": 24 * time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) { // on the first of January 2000
			b := &backend{api: func(int, *http.Request) reply {
				return reply{status: 503, header: map[string]string{"Retry-After": value}}
			}}
			started := time.Now()
			_, err := b.client(t).Scopes.Get(t.Context(), "difi:api")
			if asked := asAPIError(t, err).RetryAfter; asked != want || time.Since(started) != 0 || !strings.Contains(err.Error(), "left alone for "+want.String()) {
				t.Errorf("%s: asked for %v, after %v: %v", value, asked, time.Since(started), err)
			}
		})
	}
}

func TestAPOSTThatWasTurnedAwayAndThenNeverSentIsNotUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(n int, _ *http.Request) reply {
			if n == 1 {
				return reply{status: 503, header: map[string]string{"Retry-After": "1"}}
			}
			return reply{err: refusedDial}
		}}
		err := calls["POST"](t.Context(), b.client(t))
		if errors.Is(err, maskinporten.ErrOutcomeUnknown) || !errors.Is(err, maskinporten.ErrUnavailable) || len(b.seenCalls()) != 5 {
			t.Errorf("after %d calls: %v", len(b.seenCalls()), err)
		}
	})
}

func TestAttemptsCanBeChosen(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 10} {
		synctest.Test(t, func(t *testing.T) {
			b := &backend{api: func(int, *http.Request) reply { return reply{status: 503} }}
			_, err := b.client(t, maskinporten.WithAttempts(n)).Scopes.Get(t.Context(), "difi:api")
			if got := asAPIError(t, err).Attempts; got != n {
				t.Errorf("%d attempts, want %d", got, n)
			}
		})
	}
}

func TestWaitsAreJitteredFromASourceThatTestsCanSeed(t *testing.T) {
	t.Parallel()
	for chance, want := range map[float64]time.Duration{0: 3 * 100 * time.Millisecond, 0.5: (250 + 450 + 850) * time.Millisecond, 1: backoffWaits} {
		synctest.Test(t, func(t *testing.T) {
			b := &backend{api: func(int, *http.Request) reply { return reply{status: 503} }}
			client := b.client(t, maskinporten.WithJitter(func() float64 { return chance }))
			started := time.Now()
			_, err := client.Scopes.Get(t.Context(), "difi:api")
			if took := time.Since(started); err == nil || took != want {
				t.Errorf("with %v it took %v, want %v", chance, took, want)
			}
		})
	}
}

func TestWaitsGrowToFiveSecondsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(int, *http.Request) reply { return reply{status: 503} }}
		started := time.Now()
		_, err := b.client(t, maskinporten.WithAttempts(10)).Scopes.Get(t.Context(), "difi:api")
		want := 400*time.Millisecond + 800*time.Millisecond + 1600*time.Millisecond + 3200*time.Millisecond + 5*5*time.Second
		if took := time.Since(started); err == nil || took != want {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}
