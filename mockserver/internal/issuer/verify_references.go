package issuer

import (
	"encoding/json"
	"maps"
	"sync"
	"time"
)

// referencedTokens are those that were given by reference (token_type OPAQUE):
// the token is a name, and what it stands for is kept here until it ends.
type referencedTokens struct {
	mu     sync.Mutex
	tokens map[string]referencedToken
	room   int // for so many, before it is looked whether some have ended
}

type referencedToken struct {
	payload []byte // the claims as JSON
	claims  *tokenClaims
}

// add keeps a token.
func (t *referencedTokens) add(name string, claims *tokenClaims, now time.Time) error {
	payload, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.tokens) >= t.room {
		maps.DeleteFunc(t.tokens, func(_ string, token referencedToken) bool { return token.claims.Expires <= now.Unix() })
		t.room = max(minVerified, 2*len(t.tokens))
	}
	if t.tokens == nil {
		t.tokens = map[string]referencedToken{}
	}
	t.tokens[name] = referencedToken{payload, claims}
	return nil
}

// find returns a token that hasn't ended.
func (t *referencedTokens) find(name string, now time.Time) (referencedToken, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	token, ok := t.tokens[name]
	return token, ok && now.Unix() < token.claims.Expires
}

func (t *referencedTokens) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens, t.room = nil, 0
}
