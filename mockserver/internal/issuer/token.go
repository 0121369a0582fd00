package issuer

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// tokenAnswer is the body that carries a token (RFC 6749 section 5.1).
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// answer makes the token that all the checks allow.
func (t *tokenRequest) answer(decision *Decision) ([]byte, error) {
	claims := t.claims()
	token, err := t.token(claims)
	if err != nil {
		return nil, err
	}
	decision.TokenID = claims.ID
	//nolint:gosec // the token is what was asked for
	return json.Marshal(tokenAnswer{AccessToken: token, TokenType: bearer, ExpiresIn: t.lifetime(), Scope: claims.Scope})
}

// token is the JWT that has the claims, or a name for them.
func (t *tokenRequest) token(claims *tokenClaims) (string, error) {
	if slices.ContainsFunc(t.scopes, func(s *registry.Scope) bool { return s.TokenType == tokenTypeOpaque }) {
		name := name43("opaque", t.config.NewID())
		return name, t.references.add(name, claims, t.now)
	}
	token, err := t.sign(claims)
	if err == nil {
		t.remember(token, claims, t.now)
	}
	return token, err
}

func (t *tokenRequest) claims() *tokenClaims {
	now := t.now.Unix()
	claims := &tokenClaims{
		Issuer:           t.address,
		ClientID:         t.client.ClientID,
		ClientAMR:        t.method,
		Consumer:         newParty(t.party.consumer),
		DelegationSource: t.party.delegationSource,
		OnBehalfOf:       t.party.onBehalfOf,
		Scope:            strings.Join(t.grant.scopes, " "),
		TokenType:        bearer,
		Audience:         t.audience(),
		PID:              t.grant.pid,
		Expires:          now + int64(t.lifetime()),
		IssuedAt:         now,
		ID:               name43("jti", t.config.NewID()),

		AuthorizationDetails: t.details,
	}
	if t.party.supplier != "" {
		claims.Supplier = new(newParty(t.party.supplier))
	}
	return claims
}

// audience is what the grant asks for, and then what its scopes enforce, each
// once.
func (t *tokenRequest) audience() []string {
	all := t.grant.resource
	for _, scope := range t.scopes {
		if enforced := scope.EnforcedAudForAccessToken; enforced != "" && !slices.Contains(all, enforced) {
			all = append(slices.Clip(all), enforced)
		}
	}
	return all
}

// lifetime is the lowest at_max_age of the scopes that have one, or else the
// client's own, in seconds.
func (t *tokenRequest) lifetime() int {
	lowest := 0
	for _, scope := range t.scopes {
		if age := scope.AtMaxAge; age > 0 && (lowest == 0 || age < lowest) {
			lowest = age
		}
	}
	switch {
	case lowest > 0:
		return lowest
	case t.client.AccessTokenLifetime > 0:
		return t.client.AccessTokenLifetime
	}
	return defaultLifetime
}
