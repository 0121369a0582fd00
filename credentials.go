package maskinporten

import (
	"context"
	"errors"
	"sync"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"golang.org/x/oauth2"
)

// Credentials are what a client proves itself with.
type Credentials struct {
	// ClientID is the client's id, the grant's iss.
	ClientID string
	// Key signs the grants.
	Key *Key
	// KeySource, if set, gives the key for each grant instead of Key: once in
	// a token's life. Tokens that were got with an earlier key are used up
	// first; they are the same client's.
	KeySource KeySource
}

func (c Credentials) check() error {
	switch {
	case c.ClientID == "":
		return invalidArgument("", "Credentials.ClientID", "is empty")
	case identifierProblem(c.ClientID) != "":
		return invalidArgument("", "Credentials.ClientID", identifierProblem(c.ClientID))
	case c.Key == nil && c.KeySource == nil:
		return invalidArgument("", "Credentials.Key", "is nil: load one with LoadKey")
	}
	return nil
}

// key returns the key to sign with now.
func (c Credentials) key(ctx context.Context) (*Key, error) {
	if c.KeySource == nil {
		return c.Key, nil
	}
	key, err := c.KeySource.Key(ctx)
	if err == nil && key == nil {
		err = errors.New("it gave none")
	}
	if err != nil {
		return nil, errtext.Wrap("no key from the KeySource", err)
	}
	return key, nil
}

// session is what is kept for one set of credentials. Other credentials begin
// a new one, so that nothing of the old ones is left.
type session struct {
	Credentials

	mu      sync.Mutex
	entries map[string]*tokenEntry // by TokenRequest.cacheKey
	sweepAt int                    // how many entries there may be before dead ones are looked for
}

// maxEntries is when entries without a living token are dropped: a program
// that asks for tokens with many pids must not grow for ever.
const maxEntries = 1000

func newSession(credentials Credentials) *session {
	return &session{Credentials: credentials, entries: map[string]*tokenEntry{}, sweepAt: maxEntries}
}

// entry finds or makes the place of the tokens for a request.
func (s *session) entry(a *Authenticator, request TokenRequest, key string) *tokenEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry, ok := s.entries[key]; ok {
		return entry
	}
	if len(s.entries) >= s.sweepAt {
		s.sweep(a)
	}
	entry := &tokenEntry{auth: a, session: s, request: request.clone(), requestKey: key}
	s.entries[key] = entry
	return entry
}

// sweep drops entries of no use, and looks again when there are twice as many
// as stayed. The caller holds the lock.
func (s *session) sweep(a *Authenticator) {
	now := a.settings.now()
	for key, entry := range s.entries {
		if entry.idle(now) {
			delete(s.entries, key)
		}
	}
	s.sweepAt = max(maxEntries, 2*len(s.entries))
}

func (s *session) forget(token *oauth2.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entry := range s.entries {
		entry.forget(token)
	}
}
