package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// scopeChooser finds, for each call, the least token scope that the admin
// client has. Asking for one that isn't registered on it fails the whole token
// request (MP-200), so that each token is for one scope, and what was refused
// is remembered.
type scopeChooser struct {
	auth *Authenticator

	mu      sync.RWMutex
	sources map[string]*tokenSource
	refused map[string]string // scope to the client id that doesn't have it
}

func newScopeChooser(auth *Authenticator) *scopeChooser {
	return &scopeChooser{auth: auth, sources: map[string]*tokenSource{}, refused: map[string]string{}}
}

// choose returns the source of tokens for the first of the scopes that the
// admin client has. When it has none, nothing is remembered: one may be on its
// way.
func (c *scopeChooser) choose(ctx context.Context, scopes []string) (*tokenSource, error) {
	clientID, last := c.auth.ClientID(), len(scopes)-1
	var missing []string
	for _, scope := range scopes[:last] {
		source, refused := c.source(scope)
		if refused == clientID {
			continue
		}
		_, err := source.token(ctx)
		if !errors.Is(err, ErrScopeNotRegistered) {
			return source, err
		}
		missing = append(missing, scope)
	}
	source, _ := c.source(scopes[last])
	_, err := source.token(ctx)
	switch {
	case err == nil:
		c.remember(missing, clientID)
	case errors.Is(err, ErrScopeNotRegistered):
		c.remember(scopes, "")
		err = errtext.Wrap(fmt.Sprintf("the admin client has none of the scopes that allow this (%s)", strings.Join(scopes, ", ")), err)
	}
	return source, err
}

func (c *scopeChooser) source(scope string) (source *tokenSource, refused string) {
	c.mu.RLock()
	source, refused = c.sources[scope], c.refused[scope]
	c.mu.RUnlock()
	if source != nil {
		return source, refused
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sources[scope] == nil {
		c.sources[scope] = newTokenSource(c.auth, TokenRequest{Scopes: []string{scope}})
	}
	return c.sources[scope], c.refused[scope]
}

// remember notes that a client doesn't have some scopes; no client makes that
// unknown again.
func (c *scopeChooser) remember(scopes []string, clientID string) {
	if len(scopes) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, scope := range scopes {
		c.refused[scope] = clientID
	}
}
