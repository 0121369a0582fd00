package registry

import (
	"iter"
	"sync"
	"time"
)

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

// warning is how long before its end a key or secret is said to expire.
const warning = 30 * 24 * time.Hour

// ending is the end of a key, or of a secret (without kid), in milliseconds since
// 1970.
type ending struct {
	client *Client
	kid    string
	end    int64
}

// actsFor is what decides on which clients a caller may act.
type actsFor struct {
	orgno         string
	own, supplier bool
}

// knownEndings are what [Registry.endings] has found. Who changes a client forgets
// them.
type knownEndings struct {
	mu    sync.Mutex
	known map[actsFor][]ending
}

func (k *knownEndings) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
}
