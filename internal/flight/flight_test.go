package flight_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/flight"
)

func always() bool { return true }

func TestManyWhoWaitShareOneRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[int]
		var runs atomic.Int32
		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() {
				got, err := group.Join(always, func() (int, error) {
					time.Sleep(time.Second)
					return int(runs.Add(1)), nil
				}).Wait(t.Context())
				if got != 1 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		wait.Wait()
		if runs.Load() != 1 || group.Running() {
			t.Errorf("%d runs, running %t", runs.Load(), group.Running())
		}
	})
}

func TestWhoGivesUpDoesNotEndTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var group flight.Group[string]
		run := group.Join(always, func() (string, error) { time.Sleep(time.Minute); return "done", nil })
		gone := errors.New("gone")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, gone)
		defer cancel()
		if _, err := run.Wait(ctx); !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
		if got, err := run.Wait(t.Context()); got != "done" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestWhatIsNotAllowedIsNotStarted(t *testing.T) {
	t.Parallel()
	var group flight.Group[int]
	never := func() bool { return false }
	work := func() (int, error) { t.Error("it ran"); return 0, nil }
	if group.Join(never, work) != nil {
		t.Error("there is a run")
	}
	group.TryJoin(never, work)
}

func TestARunThatEndedIsNotJoined(t *testing.T) {
	t.Parallel()
	var group flight.Group[int]
	failure := errors.New("failed")
	if _, err := group.Join(always, func() (int, error) { return 0, failure }).Wait(t.Context()); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if got, err := group.Join(always, func() (int, error) { return 2, nil }).Wait(t.Context()); got != 2 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestNothingIsStartedAfterTheEnd(t *testing.T) {
	t.Parallel()
	group := flight.Group[int]{Background: func(func()) bool { return false }}
	if _, err := group.Join(always, func() (int, error) { return 1, nil }).Wait(t.Context()); !errors.Is(err, flight.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if group.Running() {
		t.Error("it runs")
	}
}

func TestNobodyHangsOnWorkThatPanics(t *testing.T) {
	t.Parallel()
	recovered := make(chan any, 1)
	group := flight.Group[int]{Background: func(work func()) bool {
		go func() {
			defer func() { recovered <- recover() }()
			work()
		}()
		return true
	}}
	run := group.Join(always, func() (int, error) { panic("oops") }) //nolint:forbidigo // what is tested
	if _, err := run.Wait(t.Context()); !errors.Is(err, flight.ErrPanicked) || <-recovered != "oops" {
		t.Errorf("got %v", err)
	}
	if group.Running() {
		t.Error("it runs")
	}
}
