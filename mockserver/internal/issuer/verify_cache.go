package issuer

import (
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"time"
)

// How many tokens are remembered: minVerified before those that have expired are
// looked for, and maxVerified at most.
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
	room   int // for so many before it is looked
}

func (v *verifiedTokens) digest(token string) tokenDigest {
	return tokenDigest{maphash.String(v.seeds[0], token), maphash.String(v.seeds[1], token)}
}

// tokenDigest is 128 bits of a token. Since the seeds are secret and new in each
// process, nobody can make another token that has the same. It takes a sixth of the
// time of SHA-256, which would be the slowest part of many calls.
type tokenDigest [2]uint64

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

// put makes room when there is none: it drops the tokens that have expired or, if
// there are too few of them, all, so that some are verified once more. Then there
// is room for twice what is left, so that it seldom has to look.
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
