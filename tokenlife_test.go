package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
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
					check.Got(auth.Token(t.Context(), request))(t)
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
			check.Got(auth.Token(t.Context(), request))(t)
		}
		b.mustHaveAsked(t, 1)
	})
	_, err := maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithMinTokenLife(-1))
	_, err2 := (&backend{}).auth(t).Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"x"}, MinLife: -1})
	if !errors.Is(err, maskinporten.ErrInvalidArgument) || !errors.Is(err2, maskinporten.ErrInvalidArgument) {
		t.Errorf("errors %v and %v of lives that can't be", err, err2)
	}
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
				check.Is(t, maskinporten.ErrUnauthorized, call(), what)
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
