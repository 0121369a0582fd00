package maskinporten_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// tokenEvents collects what an observer is told of tokens.
type tokenEvents struct {
	mu     sync.Mutex
	events []maskinporten.TokenEvent
}

func (e *tokenEvents) option() maskinporten.Option {
	return maskinporten.WithObserver(maskinporten.Observer{Token: func(_ context.Context, event maskinporten.TokenEvent) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.events = append(e.events, event)
	}})
}

func (e *tokenEvents) seen() []maskinporten.TokenEvent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.events
}

func TestAnObserverIsToldHowEachTokenRequestEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(n int, _ grantSeen) reply {
			answer := tokenReply("t", 120)
			switch n {
			case 1:
				answer = reply{status: 502}
			case 4:
				answer = reply{status: 400, body: oauthError("forbidden", "no", "https://e/MP-250")}
			}
			answer.after = time.Second
			return answer
		}}
		var told tokenEvents
		auth := b.auth(t, told.option())
		request := maskinporten.TokenRequest{Scopes: []string{"b", "a"}}
		ask := func(times int) {
			_, _, _ = many(times, func(int) (string, error) { _, err := auth.Token(t.Context(), request); return "", err })
		}
		ask(3) // who wait for the first
		ask(5) // who are served
		time.Sleep(90 * time.Second)
		ask(7) // who are served while it is renewed
		time.Sleep(time.Hour)
		ask(2) // who are refused
		same := maskinporten.TokenEvent{ClientID: "client-1", Scopes: []string{"a", "b"}}
		first, second, third := same, same, same
		first.Kind, first.Attempts, first.Duration, first.Waited, first.Life = maskinporten.TokenObtained, 2, 2400*time.Millisecond, 3, 2*time.Minute
		second.Kind, second.Attempts, second.Duration, second.Served, second.Life = maskinporten.TokenRenewed, 1, time.Second, 12, 2*time.Minute
		third.Kind, third.Attempts, third.Duration, third.Waited = maskinporten.TokenFailed, 1, time.Second, 2
		got := told.seen()
		if diff := cmp.Diff([]maskinporten.TokenEvent{first, second, third}, got, cmpopts.IgnoreFields(maskinporten.TokenEvent{}, "Err")); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if err := got[len(got)-1].Err; !errors.Is(err, maskinporten.ErrAccessNotGranted) || asTokenError(t, err).MP != "MP-250" {
			t.Errorf("error %v", err)
		}
	})
}

func TestAnObserverLearnsWhichTokensCameFromTheSharedCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told tokenEvents
		for _, auth := range processes(t, &backend{}, newMemoryCache(), 2, told.option()) {
			mustToken(t.Context(), t, auth)
			synctest.Wait()
		}
		if got := told.seen(); len(got) != 2 || got[0].FromCache || !got[1].FromCache || got[1].Attempts != 0 || got[0].Attempts != 1 {
			t.Errorf("events %+v", got)
		}
	})
}

func TestTokenRequestsAreLoggedAtDebug(t *testing.T) {
	t.Parallel()
	var log logBuffer
	b := &backend{}
	request := maskinporten.TokenRequest{Scopes: []string{"x"}, PID: maskinporten.NewPersonal("01017012345")}
	auth := b.auth(t, debugTo(&log))
	check.Got(auth.Token(t.Context(), request))(t)
	text := log.String()
	for _, part := range []string{"level=DEBUG", "token request", "client_id=client-1", "scope=x", "attempts=1", "life=2m0s"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
	if strings.Contains(text, "token-1") || strings.Contains(text, "01017012345") {
		t.Errorf("logged %s", text)
	}
}

// keyUntil is a test key whose JWK says when it expires.
func keyUntil(t *testing.T, expires time.Time) *maskinporten.Key {
	t.Helper()
	return check.Got(maskinporten.KeyFromJWK(jwkOf(t, privateKey(t, "one"), func(m map[string]any) { m["exp"] = expires.Unix() })))(t)
}

func TestTheEndOfTheKeyThatSignsIsToldInItsLastMonth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		var told tokenEvents
		expires := time.Now().Add(31 * 24 * time.Hour).Truncate(time.Second)
		key := keyUntil(t, expires)
		for what, credentials := range map[string]maskinporten.Credentials{
			"a key": {ClientID: "client-1", Key: key}, "a source": {ClientID: "client-1", KeySource: key},
		} {
			auth := (&backend{}).auth(t, logTo(&log), told.option())
			check.OK(t, auth.SetCredentials(credentials))
			mustToken(t.Context(), t, auth)
			if got := auth.KeyExpires(); !got.Equal(expires) {
				t.Errorf("%s: KeyExpires %v", what, got)
			}
		}
		if strings.Contains(log.String(), "expires") || len(told.seen()) != 2 || !told.seen()[0].KeyExpires.Equal(expires) {
			t.Errorf("events %v, logged %s", told.seen(), log.String())
		}
		auth := (&backend{}).auth(t, logTo(&log))
		check.OK(t, auth.SetCredentials(maskinporten.Credentials{ClientID: "client-1", Key: key}))
		time.Sleep(24 * time.Hour)
		for range 48 { // two days
			mustToken(t.Context(), t, auth)
			time.Sleep(time.Hour)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 2 || !strings.Contains(log.String(), "expires soon") || !strings.Contains(log.String(), "days_left=30") {
			t.Errorf("%d warnings: %s", n, log.String())
		}
		time.Sleep(time.Until(expires))
		mustToken(t.Context(), t, auth)
		if !strings.Contains(log.String(), "has expired") {
			t.Errorf("logged %s", log.String())
		}
	})
	if got := (&backend{}).auth(t).KeyExpires(); !got.IsZero() {
		t.Errorf("a key that doesn't say expires at %v", got)
	}
}
