package maskinporten_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

func TestTheCallersDeadlineIsNeverOverrun(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		reply    reply
		deadline time.Duration
		took     time.Duration
		attempts int
		deadly   bool // the error is the context's
	}{
		"a wait that would end too late isn't begun": {
			reply: reply{status: 503, header: map[string]string{"Retry-After": "5"}}, deadline: 4 * time.Second, attempts: 1,
		},
		"as many attempts as there is time for": {reply: reply{status: 503}, deadline: time.Second, took: 400 * time.Millisecond, attempts: 2},
		"an answer that takes too long":         {reply: reply{after: time.Minute}, deadline: time.Second, took: time.Second, attempts: 1, deadly: true},
	} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{api: func(int, *http.Request) reply { return test.reply }}
			ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
			defer cancel()
			started := time.Now()
			_, err := b.client(t).Scopes.Get(ctx, "difi:api")
			if took := time.Since(started); took != test.took {
				t.Errorf("took %v, want %v", took, test.took)
			}
			if got := asAPIError(t, err).Attempts; got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
			if errors.Is(err, context.DeadlineExceeded) != test.deadly || errors.Is(err, maskinporten.ErrUnavailable) == test.deadly {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestACancelledCallEndsAtOnceAndSaysWhy(t *testing.T) {
	t.Parallel()
	enough := errors.New("the user left")
	for what, answer := range map[string]reply{
		"while it waits for the answer":   {after: time.Hour},
		"while it waits between attempts": {status: 503, header: map[string]string{"Retry-After": "20"}},
		"while it reads the answer":       {body: `{"name":`, stall: true},
	} {
		inBubble(t, what, func(t *testing.T) {
			b := &backend{api: func(int, *http.Request) reply { return answer }}
			client := b.client(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(enough) })
			started := time.Now()
			_, err := client.Scopes.Get(ctx, "difi:api")
			if took := time.Since(started); took != 50*time.Millisecond {
				t.Errorf("took %v", took)
			}
			if !errors.Is(err, context.Canceled) || !errors.Is(err, enough) || errors.Is(err, maskinporten.ErrUnavailable) {
				t.Errorf("error %v", err)
			}
			_ = asAPIError(t, err)
		})
	}
}

func TestACancelledPOSTIsUnknownOnlyOnceItWasSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &backend{token: func(int, grantSeen) reply { return reply{after: 10 * time.Second} }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := calls["POST"](ctx, slow.client(t))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, maskinporten.ErrOutcomeUnknown) || len(slow.seenCalls()) != 0 {
			t.Errorf("nothing was sent, and the error is %v", err)
		}
		sent := &backend{api: func(int, *http.Request) reply { return reply{after: 10 * time.Second} }}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = calls["POST"](ctx, sent.client(t))
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, maskinporten.ErrOutcomeUnknown) {
			t.Errorf("it was sent, and the error is %v", err)
		}
	})
}

func TestTheTimeoutOfTheHTTPClientIsForEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{api: func(n int, _ *http.Request) reply {
			if n < 3 {
				return reply{after: time.Minute}
			}
			return reply{body: `{"name":"difi:api"}`}
		}}
		impatient := &http.Client{Transport: b, Timeout: 2 * time.Second}
		client := b.client(t, maskinporten.WithHTTPClient(impatient))
		started := time.Now()
		scope, err := client.Scopes.Get(t.Context(), "difi:api")
		if err != nil || scope.Name != "difi:api" {
			t.Errorf("%+v, error %v", scope, err)
		}
		if took, want := time.Since(started), 2*2*time.Second+1200*time.Millisecond; took != want || len(b.seenCalls()) != 3 {
			t.Errorf("%d calls took %v, want %v", len(b.seenCalls()), took, want)
		}
	})
}
