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

// Wrapped writes text in lines that fit: the first after lead, the others after
// the indent. Where nobody looks lines stay whole.
func (s *Screen) Wrapped(lead, indent, text string) {
	if !s.IsTerminal {
		s.Printf("%s%s\n", lead, text)
		return
	}
	indented := utf8.RuneCountInString(indent)
	for i, line := range wrap(text, s.Width-indented, visible(lead)-indented) {
		if i > 0 {
			lead = indent
		}
		s.Printf("%s%s\n", lead, line)
	}
}

// visible is how wide a text is without what gives it colours.
func visible(text string) int {
	width, inside := 0, false
	for _, r := range text {
		switch {
		case r == 0x1b:
			inside = true
		case inside:
			inside = r != 'm'
		default:
			width++
		}
	}
	return width
}

// wrap breaks text at blanks; a word that is longer than a line stays whole. The
// first line is shorter by what stands before it.
func wrap(text string, width, before int) []string {
	var lines []string
	line, length := "", before
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case line == "":
			line, length = word, length+n
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
