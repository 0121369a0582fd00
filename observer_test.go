package maskinporten_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func busyFor(seconds string) reply {
	return reply{status: 429, header: map[string]string{"Retry-After": seconds}}
}

// Fifty grants by eight workers meet thirty answers of 429: all of them hold,
// nothing fails, and the service is left alone meanwhile.
func TestABusyAnswerHoldsAllCallsOfTheClientAndCostsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var until time.Time // nobody may ask before this, but those who are under way
		early := 0
		b := &backend{api: func(n int, _ *http.Request) reply {
			mu.Lock()
			defer mu.Unlock()
			if time.Now().Before(until.Add(-100 * time.Millisecond)) {
				early++
			}
			if n <= 30 {
				if n%8 == 0 {
					until = time.Now().Add(2 * time.Second)
				}
				answer := busyFor("2")
				answer.after = 10 * time.Millisecond
				return answer
			}
			return reply{body: `{}`}
		}}
		client := b.client(t)
		var next atomic.Int64
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				for next.Add(1) <= 50 {
					if _, err := client.Access.Grant(t.Context(), "difi:api", nav); err != nil {
						t.Error(err)
					}
				}
			})
		}
		workers.Wait()
		if n := len(b.seenCalls()); n != 80 || early > 8 {
			t.Errorf("%d requests, %d of them while the service wanted to be left alone", n, early)
		}
	})
}

func TestACallThatCannotWaitForTheEndOfAPauseIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(n int, _ *http.Request) reply {
			if n == 1 {
				return busyFor("20")
			}
			return reply{body: `{}`}
		}}
		client := b.client(t)
		hurried, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		started := time.Now()
		_, err := client.Scopes.Get(hurried, "difi:api")
		if failure := asAPIError(t, err); failure.StatusCode != 429 || failure.RetryAfter != 20*time.Second || time.Since(started) != 0 {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
		time.Sleep(4 * time.Second)
		_, err = client.Scopes.Get(hurried, "difi:api")
		failure := asAPIError(t, err)
		if failure.Attempts != 0 || failure.RetryAfter != 16*time.Second || !errors.Is(err, maskinporten.ErrUnavailable) || !strings.Contains(err.Error(), "left alone for another 16s") {
			t.Errorf("error %v", err)
		}
		if _, err := client.Scopes.Get(t.Context(), "difi:api"); err != nil || time.Since(started) < 20*time.Second {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
		if n := len(b.seenCalls()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

type countingLimiter struct {
	waits atomic.Int64
	err   error
}

func (l *countingLimiter) Wait(context.Context) error {
	l.waits.Add(1)
	return l.err
}

func TestALimiterIsAskedBeforeEachRequestToTheAPI(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter := &countingLimiter{}
		b := &backend{api: func(n int, _ *http.Request) reply {
			if n < 3 {
				return reply{status: 502}
			}
			return reply{body: `{}`}
		}}
		check.Got(b.client(t, maskinporten.WithLimiter(limiter)).Scopes.Get(t.Context(), "difi:api"))(t)
		if n := limiter.waits.Load(); n != 3 {
			t.Errorf("asked %d times for 3 requests", n)
		}
		refusing := &countingLimiter{err: errProvoked}
		_, err := b.client(t, maskinporten.WithLimiter(refusing)).Scopes.Get(t.Context(), "difi:api")
		if failure := asAPIError(t, err); failure.Attempts != 0 || !errors.Is(err, errProvoked) || len(b.seenCalls()) != 3 {
			t.Errorf("error %v, %d requests", err, len(b.seenCalls()))
		}
	})
}

func TestAnObserverIsToldOfEachCallOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var begun []maskinporten.CallInfo
		var ended []maskinporten.CallResult
		observer := maskinporten.Observer{Call: func(ctx context.Context, call maskinporten.CallInfo) (context.Context, func(maskinporten.CallResult)) {
			begun = append(begun, call)
			return context.WithValue(ctx, key{}, "span"), func(result maskinporten.CallResult) { ended = append(ended, result) }
		}}
		b := &backend{api: func(n int, r *http.Request) reply {
			if r.Context().Value(key{}) != "span" {
				t.Error("the request isn't a part of what the observer began")
			}
			switch n {
			case 1:
				return reply{status: 502}
			case 2:
				return busyFor("4")
			case 3:
				return reply{body: `{}`}
			case 4:
				return reply{body: `[{"scope":"difi:a"},{"scope":"difi:b"}]`}
			case 5:
				return reply{status: 404, body: `{"error":"it does not have any"}`}
			}
			return reply{status: 409, body: `{"error":"no","correlation_id":"c0ffee"}`}
		}}
		log := &logBuffer{}
		client := b.client(t, maskinporten.WithObserver(observer), debugTo(log))
		check.Got(client.Clients.Key(t.Context(), "app", "one"))(t)
		for _, err := range client.Access.Given(t.Context(), maskinporten.AccessFilter{}) {
			check.OK(t, err)
			break
		}
		check.Got(maskinporten.Collect(client.Access.Given(t.Context(), maskinporten.AccessFilter{})))(t)
		if strings.Contains(log.String(), "error=") {
			t.Errorf("a list of nothing is logged as an error: %s", log)
		}
		_, err := client.Access.Grant(t.Context(), "difi:api", nav)
		wantBegun := []maskinporten.CallInfo{
			{Operation: "Clients.Key", Method: "GET", Path: "/clients/{}/jwks/{}", Host: "api.example.test"},
			{Operation: "Access.Given", Method: "GET", Path: "/scopes/access", Host: "api.example.test"},
			{Operation: "Access.Given", Method: "GET", Path: "/scopes/access", Host: "api.example.test"},
			{Operation: "Access.Grant", Method: "PUT", Path: "/scopes/access/{}", Host: "api.example.test"},
		}
		check.Same(t, wantBegun, begun, "begun")
		if len(ended) != 4 {
			t.Fatalf("%d calls ended", len(ended))
		}
		if first := ended[0]; first.StatusCode != 200 || first.Attempts != 3 || first.Pauses != 1 || first.Waited != 4*time.Second || first.Duration < first.Waited || first.Err != nil {
			t.Errorf("%+v", first)
		}
		if ended[1].StatusCode != 200 || ended[1].Err != nil || ended[2].Err != nil {
			t.Errorf("%+v", ended)
		}
		if last := ended[3]; last.StatusCode != 409 || last.CorrelationID != "c0ffee" || !errors.Is(err, maskinporten.ErrConflict) || last.Err.Error() != err.Error() {
			t.Errorf("%+v, error %v", last, err)
		}
	})
}

