package registry

import (
	"iter"
	"slices"
	"time"
)

// warning is how long before its end a key or secret is said to expire.
const warning = 30 * 24 * time.Hour

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

// expiryWatch remembers what was said about keys and secrets, and when there
// may be something to say again. Its zero value is ready.
type expiryWatch struct {
	next      time.Time // nothing falls due before; zero: nothing at all
	announced map[deadline]bool
}

// watch looks out for what a new version of a client brings.
func (w *expiryWatch) watch(c *Client) {
	for d := range deadlines(c) {
		if !w.announced[d] {
			w.wait(d)
		}
	}
}

func (w *expiryWatch) wait(d deadline) {
	if at := d.at(); w.next.IsZero() || at.Before(w.next) {
		w.next = at
	}
}

// deadline is a moment in the life of a key, or of a secret (without kid),
// of which its organisation is told.
type deadline struct {
	clientID, kid string
	kind          EventKind
	end           int64 // of the key or secret, milliseconds since 1970
}

// at is the moment itself.
func (d deadline) at() time.Time {
	end := time.UnixMilli(d.end)
	if d.kind == KeyExpiring || d.kind == SecretExpiring {
		return end.Add(-warning)
	}
	return end
}

// deadlines yields those of a client's keys and secret.
func deadlines(c *Client) iter.Seq[deadline] {
	return func(yield func(deadline) bool) {
		for _, k := range keysOf(c) {
			d := deadline{clientID: c.ClientID, kid: k.Kid, kind: KeyExpiring, end: k.Exp * 1000}
			expired := d
			expired.kind = KeyExpired
			if !yield(d) || !yield(expired) {
				return
			}
		}
		if c.secretDigest == "" {
			return
		}
		d := deadline{clientID: c.ClientID, kind: SecretExpiring, end: c.secretExpires.UnixMilli()}
		if yield(d) {
			d.kind = SecretExpired
			yield(d)
		}
	}
}
