package maskinporten

import (
	"fmt"
	"strings"
)

// maxScopeName is far above the names in use (the longest have some 100
// characters), and well below what proxies take in a URL.
const maxScopeName = 1024

// checkScopeName refuses what cannot be the name of a scope: it is
// "prefix:subscope", in the characters that OAuth leaves to scopes (RFC 6749
// section 3.3). Everything else is left to the service, whose rules change.
func checkScopeName(operation, name string) error {
	if problem := scopeNameProblem(name); problem != "" {
		return invalidArgument(operation, "scope", problem)
	}
	return nil
}

// checkPrefix refuses what cannot be the first part of a scope's name.
func checkPrefix(operation, prefix string) error {
	switch problem := scopePartProblem(prefix); {
	case problem != "":
		return invalidArgument(operation, "prefix", problem)
	case strings.ContainsAny(prefix, ":/"):
		return invalidArgument(operation, "prefix", fmt.Sprintf("%s holds ':' or '/': a prefix is the part before the first colon", quoted(prefix)))
	}
	return nil
}

func scopeNameProblem(name string) string {
	if problem := scopePartProblem(name); problem != "" {
		return problem
	}
	prefix, subscope, found := strings.Cut(name, ":")
	if !found || prefix == "" || subscope == "" {
		return quoted(name) + " is not a scope name: it is prefix:subscope, such as difi:api3"
	}
	for segment := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == ':' }) {
		if segment == "." || segment == ".." {
			return quoted(name) + " holds a path segment of dots"
		}
	}
	return ""
}

func scopePartProblem(part string) string {
	switch {
	case part == "":
		return "is empty"
	case len(part) > maxScopeName:
		return fmt.Sprintf("has %d characters, more than %d", len(part), maxScopeName)
	}
	for i := range len(part) {
		if c := part[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return fmt.Sprintf("%s holds a character that scope names cannot have (blanks, quotes, backslashes, anything outside ASCII)", quoted(part))
		}
	}
	return ""
}

// quoted shows what was given without its control characters, and not all of
// a value that is too long to be a slip of the hand.
func quoted(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
