package verify

import (
	"crypto/sha256"
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds of what is kept. Tokens that come often come hundreds of times in
// their 120 seconds.
const (
	verifiedWays = 8 // places that a token may lie in
	verifiedSets = 1024
)

// WithoutVerifiedCache checks the signature of every token each time it comes.
// Without this option some 8,000 tokens that were taken are remembered until
// they expire or their key leaves the key set, so that one that comes again
// costs little more than its hash; its times, its audience and all that a route
// requires are judged again.
func WithoutVerifiedCache() Option {
	return func(o *options) error {
		o.forget = true
		return nil
	}
}

// verifiedCache remembers tokens whose signature was good, by the whole token.
// Only tokens that a route has let in are put there, so that strangers can't
// fill it. Nobody waits for a lock: a place is read and written as one.
type verifiedCache struct {
	seed  maphash.Seed
	table atomic.Pointer[verifiedTable] // nil until the first token
}

type verifiedTable [verifiedSets][verifiedWays]atomic.Pointer[verifiedToken]

// verifiedToken is never changed.
type verifiedToken struct {
	hash      uint64            // finds the token quickly; strangers can't know the seed
	signature [sha256.Size]byte // the SHA-256 of its text; the rest of the token is with the claims
	claims    *Claims
	key       *publicKey // with which its signature was good
	source    *keySource // of the key
}

func newVerifiedCache() *verifiedCache {
	return &verifiedCache{seed: maphash.MakeSeed()}
}

// sumOf is the SHA-256 of a signature's text. Of a key of up to 4096 bits
// nothing is allocated.
func sumOf(signature string) [sha256.Size]byte {
	var usual [684]byte // on the stack
	if len(signature) <= len(usual) {
		return sha256.Sum256(usual[:copy(usual[:], signature)])
	}
	return sha256.Sum256([]byte(signature))
}

// is reports whether this is the token, all of it.
func (t *verifiedToken) is(token string) bool {
	signature, ok := strings.CutPrefix(token, *t.claims.signed)
	return ok && sumOf(signature) == t.signature
}

// ended reports whether no verifier takes the token any more.
func (t *verifiedToken) ended(now time.Time) bool {
	return !now.Before(t.claims.Expires.Add(maxLeeway)) || t.key.withdrawn.Load()
}

// get returns a copy of the claims of a token that was put there, or nil.
func (c *verifiedCache) get(token string, now time.Time) *Claims {
	if c == nil {
		return nil
	}
	table := c.table.Load()
	if table == nil {
		return nil
	}
	hash := maphash.String(c.seed, token)
	places := table.places(hash)
	for i := range places {
		kept := places[i].Load()
		if kept == nil || kept.hash != hash || !kept.is(token) {
			continue
		}
		kept.source.refreshWhenDue(now)
		if kept.key.withdrawn.Load() {
			places[i].CompareAndSwap(kept, nil)
			return nil
		}
		return kept.claims.clone()
	}
	return nil
}

// add puts a token there: in an empty place, in that of one that has ended, or
// else of the one that ends first.
func (c *verifiedCache) add(token string, added *verifiedToken, now time.Time) {
	if c == nil {
		return
	}
	table := c.table.Load()
	if table == nil {
		c.table.CompareAndSwap(nil, new(verifiedTable))
		table = c.table.Load()
	}
	added.hash, added.signature = maphash.String(c.seed, token), sumOf(token[len(*added.claims.signed):])
	places := table.places(added.hash)
	into := &places[0]
	var earliest *verifiedToken
	for i := range places {
		kept := places[i].Load()
		if kept == nil || kept.ended(now) || kept.signature == added.signature {
			into = &places[i]
			break
		}
		if earliest == nil || kept.claims.Expires.Before(earliest.claims.Expires) {
			into, earliest = &places[i], kept
		}
	}
	into.Store(added)
}

// sweep drops what has ended.
func (c *verifiedCache) sweep(now time.Time) {
	table := c.table.Load()
	if table == nil {
		return
	}
	for set := range table {
		for i := range table[set] {
			if kept := table[set][i].Load(); kept != nil && kept.ended(now) {
				table[set][i].CompareAndSwap(kept, nil)
			}
		}
	}
}

func (t *verifiedTable) places(hash uint64) *[verifiedWays]atomic.Pointer[verifiedToken] {
	return &t[hash%verifiedSets]
}
