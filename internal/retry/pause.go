package retry

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// LongestPause is how long a service may hold its callers up. Where it asks
	// for more, the call fails at once and says so.
	LongestPause = 30 * time.Second
	// MostPauses is how many pauses one call waits for.
	MostPauses = 10
	mostPaused = 2 * time.Minute
)

// Pause is for how long a service wants to be left alone. All who call it share
// one, so that one refusal holds everybody. The zero value holds nobody.
type Pause struct {
	mu      sync.Mutex
	until   time.Time
	waiting map[*held]struct{}
}

// held is somebody who waits for another's request, until a deadline.
type held struct {
	ctx context.Context
	end context.CancelCauseFunc
}

// HeldBack is why something was not sent: the service wants to be left alone
// for longer than the caller can wait.
type HeldBack struct{ Left time.Duration }

// Error says for how long.
func (e *HeldBack) Error() string {
	return fmt.Sprintf("not sent: the service has asked to be left alone for another %v", e.Left.Round(time.Millisecond))
}

// Extend makes the pause last that long from now, if it would end earlier.
func (p *Pause) Extend(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
		for waiting := range p.waiting {
			waiting.endUnlessInTime(d)
		}
	}
}

// Within is a context that ends early, with a [*HeldBack] as its cause, where
// the pause lasts longer than the context does, be it that it gets longer
// meanwhile.
func (p *Pause) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); !ok {
		return ctx, func() {}
	}
	ctx, end := context.WithCancelCause(ctx)
	waiting := &held{ctx, end}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = map[*held]struct{}{}
	}
	p.waiting[waiting] = struct{}{}
	if left := time.Until(p.until); left > 0 {
		waiting.endUnlessInTime(left)
	}
	return ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, waiting)
		end(nil)
	}
}

func (h *held) endUnlessInTime(left time.Duration) {
	if !InTime(h.ctx, left) {
		h.end(&HeldBack{left})
	}
}

// Left is how much of the pause is left.
func (p *Pause) Left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.IsZero() {
		return 0
	}
	return time.Until(p.until)
}

// Patience counts the pauses that one call has waited for, and bounds them.
type Patience struct {
	pauses int
	waited time.Duration
}

// SitOut waits until the pause has ended, be it that it gets longer meanwhile.
// It reports false, as early as it is clear, when the call shall not wait so
// long: for its patience, or for its deadline.
func (p *Patience) SitOut(ctx context.Context, pause *Pause) bool {
	left := pause.Left()
	if left <= 0 {
		return true
	}
	if p.pauses++; p.pauses > MostPauses {
		return false
	}
	for ; left > 0; left = pause.Left() {
		if p.waited += left; p.waited > mostPaused || !InTime(ctx, left) || !Sleep(ctx, left) {
			return false
		}
	}
	return true
}

// Allows reports whether a call would sit out another pause that long.
func (p *Patience) Allows(ctx context.Context, pause time.Duration) bool {
	return p.pauses < MostPauses && p.waited+pause <= mostPaused && InTime(ctx, pause)
}

// Spent is how many pauses were sat out, and for how long.
func (p *Patience) Spent() (pauses int, waited time.Duration) { return p.pauses, p.waited }
