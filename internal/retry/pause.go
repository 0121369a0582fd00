package retry

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// LongestPause is how long a service may hold its callers up. Where it asks
	// for more, the call fails at once and says so.
	LongestPause = 30 * time.Second
	// MostPauses is how many pauses one call sits out.
	MostPauses = 10
	mostPaused = 2 * time.Minute
)

// Pause is for how long a service wants to be left alone. All who call it share
// one, so that one refusal holds everybody. The zero value is none.
type Pause struct {
	mu    sync.Mutex
	until time.Time
}

// Extend makes the pause last that long from now, if it would end earlier.
func (p *Pause) Extend(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
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

// Patience is what one call has sat out of pauses. The zero value has all its
// patience left.
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

// AsksForPause reports whether an answer says that the service is busy and did
// nothing: 429, or 503 with Retry-After. That holds all who call it, and isn't
// counted as an attempt.
func AsksForPause(status int, retryAfter time.Duration) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && retryAfter > 0
}
