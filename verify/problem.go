package verify

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// problem is a body of RFC 9457. Its type is about:blank, so that its title is
// the status's own; Error is the code of RFC 6750.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Error  string `json:"error,omitzero"`
}

// retryAfter is in seconds: what couldn't be had now may be there then.
const retryAfter = 5

// WriteError answers a refusal of [Verifier.Authorize] as
// [Verifier.Middleware] does. What it writes depends on the status only, not on
// the reason; with 403 come the scopes that the route requires (where any of
// several will do, the first), so that a client knows what to ask for.
func WriteError(w http.ResponseWriter, err error) {
	p := newProblem(reasonOf(err))
	header := w.Header()
	switch p.Status {
	case unauthorized, badRequest:
		header.Set("WWW-Authenticate", challenge(p.Error, ""))
	case forbidden:
		header.Set("WWW-Authenticate", challenge(p.Error, scopeOf(err)))
	case unavailable:
		header.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

func newProblem(reason Reason) problem {
	status := reason.Status()
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status}
	switch status {
	case badRequest:
		p.Error, p.Detail = "invalid_request", "The request must have exactly one access token."
	case unauthorized:
		p.Error, p.Detail = "invalid_token", "The access token is expired, malformed or invalid."
		if reason == ReasonTokenMissing { // RFC 6750 section 3.1: no code then
			p.Error, p.Detail = "", "The request needs an access token."
		}
	case forbidden:
		p.Error, p.Detail = "insufficient_scope", "The access token doesn't give access to this resource."
	case unavailable:
		p.Detail = "The access token can't be checked just now."
	default:
		p.Detail = "The access token can't be checked."
	}
	return p
}

// challenge says what a token would need (RFC 6750 section 3). Names of scopes
// have no character that would have to be quoted.
func challenge(code, scope string) string {
	if code == "" {
		return `Bearer realm="maskinporten"`
	}
	if scope == "" {
		return `Bearer error="` + code + `"`
	}
	return `Bearer error="` + code + `", scope="` + scope + `"`
}

func scopeOf(err error) string {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.scope
	}
	return ""
}
