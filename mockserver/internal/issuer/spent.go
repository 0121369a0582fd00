package issuer

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// generationSeconds is longer than any grant is remembered: the longest life,
// issued up to 10 s ahead of the clock, and 10 s over.
const generationSeconds = longerLifetime + 2*maxSkew

// grantID is a digest of client and jti: of the same size whatever comes, and
// small, since there are many. That two of a million grants share one happens in
// one of thirty million tests.
type grantID uint64

func newGrantID(client, id string) grantID {
	digest := sha256.Sum256([]byte(client + "\x00" + id))
	return grantID(binary.LittleEndian.Uint64(digest[:]))
}

// spentGrants remembers the jti of grants until they expire. It does so in
// two generations: a new one is begun when the last is old enough for all of
// the one before to have expired, which is then dropped whole. That way
// memory goes with the traffic of a few minutes, and comes back.
type spentGrants struct {
	mu         sync.Mutex
	young, old generation
	youngSince int64
}

type generation struct {
	expires map[grantID]int64
	latest  int64 // when the last of them expires
}

// contains reports whether a client has used a jti in a grant that hasn't
// expired. A grant without one can be used again.
func (s *spentGrants) contains(client, id string, now int64) bool {
	if id == "" {
		return false
	}
	key := newGrantID(client, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.has(key, now)
}

func (s *spentGrants) has(key grantID, now int64) bool {
	return s.young.expires[key] > now || s.old.expires[key] > now
}

// add remembers a grant, and reports whether it was new.
func (s *spentGrants) add(client, id string, expires, now int64) bool {
	if id == "" {
		return true
	}
	key := newGrantID(client, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.age(now)
	if s.has(key, now) {
		return false
	}
	if s.young.expires == nil {
		s.young.expires = map[grantID]int64{}
	}
	s.young.expires[key] = expires
	s.young.latest = max(s.young.latest, expires)
	return true
}

// age drops what has expired. The caller holds the lock.
func (s *spentGrants) age(now int64) {
	if now < s.youngSince { // somebody has put the clock back
		s.youngSince = now
	}
	if now-s.youngSince >= generationSeconds {
		s.young, s.old, s.youngSince = generation{}, s.young, now
	}
	if s.old.latest <= now {
		s.old = generation{}
	}
}

func (s *spentGrants) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.young, s.old, s.youngSince = generation{}, generation{}, 0
}
