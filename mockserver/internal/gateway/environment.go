package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
)

// serveEnvironment leads a request to an environment, if it is served.
func (x *request) serveEnvironment(w http.ResponseWriter, name string, segments []string) {
	x.entry.Environment = name
	if !x.serves(name) {
		x.notFound(w, name, Unserved(x.config.Served, name))
		return
	}
	env, err := x.config.Engine.Environment(name)
	if err != nil {
		x.defect(w, err)
		return
	}
	x.environment, x.segments = env, segments
	x.pastFaults(w)
}

// pastFaults lets the fault happen that meets the request, if there is one.
func (x *request) pastFaults(w http.ResponseWriter) {
	if !x.config.Faults.Any() {
		x.pastChaos(w)
		return
	}
	attempt := x.attempt()
	fault := x.config.Faults.Pick(attempt)
	if fault == nil {
		x.config.Faults.PassThrough(w, x.r, x.pastChaos)
		return
	}
	x.entry.Fault = fault.String() // it may be all that answers
	x.entry.Operation, x.entry.OrgNo, x.entry.ClientID = operationOf(x.r, x.segments), attempt.OrgNo, attempt.ClientID
	status, refusal := x.config.Faults.Apply(fault, w, x.r, x.pastChaos)
	if status != 0 {
		x.outcome.Status = status
	}
	if refusal != "" {
		x.outcome.Refusal = refusal
	}
}

// pastChaos answers unkindly if so wanted.
func (x *request) pastChaos(w http.ResponseWriter) {
	if chaos := x.config.Engine.Settings().Chaos; chaos != nil {
		chaos.Apply(w, x.serve)
		return
	}
	x.serve(w)
}

// serve is where the environment itself answers.
func (x *request) serve(w http.ResponseWriter) {
	env := x.environment
	env.Registry.Due(x.config.Engine.Clock().Now()) // not while the environment is made: the portal, which is told, would wait for it
	if !isIssuers(x.segments) {
		x.respond(w, func(w http.ResponseWriter) restapi.Outcome { return env.API.Serve(w, x.r, x.segments) })
		return
	}
	through, err := env.At(x.addresses.Issuer(env.Name))
	if err != nil {
		x.defect(w, err)
		return
	}
	switch operationOf(x.r, x.segments) {
	case tokenCall:
		x.respond(w, func(w http.ResponseWriter) restapi.Outcome {
			decision := through.Token(w, x.r)
			x.entry.Grant = journal.NewGrant(decision)
			return decided(env, tokenCall, decision)
		})
	case tokenInfoCall:
		x.respond(w, func(w http.ResponseWriter) restapi.Outcome {
			return decided(env, tokenInfoCall, through.TokenInfo(w, x.r))
		})
	case keysCall:
		x.document(w, keysCall, through.JWKS)
	case errorCall:
		x.document(w, errorCall, func(w http.ResponseWriter, r *http.Request) { explain(w, r, x.segments[1]) })
	default:
		x.document(w, metadataCall, through.Metadata)
	}
}

// decided is what became of a call at which clients show who they are.
func decided(env *engine.Environment, operation string, d *issuer.Decision) restapi.Outcome {
	return restapi.Outcome{
		Operation: operation, Status: d.Status, Refusal: d.Reason, Assumed: d.Assumed, Unexpected: d.Unexpected,
		Identity: restapi.Identity{Actor: d.ClientID, OrgNo: env.ActsFor(d.ClientID)},
	}
}

// attempt finds out who makes the request, without spending its body.
func (x *request) attempt() *faults.Attempt {
	r, env := x.r, x.environment
	a := &faults.Attempt{Method: r.Method, Environment: env.Name, Segments: x.segments, Scopes: r.URL.Query()["scope"]}
	if isToken(x.segments) {
		grant := unverified(r)
		a.ClientID, a.OrgNo, a.Scopes = grant.Issuer, env.ActsFor(grant.Issuer), strings.Fields(grant.Scope)
		return a
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" {
		return a
	}
	if claims, err := env.Issuer.Verify(token); err == nil {
		a.OrgNo, a.ClientID = claims.OrgNo, claims.ClientID
	}
	return a
}

// unverifiedGrant is what a grant says of itself, which need not be true.
type unverifiedGrant struct {
	Issuer string `json:"iss"`
	Scope  string `json:"scope"`
}

// unverified reads the grant of a token request; empty if there is none.
func unverified(r *http.Request) (grant unverifiedGrant) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return grant
	}
	form, _ := url.ParseQuery(string(body) + "&" + r.URL.RawQuery) // what can be read of it, wherever it stands
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		return grant
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &grant) != nil {
		return unverifiedGrant{}
	}
	return grant
}
