package issuer

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
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
// the key set: see [keyring.public].
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

// How many tokens are remembered: at least minVerified before it is looked
// whether some have ended, and maxVerified at most.
const (
	minVerified = 64
	maxVerified = 1024
)

// verifiedTokens remembers tokens by their digest, as long as they are good: a
// rotation, which shortens that for some, forgets all.
type verifiedTokens struct {
	seeds [2]maphash.Seed

	mu     sync.RWMutex
	tokens map[tokenDigest]remembered
	room   int // for so many
}

// tokenDigest is 128 bits of a token. Since the seeds are secret and new in each
// process, nobody can make another token that has the same. A sixth of what
// SHA-256 costs, which would be the dearest part of many a call.
type tokenDigest [2]uint64

func (v *verifiedTokens) digest(token string) tokenDigest {
	return tokenDigest{maphash.String(v.seeds[0], token), maphash.String(v.seeds[1], token)}
}

type remembered struct {
	claims *Claims
	until  time.Time
}

func newVerifiedTokens() *verifiedTokens {
	v := &verifiedTokens{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	v.reset()
	return v
}

func (v *verifiedTokens) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tokens, v.room = map[tokenDigest]remembered{}, minVerified
}

func (v *verifiedTokens) get(digest tokenDigest, now time.Time) (*Claims, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	token, ok := v.tokens[digest]
	return token.claims, ok && now.Before(token.until)
}

// put makes room when there is none: what has ended goes, or if too little has,
// everything, which costs some tokens another verification. Then there is room
// for twice what is left, so that looking for what has ended costs little.
func (v *verifiedTokens) put(digest tokenDigest, token remembered, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.tokens) >= v.room {
		maps.DeleteFunc(v.tokens, func(_ tokenDigest, r remembered) bool { return !now.Before(r.until) })
		if len(v.tokens) > maxVerified/2 {
			clear(v.tokens)
		}
		v.room = max(minVerified, 2*len(v.tokens))
	}
	v.tokens[digest] = token
}
