package maskinporten

import (
	"errors"
	"fmt"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// outcome is one of many things that were done, failed, or were left.
type outcome interface{ outcome() error }

func wasDone(err error) bool   { return err == nil }
func hasFailed(err error) bool { return err != nil && !wasLeft(err) }
func wasLeft(err error) bool   { return errors.Is(err, ErrNotAttempted) }

func pick[T outcome](items []T, wanted func(error) bool) []T {
	var picked []T
	for _, item := range items {
		if wanted(item.outcome()) {
			picked = append(picked, item)
		}
	}
	return picked
}

// mostNamed keeps the error of thousands of failures readable.
const mostNamed = 5

// summarize is the error of all items; nil where everything was done. Before the
// error of each that it tells stands what name gives.
func summarize[T outcome](items []T, what, done string, name func(T) string) error {
	failed, left := pick(items, hasFailed), pick(items, wasLeft)
	if len(failed)+len(left) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: %d of %d %s", errtext.Prefix, what, len(items)-len(failed)-len(left), len(items), done)
	if len(failed) > 0 {
		fmt.Fprintf(&b, ", %d failed", len(failed))
	}
	if len(left) > 0 {
		fmt.Fprintf(&b, ", %d left (%s)", len(left), errtext.Plain(left[0].outcome()))
	}
	for _, item := range failed[:min(len(failed), mostNamed)] {
		fmt.Fprintf(&b, "; %s%s", name(item), errtext.Plain(item.outcome()))
	}
	if more := len(failed) - mostNamed; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	err := &itemErrors{text: b.String()}
	for _, item := range items {
		if item.outcome() != nil {
			err.errs = append(err.errs, item.outcome())
		}
	}
	return err
}

// itemErrors is errors.Join with a text that stays short.
type itemErrors struct {
	text string
	errs []error
}

func (e *itemErrors) Error() string   { return e.text }
func (e *itemErrors) Unwrap() []error { return e.errs }
