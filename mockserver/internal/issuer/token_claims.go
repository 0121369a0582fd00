package issuer

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// tokenClaims are the claims of an access token, in the order of real ones.
type tokenClaims struct {
	AuthorizationDetails []any    `json:"authorization_details,omitzero"`
	Scope                string   `json:"scope"`
	Issuer               string   `json:"iss"`
	ClientAMR            string   `json:"client_amr"`
	TokenType            string   `json:"token_type"`
	Expires              int64    `json:"exp"`
	IssuedAt             int64    `json:"iat"`
	ClientID             string   `json:"client_id"`
	ID                   string   `json:"jti"`
	Consumer             party    `json:"consumer"`
	Supplier             *party   `json:"supplier,omitzero"`
	DelegationSource     string   `json:"delegation_source,omitzero"`
	OnBehalfOf           string   `json:"onbehalfof,omitzero"`
	Audience             []string `json:"aud,omitempty"`
	PID                  string   `json:"pid,omitzero"`
}

const (
	bearer            = "Bearer"
	algorithmOfTokens = "RS256"
)

const defaultLifetime = 120 // seconds

// party is an organisation as tokens name it.
type party struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

func newParty(number string) party {
	return party{Authority: orgno.Authority, ID: orgno.Qualified(number)}
}

// number is the organisation's; false if it is no organisation.
func (p party) number() (string, bool) {
	number, ok := orgno.FromQualified(p.ID)
	return number, ok && p.Authority == orgno.Authority
}

// The types of authorization details.
const (
	typeSystemUser = "urn:altinn:systemuser"
	typeConsent    = "urn:altinn:consent"
)

// The values of client_amr.
const (
	methodKey         = "private_key_jwt"
	methodCertificate = "virksomhetssertifikat"
)

// The token type of scopes whose tokens are references.
const tokenTypeOpaque = "OPAQUE"

// name43 makes the names that real tokens have: 43 characters base64url.
func name43(kind, id string) string {
	digest := sha256.Sum256([]byte(kind + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}
