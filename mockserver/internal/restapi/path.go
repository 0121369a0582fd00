package restapi

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SplitPath takes an escaped path apart and unescapes its segments; one last
// slash is passed over. Segments that are empty, "." or "..", plain or
// escaped, or that hold a slash, a backslash or control characters, are an
// error: cleaning such a path, or redirecting to a clean one, would turn a
// call about one resource into a call about another.
func SplitPath(escaped string) ([]string, error) {
	path, ok := strings.CutPrefix(escaped, "/")
	if !ok {
		return nil, errors.New("The path must begin with a slash") //nolint:revive,staticcheck // shown to the client as it is
	}
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		if escaped == "/" {
			return nil, nil
		}
		return nil, errors.New("The path holds empty segments") //nolint:revive,staticcheck // shown to the client as it is
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || badSegment(plain) {
			return nil, fmt.Errorf("The path segment number %d is empty, '.', '..', or holds a slash or control characters", i+1) //nolint:revive,staticcheck // shown to the client as it is
		}
		segments[i] = plain
	}
	return segments, nil
}

func badSegment(s string) bool {
	if s == "" || s == "." || s == ".." || strings.ContainsAny(s, `/\`) || !utf8.ValidString(s) {
		return true
	}
	return strings.ContainsFunc(s, unicode.IsControl)
}
