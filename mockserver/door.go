package mockserver

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// door is one way into the server.
type door struct {
	addresses
	server  *Server
	handler http.Handler // what answers: the door itself, or the middleware around it
}

// newDoor makes a door, or finds the one with the same base address: a program
// may ask for its handler again and again.
func (s *Server) newDoor(a addresses) *door {
	d := &door{addresses: a, server: s}
	d.handler = s.options.around(http.HandlerFunc(d.answer))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.doors {
		if d.base != nil && a.base != nil && d.base.String() == a.base.String() {
			return d
		}
	}
	s.doors = append(s.doors, d)
	return d
}

// ServeHTTP answers a request.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// answer is ServeHTTP within the middleware. Every answer has a Date by the
// server's clock.
func (d *door) answer(w http.ResponseWriter, r *http.Request) {
	now := d.server.clock.Now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	entry := newRequest(now, r)
	body := keepBody(r)
	w, answer := d.server.keepAnswer(w)
	defer func() { d.record(r, entry, body.bytes(), answer.bytes(entry)) }() // also when a fault breaks the connection
	outcome := d.serve(w, r, entry)
	entry.Status, entry.Refusal, entry.Assumed, entry.Unexpected = outcome.Status, outcome.Refusal, outcome.Assumed, outcome.Unexpected
	if outcome.Operation != "" || entry.Fault == "" {
		entry.Operation, entry.OrgNo, entry.ClientID = outcome.Operation, outcome.Identity.OrgNo, outcome.Identity.Actor
	}
}

// record remembers a request and logs it.
func (d *door) record(r *http.Request, entry *Request, body, answer []byte) {
	level := levelOf(entry)
	if entry.Operation == healthCall { // they come for as long as a container runs
		level = slog.LevelDebug
		d.server.journal.count()
	} else {
		d.server.journal.add(entry, body, answer)
	}
	if log := d.server.options.log; log.Enabled(r.Context(), level) {
		log.LogAttrs(r.Context(), level, "request", logged(entry)...)
	}
	d.server.tellAssumed(entry)
}

func (d *door) serve(w http.ResponseWriter, r *http.Request, entry *Request) restapi.Outcome {
	segments, err := restapi.SplitPath(d.below(r.URL.EscapedPath()))
	if err != nil {
		return d.server.environmentFor("test").api.Refuse(w, err)
	}
	if d.hosts == nil {
		return d.byPath(w, r, segments, entry)
	}
	return d.byHost(w, r, segments, entry)
}

// byHost finds the environment by the real host. What the real host doesn't
// have, a call that went to the wrong address, this one doesn't have either.
func (d *door) byHost(w http.ResponseWriter, r *http.Request, segments []string, entry *Request) restapi.Outcome {
	at, ok := d.hosts[hostOf(r.URL)]
	switch {
	case ok && at.issuer == isIssuers(segments):
		return d.within(w, r, at.environment, segments, entry)
	case ok:
		endpoints := d.endpoints[at.environment]
		return d.server.environmentFor(at.environment).api.NotFound(w,
			"There is no such resource here: tokens come from "+endpoints.Token+", self-service is at "+endpoints.API)
	case len(segments) > 0 && segments[0] == "portal":
		return d.portal(w, r, segments[1:], entry)
	default:
		return d.server.environmentFor("test").api.NotFound(w, "The portal lies below /portal/")
	}
}

// isIssuers reports whether a path is one of the issuer's, and not
// self-service's.
func isIssuers(segments []string) bool {
	switch len(segments) {
	case 1:
		return segments[0] == "token" || segments[0] == "tokeninfo" || segments[0] == "jwk"
	case 2:
		return segments[0] == "errors" || segments[0] == wellKnown && segments[1] == metadata
	default:
		return false
	}
}

// byPath finds the environment in the path.
func (d *door) byPath(w http.ResponseWriter, r *http.Request, segments []string, entry *Request) restapi.Outcome {
	first := ""
	if len(segments) > 0 {
		first = segments[0]
	}
	switch first {
	case "_mock":
		return d.control(w, r, segments[1:])
	case "portal":
		return d.portal(w, r, segments[1:], entry)
	case descriptionPath:
		if len(segments) == 1 {
			return document(w, r, "GET /"+descriptionPath, d.describe)
		}
	case "ver1", "ver2", "prod":
		return d.within(w, r, first, segments[1:], entry)
	case wellKnown: // RFC 8414: the issuer's path comes last
		if len(segments) == 3 && segments[1] == metadata && segments[2] != "test" && slices.Contains(environmentNames(), segments[2]) {
			return d.within(w, r, segments[2], segments[:2], entry)
		}
	}
	return d.within(w, r, "test", segments, entry)
}

