package issuer

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten"
)

// Claims are what an access token says of its bearer.
type Claims struct {
	Issuer   string
	ClientID string
	// OrgNo is the organisation acted for: the token's consumer.
	OrgNo string
	// SupplierOrgNo is who acts for it; empty: itself.
	SupplierOrgNo string
	Scopes        []string
	Expires       time.Time
}

// HasScope reports whether the token carries a scope.
func (c *Claims) HasScope(name string) bool { return slices.Contains(c.Scopes, name) }

// maxToken is much longer than any token of this issuer.
const maxToken = 64 << 10

var (
	errNoToken     = errors.New("it is no JWT signed with RS256")
	errUnknownKey  = errors.New("it is signed with a key that this environment doesn't have")
	errSignature   = errors.New("its signature is wrong")
	errOtherIssuer = errors.New("it comes from another issuer")
	errExpired     = errors.New("it has expired")
	errConsumer    = errors.New("its consumer is missing or no organisation")
)

// Verify checks an access token of this environment, whichever door it came
// out of, against the clock. Its errors say what is wrong, without the token.
// The claims are shared: don't change them.
func (i *Issuer) Verify(token string) (*Claims, error) {
	if len(token) > maxToken {
		return nil, errNoToken
	}
	now, digest := i.config.Now(), sha256.Sum256([]byte(token))
	if claims, ok := i.verified.get(digest, now); ok {
		return claims, nil
	}
	payload, err := i.verifySignature(token)
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
	i.verified.put(digest, claims, now)
	return claims, nil
}

func (i *Issuer) verifySignature(token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, errNoToken
	}
	key, err := i.keys.public(signed.Signatures[0].Header.KeyID)
	if err != nil {
		return nil, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, errSignature
	}
	return payload, nil
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
	if !i.knows(claims.Issuer) {
		return nil, errOtherIssuer
	}
	consumer, err := maskinporten.ParseOrgNo(claims.Consumer.ID)
	if err != nil || claims.Consumer.Authority != actorID {
		return nil, errConsumer
	}
	verified := &Claims{
		Issuer:   claims.Issuer,
		ClientID: claims.ClientID,
		OrgNo:    string(consumer),
		Scopes:   strings.Fields(claims.Scope),
		Expires:  time.Unix(claims.Expires, 0),
	}
	if claims.Supplier != nil {
		supplier, err := maskinporten.ParseOrgNo(claims.Supplier.ID)
		if err != nil {
			return nil, errConsumer
		}
		verified.SupplierOrgNo = string(supplier)
	}
	return verified, nil
}

// maxVerified is how many tokens are remembered at most.
const maxVerified = 4096

// verifiedTokens remembers tokens by their digest until they expire.
type verifiedTokens struct {
	mu     sync.RWMutex
	claims map[[sha256.Size]byte]*Claims
}

func newVerifiedTokens() *verifiedTokens {
	v := &verifiedTokens{}
	v.reset()
	return v
}

func (v *verifiedTokens) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.claims = map[[sha256.Size]byte]*Claims{}
}

func (v *verifiedTokens) get(digest [sha256.Size]byte, now time.Time) (*Claims, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	claims, ok := v.claims[digest]
	return claims, ok && now.Before(claims.Expires)
}

// put makes room when it is needed: what has expired goes, or if that isn't
// half, everything, which costs some tokens another verification.
func (v *verifiedTokens) put(digest [sha256.Size]byte, claims *Claims, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.claims) >= maxVerified {
		maps.DeleteFunc(v.claims, func(_ [sha256.Size]byte, c *Claims) bool { return !now.Before(c.Expires) })
		if len(v.claims) > maxVerified/2 {
			clear(v.claims)
		}
	}
	v.claims[digest] = claims
}
