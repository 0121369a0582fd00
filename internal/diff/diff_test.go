package diff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/diff"
)

func TestSetsTellsWhatToAddRemoveAndKeepInRisingOrder(t *testing.T) {
	t.Parallel()
	there := map[string]int{"c": 1, "b": 2, "e": 3, "d": 4}
	got := diff.Sets([]string{"z", "b", "a", "c", "b", "a"}, there)
	want := diff.Lists[string]{Add: []string{"a", "z"}, Remove: []string{"d", "e"}, Keep: []string{"b", "c"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lists (-want +got):\n%s", d)
	}
	if d := cmp.Diff(diff.Lists[string]{}, diff.Sets[string, int](nil, nil)); d != "" {
		t.Errorf("of nothing (-want +got):\n%s", d)
	}
}
