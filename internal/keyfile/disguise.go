package keyfile

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prepend puts a disguise, if there is one, before those that stood around it.
func prepend(disguise string, outer []string) []string {
	if disguise == "" {
		return outer
	}
	return append([]string{disguise}, outer...)
}

// lookAround names what unquote took off. Blanks at the end are nothing
// to speak of: editors want a line break there.
func lookAround(data, bare []byte) string {
	at := bytes.Index(data, bare)
	around := string(data[:at]) + strings.TrimRightFunc(string(data[at+len(bare):]), unicode.IsSpace)
	var found []string
	if strings.Contains(around, "\ufeff") {
		found = append(found, "with a byte order mark")
	}
	if strings.ContainsFunc(around, func(r rune) bool { return !invisible(r) }) {
		found = append(found, "in quotes")
	} else if strings.ContainsFunc(around, func(r rune) bool { return r != '\ufeff' }) {
		found = append(found, "with blanks around it")
	}
	return strings.Join(found, " and ")
}

// lookInside names what unescape replaced.
func lookInside(bare, inner []byte) string {
	if bytes.Equal(bare, inner) || !utf8.Valid(bare) && kindOf(inner) == kindUnknown { // what is binary has no escapes
		return ""
	}
	switch text := string(bare); {
	case strings.Contains(text, `\n`), strings.Contains(text, `\r`):
		return `with \n for line breaks`
	case strings.Contains(text, `\`):
		return "with backslashes"
	case strings.Contains(text, "\r\n"):
		return "with Windows line ends"
	default:
		return "with CR for line breaks"
	}
}

// indented reports whether blocks of PEM stand away from the margin, which
// straighten mends. Words between them may.
func indented(data []byte) bool {
	inside := false
	for line := range bytes.Lines(data) {
		inside = inside || bytes.Contains(line, []byte("-----BEGIN "))
		if bare := bytes.TrimLeftFunc(line, unicode.IsSpace); inside && len(bare) > 0 && len(bare) < len(line) {
			return true
		}
		inside = inside && !bytes.Contains(line, []byte("-----END "))
	}
	return false
}
