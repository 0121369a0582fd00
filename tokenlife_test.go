package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// renewing gives tokens "1", "2", … that live so long; all but the first take
// a while.
func renewing(life int, after time.Duration) *backend {
	return &backend{token: func(n int, _ grantSeen) reply {
		answer := tokenReply(fmt.Sprint(n), life)
		if n > 1 {
			answer.after = after
		}
		return answer
	}}
}

func TestNobodyIsHandedATokenThatIsAboutToDie(t *testing.T) {
	t.Parallel()
	for life, test := range map[int]struct{ before, after time.Duration }{
		119: {108 * time.Second, 110 * time.Second}, // ten seconds left
		20:  {14 * time.Second, 16 * time.Second},   // a quarter of its life
	} {
		for at, want := range map[time.Duration]string{test.before: "1", test.after: "2"} {
			synctest.Test(t, func(t *testing.T) {
				b := renewing(life, 100*time.Millisecond)
				auth := b.auth(t)
				mustToken(t.Context(), t, auth)
				time.Sleep(at)
				if got := mustToken(t.Context(), t, auth); got != want {
					t.Errorf("life %d, at %v: token %s, want %s", life, at, got, want)
				}
			})
		}
	}
}

func TestATokenWithLittleLifeIsServedWhereNoBetterComes(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		second   reply
		deadline time.Duration
		took     time.Duration
	}{
		"the renewal fails":                      {second: reply{status: 500}},
		"it takes more than half of what's left": {second: reply{after: time.Minute}, took: 3 * time.Second},
		"the caller has less time than that":     {second: reply{after: time.Minute}, deadline: 2 * time.Second, took: time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &backend{token: func(n int, _ grantSeen) reply {
					if n == 1 {
						return tokenReply("old", 120)
					}
					return test.second
				}}
				auth := b.auth(t)
				mustToken(t.Context(), t, auth)
				time.Sleep(111 * time.Second) // six seconds until it is worthless
				ctx := t.Context()
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				started := time.Now()
				if got := mustToken(ctx, t, auth); got != "old" || time.Since(started) != test.took {
					t.Errorf("token %s after %v", got, time.Since(started))
				}
				if n := len(b.seenGrants()); n != 2 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

func TestATokenHasAsMuchLifeLeftAsIsAskedFor(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		option, request time.Duration
		before, after   time.Duration // the last age at which it is served, and the first at which it isn't
	}{
		"by default":                    {0, 0, 110*time.Second - 1, 110 * time.Second},
		"less than by default":          {time.Second, 2 * time.Second, 110*time.Second - 1, 110 * time.Second},
		"the option":                    {time.Minute, 0, time.Minute - 1, time.Minute},
		"the request":                   {0, time.Minute, time.Minute - 1, time.Minute},
		"the request more than option":  {20 * time.Second, time.Minute, time.Minute - 1, time.Minute},
		"the option more than request":  {time.Minute, 20 * time.Second, time.Minute - 1, time.Minute},
		"at most three quarters of all": {time.Hour, time.Hour, 30*time.Second - 1, 30 * time.Second},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for at, want := range map[time.Duration]string{test.before: "1", test.after: "2"} {
				synctest.Test(t, func(t *testing.T) {
					request := forScope("x")
					request.MinLife = test.request
					b := renewing(120, time.Millisecond)
					auth := b.auth(t, maskinporten.WithMinTokenLife(test.option))
					if _, err := auth.Token(t.Context(), request); err != nil {
						t.Fatal(err)
					}
					time.Sleep(at)
					token, err := auth.TokenSource(t.Context(), request).Token()
					if err != nil || token.AccessToken != want {
						t.Errorf("at %v: %v, error %v, want %s", at, token, err, want)
					}
				})
			}
		})
	}
}

