package pages

import (
	"slices"
	"sync"
)

// maxRecent is how much is remembered of anything: what the last visitors did.
const maxRecent = 1024

// recent remembers the last values that were put in. Its zero value is empty.
type recent[V any] struct {
	mu     sync.Mutex
	values map[string]V
	order  []string // keys, oldest first
}

// put remembers a value, in place of what the key had.
func (r *recent[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.values == nil {
		r.values = map[string]V{}
	}
	if _, known := r.values[key]; !known {
		if len(r.order) >= maxRecent {
			delete(r.values, r.order[0])
			r.order = append(r.order[:0], r.order[1:]...)
		}
		r.order = append(r.order, key)
	}
	r.values[key] = value
}

// take returns a value and forgets it.
func (r *recent[V]) take(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.values[key]
	if ok {
		delete(r.values, key)
		r.order = slices.DeleteFunc(r.order, func(k string) bool { return k == key })
	}
	return value, ok
}

// once sees to it that a form which is sent twice is carried out once. Its zero
// value is ready.
type once struct {
	mu    sync.Mutex
	posts recent[*post]
}

// post is a form that was sent.
type post struct {
	done     chan struct{} // closed when it was carried out
	location string        // where the visitor was sent then; empty: it was refused
}

// begin claims a form's token. Where the form was carried out already, or is
// being carried out, it returns where the visitor was sent. Else the caller must
// carry it out, and call finish.
func (o *once) begin(token string) (location string, finish func(location string)) {
	for {
		mine := &post{done: make(chan struct{})}
		other := o.claim(token, mine)
		if other == nil {
			return "", func(location string) {
				mine.location = location
				close(mine.done)
			}
		}
		<-other.done
		if other.location != "" {
			return other.location, nil
		}
		o.release(token, other)
	}
}

// claim is nil when the token is the caller's now.
func (o *once) claim(token string, mine *post) *post {
	o.mu.Lock()
	defer o.mu.Unlock()
	if other, ok := o.posts.take(token); ok {
		o.posts.put(token, other)
		return other
	}
	o.posts.put(token, mine)
	return nil
}

// release lets a form be sent again that was refused.
func (o *once) release(token string, refused *post) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now, ok := o.posts.take(token); ok && now != refused {
		o.posts.put(token, now)
	}
}
