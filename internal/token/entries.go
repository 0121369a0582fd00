package token

import (
	"sync"

	"golang.org/x/oauth2"
)

// credentialState is what is kept for one set of credentials. Other
// credentials begin a new one, so that nothing of the old ones is left.
type credentialState struct {
	Credentials

	engine    *Engine
	keyExpiry keyExpiry

	mu      sync.Mutex
	entries map[string]*entry // by Request.key
	sweepAt int               // how many entries there may be before dead ones are looked for
}

// maxEntries is when entries without a living token are dropped: a program
// that asks for tokens with many pids must not grow for ever.
const maxEntries = 1000

func newCredentialState(e *Engine, credentials Credentials) *credentialState {
	return &credentialState{Credentials: credentials, engine: e, entries: map[string]*entry{}, sweepAt: maxEntries}
}

// entry finds or makes the entry for a request.
func (s *credentialState) entry(request Request, key string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.entries[key]; ok {
		return found
	}
	if len(s.entries) >= s.sweepAt {
		s.sweep()
	}
	made := newEntry(s, request, key)
	s.entries[key] = made
	return made
}

// sweep drops entries of no use, and looks again when there are twice as many
// as stayed. The caller holds the lock.
func (s *credentialState) sweep() {
	for key, entry := range s.entries {
		if entry.isIdle() {
			delete(s.entries, key)
		}
	}
	s.sweepAt = max(maxEntries, 2*len(s.entries))
}

func (s *credentialState) forget(token *oauth2.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entry := range s.entries {
		entry.forget(token)
	}
}
