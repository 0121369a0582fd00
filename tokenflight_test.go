package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// many runs n callers at a time and returns what each got, and when.
func many(n int, ask func(int) (string, error)) (texts []string, errs []error, took []time.Duration) {
	texts, errs, took = make([]string, n), make([]error, n), make([]time.Duration, n)
	started := time.Now()
	var callers sync.WaitGroup
	for i := range n {
		callers.Go(func() {
			texts[i], errs[i] = ask(i)
			took[i] = time.Since(started)
		})
	}
	callers.Wait()
	return texts, errs, took
}

// text is a token, for comparison.
func text(ctx context.Context, auth *maskinporten.Authenticator) (string, error) {
	token, err := auth.Token(ctx, forScope("x"))
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

func TestAThousandCallersWithAnExpiredTokenMakeOneRequest(t *testing.T) {
	t.Parallel()
	for what, source := range map[string]bool{"Token": false, "TokenSource": true} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{token: func(n int, _ grantSeen) reply {
				return tokenReply([]string{"old", "new", "more"}[n-1], 120).taking(300 * time.Millisecond)
			}}
			auth := b.auth(t)
			mustToken(t.Context(), t, auth)
			time.Sleep(time.Hour)
			shared := auth.TokenSource(t.Context(), forScope("x"))
			texts, errs, _ := many(1000, func(int) (string, error) {
				if !source {
					return text(t.Context(), auth)
				}
				token, err := shared.Token()
				if err != nil {
					return "", err
				}
				return token.AccessToken, nil
			})
			for i := range texts {
				if texts[i] != "new" || errs[i] != nil {
					t.Fatalf("caller %d got %q, error %v", i, texts[i], errs[i])
				}
			}
			b.mustHaveAsked(t, 2)
		})
	}
}

func TestEachCallerGivesUpByItsOwnContextAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return tokenReply("t", 120).taking(300 * time.Millisecond) }}
		auth := b.auth(t)
		first, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer leave()
		go func() { _, _ = text(first, auth) }() // who makes the request leaves too
		synctest.Wait()
		texts, errs, took := many(1000, func(i int) (string, error) {
			ctx := t.Context()
			if i%2 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
			}
			return text(ctx, auth)
		})
		for i := range texts {
			if i%2 == 0 && (!errors.Is(errs[i], context.DeadlineExceeded) || took[i] != 50*time.Millisecond) {
				t.Fatalf("caller %d got %q, error %v after %v", i, texts[i], errs[i], took[i])
			}
			if i%2 == 1 && (texts[i] != "t" || took[i] != 300*time.Millisecond) {
				t.Fatalf("caller %d got %q, error %v after %v", i, texts[i], errs[i], took[i])
			}
		}
		b.mustHaveAsked(t, 1)
	})
}

func TestAFailingEndpointCostsAllWaitersOneFailureTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return reply{status: 500, after: 300 * time.Millisecond} }}
		auth := b.auth(t)
		_, errs, took := many(20, func(int) (string, error) { return text(t.Context(), auth) })
		for i, err := range errs {
			if asTokenError(t, err).StatusCode != 500 || took[i] != 300*time.Millisecond {
				t.Errorf("caller %d: %v after %v", i, err, took[i])
			}
		}
		b.mustHaveAsked(t, 1)
	})
}

func TestATokenRequestThatTakesThirtySecondsFailsAsAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{token: func(int, grantSeen) reply { return reply{after: time.Hour} }}
		started := time.Now()
		_, err := text(t.Context(), b.auth(t))
		check.Is(t, context.DeadlineExceeded, err)
		check.Is(t, maskinporten.ErrUnavailable, err)
		check.Same(t, 1, asTokenError(t, err).Attempts, "attempts")
		check.Same(t, 30*time.Second, time.Since(started), "it took")
	})
}

func TestCloseEndsWhatIsUnderWayAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		b := &backend{token: func(int, grantSeen) reply { return reply{after: time.Hour} }}
		auth := b.auth(t)
		client := b.client(t)
		time.AfterFunc(time.Second, func() {
			if err := errors.Join(auth.Close(), client.Close(), auth.Close()); err != nil {
				t.Error(err)
			}
		})
		_, errs, took := many(10, func(i int) (string, error) {
			if i%2 == 0 {
				return text(t.Context(), auth)
			}
			_, err := client.Scopes.Get(t.Context(), "difi:api")
			return "", err
		})
		for i, err := range errs {
			if !errors.Is(err, maskinporten.ErrClosed) || took[i] != time.Second || strings.Count(err.Error(), "maskinporten") != 1 {
				t.Errorf("caller %d: %v after %v", i, err, took[i])
			}
		}
		check.Is(t, maskinporten.ErrClosed, ignored(text(t.Context(), auth)), "afterwards")
	})
}

func TestCloseStopsServingTokens(t *testing.T) {
	t.Parallel()
	b := &backend{}
	auth := b.auth(t)
	source := auth.TokenSource(t.Context(), forScope("x"))
	check.Got(source.Token())(t)
	check.OK(t, auth.Close())
	check.Is(t, maskinporten.ErrClosed, ignored(source.Token()))
}

func TestCloseWhileTokensAreAskedFor(t *testing.T) {
	t.Parallel()
	enough := make(chan struct{})
	b := &backend{token: func(n int, _ grantSeen) reply {
		if n == 20 {
			close(enough)
		}
		return tokenReply(fmt.Sprint("t", n), 120)
	}}
	auth := b.auth(t)
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			for n := 0; ; n++ {
				token, err := auth.Token(t.Context(), forScope(fmt.Sprintf("x:%d-%d", caller, n)))
				if err != nil {
					if !errors.Is(err, maskinporten.ErrClosed) {
						t.Error(err)
					}
					return
				}
				auth.Forget(token)
			}
		})
	}
	<-enough
	check.OK(t, auth.Close())
	callers.Wait()
}
