package nearest_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/nearest"
)

func TestTheDistanceCountsWhatIsAddedDroppedOrChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"same", "same", 0}, {"", "abc", 3}, {"scope", "scopes", 1}, {"wether", "weather", 1}, {"ab", "ba", 2}, {"kitten", "sitting", 3},
	} {
		if got, back := nearest.Distance(c.a, c.b), nearest.Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
