package registry

import (
	"slices"
	"time"
)

// Due emits an event for every key and secret that, since Due was called
// last, has come within 30 days of its end (KeyExpiring, SecretExpiring) or
// reached it (KeyExpired, SecretExpired), in the order in which that
// happened. Each comes once, however often Due is called, and both come when
// the clock has passed both at one go; a key that is posted again, and so
// gets another end, starts anew. Calls that find nothing cost next to
// nothing.
func (r *Registry) Due(now time.Time) {
	if !r.expiryNear(now) {
		return
	}
	_ = changeOnly(r, func() error {
		for _, d := range r.fallenDue(now) {
			r.emit(r.expiryEvent(d, now))
		}
		return nil
	})
}

func (r *Registry) expiryNear(now time.Time) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return !r.expiry.next.IsZero() && !now.Before(r.expiry.next)
}

// fallenDue looks through all clients: seldom, only when a moment that was
// waited for has come.
func (r *Registry) fallenDue(now time.Time) []deadline {
	before := r.expiry.announced
	r.expiry = expiryWatch{announced: map[deadline]bool{}} // what is gone needn't be remembered
	var due []deadline
	for c := range r.clients.all() {
		for d := range deadlines(c) {
			if now.Before(d.at()) {
				r.expiry.wait(d)
				continue
			}
			if !before[d] {
				due = append(due, d)
			}
			r.expiry.announced[d] = true
		}
	}
	slices.SortStableFunc(due, func(a, b deadline) int { return a.at().Compare(b.at()) })
	return due
}

func (r *Registry) expiryEvent(d deadline, now time.Time) Event {
	c, _ := r.clients.get(d.clientID)
	e := clientEvent(d.kind, c)
	e.Kid, e.Time = d.kid, now.UTC().Truncate(time.Millisecond)
	e.Detail = time.UnixMilli(d.end).UTC().Format(time.RFC3339)
	return e
}
