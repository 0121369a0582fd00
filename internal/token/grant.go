package token

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// grantLife is how long a grant may be used: short, since it is posted at
// once, and well below the 120 s that the service takes at most.
const grantLife = time.Minute

// Request is what a token is wanted for, as the grant's claims say it.
type Request struct {
	Scope       string // sorted, with a blank between two
	Resource    []string
	PID         *string // a pointer, so that fmt doesn't show the person
	ConsumerOrg string
	OnBehalfOf  string
	// Details is one element of authorization_details, or nil. What is personal
	// in it is a pointer, too.
	Details any

	// MinLife is how much life the token has left at least, if that is more
	// than usual and can be had. It makes no other token.
	MinLife time.Duration
}

// key holds everything that distinguishes the tokens of one client and key.
// Resources keep their order, since it shows in the token.
func (r *Request) key() string {
	if len(r.Resource) == 0 && r.ConsumerOrg == "" && r.PID == nil && r.OnBehalfOf == "" && r.Details == nil {
		return r.Scope
	}
	var details, pid string
	if r.Details != nil {
		encoded, _ := json.Marshal(r.Details) // plain strings, checked before
		details = string(encoded)
	}
	if r.PID != nil {
		pid = *r.PID
	}
	parts, _ := json.Marshal(append([]string{r.Scope, r.ConsumerOrg, pid, r.OnBehalfOf, details}, r.Resource...))
	return string(parts)
}

// grantClaims are the claims of a JWT grant (RFC 7523, 3).
type grantClaims struct {
	Audience             string   `json:"aud"`
	Issuer               string   `json:"iss"`
	IssuedAt             int64    `json:"iat"`
	Expires              int64    `json:"exp"`
	ID                   string   `json:"jti"`
	Scope                string   `json:"scope"`
	Resource             []string `json:"resource,omitzero"`
	PID                  *string  `json:"pid,omitzero"`
	ConsumerOrg          string   `json:"consumer_org,omitzero"`
	OnBehalfOf           string   `json:"iss_onbehalfof,omitzero"`
	AuthorizationDetails []any    `json:"authorization_details,omitzero"`
}

// grant builds and signs a grant with a fresh jti, since each may be used
// once.
func grant(key Key, clientID, audience string, request *Request, now time.Time) (string, error) {
	claims := grantClaims{
		Audience: audience, Issuer: clientID,
		IssuedAt: now.Unix(), Expires: now.Add(grantLife).Unix(), ID: rand.Text(),
		Scope: request.Scope, Resource: request.Resource, PID: request.PID,
		ConsumerOrg: request.ConsumerOrg, OnBehalfOf: request.OnBehalfOf,
	}
	if request.Details != nil {
		claims.AuthorizationDetails = []any{request.Details}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", errtext.Wrap("grant", err)
	}
	return key.Sign(payload)
}
