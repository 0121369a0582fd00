package check_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// tried is a test that a check ends, or fails.
type tried struct {
	testing.TB
	ended bool
	said  string
}

func (*tried) Helper()                             {}
func (r *tried) Fatal(args ...any)                 { r.ended, r.said = true, fmt.Sprint(args...) }
func (r *tried) Errorf(format string, args ...any) { r.said = fmt.Sprintf(format, args...) }

func TestAnErrorEndsATest(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(t testing.TB, err error){
		"OK":   check.OK,
		"Got":  func(t testing.TB, err error) { check.Got(1, err)(t) },
		"Got2": func(t testing.TB, err error) { check.Got2(1, "two", err)(t) },
	} {
		good, bad := &tried{}, &tried{}
		call(good, nil)
		call(bad, errors.New("broken"))
		if good.ended || !bad.ended || bad.said != "broken" {
			t.Errorf("%s: %+v, %+v", name, good, bad)
		}
	}
	one, two := check.Got2(1, "two", nil)(t)
	check.Same(t, []any{1, 1, "two"}, []any{check.Got(1, nil)(t), one, two})
	if want := errors.New("wanted"); check.Err(1, want) != want { //nolint:errorlint // the very same
		t.Error("Err is another error")
	}
}

func TestAListInWords(t *testing.T) {
	t.Parallel()
	check.Same(t, []string{"1", "2"}, check.Each([]int{1, 2}, strconv.Itoa))
	check.Same(t, []string{}, check.Each(nil, strconv.Itoa))
}

func TestADifferenceIsShownWithWhatIsCompared(t *testing.T) {
	t.Parallel()
	equal, other := &tried{}, &tried{}
	check.Same(equal, []string{"a"}, []string{"a"}, "the list")
	check.Same(other, []string{"a"}, []string{"b"}, "the list", " of names")
	if equal.said != "" || !strings.HasPrefix(other.said, "the list of names (-want +got):\n") || !strings.Contains(other.said, `"b"`) || other.ended {
		t.Errorf("%+v, %+v", equal, other)
	}
}

func TestAnotherErrorFailsATestWithBothErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	wrapped, other := &tried{}, &tried{}
	check.Is(wrapped, broken, fmt.Errorf("it is %w", broken))
	check.Is(other, broken, errors.New("bent"), "the call")
	if wrapped.said != "" || other.said != "the call: error bent, want broken" || other.ended {
		t.Errorf("%+v, %+v", wrapped, other)
	}
}
