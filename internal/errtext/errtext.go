// Package errtext makes the texts of errors: one line, with the name of the
// library before it once, and nothing in it that a service could use to fill
// or break a log.
package errtext

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Prefix begins the text of every error of the library, once.
const Prefix = "maskinporten: "

// The errors of the library that its rooms make too.
var (
	// ErrInvalidArgument is for what is refused before anything is sent.
	ErrInvalidArgument = errors.New(Prefix + "invalid argument")
	// ErrBadAnswer is for an answer that can't be read.
	ErrBadAnswer = errors.New(Prefix + "answer not understood")
)

// Plain is the text of an error that becomes part of another.
func Plain(err error) string { return strings.TrimPrefix(err.Error(), Prefix) }

// Wrap puts words before an error, such as the call that it ended.
func Wrap(words string, err error) error { return Wrapf("%s: %v", words, err) }

// Wrapf is fmt.Errorf with the prefix once, before everything: wherever an
// argument is an error, its own prefix is left out, and [errors.Is] and
// [errors.As] find it.
func Wrapf(format string, args ...any) error {
	var errs []error
	shown := slices.Clone(args)
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			errs = append(errs, err)
			shown[i] = Plain(err)
		}
	}
	return &formatted{Prefix + fmt.Sprintf(format, shown...), errs}
}

type formatted struct {
	text string
	errs []error
}

func (e *formatted) Error() string   { return e.text }
func (e *formatted) Unwrap() []error { return e.errs }

// mostNamed is how many failures an error names: there may be thousands.
const mostNamed = 5

// Summary is the error of many things that weren't all done: what was done, how
// many failed and the first of these, how many were left and why the first was.
// [errors.Is] and [errors.As] look into all errors.
func Summary(done string, failed, left []string, errs []error) error {
	text := Prefix + done
	if len(failed) > 0 {
		text += fmt.Sprintf(", %d failed", len(failed))
	}
	if len(left) > 0 {
		text += fmt.Sprintf(", %d left (%s)", len(left), left[0])
	}
	text = strings.Join(append([]string{text}, failed[:min(len(failed), mostNamed)]...), "; ")
	if more := len(failed) - mostNamed; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return &formatted{text, errs}
}

// Ended tells why a context ended, so that both its cause and its plain error
// are found in it.
func Ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Sentence joins what there is to say into one line: the parts that say
// something, the cause, details in brackets, and what to do about it.
func Sentence(parts []string, cause error, details, remedy string) string {
	if cause != nil {
		parts = append(parts, Plain(cause))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	text := Prefix + OneLine(strings.Join(parts, ": ")) + details
	if remedy != "" {
		text += ": " + remedy
	}
	return text
}

// Details are what a person on call needs to ask somebody else: an id by its
// name, and how often something was sent if that is more than once.
func Details(id, idName string, attempts int) string {
	var parts []string
	if id != "" {
		parts = append(parts, idName+" "+id)
	}
	if attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", attempts))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// longestText is how much of a service's text goes into an error's.
const longestText = 2000

// OneLine keeps a service's text from breaking a line in a log, or filling it.
func OneLine(text string) string {
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// Reason is the text of an error for a log; empty for nil.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	return OneLine(Plain(err))
}

// Quoted shows what was given without its control characters, and only the
// beginning of a long value.
func Quoted(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// OneOf lists what is allowed, for a sentence.
func OneOf[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = string(value)
	}
	return strings.Join(words, ", ")
}
