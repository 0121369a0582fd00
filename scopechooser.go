package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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
	clientID := c.auth.ClientID()
	var missing []string
	for _, scope := range scopes {
		source, refused := c.source(scope)
		if refused == clientID && len(scopes) > 1 && scope != scopes[len(scopes)-1] {
			missing = append(missing, scope)
			continue
		}
		_, err := source.token(ctx)
		if err == nil {
			c.remember(missing, clientID)
			return source, nil
		}
		if !errors.Is(err, ErrScopeNotRegistered) {
			return nil, err
		}
		missing = append(missing, scope)
		if len(missing) == len(scopes) {
			c.forget(scopes)
			return nil, fmt.Errorf("the admin client has none of the scopes that allow this (%s): %w", strings.Join(scopes, ", "), err)
		}
	}
	return nil, nil //nolint:nilnil // not reached: the last scope is always asked for
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
		c.sources[scope] = newTokenSource(c.auth, context.Background(), TokenRequest{Scopes: []string{scope}})
	}
	return c.sources[scope], c.refused[scope]
}

func (c *scopeChooser) remember(missing []string, clientID string) {
	if len(missing) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, scope := range missing {
		c.refused[scope] = clientID
	}
}

func (c *scopeChooser) forget(scopes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, scope := range scopes {
		delete(c.refused, scope)
	}
}

func asTokenError(err error) *TokenError {
	failure, _ := errors.AsType[*TokenError](err)
	return failure
}
