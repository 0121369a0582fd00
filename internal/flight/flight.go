// Package flight does a piece of work once for many who wait for it. Nobody who
// waits can end it, and each waits only until its own context ends.
package flight

import (
	"context"
	"errors"
	"sync"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// ErrClosed is the outcome of work that could not be started any more.
var ErrClosed = errors.New("flight: closed")

// ErrPanicked is the outcome of work that panicked. Nobody waits for it any more,
// and the panic goes on.
var ErrPanicked = errors.New("flight: the work panicked")

// Group runs one piece of work at a time. The zero value is ready.
type Group[T any] struct {
	// Background, if set, starts work in place of a goroutine of its own. It
	// reports false, and runs nothing, when nothing shall be started any more.
	Background func(work func()) bool

	mu      sync.Mutex // never held while waiting
	running *Run[T]
}

// Run is work under way, or its outcome.
type Run[T any] struct {
	done  chan struct{} // closed when value and err are set
	value T
	err   error
}

// Join returns the run under way, else starts work if it is allowed, else
// returns nil. Nothing ends or starts while allowed decides, so that it sees
// all that earlier work has left; it must not wait.
func (g *Group[T]) Join(allowed func() bool, work func() (T, error)) *Run[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.join(allowed, work)
}

// TryJoin is Join for those who need not wait for the run: they don't wait for
// the lock either, since who holds it is about to start or to end a run.
func (g *Group[T]) TryJoin(allowed func() bool, work func() (T, error)) {
	if g.mu.TryLock() {
		defer g.mu.Unlock()
		g.join(allowed, work)
	}
}

func (g *Group[T]) join(allowed func() bool, work func() (T, error)) *Run[T] {
	if g.running != nil {
		return g.running
	}
	if !allowed() {
		return nil
	}
	run := &Run[T]{done: make(chan struct{})}
	background := g.Background
	if background == nil {
		background = func(work func()) bool { go work(); return true }
	}
	if !background(func() { g.complete(run, work) }) {
		run.err = ErrClosed
		close(run.done)
		return run
	}
	g.running = run
	return run
}

func (g *Group[T]) complete(run *Run[T], work func() (T, error)) {
	value, err := *new(T), ErrPanicked
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.running, run.value, run.err = nil, value, err
		close(run.done)
	}()
	value, err = work()
}

// Running reports whether work is under way.
func (g *Group[T]) Running() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running != nil
}

// Wait returns the outcome, or why the context ended when that comes first.
func (r *Run[T]) Wait(ctx context.Context) (T, error) {
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), errtext.Ended(ctx)
	}
}
