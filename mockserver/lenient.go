package mockserver

import "sync"

// WithLenient makes the server pass over those of its refusals that rest on
// assumptions, since nothing is published of what the real service does there.
// It goes on as if there were no such rule, and [Request.Assumed] says which
// refusals there would have been; they are logged at level warn, and in the log
// of the test. What is published is refused as ever. These are passed over:
//
//   - grants: no iat; claims that a grant doesn't have; two authorization details;
//     iss_onbehalfof together with consumer_org, or with a value that isn't
//     registered on the client; another alg than the key's; a delegated scope
//     that the consumer itself has no access to;
//   - scopes: a subscope of other printable ASCII characters, with "..", with "/"
//     or ":" at an end, or longer than 255; visibility INTERNAL; an owner_orgno
//     that isn't the caller's; another prefix, subscope or owner in a PUT, which
//     is not heeded;
//   - access: a PUT for a deactivated scope, a DELETE of what was never given,
//     which leaves it DENIED;
//   - clients: integration types eformidling and idporten_saml2, which are then
//     like maskinporten; scopes of a krr client beside its own; a client_id of
//     other characters, or longer than 255; a supplier_orgno that isn't the
//     caller's, and another client_id, client_orgno, supplier_orgno or
//     integration_type in a PUT, none of which is heeded; /secret for a client
//     that authenticates without one;
//   - keys: an exp in the past; a kid longer than 255, or another one than the
//     path's, which counts;
//   - onbehalfof: on clients that log nobody in; a value of other characters, or
//     longer than 255; another value in a PUT, which is not heeded;
//   - GET /integrations and GET /apis with a token for any other scope.
//
// Some assumptions are kept, since nothing sensible could follow: names that no
// path or token can carry (blanks in a subscope, "/" or only dots in an id), a
// kid or an onbehalfof value that is there already, a client_id that belongs to
// the portal, keys of more than 8192 bits, bodies that are no JSON or are nested
// without end, and paths with empty segments, "." or "..", which may mean another
// resource. A world that a lenient server has made can be loaded by another
// lenient one.
func WithLenient() Option {
	return func(o *options) error { o.lenient = true; return nil }
}

// testLog is the log of a test, which must not be written to when the test is
// over.
type testLog struct {
	mu   sync.Mutex
	over bool
}

// end is called when the test is over.
func (l *testLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// tellAssumed shows a request in the log of the test if a strict server would
// have refused it.
func (s *Server) tellAssumed(r *Request) {
	if s.t == nil || len(r.Assumed) == 0 {
		return
	}
	s.testLog.mu.Lock()
	defer s.testLog.mu.Unlock()
	if !s.testLog.over {
		s.t.Logf("mockserver: lenient: %s", r)
	}
}
