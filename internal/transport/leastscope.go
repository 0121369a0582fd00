package transport

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// leastScope finds, for each call, the least token scope that the admin client
// has. Asking for one that isn't registered on it fails the whole token request
// (MP-200), so that each token is for one scope, and what was refused is
// remembered.
type leastScope struct {
	config Config

	mu      sync.RWMutex
	sources map[string]Source
	refused map[string]string // scope to the client id that doesn't have it
}

func newLeastScope(config Config) *leastScope {
	return &leastScope{config: config, sources: map[string]Source{}, refused: map[string]string{}}
}

// choose returns a token for the first of the scopes that the admin client has,
// and where it came from. When it has none, nothing is remembered: one may be on
// its way.
func (l *leastScope) choose(ctx context.Context, scopes []string) (Source, *oauth2.Token, error) {
	clientID, last := l.config.ClientID(), len(scopes)-1
	var missing []string
	for _, scope := range scopes[:last] {
		source, refused := l.source(scope)
		if refused == clientID {
			continue
		}
		token, err := source.Token(ctx)
		if err == nil || !l.config.NotRegistered(err) {
			return source, token, err
		}
		missing = append(missing, scope)
	}
	source, _ := l.source(scopes[last])
	token, err := source.Token(ctx)
	switch {
	case err == nil:
		l.remember(missing, clientID)
	case l.config.NotRegistered(err):
		l.remember(scopes, "")
		err = errtext.Wrap(fmt.Sprintf("the admin client has none of the scopes that allow this (%s)", strings.Join(scopes, ", ")), err)
	}
	return source, token, err
}

func (l *leastScope) source(scope string) (source Source, refused string) {
	l.mu.RLock()
	source, refused = l.sources[scope], l.refused[scope]
	l.mu.RUnlock()
	if source != nil {
		return source, refused
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sources[scope] == nil {
		l.sources[scope] = l.config.Source(scope)
	}
	return l.sources[scope], l.refused[scope]
}

// remember notes that a client doesn't have some scopes; no client makes that
// unknown again.
func (l *leastScope) remember(scopes []string, clientID string) {
	if len(scopes) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, scope := range scopes {
		l.refused[scope] = clientID
	}
}
