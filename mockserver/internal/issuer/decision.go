package issuer

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Decision is what became of a token request, for journals. It holds neither
// the assertion's signature nor the token.
type Decision struct {
	// Status is the HTTP status; 200 when a token was given.
	Status int
	// Code, Error and Description are those of the answer ("MP-121",
	// "invalid_grant"); empty when a token was given, and Code also where the
	// row has none.
	Code, Error, Description string
	// Reason says what exactly was wrong, more than the client is told.
	Reason string
	// TraceID is the one in the description of a refusal.
	TraceID string
	// ClientID is the grant's iss, whether it is known or not; empty when the
	// grant couldn't be read.
	ClientID string
	// Header and Claims are the grant's, decoded; nil when it couldn't be
	// read.
	Header, Claims json.RawMessage
	// Assumed are the refusals that weren't made since they rest on assumptions,
	// such as "MP-130: iat is 20 s behind the clock, more than 10 s". Nil unless
	// the issuer is lenient.
	Assumed []string
	// Unexpected: it wasn't even a grant.
	Unexpected bool
	// TokenID is the jti of the token that was given.
	TokenID string
}

// Granted reports whether a token was given.
func (d *Decision) Granted() bool { return d.Status == http.StatusOK }

// errorAnswer is the body of a refusal (RFC 6749 section 5.2).
type errorAnswer struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri,omitzero"`
}

// refused writes down a refusal and returns the answer to it.
func (d *Decision) refused(err error, traceID, issuer string) errorAnswer {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{kind: internalError, reason: err.Error()}
	}
	row := rows[r.kind]
	d.Status, d.Code, d.Error, d.Reason, d.TraceID = row.Status, row.Code, row.Error, r.reason, traceID
	d.Description = r.description()
	answer := errorAnswer{Error: row.Error, Description: d.Description + " (trace_id: " + traceID + ")"}
	if row.Code != "" {
		answer.URI = issuer + "errors/" + row.Code
	}
	return answer
}

// traceID makes 32 hex digits of a UUID.
func traceID(uuid string) string { return strings.ReplaceAll(uuid, "-", "") }
