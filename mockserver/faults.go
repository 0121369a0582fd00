package mockserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// Fault is something that goes wrong on the way, or at the service. What it
// matches is decided by the first group of fields, empty ones match anything;
// what happens by the second. Declare it with [Server.Fail].
type Fault struct {
	// Operation is a method and a path below the environment, such as
	// "PUT /scopes/access/{consumer_orgno}" or "POST /token". Either part may be
	// "*", and so may any segment. One that the mock doesn't have is an error.
	Operation   string                   `json:"operation,omitzero"`
	Environment maskinporten.Environment `json:"environment,omitzero"`
	// OrgNo and ClientID are those of the access token, or of the grant's client.
	OrgNo    maskinporten.OrgNo `json:"orgno,omitzero"`
	ClientID string             `json:"client_id,omitzero"`
	// Scope is the parameter of that name, or one that the grant asks for.
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

// UnmarshalJSON reads text that [time.ParseDuration] takes.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	parsed, malformed := time.ParseDuration(text)
	if err != nil || malformed != nil {
		return fmt.Errorf("%.40s is no duration; write text such as \"250ms\" or \"1m30s\"", data)
	}
	*d = Duration(parsed)
	return nil
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
	}
	return f.checkOperation()
}

// String is the fault in short.
func (f Fault) String() string {
	encoded, _ := json.Marshal(f) // plain fields
	return string(encoded)
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
				s.t.Errorf("mockserver: the fault %s met no request", f)
			}
		})
	}
	return handle
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.faults.clear() }
