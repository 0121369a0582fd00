package ring_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

func TestRingKeepsTheLastInOrder(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int][]int{-1: {}, 0: {}, 1: {7}, 3: {5, 6, 7}, 7: {1, 2, 3, 4, 5, 6, 7}, 8: {1, 2, 3, 4, 5, 6, 7}} {
		r := ring.New[int](limit)
		for i := range 7 {
			r.Add(i + 1)
		}
		check.Same(t, want, r.All(), "limit ", limit)
		var backward []int
		for item := range r.Backward() {
			backward = append([]int{*item}, backward...)
		}
		if !slices.Equal(want, backward) {
			t.Errorf("limit %d, backward: %v", limit, backward)
		}
		r.Clear()
		r.Add(8)
		if want := []int{8}[:min(1, max(0, limit))]; !cmp.Equal(want, r.All()) {
			t.Errorf("limit %d, after Clear: %v", limit, r.All())
		}
	}
}

func TestRingHandsOutCopies(t *testing.T) {
	t.Parallel()
	r := ring.New[int](2)
	r.Add(1)
	r.All()[0] = 9
	if got := r.All()[0]; got != 1 {
		t.Errorf("got %d", got)
	}
}
