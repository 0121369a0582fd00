// Package ring keeps the last of what would otherwise pile up in a server that
// runs for long.
package ring

import "iter"

// Ring keeps the last elements added, up to its limit. It takes only the memory
// of those that it holds. Make one with [New]; it has no lock of its own.
type Ring[T any] struct {
	limit int
	items []T
	next  int // where the next goes when it is full: the oldest
}

// New returns a ring that keeps so many elements.
func New[T any](limit int) Ring[T] { return Ring[T]{limit: max(0, limit)} }

// Add adds an element, in place of the oldest when there is no room.
func (r *Ring[T]) Add(item T) {
	switch {
	case len(r.items) < r.limit:
		r.items = append(r.items, item)
	case r.limit > 0:
		r.items[r.next] = item
		r.next = (r.next + 1) % r.limit
	}
}

// All returns the elements, oldest first, in a slice of the caller's own.
func (r *Ring[T]) All() []T {
	all := make([]T, 0, len(r.items))
	return append(append(all, r.items[r.next:]...), r.items[:r.next]...)
}

// Backward yields the elements, the newest first. They are not to be kept.
func (r *Ring[T]) Backward() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, part := range [][]T{r.items[:r.next], r.items[r.next:]} {
			for i := range part {
				if !yield(&part[len(part)-1-i]) {
					return
				}
			}
		}
	}
}

// Clear forgets all, and gives their memory back.
func (r *Ring[T]) Clear() { r.items, r.next = nil, 0 }
