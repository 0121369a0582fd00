package registry

import (
	"slices"
	"time"
)

// history remembers what objects were before they changed, for as long as
// the token endpoint doesn't know of the change. The zero V stands for an
// object that wasn't there. With no delay it keeps nothing.
type history[K comparable, V any] struct {
	delay time.Duration
	past  map[K][]version[V] // in the order of the changes
	queue []changed[K]       // all changes remembered, oldest first
}

// version is what an object was until a change.
type version[V any] struct {
	until time.Time
	value V
}

// changed says when an object changed.
type changed[K comparable] struct {
	key K
	at  time.Time
}

// remember notes what an object was before a change made now.
func (h *history[K, V]) remember(key K, before V, now time.Time) {
	if h.delay <= 0 {
		return
	}
	h.forget(now)
	if h.past == nil {
		h.past = map[K][]version[V]{}
	}
	h.past[key] = append(h.past[key], version[V]{until: now, value: before})
	h.queue = append(h.queue, changed[K]{key: key, at: now})
}

// known returns what the token endpoint takes an object for that is current
// now: the value before the first change that it hasn't heard of.
func (h *history[K, V]) known(key K, current V, now time.Time) V {
	for _, v := range h.past[key] {
		if h.propagating(v.until, now) {
			return v.value
		}
	}
	return current
}

// propagating reports whether a change is still on its way. One that lies in
// the future, since the clock was put back, has arrived.
func (h *history[K, V]) propagating(at, now time.Time) bool {
	age := now.Sub(at)
	return age >= 0 && age < h.delay
}

// forget drops the versions that everybody knows to be old. Each is looked at
// once, so that a change costs the same however many there were.
func (h *history[K, V]) forget(now time.Time) {
	for len(h.queue) > 0 && !h.propagating(h.queue[0].at, now) {
		key := h.queue[0].key
		h.queue = h.queue[1:]
		if rest := h.past[key][1:]; len(rest) > 0 {
			h.past[key] = rest
		} else {
			delete(h.past, key)
		}
	}
}

// settle forgets everything: all changes are known.
func (h *history[K, V]) settle() { h.past, h.queue = nil, nil }

// settleOne forgets the changes of one object.
func (h *history[K, V]) settleOne(key K) {
	delete(h.past, key)
	h.queue = slices.DeleteFunc(h.queue, func(c changed[K]) bool { return c.key == key })
}
