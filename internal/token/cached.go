package token

import (
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

const (
	// refreshMargin is how much life is left when a token is renewed in the
	// background, or a quarter of all it had.
	refreshMargin = 30 * time.Second
	// waitMargin is how much is left when callers wait for the renewal, or a
	// quarter: APIs refuse tokens that are about to die.
	waitMargin = 10 * time.Second
	// deadMargin is how much is left when a token is worthless, or a tenth: it
	// must survive its own journey.
	deadMargin = 3 * time.Second
	// lookEvery is for how long the wall clock isn't looked at again.
	lookEvery = time.Millisecond
)

// cachedToken is a token with what decides for how long it is served. All is
// counted in time since it was asked for.
type cachedToken struct {
	token  *oauth2.Token
	issued time.Time // when it was asked for, by both of the machine's clocks
	wall   int64     // the same in nanoseconds, by the wall clock alone
	life   time.Duration

	refreshAt, waitAt, expiresAt time.Duration

	replacesRejected bool // an API did not accept the one before

	// What ageNow saw of the wall clock last: how much older it makes the token
	// than the monotonic clock does, and the age by the latter from which it
	// looks again.
	ahead, lookAt atomic.Int64
}

// newCachedToken keeps a token that was issued then.
func newCachedToken(token *oauth2.Token, issued time.Time, minLife time.Duration) *cachedToken {
	life := time.Duration(token.ExpiresIn) * time.Second
	c := &cachedToken{token: token, issued: issued, wall: issued.UnixNano(), life: life}
	c.expiresAt = life - min(deadMargin, life/10)
	c.refreshAt, c.waitAt = c.thresholds(minLife)
	return c
}

// thresholds are the ages from which a token is renewed in the background, and
// from which callers wait for that, if it shall have so much life left. It may
// ask for three quarters of it at most, so that a token serves some calls.
func (c *cachedToken) thresholds(minLife time.Duration) (refreshAt, waitAt time.Duration) {
	refresh, wait := min(refreshMargin, c.life/4), min(waitMargin, c.life/4)
	least := max(wait, min(minLife, c.life/4*3))
	return c.life - least - (refresh - wait), c.life - least
}

// age is how old the token is by whichever clock says more: the monotonic one
// stands still while a machine sleeps, the wall clock may be set back. A token
// that has more life left than it ever had is of another time: it is as old as
// can be.
func (c *cachedToken) age(now time.Time) time.Duration {
	wall := time.Duration(now.UnixNano() - c.wall)
	if wall <= -worthCorrecting {
		return c.life
	}
	return max(now.Sub(c.issued), wall)
}

// ageNow is how old the token is by the clock. Asking for the time is most of
// what a kept token costs, and the monotonic clock alone costs half of both. The
// wall clock only tells what happens seldom, that it was set or that the machine
// slept: so it is looked at once in a millisecond that the machine is awake. Who
// asks within the millisecond that such a jump falls into is served like one who
// got the token just before. A test's clock is obeyed at once.
func (c *cachedToken) ageNow(clock *Clock) time.Duration {
	if !clock.machine {
		return c.age(clock.Now())
	}
	if monotonic := time.Since(c.issued); monotonic < time.Duration(c.lookAt.Load()) {
		return monotonic + time.Duration(c.ahead.Load())
	}
	now := clock.Now()
	age, monotonic := c.age(now), now.Sub(c.issued)
	c.ahead.Store(int64(age - monotonic))
	c.lookAt.Store(int64(monotonic + lookEvery)) // last: from now on it is trusted
	return age
}

// lives reports whether the token may be served.
func (c *cachedToken) lives(now time.Time) bool { return c != nil && c.age(now) < c.expiresAt }