func TestHowMuchLifeIsWantedMakesNoOtherToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := renewing(120, 0)
		auth := b.auth(t)
		demanding := forScope("x")
		demanding.MinLife = time.Minute
		for _, request := range []maskinporten.TokenRequest{demanding, forScope("x")} {
			if _, err := auth.Token(t.Context(), request); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(b.seenGrants()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	_, err := maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithMinTokenLife(-1))
	_, err2 := (&backend{}).auth(t).Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"x"}, MinLife: -1})
	if !errors.Is(err, maskinporten.ErrInvalidArgument) || !errors.Is(err2, maskinporten.ErrInvalidArgument) {
		t.Errorf("errors %v and %v of lives that can't be", err, err2)
	}
}

func TestATokenOfTheSharedCacheHasTheLifeThatIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, cache := renewing(120, 0), newMemoryCache()
		mustToken(t.Context(), t, processes(t, b, cache, 1)[0])
		time.Sleep(50 * time.Second)
		if got := mustToken(t.Context(), t, processes(t, b, cache, 1, maskinporten.WithMinTokenLife(80*time.Second))[0]); got != "2" {
			t.Errorf("token %s", got)
		}
		synctest.Wait()
		time.Sleep(50 * time.Second)
		if got := mustToken(t.Context(), t, processes(t, b, cache, 1)[0]); got != "2" {
			t.Errorf("token %s", got)
		}
	})
}

func TestAnAPIThatAcceptsNoTokenCostsNoTokenRequestACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(int, *http.Request) reply { return reply{status: 401} }}
		admin, auth := b.client(t), b.auth(t)
		for what, call := range map[string]func() error{
			"the API of the service": func() error { return calls["GET"](t.Context(), admin) },
			"the user's own": func() error {
				if status := sendThrough(t, auth.Client(forScope("x")), http.MethodGet, someAPI, ""); status != 401 {
					return fmt.Errorf("status %d", status)
				}
				return maskinporten.ErrUnauthorized
			},
		} {
			before := len(b.seenGrants())
			for range 90 { // nine seconds
				if err := call(); !errors.Is(err, maskinporten.ErrUnauthorized) {
					t.Errorf("%s: error %v", what, err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if n := len(b.seenGrants()) - before; n != 2 {
				t.Errorf("%s: %d token requests, want the first and a fresh one", what, n)
			}
			time.Sleep(2 * time.Second)
			_ = call()
			if n := len(b.seenGrants()) - before; n != 3 {
				t.Errorf("%s: %d token requests, want another when the fresh one is ten seconds old", what, n)
			}
		}
	})
}

func TestAClockThatJumpsKeepsNoTokenAlive(t *testing.T) {
	t.Parallel()
	for _, back := range []time.Duration{100 * time.Second, time.Hour, 24 * time.Hour, -time.Minute, -8 * time.Hour} { // the last two as after a suspend
		synctest.Test(t, func(t *testing.T) {
			offset := time.Duration(0)
			b := renewing(120, 0)
			// without the monotonic reading, which a suspend stops
			auth := b.auth(t, maskinporten.WithClock(func() time.Time { return time.Now().Add(offset).Round(0) }))
			mustToken(t.Context(), t, auth)
			time.Sleep(80 * time.Second)
			offset = -back
			if got := mustToken(t.Context(), t, auth); got != "2" {
				t.Errorf("set back by %v: token %s", back, got)
			}
		})
	}
}

// panicking is a TokenCache that does nothing else.
type panicking struct{}

func (panicking) Get(context.Context, string) ([]byte, error)              { panic("no cache") } //nolint:forbidigo // what is tested
func (panicking) Set(context.Context, string, []byte, time.Duration) error { panic("no cache") } //nolint:forbidigo // what is tested

func TestATokenCacheThatPanicsCostsAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		if got := mustToken(t.Context(), t, processes(t, &backend{}, panicking{}, 1, logTo(&log))[0]); got != "token-1" {
			t.Errorf("token %s", got)
		}
		synctest.Wait()
		if n := strings.Count(log.String(), "level=WARN"); n != 2 || !strings.Contains(log.String(), "panicked: no cache") {
			t.Errorf("%d warnings: %s", n, log.String())
		}
	})
}
