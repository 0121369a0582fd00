package verify

import (
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// RequireFirstUse lets each token in once only, for calls that nobody may
// repeat. Consumers usually use a token for many calls as long as it lives, so
// ask for this only where they know of it. A token is remembered until it has
// expired; limit is how many are (one takes about 100 bytes), and when all of
// them live, others are refused with 503.
//
// Each Requirement has a memory of its own: use one for all routes that belong
// together. Several instances of a program don't know of each other.
func RequireFirstUse(limit int) Requirement {
	if limit < 1 {
		return impossible("RequireFirstUse: give how many tokens to remember")
	}
	m := &memory{limit: limit, until: map[[sha256.Size]byte]time.Time{}}
	return Requirement{check: m.check, last: lastFirstUse}
}

// memory knows the tokens that were used.
type memory struct {
	limit int
	mu    sync.Mutex // guards until
	until map[[sha256.Size]byte]time.Time
}

func (m *memory) check(q *question) error {
	if q.claims.ID == "" {
		return refuse(ReasonTokenIDMissing)
	}
	id := sha256.Sum256([]byte(q.claims.Issuer + "\x00" + q.claims.ID))
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, used := m.until[id]; used {
		return refuse(ReasonUsedBefore)
	}
	now := q.now()
	if len(m.until) >= m.limit {
		maps.DeleteFunc(m.until, func(_ [sha256.Size]byte, end time.Time) bool { return !now.Before(end) })
	}
	if len(m.until) >= m.limit {
		return refuse(ReasonFirstUseUnknown)
	}
	m.until[id] = q.claims.Expires.Add(maxLeeway) // no verifier takes it after that
	return nil
}
