package verify

import "time"

// allowance bounds what strangers can cause: a few at once, and then one for
// each pause that has passed. The zero value has been used up long ago, and so
// allows as many as it ever does.
type allowance struct {
	burst int
	pause time.Duration
	spent int       // of the burst, as of since
	since time.Time // when the last of spent was given back, or the first taken
}

// take reports whether one more is allowed now, and counts it.
func (a *allowance) take(now time.Time) bool {
	back := int(now.Sub(a.since) / a.pause)
	if now.Before(a.since) || back >= a.spent { // the clock was put back, or all is given back
		a.spent, a.since = 0, now
	} else {
		a.spent -= back
		a.since = a.since.Add(time.Duration(back) * a.pause)
	}
	if a.spent == a.burst {
		return false
	}
	a.spent++
	return true
}
