package verify

import (
	"slices"
	"strings"
)

// Scopes is a set of scope names.
type Scopes []string

// Has reports whether the scope is among them: as a whole and to the letter.
// difi:api3.write isn't difi:api3.
func (s Scopes) Has(scope string) bool { return scope != "" && slices.Contains(s, scope) }

// HasAny reports whether one of the scopes is among them.
func (s Scopes) HasAny(scopes ...string) bool { return slices.ContainsFunc(scopes, s.Has) }

// HasAll reports whether all of the scopes are among them; without any, false.
func (s Scopes) HasAll(scopes ...string) bool {
	for _, scope := range scopes {
		if !s.Has(scope) {
			return false
		}
	}
	return len(scopes) > 0
}

// String joins the names with blanks, as tokens do.
func (s Scopes) String() string { return strings.Join(s, " ") }

// isScopeRune tells what a scope's name may be made of: visible ASCII without
// quote and backslash.
func isScopeRune(r rune) bool { return r > ' ' && r < 0x7F && r != '"' && r != '\\' }

// isScopeName reports whether a token can have a scope of this name.
func isScopeName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !isScopeRune(r) })
}
