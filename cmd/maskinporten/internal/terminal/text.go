package terminal

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Printf writes text.
func (s *Screen) Printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s, format, args...) // Err tells
}

// Wrapped writes text in lines that fit, each with the indent; the first with
// lead instead, which is as wide as the indent. Where nobody looks lines stay
// whole.
func (s *Screen) Wrapped(lead, indent, text string) {
	width := s.Width - utf8.RuneCountInString(indent)
	if !s.IsTerminal {
		width = 0
	}
	for i, line := range wrap(text, width) {
		if i > 0 {
			lead = indent
		}
		s.Printf("%s%s\n", lead, line)
	}
}

// wrap breaks text at blanks; a word that is longer than a line stays whole.
func wrap(text string, width int) []string {
	if width <= 0 {
		return []string{text}
	}
	var lines []string
	line, length := "", 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case length == 0:
			line, length = word, n
		case length+1+n <= width:
			line, length = line+" "+word, length+1+n
		default:
			lines = append(lines, line)
			line, length = word, n
		}
	}
	return append(lines, line)
}

// Clean makes text of others safe to show: what would steer a terminal is shown
// as a question mark.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
}
