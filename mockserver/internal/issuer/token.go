package issuer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const defaultLifetime = 120 // seconds

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

// tokenAnswer is the body that carries a token (RFC 6749 section 5.1).
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// answer makes the token that all the checks allow.
func (e *exchange) answer(decision *Decision) ([]byte, error) {
	claims := e.claims()
	token, err := e.token(claims)
	if err != nil {
		return nil, err
	}
	decision.TokenID = claims.ID
	//nolint:gosec // the token is what was asked for
	return json.Marshal(tokenAnswer{AccessToken: token, TokenType: bearer, ExpiresIn: e.lifetime(), Scope: claims.Scope})
}

// token is the JWT that has the claims, or a name for them.
func (e *exchange) token(claims *tokenClaims) (string, error) {
	if slices.ContainsFunc(e.scopes, func(s *registry.Scope) bool { return s.TokenType == tokenTypeOpaque }) {
		name := name43("opaque", e.config.NewID())
		return name, e.references.add(name, claims, e.now)
	}
	token, err := e.sign(claims)
	if err == nil {
		e.remember(token, claims, e.now)
	}
	return token, err
}

// name43 makes the names that real tokens have: 43 characters base64url.
func name43(kind, id string) string {
	digest := sha256.Sum256([]byte(kind + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func (e *exchange) claims() *tokenClaims {
	now := e.now.Unix()
	claims := &tokenClaims{
		Issuer:           e.address,
		ClientID:         e.client.ClientID,
		ClientAMR:        e.method,
		Consumer:         newParty(e.party.consumer),
		DelegationSource: e.party.delegationSource,
		OnBehalfOf:       e.party.onBehalfOf,
		Scope:            strings.Join(e.grant.scopes, " "),
		TokenType:        bearer,
		Audience:         e.audience(),
		PID:              e.grant.pid,
		Expires:          now + int64(e.lifetime()),
		IssuedAt:         now,
		ID:               name43("jti", e.config.NewID()),

		AuthorizationDetails: e.details,
	}
	if e.party.supplier != "" {
		claims.Supplier = new(newParty(e.party.supplier))
	}
	return claims
}

// audience is what the grant asks for, and then what its scopes enforce, each
// once.
func (e *exchange) audience() []string {
	all := e.grant.resource
	for _, scope := range e.scopes {
		if enforced := scope.EnforcedAudForAccessToken; enforced != "" && !slices.Contains(all, enforced) {
			all = append(slices.Clip(all), enforced)
		}
	}
	return all
}

// lifetime is the lowest at_max_age of the scopes that have one, or else the
// client's own, in seconds.
func (e *exchange) lifetime() int {
	lowest := 0
	for _, scope := range e.scopes {
		if age := scope.AtMaxAge; age > 0 && (lowest == 0 || age < lowest) {
			lowest = age
		}
	}
	switch {
	case lowest > 0:
		return lowest
	case e.client.AccessTokenLifetime > 0:
		return e.client.AccessTokenLifetime
	}
	return defaultLifetime
}

// sign makes a JWT of claims with the key whose turn it is.
func (i *Issuer) sign(claims any) (string, error) {
	signer, err := i.keys.signer()
	if err != nil {
		return "", err
	}
	return signer.sign(claims)
}
