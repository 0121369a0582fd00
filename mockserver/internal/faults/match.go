package faults

import (
	"fmt"
	"slices"
	"strings"
)

// Attempt is a request as faults see it.
type Attempt struct {
	Method, Environment string
	Segments            []string // of the path below the environment
	OrgNo, ClientID     string
	Scopes              []string
}

func (f Fault) matches(a *Attempt) bool {
	return (f.Environment == "" || f.Environment == a.Environment) &&
		(f.OrgNo == "" || f.OrgNo == a.OrgNo) &&
		(f.ClientID == "" || f.ClientID == a.ClientID) &&
		(f.Scope == "" || slices.Contains(a.Scopes, f.Scope)) &&
		f.matchesOperation(a)
}

func (f Fault) matchesOperation(a *Attempt) bool {
	method, path := f.operation()
	if method != "*" && method != a.Method {
		return false
	}
	return path == nil || slices.EqualFunc(path, WithoutVersion(a.Segments), func(want, is string) bool { return AnySegment(want) || want == is })
}

// operation takes Operation apart: a method or "*", and the segments of the
// path, nil for any.
func (f Fault) operation() (method string, path []string) {
	if f.Operation == "" {
		return "*", nil
	}
	method, rest, _ := strings.Cut(f.Operation, " ")
	if rest == "*" {
		return strings.ToUpper(method), nil
	}
	return strings.ToUpper(method), WithoutVersion(strings.Split(strings.Trim(rest, "/"), "/"))
}

// WithoutVersion leaves out the /api/v1 or /external/api/v1 that paths may begin
// with.
func WithoutVersion(path []string) []string {
	rest := path
	if len(rest) > 0 && rest[0] == "external" {
		rest = rest[1:]
	}
	if len(rest) > 1 && rest[0] == "api" && rest[1] == "v1" {
		return rest[2:]
	}
	return path
}

// AnySegment reports whether a segment of a pattern stands for any.
func AnySegment(s string) bool { return s == "*" || strings.HasPrefix(s, "{") }

// checkOperation refuses an operation that no request can match.
func (f Fault) checkOperation(operations []string) error {
	if f.Operation != "" && !strings.Contains(f.Operation, " ") {
		return fmt.Errorf("operation: %.80q is no method and path such as %q", f.Operation, "PUT /scopes")
	}
	method, path := f.operation()
	for _, known := range operations {
		ofMethod, ofPath, _ := strings.Cut(known, " /")
		if (method == "*" || method == ofMethod) && (path == nil || slices.EqualFunc(path, strings.Split(ofPath, "/"), mayMeet)) {
			return nil
		}
	}
	return fmt.Errorf("operation: nothing here answers %.80q; write it as the journal does, such as %q or %q",
		f.Operation, "PUT /scopes/access/{consumer_orgno}", "POST /token")
}

// mayMeet reports whether two segments of patterns can stand for the same.
func mayMeet(one, other string) bool { return AnySegment(one) || AnySegment(other) || one == other }