// within serves one environment, unless a fault comes in between.
func (d *door) within(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	entry.Environment = name
	if !d.server.serves(name) {
		return d.refuseUnserved(w, d.server.environmentFor(name))
	}
	if !d.server.faults.any() {
		return d.environment(w, r, name, segments, entry)
	}
	attempt := d.peek(r, name, segments)
	fault := d.server.faults.pick(attempt)
	if fault == nil {
		return d.server.faults.unharmed(w, r, func(w http.ResponseWriter) restapi.Outcome { return d.environment(w, r, name, segments, entry) })
	}
	entry.Fault = fault.String() // it may be all that answers
	entry.Operation, entry.OrgNo, entry.ClientID = operationOf(r.Method, segments), attempt.orgno, attempt.clientID
	return d.server.faults.suffer(fault, w, r, func(w http.ResponseWriter) restapi.Outcome { return d.environment(w, r, name, segments, entry) })
}

// environment serves one environment, unkindly if so wanted.
func (d *door) environment(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	chaos := d.server.settings.Load().chaos
	if chaos == nil {
		return d.kindly(w, r, name, segments, entry)
	}
	return chaos.answer(w, func(w http.ResponseWriter) restapi.Outcome { return d.kindly(w, r, name, segments, entry) })
}

func (d *door) kindly(w http.ResponseWriter, r *http.Request, name string, segments []string, entry *Request) restapi.Outcome {
	e := d.server.environmentFor(name)
	e.registry.Due(d.server.clock.Now()) // not while the environment is made: the portal, which is told, would wait for it
	if !isIssuers(segments) {
		return e.api.Serve(w, r, segments)
	}
	through, err := e.through(d)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return restapi.Outcome{Status: http.StatusInternalServerError, Refusal: err.Error()}
	}
	switch segments[0] {
	case "token":
		decision := through.Token(w, r)
		entry.Grant = newGrant(decision)
		return e.decided(tokenCall, decision)
	case "tokeninfo":
		return e.decided("POST /tokeninfo", through.TokenInfo(w, r))
	case "jwk":
		return document(w, r, "GET /jwk", through.JWKS)
	case "errors":
		return document(w, r, "GET /errors/{code}", func(w http.ResponseWriter, r *http.Request) { explain(w, r, segments[1]) })
	default:
		return document(w, r, "GET "+metadataPath, through.Metadata)
	}
}

// decided is what became of a call at which clients show who they are.
func (e *environment) decided(operation string, decision *issuer.Decision) restapi.Outcome {
	return restapi.Outcome{
		Operation: operation, Status: decision.Status, Refusal: decision.Reason, Assumed: decision.Assumed, Unexpected: decision.Unexpected,
		Identity: restapi.Identity{Actor: decision.ClientID, OrgNo: e.actsFor(decision.ClientID)},
	}
}

// operationOf names the call that an environment has for a request; "" if there
// is none.
func operationOf(method string, segments []string) string {
	switch {
	case !isIssuers(segments):
		return restapi.OperationOf(method, segments)
	case segments[0] == "token":
		return tokenCall
	case segments[0] == "tokeninfo":
		return "POST /tokeninfo"
	case segments[0] == "jwk":
		return "GET /jwk"
	case segments[0] == "errors":
		return "GET /errors/{code}"
	default:
		return "GET " + metadataPath
	}
}

// tokenCall is the operation of token requests.
const tokenCall = "POST /token"

func document(w http.ResponseWriter, r *http.Request, operation string, serve http.HandlerFunc) restapi.Outcome {
	recorded := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
	serve(recorded, r)
	return restapi.Outcome{Operation: operation, Status: recorded.status, Unexpected: recorded.status >= 400}
}

// explain answers error_uri.
func explain(w http.ResponseWriter, r *http.Request, code string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	for _, row := range issuer.Rows() {
		if row.Code == code {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, row.Code+" "+row.Error+": "+row.Text+"\n")
			return
		}
	}
	http.Error(w, "unknown error code", http.StatusNotFound)
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone away wants no answer
}
