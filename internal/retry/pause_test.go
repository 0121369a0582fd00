package retry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/retry"
)

func TestAPauseLastsUntilTheLatestThatWasAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p retry.Pause
		if p.Left() != 0 {
			t.Errorf("%v left of none", p.Left())
		}
		for _, step := range []struct{ extend, after, left time.Duration }{
			{10 * time.Second, 0, 10 * time.Second},
			{5 * time.Second, 0, 10 * time.Second}, // not earlier
			{5 * time.Second, 6 * time.Second, 5 * time.Second},
			{0, 7 * time.Second, -2 * time.Second}, // over, by then
		} {
			time.Sleep(step.after)
			if step.extend > 0 {
				p.Extend(step.extend)
			}
			if got := p.Left(); got != step.left {
				t.Errorf("extended by %v: %v left, want %v", step.extend, got, step.left)
			}
		}
	})
}

func TestACallSitsOutTenPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pause retry.Pause
		var call retry.Patience
		for range 3 { // nothing to sit out counts for nothing, be it over this very moment
			pause.Extend(0)
			if !call.SitOut(t.Context(), &pause) {
				t.Error("it gives up before a pause")
			}
		}
		for n := range retry.MostPauses {
			if !call.Allows(t.Context(), time.Second) {
				t.Errorf("pause %d isn't allowed", n+1)
			}
			pause.Extend(time.Second)
			if !call.SitOut(t.Context(), &pause) || pause.Left() > 0 {
				t.Errorf("pause %d isn't sat out", n+1)
			}
		}
		if pauses, waited := call.Spent(); pauses != 10 || waited != 10*time.Second {
			t.Errorf("%d pauses, %v", pauses, waited)
		}
		pause.Extend(time.Second)
		began := time.Now()
		if call.Allows(t.Context(), time.Second) || call.SitOut(t.Context(), &pause) || time.Since(began) > 0 {
			t.Errorf("it sits out one too many, %v", time.Since(began))
		}
	})
}

func TestACallSitsOutTwoMinutes(t *testing.T) {
	t.Parallel()
	const half = time.Minute
	for last, want := range map[time.Duration]bool{half: true, half + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			var pause retry.Pause
			var call retry.Patience
			pause.Extend(half)
			if !call.SitOut(t.Context(), &pause) {
				t.Error("the first isn't sat out")
			}
			if got := call.Allows(t.Context(), last); got != want {
				t.Errorf("%v more: allowed %t", last, got)
			}
			pause.Extend(last)
			if got := call.SitOut(t.Context(), &pause); got != want {
				t.Errorf("%v more: sat out %t", last, got)
			}
		})
	}
}

func TestAPauseThatGetsLongerIsOneToSitOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pause retry.Pause
		var call retry.Patience
		pause.Extend(10 * time.Second)
		time.AfterFunc(5*time.Second, func() { pause.Extend(10 * time.Second) })
		began := time.Now()
		if !call.SitOut(t.Context(), &pause) || time.Since(began) != 15*time.Second {
			t.Errorf("it waited %v", time.Since(began))
		}
		if pauses, waited := call.Spent(); pauses != 1 || waited != 15*time.Second {
			t.Errorf("%d pauses, %v", pauses, waited)
		}
	})
}

func TestAPauseIsNotSatOutPastTheDeadline(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]bool{10 * time.Second: false, 10*time.Second + 1: true} {
		synctest.Test(t, func(t *testing.T) {
			var pause retry.Pause
			var call retry.Patience
			pause.Extend(10 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			began := time.Now()
			if call.Allows(ctx, 10*time.Second) != want || call.SitOut(ctx, &pause) != want {
				t.Errorf("with %v it isn't %t", timeout, want)
			}
			if waited := time.Since(began); !want && waited > 0 {
				t.Errorf("it waited %v for nothing", waited)
			}
		})
	}
}

func TestACallThatEndsWaitsNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pause retry.Pause
		var call retry.Patience
		pause.Extend(10 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if call.SitOut(ctx, &pause) || time.Since(began) != time.Second {
			t.Errorf("it waited %v", time.Since(began))
		}
	})
}

func TestOnlyABusyServiceAsksForAPause(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status     int
		retryAfter string
		want       bool
	}{{429, "", true}, {429, "1", true}, {503, "", false}, {503, "soon", false}, {503, "0", true}, {503, "1", true}, {502, "1", false}, {200, "1", false}} {
		if got := retry.RejectedBusy(row.status, http.Header{"Retry-After": {row.retryAfter}}); got != row.want {
			t.Errorf("%+v: %t", row, got)
		}
	}
}

func TestWhoeverCannotWaitForTheEndOfAPauseIsToldAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pause retry.Pause
		for what, test := range map[string]struct {
			before, after time.Duration // a pause when it comes, and a longer one a second later
			want          time.Duration // what is told to be left
		}{
			"no pause":           {},
			"it ends in time":    {4 * time.Second, 4*time.Second - 1, 0},
			"it is too long":     {5 * time.Second, 0, 5 * time.Second},
			"it gets too long":   {time.Second, 4 * time.Second, 4 * time.Second},
			"one comes too late": {0, 4 * time.Second, 4 * time.Second},
		} {
			pause.Extend(test.before)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			within, done := pause.Within(ctx)
			time.Sleep(time.Second)
			pause.Extend(test.after)
			held, ok := errors.AsType[*retry.HeldBack](context.Cause(within))
			if ok && held.Error() != "not sent: the service has asked to be left alone for another "+test.want.String() {
				t.Errorf("%s: it says %q", what, held)
			}
			if ok != (test.want > 0) || ok && held.Left != test.want || ok != (within.Err() != nil) {
				t.Errorf("%s: %v", what, context.Cause(within))
			}
			done()
			cancel()
			pause.Extend(time.Minute) // nobody waits any more
			time.Sleep(time.Minute)
		}
		forever, done := pause.Within(t.Context())
		defer done()
		if pause.Extend(time.Hour); forever.Err() != nil {
			t.Error("who has all the time is told that it is too short")
		}
	})
}
