package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

func TestFiftyGrantsByEightWorkersSurviveThirtyRefusalsOfABusyEndpoint(t *testing.T) {
	t.Parallel()
	for what, header := range map[string]map[string]string{"with Retry-After": {"Retry-After": "2"}, "without": nil} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{token: func(n int, _ grantSeen) reply {
				if n <= 30 {
					return reply{status: 429, header: header, after: 10 * time.Millisecond} // without, the first to wake up would be refused for all
				}
				return tokenReply(fmt.Sprint("t", n), 120)
			}}
			auth := b.auth(t)
			work := make(chan int)
			var workers sync.WaitGroup
			for range 8 {
				workers.Go(func() {
					for n := range work {
						if _, err := auth.Token(t.Context(), forScope(fmt.Sprint("x:", n))); err != nil {
							t.Errorf("grant %d: %v", n, err)
						}
					}
				})
			}
			for n := range 50 {
				work <- n
			}
			close(work)
			workers.Wait()
			b.mustHaveAsked(t, 80)
		})
	}
}

func TestOneRefusalForBeingBusyHoldsAllTokenRequests(t *testing.T) {
	t.Parallel()
	for what, busy := range map[string]reply{
		"429": {status: 429, header: map[string]string{"Retry-After": "10"}},
		"503": {status: 503, header: map[string]string{"Retry-After": "10"}},
	} {
		inBubble(t, what, func(t *testing.T) {
			started := time.Now()
			b := &backend{token: func(n int, _ grantSeen) reply {
				if n == 1 {
					return busy
				}
				if held := time.Since(started); held != 10*time.Second {
					t.Errorf("request %d after %v", n, held)
				}
				return tokenReply(fmt.Sprint("t", n), 120)
			}}
			auth := b.auth(t)
			_, errs, _ := many(3, func(i int) (string, error) {
				time.Sleep(time.Duration(i) * time.Second)
				token, err := auth.Token(t.Context(), forScope(fmt.Sprint("x:", i)))
				if err != nil {
					return "", err
				}
				return token.AccessToken, nil
			})
			if err := errors.Join(errs...); err != nil || len(b.seenGrants()) != 4 {
				t.Errorf("%d requests, error %v", len(b.seenGrants()), err)
			}
		})
	}
}

func TestATokenRequestThatIsSentOnceOnlySitsOutNoPauseOfItsOwn(t *testing.T) {
	t.Parallel()
	b := &backend{token: func(int, grantSeen) reply { return reply{status: 429, header: map[string]string{"Retry-After": "5"}} }}
	_, err := text(t.Context(), b.auth(t, maskinporten.WithAttempts(1)))
	if failure := asTokenError(t, err); failure.Attempts != 1 || failure.RetryAfter != 5*time.Second || len(b.seenGrants()) != 1 || !strings.Contains(err.Error(), "asks to be left alone for 5s") {
		t.Errorf("%v after %d requests", err, len(b.seenGrants()))
	}
}

func TestWhoCannotWaitForTheEndOfAPauseIsToldAtOnce(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		comes      time.Duration // the pause begins after two seconds
		scope      string
		took, left time.Duration
	}{
		"who waits already":             {time.Second, "x", time.Second, 20 * time.Second},
		"who comes meanwhile":           {3 * time.Second, "x", 0, 19 * time.Second},
		"who wants another token":       {3 * time.Second, "y", 0, 19 * time.Second},
		"who comes when little is left": {18 * time.Second, "x", 4 * time.Second, 0},
	} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{token: func(n int, _ grantSeen) reply {
				if n == 1 {
					return reply{status: 429, header: map[string]string{"Retry-After": "20"}, after: 2 * time.Second}
				}
				return tokenReply("late", 120)
			}}
			auth := b.auth(t)
			var patient sync.WaitGroup
			patient.Go(func() { mustToken(t.Context(), t, auth) })
			time.Sleep(test.comes)
			hurried, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			started := time.Now()
			_, err := auth.Token(hurried, forScope(test.scope))
			if took := time.Since(started); took != test.took || (err == nil) != (test.left == 0) {
				t.Errorf("after %v: %v", took, err)
			}
			if err != nil {
				failure := asTokenError(t, err)
				if failure.RetryAfter != test.left || !errors.Is(err, maskinporten.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) ||
					!strings.Contains(err.Error(), "issuer.example.test: not sent: the service has asked to be left alone for another") {
					t.Errorf("to come again in %v: %v", failure.RetryAfter, err)
				}
			}
			patient.Wait()
			b.mustHaveAsked(t, 2)
		})
	}
}
