package mockserver

import (
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
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
	if lines = s.faults.Unspent(); len(lines) > 0 {
		t.Errorf("mockserver: faults that didn't come as often as they should:\n\t%s", strings.Join(lines, "\n\t"))
	}
}

// hint names the call that was probably meant.
func hint(r *Request) string {
	if r.Operation != "" || r.Status == 0 {
		return ""
	}
	if nearest := gateway.Nearest(r.Method, r.Path); nearest != "" {
		return " (is it " + nearest + "?)"
	}
	return ""
}
