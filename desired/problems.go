package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/nearest"
)

// Problem is one thing that is wrong with a state.
type Problem struct {
	// Path names the place as JSON has it: "scopes[2].access[17]".
	Path string
	// Line and Column are where that is in the text that was read, from 1; 0
	// when the state was not read from text.
	Line, Column int
	// Text says what is wrong, and what to do.
	Text string
}

// String is the place, if it is known, and what is wrong there.
func (p Problem) String() string {
	text := p.Text
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, text)
	}
	return text
}

// StateError says all that is wrong with a state. [errors.Is] matches it with
// [maskinporten.ErrInvalidArgument].
type StateError struct{ Problems []Problem }

// mostProblems keeps the text of an error readable.
const mostProblems = 5

// Error names the first problems.
func (e *StateError) Error() string {
	shown := e.Problems[:min(len(e.Problems), mostProblems)]
	texts := make([]string, len(shown))
	for i, problem := range shown {
		texts[i] = problem.String()
	}
	text := "maskinporten: desired state: " + strings.Join(texts, "; ")
	if more := len(e.Problems) - len(shown); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Is matches [maskinporten.ErrInvalidArgument].
func (e *StateError) Is(target error) bool { return target == maskinporten.ErrInvalidArgument }

// problems gathers what is wrong.
type problems []Problem

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	return &StateError{Problems: *p}
}

// likeliest returns the name that was most likely meant, or nothing.
func likeliest(name string, names []string) string {
	best, least := "", max(len(name)/3, 1)+1
	for _, candidate := range slices.Sorted(slices.Values(names)) {
		if strings.EqualFold(name, candidate) || strings.HasSuffix(name, "_"+candidate) { // client_name is name
			return candidate
		}
		if d := nearest.Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

var onOneLine = strings.NewReplacer("\n"+errtext.Prefix, "; ", "\n", "; ")

// plain is the text of an error that becomes part of another, on one line.
func plain(err error) string {
	return onOneLine.Replace(errtext.Plain(err))
}

// problemOf is what an argument's error says, without the argument.
func problemOf(err error) string {
	if wrong, ok := errors.AsType[*maskinporten.ArgumentError](err); ok {
		return wrong.Problem
	}
	return plain(err)
}
