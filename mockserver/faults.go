package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// Fault is something that goes wrong on the way, or at the service. What it
// matches is decided by the first group of fields, empty ones match anything;
// what happens by the second. Declare it with [Server.Fail].
type Fault struct {
	// Operation is a method and a path below the environment, such as
	// "PUT /scopes/access/{consumer_orgno}" or "POST /token". Either part may be
	// "*", and so may any segment.
	Operation   string                   `json:"operation,omitzero"`
	Environment maskinporten.Environment `json:"environment,omitzero"`
	// OrgNo and ClientID are those of the access token, or of the grant.
	OrgNo    maskinporten.OrgNo `json:"orgno,omitzero"`
	ClientID string             `json:"client_id,omitzero"`
	// Scope is the parameter of that name.
	Scope string `json:"scope,omitzero"`
	// After lets so many matching requests pass first, Times ends it after so
	// many; 0 is never.
	After int `json:"after,omitzero"`
	Times int `json:"times,omitzero"`
	// Probability between 0 and 1 picks among matching requests, by the
	// server's seed; 0 is all of them.
	Probability float64 `json:"probability,omitzero"`

	// Delay comes first, whatever else happens; alone it is all that does.
	Delay Duration `json:"delay,omitzero"`
	// Reset breaks the connection off: before the server has acted, or after,
	// when the answer is lost.
	Reset Reset `json:"reset,omitzero"`
	// Status answers without the server having acted, with Body and
	// ContentType as they are (JSON, HTML from a proxy, nothing), and
	// RetryAfter.
	Status      int      `json:"status,omitzero"`
	Body        string   `json:"body,omitzero"`
	ContentType string   `json:"content_type,omitzero"`
	RetryAfter  Duration `json:"retry_after,omitzero"`
	// Truncate lets the server act, and cuts its answer in half.
	Truncate bool `json:"truncate,omitzero"`
	// SlowBody lets the server act, and sends its answer in pieces with this
	// pause between them.
	SlowBody Duration `json:"slow_body,omitzero"`
	// Stale answers a GET as it was answered the last time, if it was.
	Stale bool `json:"stale,omitzero"`
}

// Reset says when a connection breaks.
type Reset string

// When a connection breaks.
const (
	ResetBefore Reset = "before"
	ResetAfter  Reset = "after"
)

// Duration is a [time.Duration] that JSON writes as text: "1.5s".
type Duration time.Duration

// MarshalText writes it as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] takes.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// check refuses faults that would do nothing, or could never come.
func (f Fault) check() error {
	switch {
	case f.Delay == 0 && f.Reset == "" && f.Status == 0 && !f.Truncate && f.SlowBody == 0 && !f.Stale:
		return errors.New("a fault must do something: set Status, Reset, Delay, Truncate, SlowBody or Stale")
	case f.Reset != "" && f.Reset != ResetBefore && f.Reset != ResetAfter:
		return fmt.Errorf("reset: %q is neither before nor after", f.Reset)
	case f.Status != 0 && (f.Status < 100 || f.Status > 599):
		return fmt.Errorf("status: %d is none of HTTP", f.Status)
	case f.Status == 0 && (f.Body != "" || f.ContentType != "" || f.RetryAfter != 0):
		return errors.New("body, content_type and retry_after go with a status")
	case f.Probability < 0 || f.Probability > 1 || f.After < 0 || f.Times < 0 || f.Delay < 0 || f.SlowBody < 0:
		return errors.New("after, times and durations must not be negative, and probability must be between 0 and 1")
	case f.Operation != "" && !strings.Contains(f.Operation, " "):
		return fmt.Errorf("operation: %q is no method and path such as %q", f.Operation, "PUT /scopes")
	}
	return nil
}

// String is the fault in short.
func (f Fault) String() string {
	encoded, _ := json.Marshal(f) // plain fields
	return string(encoded)
}

// attempt is a request as faults see it.
type attempt struct {
	method, environment string
	segments            []string
	orgno, clientID     string
	scope               string
}

func (f Fault) matches(a *attempt) bool {
	return (f.Environment == "" || string(f.Environment) == a.environment) &&
		(f.OrgNo == "" || string(f.OrgNo) == a.orgno) &&
		(f.ClientID == "" || f.ClientID == a.clientID) &&
		(f.Scope == "" || f.Scope == a.scope) &&
		f.matchesOperation(a)
}

func (f Fault) matchesOperation(a *attempt) bool {
	if f.Operation == "" {
		return true
	}
	method, path, _ := strings.Cut(f.Operation, " ")
	if method != "*" && !strings.EqualFold(method, a.method) {
		return false
	}
	if path == "*" {
		return true
	}
	segments := a.segments
	if len(segments) > 1 && segments[0] == "api" && segments[1] == "v1" {
		segments = segments[2:]
	}
	return slices.EqualFunc(strings.Split(strings.Trim(path, "/"), "/"), segments, func(want, is string) bool {
		return want == "*" || strings.HasPrefix(want, "{") || want == is
	})
}

// FaultHandle counts what a fault did.
type FaultHandle struct {
	faults *faults
	rule   *faultRule
}

// Hits returns how many requests the fault has met.
func (h *FaultHandle) Hits() int {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	return h.rule.hits
}

// Remove ends the fault.
func (h *FaultHandle) Remove() {
	h.faults.mu.Lock()
	defer h.faults.mu.Unlock()
	h.faults.drop(func(r *faultRule) bool { return r == h.rule })
}

// Fail declares a fault. The first that matches a request decides. A fault that
// met no request by the end of the test fails it: the test was not about what
// it says.
func (s *Server) Fail(f Fault) *FaultHandle {
	s.helper()
	handle, err := s.faults.add(f)
	s.must("Fail", err)
	if s.t != nil {
		s.t.Cleanup(func() {
			if handle.Hits() == 0 && !s.t.Failed() {
				s.t.Errorf("mockserver: the fault %+v met no request", f)
			}
		})
	}
	return handle
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// peek finds out who makes a request, without spending its body.
func (d *door) peek(r *http.Request, environment string, segments []string) *attempt {
	a := &attempt{method: r.Method, environment: environment, segments: segments, scope: r.URL.Query().Get("scope")}
	if len(segments) == 1 && segments[0] == "token" {
		a.clientID = issuerOf(r)
		return a
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" {
		return a
	}
	if claims, err := d.server.environmentFor(environment).issuer.Verify(token); err == nil {
		a.orgno, a.clientID = claims.OrgNo, claims.ClientID
	}
	return a
}

// issuerOf reads the client id out of a token request.
func issuerOf(r *http.Request) string {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return ""
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return unverifiedIssuer(form.Get("assertion"))
}

type readCloser struct {
	io.Reader
	io.Closer
}
