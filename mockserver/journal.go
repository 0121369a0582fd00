package mockserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
)

// Request is a request that the mock answered. It holds no token, no
// assertion's signature and no secret.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Host   string    `json:"host"`
	Path   string    `json:"path"`
	// Query holds the self-service API's parameters; what else there is may be
	// secret, and its value is left out.
	Query       string `json:"query,omitzero"`
	Environment string `json:"environment,omitzero"`
	// Operation is the call in the API's terms, such as
	// "PUT /scopes/access/{consumer_orgno}"; empty when there is no such call.
	Operation string `json:"operation,omitzero"`
	// OrgNo is the organisation acted for, ClientID the client (or user) that
	// acts.
	OrgNo    string `json:"orgno,omitzero"`
	ClientID string `json:"client_id,omitzero"`
	// Status is 0 for a request to another host, which was not sent.
	Status int `json:"status"`
	// Refusal says why it was refused, often more exactly than the answer did.
	Refusal string `json:"refusal,omitzero"`
	// Assumed are the refusals that a strict server would have made, such as
	// "409: Scope difi:a is deactivated" or "MP-011: …": see [WithLenient].
	Assumed []string `json:"assumed,omitzero"`
	// Fault is the fault that met it.
	Fault string `json:"fault,omitzero"`
	// Body is the request's body: JSON, with "***" for what is secret, or PEM in a
	// JSON string. Nil where there was none, for token requests, whose Grant says
	// more, and for what is no JSON or over 32 KB.
	Body json.RawMessage `json:"body,omitzero"`
	// Answer is the body of the answer, likewise, if it is JSON of up to 16 KB;
	// nil without [WithAnswers].
	Answer json.RawMessage `json:"answer,omitzero"`
	// Unexpected: no client that knows Maskinporten asks this, see
	// [Server.AssertNoUnexpected].
	Unexpected bool `json:"unexpected,omitzero"`
	// Grant is there for token requests.
	Grant *Grant `json:"grant,omitzero"`
}

// Grant is a token request, decoded.
type Grant struct {
	// Code and Error are those of a refusal: "MP-250", "forbidden".
	Code  string `json:"code,omitzero"`
	Error string `json:"error,omitzero"`
	// Header and Claims are the assertion's; nil if it couldn't be read, or was
	// very large.
	Header json.RawMessage `json:"header,omitzero"`
	Claims json.RawMessage `json:"claims,omitzero"`
	// TokenID is the jti of the token that was given.
	TokenID string `json:"token_id,omitzero"`
}

// String is one line.
func (r Request) String() string {
	line := r.Method + " " + r.Environment + r.Path
	if r.Query != "" {
		line += "?" + r.Query
	}
	line += fmt.Sprintf(" -> %d", r.Status)
	if r.ClientID != "" {
		line += " for client " + r.ClientID
	}
	if r.Grant != nil && r.Grant.Code != "" {
		line += " " + r.Grant.Code
	}
	if r.Refusal != "" {
		line += ": " + r.Refusal
	}
	if len(r.Assumed) > 0 {
		line += " (assumed: " + strings.Join(r.Assumed, "; ") + ")"
	}
	return line
}

// Steers reports whether the request was a call of the control API.
func (r Request) Steers() bool { return strings.Contains(r.Path, "/_mock/") }

func requestOf(r journal.Request) Request {
	return Request{
		Time: r.Time, Method: r.Method, Host: r.Host, Path: r.Path, Query: r.Query, Environment: r.Environment, Operation: r.Operation,
		OrgNo: r.OrgNo, ClientID: r.ClientID, Status: r.Status, Refusal: r.Refusal, Assumed: r.Assumed, Fault: r.Fault,
		Body: r.Body, Answer: r.Answer, Unexpected: r.Unexpected, Grant: (*Grant)(r.Grant),
	}
}

// Requests returns the last requests, oldest first: a thousand, or as many as
// [WithHistory] says.
func (s *Server) Requests() []Request {
	kept := s.journal.Requests()
	requests := make([]Request, len(kept))
	for i, r := range kept {
		requests[i] = requestOf(r)
	}
	return requests
}

// Answered returns how many requests there were since the start or the last
// Reset, those of the control API aside; [Server.Requests] forgets old ones.
func (s *Server) Answered() int { return s.journal.Answered() }

// Change is an entry of the audit log: who changed what. The real service never
// forgets either. Fields that have no meaning for its kind are empty.
type Change struct {
	Environment string    `json:"environment"`
	Time        time.Time `json:"time"`
	// Kind is what happened, such as "access_granted" or "key_added".
	Kind string `json:"kind"`
	// OrgNo is the organisation concerned.
	OrgNo         string `json:"orgno"`
	ClientID      string `json:"client_id,omitzero"`
	Scope         string `json:"scope,omitzero"`
	Kid           string `json:"kid,omitzero"`
	Prefix        string `json:"prefix,omitzero"`
	ConsumerOrgNo string `json:"consumer_orgno,omitzero"`
	SupplierOrgNo string `json:"supplier_orgno,omitzero"`
	Detail        string `json:"detail,omitzero"`
	// Actor is the client or user behind it, ActorOrgNo its organisation. Both
	// are empty where Digdir or Altinn acted, or time.
	Actor      string `json:"actor,omitzero"`
	ActorOrgNo string `json:"actor_orgno,omitzero"`
}

// AuditLog returns the changes since the start or the last Reset, oldest first.
// The real service never forgets one; the mock keeps the last 100,000, or as
// many as [WithHistory] says, which take up to 300 bytes each.
func (s *Server) AuditLog() []Change {
	kept := s.journal.Changes()
	changes := make([]Change, len(kept))
	for i, c := range kept {
		changes[i] = Change{
			Environment: c.Environment, Time: c.Time, Kind: string(c.Kind), OrgNo: c.OrgNo,
			ClientID: c.ClientID, Scope: c.Scope, Kid: c.Kid, Prefix: c.Prefix,
			ConsumerOrgNo: c.ConsumerOrgNo, SupplierOrgNo: c.SupplierOrgNo, Detail: c.Detail,
			Actor: c.Actor, ActorOrgNo: c.ActorOrgNo,
		}
	}
	return changes
}

// Mail is a message that the mock has sent: a confirmation link, a decision on
// a prefix, or a notification of a critical event.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Sent    time.Time `json:"sent"`
}

// Mailbox returns the mail to an address, in any case, oldest first. Of all the
// mail that was ever sent, the mock keeps the last 10,000.
func (s *Server) Mailbox(address string) []Mail {
	mails := []Mail{}
	for _, m := range s.engine.Mails(address) {
		mails = append(mails, Mail(m))
	}
	return mails
}

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
