package maskinporten

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// grantLife is how long a grant may be used: short, since it is posted at
// once, and well below the 120 s that the service takes at most.
const grantLife = 60 * time.Second

// grantClaims are the claims of a JWT grant (RFC 7523, 3).
type grantClaims struct {
	Audience             string   `json:"aud"`
	Issuer               string   `json:"iss"`
	IssuedAt             int64    `json:"iat"`
	Expires              int64    `json:"exp"`
	ID                   string   `json:"jti"`
	Scope                string   `json:"scope"`
	Resource             []string `json:"resource,omitzero"`
	PID                  string   `json:"pid,omitzero"`
	ConsumerOrg          OrgNo    `json:"consumer_org,omitzero"`
	OnBehalfOf           string   `json:"iss_onbehalfof,omitzero"`
	AuthorizationDetails []any    `json:"authorization_details,omitzero"`
}

// grant builds and signs a grant with a fresh jti, since each may be used
// once.
func grant(key *Key, clientID, issuer string, request TokenRequest, now time.Time) (string, error) {
	claims := grantClaims{
		Audience: issuer, Issuer: clientID,
		IssuedAt: now.Unix(), Expires: now.Add(grantLife).Unix(), ID: rand.Text(),
		Scope: request.scopeSet(), Resource: request.Resource, PID: request.PID,
		ConsumerOrg: request.ConsumerOrg, OnBehalfOf: request.OnBehalfOf,
	}
	if request.AuthorizationDetails != nil {
		claims.AuthorizationDetails = []any{request.AuthorizationDetails.claim()}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", errtext.Wrap("grant", err)
	}
	return key.sign(payload)
}
