package registry

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// How much history is kept cannot be seen from outside.

func TestHistoryIsKeptOnlyWhileNeeded(t *testing.T) {
	t.Parallel()
	h := history[int, string]{delay: time.Minute}
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range 10_000 {
		now = now.Add(time.Second)
		h.remember(n%100, "before", now)
		if len(h.queue) > 60 || len(h.past) > 60 {
			t.Fatalf("after %d changes, %d versions of %d objects are kept", n+1, len(h.queue), len(h.past))
		}
	}
	if c := cap(h.queue); c > 1000 {
		t.Errorf("the queue has room for %d changes", c)
	}
	h.remember(1, "before", now.Add(time.Hour))
	if len(h.queue) != 1 || len(h.past) != 1 {
		t.Errorf("an hour later, %d versions of %d objects are kept", len(h.queue), len(h.past))
	}
	h.settle()
	if len(h.queue) != 0 || len(h.past) != 0 {
		t.Error("settling forgets everything")
	}
}

func TestWithoutDelayThereIsNoHistory(t *testing.T) {
	t.Parallel()
	var h history[int, string]
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	h.remember(1, "before", now)
	if h.past != nil || h.queue != nil {
		t.Error("a version is kept")
	}
	check.Same(t, "after", h.known(1, "after", now), "known")
}

func TestManyVersionsOfOneObject(t *testing.T) {
	t.Parallel()
	h := history[string, int]{delay: 10 * time.Second}
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range 100 { // at second n it becomes n+1
		h.remember("x", n, start.Add(time.Duration(n)*time.Second))
	}
	for second, want := range map[int]int{99: 90, 100: 91, 108: 99, 109: 100, 1000: 100} {
		check.Same(t, want, h.known("x", 100, start.Add(time.Duration(second)*time.Second)), "at second ", second, " it is known as")
	}
}

func TestInsertingKeepsTheOrderAndComesLastAmongEquals(t *testing.T) {
	t.Parallel()
	var list []string
	for _, item := range []string{"5a", "1", "9", "5b", "7", "0", "5c", "z"} {
		list = insertOrdered(list, item, func(a, b string) int { return cmp.Compare(a[0], b[0]) })
	}
	if got := strings.Join(list, " "); got != "0 1 5a 5b 5c 7 9 z" {
		t.Errorf("got %s", got)
	}
}
