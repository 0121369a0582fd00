package token

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// jumps moves the wall clock against the monotonic one: forward, as a machine
// that slept finds it, or back. The token's mark is moved the other way, which is
// the same to it.
func (c *cachedToken) jumps(by time.Duration) { c.wall -= int64(by) }

func TestAJumpOfTheWallClockIsSeenWithinAMillisecond(t *testing.T) {
	t.Parallel()
	const before = 80 * time.Second
	for what, test := range map[string]struct {
		jumps []time.Duration
		older time.Duration // than by the monotonic clock
		other bool          // of another time: as old as can be
	}{
		"it goes on":                          {older: 0},
		"the machine slept":                   {jumps: []time.Duration{time.Minute}, older: time.Minute},
		"it slept for a night":                {jumps: []time.Duration{8 * time.Hour}, older: 8 * time.Hour},
		"set back, the token is old as ever":  {jumps: []time.Duration{-time.Minute}},
		"set back to before the token":        {jumps: []time.Duration{-before - worthCorrecting - lookEvery}, other: true},
		"set back by a day":                   {jumps: []time.Duration{-24 * time.Hour}, other: true},
		"slept, then set back by less":        {jumps: []time.Duration{time.Hour, -time.Minute}, older: 59 * time.Minute},
		"slept, then set back by more":        {jumps: []time.Duration{time.Minute, -2 * time.Minute}},
		"set back by a day, slept for longer": {jumps: []time.Duration{-24 * time.Hour, 25 * time.Hour}, older: time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			clock := NewClock(nil, slog.New(slog.DiscardHandler))
			c := newCachedToken(&oauth2.Token{ExpiresIn: 120}, clock.Now(), 0)
			time.Sleep(before)
			if got := c.ageNow(clock); got != before {
				t.Errorf("%s: %v old before", what, got)
			}
			for _, jump := range test.jumps {
				c.jumps(jump)
			}
			time.Sleep(lookEvery - 1)
			if got := c.ageNow(clock); got != before+lookEvery-1 {
				t.Errorf("%s: %v old, but it was looked at", what, got)
			}
			want := before + lookEvery + test.older
			if test.other {
				want = c.life
			}
			for _, later := range []time.Duration{1, lookEvery / 2} { // looked at, and not again
				time.Sleep(later)
				if got := c.ageNow(clock); got != want {
					t.Errorf("%s: %v old, want %v", what, got, want)
				}
				want += lookEvery / 2
			}
		})
	}
}

func TestNoJumpOfTheWallClockKeepsATokenAlive(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end() // who would have to wait is told so
	for what, test := range map[string]struct {
		jumps  []time.Duration
		served bool
	}{
		"no jump":                           {served: true},
		"slept as long as it lives":         {jumps: []time.Duration{2 * time.Minute}},
		"slept three times":                 {jumps: []time.Duration{time.Minute, time.Minute, time.Minute}},
		"set back to before the token":      {jumps: []time.Duration{-time.Hour}},
		"set back, and then right":          {jumps: []time.Duration{-time.Hour, time.Hour}, served: true},
		"set back in an hour's sleep":       {jumps: []time.Duration{time.Hour, -time.Minute}},
		"slept for a second, set back by 2": {jumps: []time.Duration{time.Second, -2 * time.Second}, served: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := idleState(t).entry(Request{}, "x")
			c := newCachedToken(&oauth2.Token{ExpiresIn: 120}, time.Now(), 0)
			e.current.Store(c)
			if got, err := e.get(t.Context(), 0); err != nil || got != c.token {
				t.Errorf("%s: %v, %v before", what, got, err)
			}
			for _, jump := range test.jumps {
				c.jumps(jump)
				time.Sleep(lookEvery)
				_, _ = e.get(ended, 0)
			}
			time.Sleep(lookEvery)
			if got, err := e.get(ended, 0); test.served != (got == c.token) || test.served == errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, %v", what, got, err)
			}
		})
	}
}

func TestATestsClockIsObeyedAtOnce(t *testing.T) {
	t.Parallel()
	for what, round := range map[string]func(time.Time) time.Time{
		"with a monotonic reading": func(at time.Time) time.Time { return at },
		"of the wall alone":        func(at time.Time) time.Time { return at.Round(0) },
	} {
		synctest.Test(t, func(t *testing.T) {
			by := time.Hour
			clock := NewClock(func() time.Time { return round(time.Now().Add(by)) }, slog.New(slog.DiscardHandler))
			c := newCachedToken(&oauth2.Token{ExpiresIn: 120}, clock.Now(), 0)
			for _, age := range []time.Duration{0, time.Second, time.Minute, time.Second, time.Hour} {
				by = age + time.Hour
				if got := c.ageNow(clock); got != age {
					t.Errorf("%s: %v old, want %v", what, got, age)
				}
			}
		})
	}
}
