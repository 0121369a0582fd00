package maskinporten

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// maxScopeName is far above the names in use (the longest have some 100
// characters), and well below what proxies take in a URL.
const maxScopeName = 1024

// checkScopeName refuses what cannot be the name of a scope: it is
// "prefix:subscope", in the characters that OAuth leaves to scopes (RFC 6749
// section 3.3). Everything else is left to the service, whose rules change. With
// anyLetters ([WithoutPreflight]) only blanks and what can't be seen are refused.
func checkScopeName(operation, name string, anyLetters bool) error {
	problem := scopeNameProblem(name)
	if anyLetters {
		problem = textProblem(name)
	}
	if problem != "" {
		return invalidArgument(operation, "scope", problem)
	}
	return nil
}

// textProblem is why a text can't be a name in any language; empty: it can.
func textProblem(text string) string {
	switch {
	case text == "":
		return "is empty"
	case len(text) > maxScopeName:
		return fmt.Sprintf("has %d bytes, more than %d", len(text), maxScopeName)
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }):
		return errtext.Quoted(text) + " holds a blank, or a character that can't be seen"
	}
	return ""
}

// checkPrefix refuses what cannot be the first part of a scope's name.
func checkPrefix(operation, prefix string, anyLetters bool) error {
	problem := scopePartProblem(prefix)
	if anyLetters {
		problem = textProblem(prefix)
	}
	switch {
	case problem != "":
		return invalidArgument(operation, "prefix", problem)
	case strings.ContainsAny(prefix, ":/"):
		return invalidArgument(operation, "prefix", fmt.Sprintf("%s holds ':' or '/': a prefix is the part before the first colon", errtext.Quoted(prefix)))
	}
	return nil
}

func scopeNameProblem(name string) string {
	if problem := scopePartProblem(name); problem != "" {
		return problem
	}
	prefix, subscope, found := strings.Cut(name, ":")
	if !found || prefix == "" || subscope == "" {
		return errtext.Quoted(name) + " is not a scope name: it is prefix:subscope, such as difi:api3"
	}
	for segment := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == ':' }) {
		if segment == "." || segment == ".." {
			return errtext.Quoted(name) + " holds a path segment of dots"
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
			return fmt.Sprintf("%s holds a character that scope names cannot have (blanks, quotes, backslashes, anything outside ASCII)", errtext.Quoted(part))
		}
	}
	return ""
}

// checkOrgNo adds the argument and the call to the error of [OrgNo.Check]. Only
// nine digits may reach a path: the organisation number ".." would turn "delete
// this access" into "delete the scope".
func checkOrgNo(operationName, argument string, o OrgNo) error {
	err := o.Check()
	if wrong, ok := errors.AsType[*ArgumentError](err); ok {
		return invalidArgument(operationName, argument, wrong.Problem)
	}
	return err
}

// checkID refuses client ids, kids and other identifiers that no service gives out
// and that could change the path of the call, here or in a proxy that unescapes
// it.
func checkID(operationName, argument, value string) error {
	if err := checkSegment(operationName, argument, value); err != nil {
		return err
	}
	switch {
	case strings.Trim(value, ".") == "":
		return invalidArgument(operationName, argument, errtext.Quoted(value)+" would change the path")
	case strings.ContainsFunc(value, changesPath):
		return invalidArgument(operationName, argument, errtext.Quoted(value)+" holds a character that identifiers cannot have (blanks, quotes, or one of / \\ ? # % ;)")
	}
	return nil
}

func checkOptionalOrgNo(operationName, argument string, o OrgNo) error {
	if o == "" {
		return nil
	}
	return checkOrgNo(operationName, argument, o)
}

func changesPath(r rune) bool {
	return strings.ContainsRune("/\\?#%;\"'`", r) || inNoIdentifier(r)
}

// inNoIdentifier reports whether client ids and kids never hold a character. Some
// of these come along when an identifier is copied from a page.
func inNoIdentifier(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == utf8.RuneError || strings.ContainsRune("\"'`“”‘’«»", r)
}

// identifierProblem is why a text can't be the client id or kid of a grant; empty:
// it can. Paths are stricter: see checkID.
func identifierProblem(value string) string {
	if strings.ContainsFunc(value, inNoIdentifier) {
		return errtext.Quoted(value) + " holds a blank, a quote or a control character: give it as it is registered"
	}
	return ""
}

// checkSegment refuses what would change the path, and what is empty.
func checkSegment(operationName, argument, segment string) error {
	switch {
	case segment == "":
		return invalidArgument(operationName, argument, "is empty")
	case segment == "." || segment == "..":
		return invalidArgument(operationName, argument, fmt.Sprintf("%q would change the path", segment))
	case len(segment) > 1000:
		return invalidArgument(operationName, argument, "is longer than 1000 bytes")
	case !utf8.ValidString(segment) || strings.ContainsFunc(segment, unicode.IsControl):
		return invalidArgument(operationName, argument, fmt.Sprintf("%.80q holds characters that no identifier has", segment))
	}
	return nil
}

// firstError returns the first error that isn't nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
