package maskinporten

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// clock is the machine's, and how far the token endpoint's is from it once a
// refusal has shown that they differ.
type clock struct {
	now    func() time.Time
	log    *slog.Logger
	offset atomic.Int64 // nanoseconds to add
}

// worthCorrecting is more than a Date, in whole seconds, and the network's
// delay can be wrong by.
const worthCorrecting = 3 * time.Second

// corrected is the time to write into grants.
func (c *clock) corrected() time.Time { return c.now().Add(time.Duration(c.offset.Load())) }

// learn takes the offset from the date of an answer. It reports whether
// another attempt is worth it: whether the grant would carry another time
// now. Only a refusal for the grant's times leads here, so that a clock that
// is right never depends on Date.
func (c *clock) learn(ctx context.Context, date time.Time) bool {
	if date.IsZero() {
		return false
	}
	before := time.Duration(c.offset.Load())
	offset := date.Sub(c.now())
	if difference := offset - before; difference.Abs() < worthCorrecting {
		return false
	}
	if c.offset.CompareAndSwap(int64(before), int64(offset)) && before == 0 {
		c.log.WarnContext(ctx, "maskinporten: this machine's clock is wrong; grants are corrected by the token endpoint's Date", "offset", offset.Round(time.Second))
	}
	return true
}
