package issuer

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
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

// refused writes down a refusal and returns the answer to it. The trace is a
// UUID.
func (d *Decision) refused(err error, trace, issuer string, in variants.Set) errorAnswer {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{kind: internalError, reason: err.Error()}
	}
	row := r.row(in)
	d.Status, d.Code, d.Error, d.Reason, d.TraceID = row.Status, row.Code, row.Error, r.reason, strings.ReplaceAll(trace, "-", "")
	d.Description = r.description(row)
	if in.Has(variants.ErrorURILeftOut) {
		return errorAnswer{Error: row.Error, Description: d.Description + " (correlation id: " + trace + ")"}
	}
	answer := errorAnswer{Error: row.Error, Description: d.Description + " (trace_id: " + d.TraceID + ")"}
	if row.Code != "" {
		answer.URI = issuer + "errors/" + row.Code
	}
	return answer
}
