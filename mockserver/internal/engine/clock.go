package engine

import (
	"fmt"
	"sync"
	"time"
)

// Clock is the one clock of a mock; everything that depends on time follows it.
// It goes as its base does, and can be moved, or made to stand.
type Clock struct {
	base func() time.Time
	tell func() // that time has moved

	mu     sync.RWMutex
	moved  bool
	at, to time.Time // the base's time when the clock was moved, and where to
	stands bool      // at to
}

// lastYear is the last that can be written in every zone.
const lastYear = 9998

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	switch {
	case c.stands:
		return c.to
	case !c.moved:
		return c.base()
	default:
		return c.to.Add(c.base().Sub(c.at))
	}
}

// Advance moves the clock by d, which may be negative, and lets everything
// happen that has become due.
func (c *Clock) Advance(d time.Duration) error {
	return c.move(func() (time.Time, bool) { return c.now().Add(d), c.stands })
}

// Set moves the clock to a time, from which it goes on.
func (c *Clock) Set(t time.Time) error {
	return c.move(func() (time.Time, bool) { return t, false })
}

// Fix makes the clock stand at a time until it is moved or reset.
func (c *Clock) Fix(t time.Time) error {
	return c.move(func() (time.Time, bool) { return t, true })
}

func (c *Clock) move(where func() (to time.Time, stands bool)) error {
	c.mu.Lock()
	to, stands := where()
	if year := to.UTC().Year(); year < 1 || year > lastYear {
		c.mu.Unlock()
		return fmt.Errorf("the clock goes from year 1 to year %d, and not to year %d", lastYear, year)
	}
	c.moved, c.at, c.to, c.stands = true, c.base(), to, stands
	c.mu.Unlock()
	c.tell()
	return nil
}

// Reset makes the clock go again as its base does.
func (c *Clock) Reset() {
	c.mu.Lock()
	c.moved, c.at, c.to, c.stands = false, time.Time{}, time.Time{}, false
	c.mu.Unlock()
	c.tell()
}
