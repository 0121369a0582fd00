package verify

import (
	"encoding/json"
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
// [Verifier.Middleware] does. What it writes depends on the status only,
// not on the reason.
func WriteError(w http.ResponseWriter, err error) {
	reason := reasonOf(err)
	p := newProblem(reason)
	header := w.Header()
	switch p.Status {
	case unauthorized, forbidden, badRequest:
		header.Set("WWW-Authenticate", challenge(p.Error))
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

func challenge(code string) string {
	if code == "" {
		return `Bearer realm="maskinporten"`
	}
	return `Bearer error="` + code + `"`
}
