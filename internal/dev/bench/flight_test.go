package bench_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// together runs n callers at a time and returns how long each took by its own
// clock, and its error.
func together(n int, ask func(int) error) (took []time.Duration, errs []error) {
	took, errs = make([]time.Duration, n), make([]error, n)
	var callers sync.WaitGroup
	for i := range n {
		callers.Go(func() {
			started := time.Now()
			errs[i] = ask(i)
			took[i] = time.Since(started)
		})
	}
	callers.Wait()
	return took, errs
}

// asks is one caller who wants a token.
func asks(ctx context.Context, auth *maskinporten.Authenticator) error {
	_, err := auth.Token(ctx, request)
	return err
}

func TestColdCacheWithAThousandCallersMakesOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{tokenDelay: 300 * time.Millisecond}
		auth := s.auth(t)
		_, errs := together(1000, func(int) error { return asks(t.Context(), auth) })
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := s.tokens.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestAFailingTokenEndpointCostsAllWaitersOneFailureTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const delay = 300 * time.Millisecond
		s := &service{tokenDelay: delay, tokenFails: true}
		auth := s.auth(t)
		took, errs := together(20, func(int) error { return asks(t.Context(), auth) })
		for i, err := range errs {
			if _, ok := errors.AsType[*maskinporten.TokenError](err); !ok || took[i] > delay*12/10 {
				t.Errorf("caller %d: error %v after %v", i, err, took[i])
			}
		}
		if n := s.tokens.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestCallersGiveUpAtTheirDeadlineAndTheOthersGetTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline, delay = 50 * time.Millisecond, 300 * time.Millisecond
		s := &service{tokenDelay: delay}
		auth := s.auth(t)
		took, errs := together(2000, func(i int) error {
			ctx := t.Context()
			if i%2 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, deadline)
				defer cancel()
			}
			return asks(ctx, auth)
		})
		for i := range errs {
			if i%2 == 0 && (took[i] != deadline || !errors.Is(errs[i], context.DeadlineExceeded)) ||
				i%2 == 1 && (took[i] != delay || errs[i] != nil) {
				t.Fatalf("caller %d: error %v after %v", i, errs[i], took[i])
			}
		}
		if n := s.tokens.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// Limit: at the 99th percentile twice as late as callers who only wait.
func BenchmarkDeadlineOfAThousandCallers(b *testing.B) {
	const deadline = 50 * time.Millisecond
	late := func(wait func(context.Context)) float64 {
		took, _ := together(1000, func(int) error {
			ctx, cancel := context.WithTimeout(b.Context(), deadline)
			defer cancel()
			wait(ctx)
			return nil
		})
		slices.Sort(took)
		return float64(took[990] - deadline)
	}
	took := rounds.Alternate(b,
		func() float64 { return late(func(ctx context.Context) { <-ctx.Done() }) },
		func() float64 {
			auth := (&service{tokenDelay: 300 * time.Millisecond}).auth(b)
			lateness := late(func(ctx context.Context) { _ = asks(ctx, auth) })
			if err := asks(b.Context(), auth); err != nil {
				b.Fatal(err)
			}
			return lateness
		})
	b.ReportMetric(took.Ratio(), "×wait")
	b.ReportMetric(took.Floor/1e6, "wait-late-ms")
	b.ReportMetric(took.Subject/1e6, "late-ms")
}

func TestThreeRenewalsMakeNoCallerWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const life, renewals = 120 * time.Second, 3
		s := &service{tokenDelay: 300 * time.Millisecond, tokenLife: int(life / time.Second)}
		source := s.auth(t).TokenSource(t.Context(), request)
		began := time.Now()
		for n := 0; s.tokens.Load() <= renewals; n++ {
			started := time.Now()
			if _, err := source.Token(); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(started); waited > 0 && n > 0 {
				t.Fatalf("caller %d waited %v", n, waited)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(began); took < renewals*life/2 || took > renewals*life {
			t.Errorf("three renewals came in %v", took)
		}
	})
}
