package token

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// Clock is the machine's, and how far the token endpoint's is from it once a
// refusal has shown that they differ.
type Clock struct {
	now     func() time.Time
	machine bool // now is the machine's, not a test's
	log     *slog.Logger
	offset  atomic.Int64 // nanoseconds to add
}

// NewClock returns a clock that tells what now tells, or, for nil, the machine's.
func NewClock(now func() time.Time, log *slog.Logger) *Clock {
	if now == nil {
		return &Clock{now: time.Now, machine: true, log: log}
	}
	return &Clock{now: now, log: log}
}

// worthCorrecting is more than a Date, in whole seconds, and the network's
// delay can be wrong by.
const worthCorrecting = 3 * time.Second

// Now is the machine's time.
func (c *Clock) Now() time.Time { return c.now() }

// Corrected is the service's time, as far as it is known: what belongs into
// grants.
func (c *Clock) Corrected() time.Time { return c.now().Add(c.learnt()) }

// learnt is the offset that grants are corrected by now.
func (c *Clock) learnt() time.Duration { return time.Duration(c.offset.Load()) }

// learn takes the offset from the date of an answer to a grant that was made
// with the offset used. It reports whether another attempt is worth it:
// whether a grant would carry another time now, be it that a request beside
// this one has learnt the offset. Only a refusal for the grant's times leads
// here, so that a clock that is right never depends on Date.
func (c *Clock) learn(ctx context.Context, used time.Duration, date time.Time) bool {
	before, offset := c.learnt(), date.Sub(c.now())
	if difference := offset - before; !date.IsZero() && difference.Abs() >= worthCorrecting &&
		c.offset.CompareAndSwap(int64(before), int64(offset)) && before == 0 {
		c.log.WarnContext(ctx, "maskinporten: this machine's clock is wrong; grants are corrected by the token endpoint's Date", "offset", offset.Round(time.Second))
	}
	return (c.learnt() - used).Abs() >= worthCorrecting
}
