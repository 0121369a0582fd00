package errtext_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

func TestWrappedErrorsNameTheLibraryOnceAndAreFound(t *testing.T) {
	t.Parallel()
	one, two := errors.New(errtext.Prefix+"one"), errors.New("two")
	err := errtext.Wrap("call", errtext.Wrapf("%v, then %v, %d times", one, two, 3))
	if err.Error() != "maskinporten: call: one, then two, 3 times" || !errors.Is(err, one) || !errors.Is(err, two) {
		t.Errorf("%v", err)
	}
}

func TestAServicesTextBreaksNoLineAndNoLetter(t *testing.T) {
	t.Parallel()
	for _, lead := range []int{0, 1} { // the cut falls between letters, and within one
		text := errtext.OneLine(strings.Repeat("a", lead) + strings.Repeat("å", 5000))
		if !utf8.ValidString(text) || len(text) > 2100 || !strings.HasSuffix(text, "å…") {
			t.Errorf("%d bytes, that end in %q", len(text), text[len(text)-10:])
		}
	}
	if got := errtext.OneLine("a\nb\r\x00\u2028c\u2029"); got != "a b   c " {
		t.Errorf("got %q", got)
	}
}

func TestAnEndedContextTellsErrorAndCause(t *testing.T) {
	t.Parallel()
	why := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := errtext.Ended(ctx); !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
