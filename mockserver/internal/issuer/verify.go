package issuer

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	errNoToken     = errors.New("it is no JWT signed with RS256")
	errSignature   = errors.New("its signature is wrong")
	errOtherIssuer = errors.New("it comes from another issuer")
	errExpired     = errors.New("it has expired")
	errConsumer    = errors.New("its consumer is missing or no organisation")
)

// maxToken is much longer than any token of this issuer.
const maxToken = 64 << 10

// Verify checks an access token of this environment, whichever endpoint it came
// from, against the clock. Its errors say what is wrong, without the token.
// The claims are shared: don't change them.
func (i *Issuer) Verify(token string) (*Claims, error) {
	if len(token) > maxToken {
		return nil, errNoToken
	}
	now, digest := i.config.Now(), i.verified.digest(token)
	if claims, ok := i.verified.get(digest, now); ok {
		return claims, nil
	}
	if known, ok := i.references.find(token, now); ok {
		return i.accept(known.claims)
	}
	payload, keyUntil, err := i.verifySignature(token)
	if err != nil {
		return nil, err
	}
	claims, err := i.readClaims(payload)
	if err != nil {
		return nil, err
	}
	if !now.Before(claims.Expires) {
		return nil, errExpired
	}
	i.verified.put(digest, remembered{claims, earlier(claims.Expires, keyUntil)}, now)
	return claims, nil
}

// earlier returns the end of a token that is good until both; a zero key never
// ends.
func earlier(token, key time.Time) time.Time {
	if !key.IsZero() && key.Before(token) {
		return key
	}
	return token
}

// verifySignature returns what was signed, and when the key that did goes out of
// the key set: see keyring.public.
func (i *Issuer) verifySignature(token string) (payload []byte, keyUntil time.Time, err error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, time.Time{}, errNoToken
	}
	key, keyUntil, err := i.keys.public(signed.Signatures[0].Header.KeyID)
	if err != nil {
		return nil, time.Time{}, err
	}
	if payload, err = signed.Verify(key); err != nil {
		return nil, time.Time{}, errSignature
	}
	return payload, keyUntil, nil
}

func (i *Issuer) readClaims(payload []byte) (*Claims, error) {
	var claims struct {
		tokenClaims
		// Not read here; test tokens may have them in any form.
		Audience             json.RawMessage `json:"aud"`
		AuthorizationDetails json.RawMessage `json:"authorization_details"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, errNoToken
	}
	return i.accept(&claims.tokenClaims)
}

// accept reads claims that a key of this issuer's has signed.
func (i *Issuer) accept(claims *tokenClaims) (*Claims, error) {
	if !i.knows(claims.Issuer) {
		return nil, errOtherIssuer
	}
	consumer, ok := claims.Consumer.number()
	if !ok {
		return nil, errConsumer
	}
	verified := &Claims{
		Issuer:   claims.Issuer,
		ClientID: claims.ClientID,
		OrgNo:    consumer,
		Scopes:   strings.Fields(claims.Scope),
		Expires:  time.Unix(claims.Expires, 0),
	}
	if claims.Supplier != nil {
		if verified.SupplierOrgNo, ok = claims.Supplier.number(); !ok {
			return nil, errConsumer
		}
	}
	return verified, nil
}

// remember spares a token that was signed just now its verification.
func (i *Issuer) remember(token string, claims *tokenClaims, now time.Time) {
	if accepted, err := i.accept(claims); err == nil {
		i.verified.put(i.verified.digest(token), remembered{accepted, accepted.Expires}, now)
	}
}
