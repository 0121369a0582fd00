package mockserver

import (
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
)

// Fault is something that goes wrong on the way, or at the service. What it
// matches is decided by the first group of fields, empty ones match anything;
// what happens by the second. Declare it with [Server.Fail].
type Fault struct {
	// Operation is a method and a path below the environment, such as
	// "PUT /scopes/access/{consumer_orgno}" or "POST /token". Either part may be
	// "*", and so may any segment. One that the mock doesn't have is an error.
	Operation   string
	Environment maskinporten.Environment
	// OrgNo and ClientID are those of the access token, or of the grant's client.
	OrgNo    maskinporten.OrgNo
	ClientID string
	// Scope is the parameter of that name, or one that the grant asks for.
	Scope string
	// After lets so many matching requests pass first, Times ends it after so
	// many; 0 is never.
	After int
	Times int
	// Probability between 0 and 1 picks among matching requests, by the
	// server's seed; 0 is all of them.
	Probability float64

	// Delay comes first, whatever else happens; alone it is all that does.
	Delay time.Duration
	// Reset breaks the connection off: [ResetBefore] or [ResetAfter].
	Reset string
	// Status answers without the server having acted, with Body and
	// ContentType as they are (JSON, HTML from a proxy, nothing), and
	// RetryAfter, in whole seconds.
	Status      int
	Body        string
	ContentType string
	RetryAfter  time.Duration
	// Truncate lets the server act, and cuts its answer in half.
	Truncate bool
	// SlowBody lets the server act, and sends its answer in pieces with this
	// pause between them.
	SlowBody time.Duration
	// Stale answers a GET as it was answered the last time, if it was.
	Stale bool
}

// When the connection breaks that [Fault].Reset breaks off.
const (
	// ResetBefore: before the server has acted.
	ResetBefore = "before"
	// ResetAfter: when it has acted, so that the answer is lost.
	ResetAfter = "after"
)

// declared is the fault as it is kept.
func (f Fault) declared() faults.Fault {
	return faults.Fault{
		Operation: f.Operation, Environment: string(f.Environment), OrgNo: string(f.OrgNo), ClientID: f.ClientID, Scope: f.Scope,
		After: f.After, Times: f.Times, Probability: f.Probability,
		Delay: faults.Duration(f.Delay), Reset: f.Reset, Status: f.Status, Body: f.Body, ContentType: f.ContentType,
		RetryAfter: faults.Duration(f.RetryAfter), Truncate: f.Truncate, SlowBody: faults.Duration(f.SlowBody), Stale: f.Stale,
	}
}

// String is the fault in short, as the control API writes it.
func (f Fault) String() string { return f.declared().String() }

// FaultHandle counts what a fault did.
type FaultHandle struct{ declared *faults.Handle }

// Hits returns how many requests the fault has met.
func (h *FaultHandle) Hits() int { return h.declared.Hits() }

// Remove ends the fault.
func (h *FaultHandle) Remove() { h.declared.Remove() }

// Fail declares a fault. The first that matches a request decides. A fault that
// met no request by the end of the test fails it: the test was not about what
// it says.
func (s *Server) Fail(f Fault) *FaultHandle {
	s.t.Helper()
	handle, err := s.faults.Add(f.declared())
	s.must("Fail", err)
	s.t.Cleanup(func() {
		s.t.Helper()
		if handle.Hits() == 0 && !s.t.Failed() {
			s.t.Errorf("mockserver: the fault %s met no request", f)
		}
	})
	return &FaultHandle{handle}
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.faults.Clear() }