func TestAnObserverThatPanicsIsLoggedAndTheWorkGoesOn(t *testing.T) {
	t.Parallel()
	fine := func(ctx context.Context, _ maskinporten.CallInfo) (context.Context, func(maskinporten.CallResult)) {
		return ctx, nil
	}
	for name, observer := range map[string]maskinporten.Observer{
		"call": {Call: func(context.Context, maskinporten.CallInfo) (context.Context, func(maskinporten.CallResult)) {
			panic("no span") //nolint:forbidigo // what the test is about
		}},
		"finish": {Call: func(ctx context.Context, _ maskinporten.CallInfo) (context.Context, func(maskinporten.CallResult)) {
			return ctx, func(maskinporten.CallResult) { panic("no span") } //nolint:forbidigo // likewise
		}},
		"token": {Call: fine, Token: func(context.Context, maskinporten.TokenEvent) { panic("no span") }}, //nolint:forbidigo // likewise
	} {
		log := &logBuffer{}
		b := &backend{api: func(int, *http.Request) reply { return reply{body: `{}`} }}
		client := b.client(t, maskinporten.WithObserver(observer), logTo(log))
		for range 2 {
			if _, err := client.Scopes.Get(t.Context(), "difi:api"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if text := log.String(); !strings.Contains(text, "the observer panicked") || !strings.Contains(text, "no span") || !strings.Contains(text, "observer_test.go") {
			t.Errorf("%s: logged %s", name, text)
		}
	}
}

func TestTheClientOneIsSignedInWithIsNotDeactivatedByMistake(t *testing.T) {
	t.Parallel()
	b := &backend{api: func(int, *http.Request) reply { return reply{body: `{"client_id":"client-1","active":true}`} }}
	client := b.client(t)
	mustBeArgumentError(t, client.Clients.Deactivate(t.Context(), "client-1"))
	mustBeArgumentError(t, ignored(client.Clients.Update(t.Context(), "client-1", func(c *maskinporten.ClientRegistration) error { c.Active = false; return nil })))
	check.OK(t, client.Clients.Deactivate(t.Context(), "client-2"))
	check.OK(t, client.Clients.DeactivateOwn(t.Context()))
	var deleted []string
	for _, call := range b.seenCalls() {
		if call.Method != http.MethodGet {
			deleted = append(deleted, call.Method+" "+call.URL.Path)
		}
	}
	check.Same(t, []string{"DELETE /base/api/v1/clients/client-2", "DELETE /base/api/v1/clients/client-1"}, deleted, "writes")
}
