package mockserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
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

func newRequest(now time.Time, r *http.Request) *Request {
	return &Request{Time: now, Method: r.Method, Host: cmp.Or(r.Host, r.URL.Host), Path: clip(r.URL.EscapedPath()), Query: clip(harmless(r.URL.Query()))}
}

// clip keeps of a text what somebody would read. The journal keeps many.
func clip(text string) string {
	const most = 4 << 10
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// harmlessParameters are those of the self-service API.
var harmlessParameters = []string{
	"scope", "inactive", "consumer_orgno", "prefix", "delegated_sources", "accessible_for_all", "integration_type", "org_number", "updated_since",
}

// harmless writes a query without what may be secret, a grant for one. Of other
// parameters it keeps the names, since one may be a slip of the pen.
func harmless(query url.Values) string {
	for name := range query {
		switch {
		case slices.Contains(harmlessParameters, name):
		case len(name) > 32 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
			delete(query, name)
		default:
			query[name] = []string{"-"}
		}
	}
	return query.Encode()
}

func newGrant(d *issuer.Decision) *Grant {
	g := &Grant{Code: d.Code, Error: d.Error, TokenID: d.TokenID}
	if len(d.Header)+len(d.Claims) <= maxKeptGrant {
		g.Header, g.Claims = slices.Clone(d.Header), slices.Clone(d.Claims)
	}
	return g
}

// maxKeptGrant is more than any honest grant holds, chain and all. The journal
// keeps none that is larger, since it keeps many.
const maxKeptGrant = 32 << 10

func (g *Grant) clone() *Grant {
	if g == nil {
		return nil
	}
	cloned := *g
	cloned.Header, cloned.Claims = slices.Clone(g.Header), slices.Clone(g.Claims)
	return &cloned
}

// logged is what a log line says of a request.
func logged(r *Request) []slog.Attr {
	attributes := []slog.Attr{
		slog.String("method", r.Method), slog.String("environment", r.Environment), slog.String("path", r.Path), slog.Int("status", r.Status),
	}
	for _, more := range []slog.Attr{slog.String("client_id", r.ClientID), slog.String("refusal", r.Refusal), slog.String("fault", r.Fault)} {
		if more.Value.String() != "" {
			attributes = append(attributes, more)
		}
	}
	if len(r.Assumed) > 0 {
		attributes = append(attributes, slog.Any("assumed", r.Assumed))
	}
	return attributes
}

func levelOf(r *Request) slog.Level {
	switch {
	case r.Status >= 500:
		return slog.LevelError
	case len(r.Assumed) > 0:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// journal remembers the last requests and changes.
type journal struct {
	mu       sync.Mutex
	answered int
	requests ring.Ring[journalled]
	changes  ring.Ring[Change]
}

// journalled is a request with its body as it came, save what is secret. It is
// decoded when somebody asks for the request: as each one is answered it would
// cost as much as making a client.
type journalled struct {
	*Request
	body, answer []byte
}

// requested is the request to be shown.
func (j journalled) requested() Request {
	r := *j.Request
	r.Grant, r.Body = j.Grant.clone(), withoutSecrets(j.body)
	r.Answer = withoutSecrets(j.answer)
	r.Assumed = slices.Clone(j.Assumed)
	return r
}

func (j *journal) add(r *Request, body, answer []byte) {
	if r.Grant != nil { // which says more
		body = nil
	}
	entry := journalled{r, storable(body), storable(answer)}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.answered++
	j.requests.Add(entry)
}

// last returns the requests that are remembered, oldest first.
func (j *journal) last() []journalled {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.requests.All()
}

// stray remembers a request that was not answered, since it was to go elsewhere.
func (j *journal) stray(r *Request, why error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Refusal, r.Unexpected = why.Error(), true
	j.requests.Add(journalled{Request: r})
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests.Clear()
	j.changes.Clear()
	j.answered = 0
}

// Requests returns the last requests, oldest first: a thousand, or as many as
// [WithHistory] says.
func (s *Server) Requests() []Request {
	last := s.journal.last()
	requests := make([]Request, len(last))
	for i, r := range last {
		requests[i] = r.requested()
	}
	return requests
}

// Answered returns how many requests there were since the start or the last
// Reset; [Server.Requests] forgets old ones.
func (s *Server) Answered() int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.answered
}

// logRequests helps to see why a test failed.
func (s *Server) logRequests(t TB) {
	if chaos := s.settings.Load().chaos; chaos != nil {
		t.Logf("mockserver: chaos with seed %d", chaos.seed)
	}
	requests := s.Requests()
	for _, r := range requests[max(0, len(requests)-20):] {
		t.Logf("mockserver: %s", r)
	}
}
