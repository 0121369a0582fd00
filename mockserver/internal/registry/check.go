package registry

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

const (
	digits       = "0123456789"
	alphanumeric = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	ofIDs        = alphanumeric + "._-"
	longestID    = 255
)

// consistsOf reports whether a text has these characters only. Unlike a pattern
// it costs a program's start nothing.
func consistsOf(text, characters string) bool { return strings.Trim(text, characters) == "" }

// isID reports whether a name may be a client id, a kid or an onbehalfof value:
// each is one harmless path segment.
func isID(name string) bool {
	return len(name) <= longestID && consistsOf(name, ofIDs) && !onlyDots(name)
}

// onlyDots reports whether a name would bend a path.
func onlyDots(name string) bool { return strings.Trim(name, ".") == "" }

// checkSegment refuses what is no id (assumed: nothing is published), and lets
// nothing through that can't be one segment of a path.
func checkSegment(object, field, name string, notes *lenient.Notes) error {
	if isID(name) {
		return nil
	}
	refusal := invalid(object, field, "%s is 1 to 255 letters, digits, '.', '_' and '-'", field)
	if onlyDots(name) || strings.ContainsAny(name, `/\`) || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return refusal
	}
	return notes.Assumed(refusal)
}

// IsPrefix reports whether a text may be a prefix: an id that begins with a
// letter or digit (assumed: nothing is published).
func IsPrefix(text string) bool { return isID(text) && consistsOf(text[:1], alphanumeric) }

// checkOrgNo refuses anything but nine digits that fit together.
func checkOrgNo(object, field, number string) error {
	if !orgno.Valid(number) {
		return invalid(object, field, "Invalid organization number %s", quoteShort(number))
	}
	return nil
}

// quoteShort quotes what somebody sent, but no more of it than a slip of the
// hand would be.
func quoteShort(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// notLegal refuses a value that clients of this kind can't have.
func notLegal(c *Client, field, sent string, legal []string) error {
	subject := c.IntegrationType
	if field == "token_endpoint_auth_method" {
		subject = c.ApplicationType + " clients of type " + subject
	}
	return invalid("Client", field, "%s %s is not legal for %s, only %s", field, quoteShort(sent), subject, strings.Join(legal, ", "))
}

// withoutDoubles keeps the first of each, in order. It never returns nil, so
// that a client without scopes answers an empty list.
func withoutDoubles(list []string) []string {
	kept := make([]string, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if !seen[s] {
			kept, seen[s] = append(kept, s), true
		}
	}
	return kept
}
