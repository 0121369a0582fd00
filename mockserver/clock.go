package mockserver

import "time"

// Clock is the one clock of a server; everything that depends on time follows
// it. It goes with time.Now, and can be moved, or made to stand.
type Clock struct{ server *Server }

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return &Clock{s} }

// Now returns the server's time.
func (c *Clock) Now() time.Time { return c.server.engine.Clock().Now() }

// Advance moves the clock by d, which may be negative, and lets everything
// happen that has become due.
func (c *Clock) Advance(d time.Duration) {
	c.server.t.Helper()
	c.server.must("Advance", c.server.engine.Clock().Advance(d))
}

// Set moves the clock to a time, from which it goes on.
func (c *Clock) Set(t time.Time) {
	c.server.t.Helper()
	c.server.must("Set", c.server.engine.Clock().Set(t))
}

// Fix makes the clock stand at a time until Advance, Set, Fix or Reset.
func (c *Clock) Fix(t time.Time) {
	c.server.t.Helper()
	c.server.must("Fix", c.server.engine.Clock().Fix(t))
}

// Reset makes the clock go again as it did at first.
func (c *Clock) Reset() { c.server.engine.Clock().Reset() }
