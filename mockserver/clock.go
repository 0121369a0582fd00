package mockserver

import (
	"sync"
	"time"
)

// Clock is the one clock of a server; everything that depends on time follows
// it. It goes with time.Now, and can be moved, or made to stand.
type Clock struct {
	base func() time.Time
	tell func() // that time has moved

	mu     sync.RWMutex
	offset time.Duration
	stands bool
	fixed  time.Time // where it stands
}

// Now returns the server's time.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.stands {
		return c.fixed
	}
	return c.base().Add(c.offset)
}

// Advance moves the clock by d, which may be negative, and lets everything
// happen that has become due.
func (c *Clock) Advance(d time.Duration) {
	c.change(func() { c.offset, c.fixed = c.offset+d, c.fixed.Add(d) })
}

// Set moves the clock to a time, from which it goes on.
func (c *Clock) Set(t time.Time) {
	c.change(func() { c.offset, c.stands = t.Sub(c.base()), false })
}

// Fix makes the clock stand at a time until Advance, Set, Fix or Reset.
func (c *Clock) Fix(t time.Time) {
	c.change(func() { c.fixed, c.stands = t, true })
}

// Reset makes the clock go again as it did at first.
func (c *Clock) Reset() {
	c.change(func() { c.offset, c.stands = 0, false })
}

func (c *Clock) change(f func()) {
	c.mu.Lock()
	f()
	c.mu.Unlock()
	c.tell()
}
