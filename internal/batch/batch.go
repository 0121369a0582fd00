// Package batch makes many calls, some at a time, and stops early when the
// rest would fail as well.
package batch

import (
	"context"
	"sync"
	"sync/atomic"
)

const (
	// DefaultConcurrency is how many calls are made at a time.
	DefaultConcurrency = 4
	// mostConcurrency: beyond this a shared service answers 429, not faster.
	mostConcurrency = 32
	// mostUnavailable failures in a row, each after its own retries, end a
	// run: with thousands of calls it would take hours to fail.
	mostUnavailable = 10
)

// Runner makes calls. What ended one [Runner.Do] ends the next ones too.
type Runner struct {
	// Concurrency is how many calls are made at a time; 0 is
	// [DefaultConcurrency], and 32 the most.
	Concurrency int
	// Fatal reports whether an error would meet every other call as well.
	Fatal func(error) bool
	// Unavailable reports whether the service didn't answer: after ten such
	// errors in a row the rest is left.
	Unavailable func(error) bool
	// Stop, if set, is closed when no further call shall begin; those that have
	// begun go on.
	Stop <-chan struct{}

	unavailable atomic.Int32          // in a row
	stopped     atomic.Pointer[error] // why the rest is left
}

// Outcome is what became of one call.
type Outcome struct {
	// Index is its number, from 0.
	Index int
	// Err is its error, or, where it was left, why.
	Err error
	// Left says that it wasn't tried.
	Left bool
}

// Do calls try for each number below n, and done with what became of it. All
// calls of done are made by the goroutine that called Do, so that a slow or
// panicking one holds up no worker.
func (r *Runner) Do(ctx context.Context, n int, try func(i int) error, done func(Outcome)) {
	outcomes := make(chan Outcome, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(r.Workers(), n) {
		workers.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				outcomes <- r.one(ctx, i, try)
			}
		})
	}
	go func() {
		workers.Wait()
		close(outcomes)
	}()
	for outcome := range outcomes {
		done(outcome)
	}
}

// Workers is how many calls are made at a time.
func (r *Runner) Workers() int {
	if r.Concurrency == 0 {
		return DefaultConcurrency
	}
	return min(max(r.Concurrency, 1), mostConcurrency)
}

func (r *Runner) one(ctx context.Context, i int, try func(i int) error) Outcome {
	if ctx.Err() != nil {
		r.stop(context.Cause(ctx))
	}
	select {
	case <-r.Stop:
		r.stop(context.Canceled)
	default:
	}
	if cause := r.stopped.Load(); cause != nil {
		return Outcome{Index: i, Err: *cause, Left: true}
	}
	err := try(i)
	if r.ends(err) {
		r.stop(err)
	}
	return Outcome{Index: i, Err: err}
}

func (r *Runner) stop(cause error) { r.stopped.CompareAndSwap(nil, &cause) }

func (r *Runner) ends(err error) bool {
	switch {
	case err == nil:
	case r.Unavailable(err):
		return r.unavailable.Add(1) >= mostUnavailable
	case r.Fatal(err):
		return true
	}
	r.unavailable.Store(0)
	return false
}
