package batch_test

import (
	"context"
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/batch"
)

var (
	errFatal = errors.New("not let in")
	errDown  = errors.New("down")
	errOther = errors.New("other")
)

func runner(concurrency int) *batch.Runner {
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	return &batch.Runner{Concurrency: concurrency, Fatal: is(errFatal), Unavailable: is(errDown)}
}

// counts tells how many were tried and how many left.
func counts(ctx context.Context, r *batch.Runner, n int, try func(int) error) (tried, left int, lastCause error) {
	r.Do(ctx, n, try, func(o batch.Outcome) {
		if o.Left {
			left++
			lastCause = o.Err
		} else {
			tried++
		}
	})
	return tried, left, lastCause
}

func TestEachCallIsTriedOnce(t *testing.T) {
	t.Parallel()
	seen := make([]int, 1000)
	tried, left, _ := counts(t.Context(), runner(100), len(seen), func(i int) error { seen[i]++; return errOther })
	if tried != 1000 || left != 0 {
		t.Errorf("%d tried, %d left", tried, left)
	}
	for i, times := range seen {
		if times != 1 {
			t.Fatalf("call %d was tried %d times", i, times)
		}
	}
	if tried, left, _ := counts(t.Context(), runner(0), 0, nil); tried+left != 0 {
		t.Error("nothing to do was done")
	}
}

func TestTheRestIsLeftAlsoInLaterRounds(t *testing.T) {
	t.Parallel()
	r := runner(1)
	tried, left, cause := counts(t.Context(), r, 10, func(i int) error {
		if i == 3 {
			return errFatal
		}
		return nil
	})
	if tried != 4 || left != 6 || !errors.Is(cause, errFatal) {
		t.Errorf("%d tried, %d left because of %v", tried, left, cause)
	}
	if tried, left, _ := counts(t.Context(), r, 5, func(int) error { return nil }); tried != 0 || left != 5 {
		t.Errorf("next round: %d tried, %d left", tried, left)
	}
}

func TestOnlyManyUnansweredCallsInARowEndIt(t *testing.T) {
	t.Parallel()
	tried, _, _ := counts(t.Context(), runner(1), 100, func(i int) error {
		if i%10 == 9 {
			return nil
		}
		return errDown
	})
	if tried != 100 {
		t.Errorf("%d tried of 100, of which each tenth was answered", tried)
	}
	if tried, left, _ := counts(t.Context(), runner(1), 100, func(int) error { return errDown }); tried != 10 || left != 90 {
		t.Errorf("%d tried and %d left while nothing answered", tried, left)
	}
}

func TestTheCauseOfTheContextIsTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errOther)
	if tried, left, cause := counts(ctx, runner(4), 7, nil); tried != 0 || left != 7 || !errors.Is(cause, errOther) {
		t.Errorf("%d tried, %d left because of %v", tried, left, cause)
	}
}

func TestWhatHasBegunIsFinishedWhenItIsStopped(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	r := runner(1)
	r.Stop = stop
	tried, left, cause := counts(t.Context(), r, 10, func(i int) error {
		if i == 2 {
			close(stop)
		}
		return t.Context().Err()
	})
	if tried != 3 || left != 7 || !errors.Is(cause, context.Canceled) {
		t.Errorf("%d tried, %d left: %v", tried, left, cause)
	}
}
