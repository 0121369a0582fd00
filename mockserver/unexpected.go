package mockserver

import (
	"fmt"
	"slices"
	"strings"
)

// AssertNoUnexpected fails the test if something was asked that no client that
// knows Maskinporten asks:
//
//   - of another host, or of an environment that isn't served;
//   - for a path that there isn't, or by a method that it doesn't have, or by a
//     path that makes no sense ("..", empty segments);
//   - in a form that nothing can be made of: a body that is no JSON, a parameter
//     that is missing or neither true nor false, a call that needs an access token
//     without one, a token request without a grant.
//
// Each is named with the call that comes closest. What the service refuses by its
// rules, such as an unknown scope or a token that has expired, is not unexpected.
// Calls of the control API and pages of the portal don't count, nor do requests
// that a fault answered.
//
// The test fails also when a [Fault] with Times, and without Probability, has
// come less often.
func (s *Server) AssertNoUnexpected(t TB) {
	t.Helper()
	var lines []string
	for _, r := range s.Requests() {
		if r.Unexpected && !r.Steers() {
			lines = append(lines, "\t"+r.String()+hint(&r))
		}
	}
	if len(lines) > 0 {
		t.Errorf("mockserver: requests for what there isn't:\n%s", strings.Join(lines, "\n"))
	}
	if lines = s.faults.unspent(); len(lines) > 0 {
		t.Errorf("mockserver: faults that didn't come as often as they should:\n%s", strings.Join(lines, "\n"))
	}
}

// unspent describes the faults that still wait for requests.
func (f *faults) unspent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines []string
	for _, rule := range f.rules {
		if rule.Probability == 0 && rule.hits < rule.Times {
			lines = append(lines, fmt.Sprintf("\t%s came %d of %d times", rule.Fault, rule.hits, rule.Times))
		}
	}
	return lines
}

// hint names the call that was probably meant.
func hint(r *Request) string {
	if r.Operation != "" || r.Status == 0 {
		return ""
	}
	if nearest := nearestOperation(r.Method, r.Path); nearest != "" {
		return " (is it " + nearest + "?)"
	}
	return ""
}

// What makes a call different from what was asked. A segment too much, or a
// parameter that is missing, counts 1, a slip of the pen up to 0.5.
const (
	otherMethod  = 0.6
	otherSegment = 2.0
	missingName  = 1.5
	anyParameter = 0.2 // where a name could stand
	// farthest is more than two of the lesser differences.
	farthest = 1.6
)

// nearestOperation finds the call that is most like what was asked; "" if none
// is.
func nearestOperation(method, path string) string {
	asked := callSegments(path)
	nearest, least := "", farthest
	for _, operation := range knownOperations() {
		ofMethod, ofPath, _ := strings.Cut(operation, " ")
		distance := editDistance(asked, callSegments(ofPath), segmentDistance, missingSegment)
		if ofMethod != method {
			distance += otherMethod
		}
		if distance < least {
			nearest, least = operation, distance
		}
	}
	return nearest
}

// callSegments are those of a path below the environment, empty ones left out.
func callSegments(path string) []string {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	if len(segments) > 1 && slices.Contains(environmentNames(), segments[0]) {
		segments = segments[1:]
	}
	return withoutVersion(segments)
}

// segmentDistance is 0 for the same, and for a slip of the pen the part of the
// letters that it concerns.
func segmentDistance(asked, known string) float64 {
	switch {
	case asked == known:
		return 0
	case anySegment(known):
		return anyParameter
	}
	changes := editDistance([]rune(asked), []rune(known), letterDistance, func(rune) float64 { return 1 })
	if part := changes / float64(max(len(asked), len(known))); part <= 0.5 {
		return part
	}
	return otherSegment
}

func missingSegment(known string) float64 {
	if anySegment(known) {
		return 1
	}
	return missingName
}

func letterDistance(asked, known rune) float64 {
	if asked == known {
		return 0
	}
	return 1
}

// editDistance is what it costs to make list b of list a: 1 for what is too much
// in a, and what replace and missing say for the rest.
func editDistance[T any](a, b []T, replace func(a, b T) float64, missing func(b T) float64) float64 {
	costs := make([]float64, len(b)+1) // of making b[:j] of a[:i]
	for j := range b {
		costs[j+1] = costs[j] + missing(b[j])
	}
	for i := range a {
		diagonal := costs[0]
		costs[0]++
		for j := range b {
			replaced := diagonal + replace(a[i], b[j])
			diagonal = costs[j+1]
			costs[j+1] = min(replaced, costs[j]+missing(b[j]), costs[j+1]+1)
		}
	}
	return costs[len(b)]
}
