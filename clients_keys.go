package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// MaxKeys is how many keys a client may have at a time.
const MaxKeys = 5

// Keys iterates over the public keys of a client (GET /clients/{id}/jwks). The
// service may answer 404 both for a client without keys and for one that
// doesn't exist, so after a 404 the client itself is looked at: an unknown one
// is [ErrNotFound]. An error is yielded once and ends it.
func (s *ClientsService) Keys(ctx context.Context, clientID string) iter.Seq2[*JSONWebKey, error] {
	return func(yield func(*JSONWebKey, error) bool) {
		const name = "Clients.Keys"
		keys, err := s.readKeys(ctx, name, clientID)
		if errors.Is(err, ErrNotFound) {
			_, err = s.Get(ctx, clientID)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range keys {
			key, err := keys[i].result(name, i)
			if !yield(key, err) {
				return
			}
		}
	}
}

// keysOf reads all keys of a client; a 404 says that it has none, or that there
// is no such client.
func (s *ClientsService) keysOf(ctx context.Context, name, clientID string) ([]JSONWebKey, error) {
	read, err := s.readKeys(ctx, name, clientID)
	if err != nil {
		return nil, err
	}
	keys := make([]JSONWebKey, len(read))
	for i := range read {
		key, err := read[i].result(name, i)
		if err != nil {
			return nil, err
		}
		keys[i] = *key
	}
	return keys, nil
}

func (s *ClientsService) readKeys(ctx context.Context, name, clientID string) ([]readKey, error) {
	op, err := s.clientOperation(name, http.MethodGet, clientID, "/jwks")
	if err != nil {
		return nil, err
	}
	op.Scopes = s.reads()
	set, err := do[struct {
		Keys []readKey `json:"keys"`
	}](ctx, s.caller, op)
	if err != nil {
		return nil, err
	}
	return set.Keys, nil
}

// readKey is a key, or why it makes no sense: one doesn't cost the others.
type readKey struct {
	Key JSONWebKey
	err error
}

func (k *readKey) UnmarshalJSON(data []byte) error {
	k.err = k.Key.UnmarshalJSON(data)
	return nil
}

func (k *readKey) result(operationName string, i int) (*JSONWebKey, error) {
	if k.err != nil {
		return nil, errtext.Wrapf("%s: %v: key %d: %v", operationName, ErrBadAnswer, i+1, k.err)
	}
	return &k.Key, nil
}

// Key returns one key of a client (GET /clients/{id}/jwks/{kid}).
func (s *ClientsService) Key(ctx context.Context, clientID, kid string) (*JSONWebKey, error) {
	op, err := s.keyOperation("Clients.Key", http.MethodGet, clientID, kid)
	if err != nil {
		return nil, err
	}
	op.Scopes = s.reads()
	return do[JSONWebKey](ctx, s.caller, op)
}

// AddKey puts one key on a client and touches no other
// (PUT /clients/{id}/jwks/{kid}), so that several writers can't wipe each
// other's keys. The answer says when the key expires: a year from now, or at
// its Exp if that is earlier. A sixth key is [ErrConflict].
//
// A key that the client has already is renewed: send it with Exp 0. A kid
// that the client uses for another key is refused, as far as the token may
// read keys; a kid that is the key's thumbprint, as keys get when they come
// without one, cannot be another's. To make the key from a JWK, a PEM public
// key or a certificate, see [ParseJSONWebKey].
func (s *ClientsService) AddKey(ctx context.Context, clientID string, key JSONWebKey) (*JSONWebKey, error) {
	const name = "Clients.AddKey"
	key, err := s.sendable(name, key)
	if err != nil {
		return nil, err
	}
	if err := s.refuseOtherKey(ctx, name, clientID, key); err != nil {
		return nil, err
	}
	return s.putKey(ctx, name, clientID, key)
}

func (s *ClientsService) putKey(ctx context.Context, name, clientID string, key JSONWebKey) (*JSONWebKey, error) {
	op, err := s.keyOperation(name, http.MethodPut, clientID, key.KeyID)
	if err != nil {
		return nil, err
	}
	op.Body, op.Scopes = key, s.writesKeys()
	stored, err := do[JSONWebKey](ctx, s.caller, op)
	if err == nil && stored.KeyID == "" {
		return &key, nil // the answer was empty
	}
	return stored, err
}

// refuseOtherKey looks whether the client has another key of that name, which
// a PUT would replace without a word.
func (s *ClientsService) refuseOtherKey(ctx context.Context, name, clientID string, key JSONWebKey) error {
	if kid, err := key.Thumbprint(); err == nil && kid == key.KeyID {
		return nil
	}
	there, err := s.Key(ctx, clientID, key.KeyID)
	switch {
	case err == nil && !there.sameKey(key):
		return otherKey(name, key.KeyID)
	case err == nil, errors.Is(err, ErrNotFound), mayNotRead(err):
		return nil
	}
	return err
}

func otherKey(operationName, kid string) error {
	return invalidArgument(operationName, "key", fmt.Sprintf("the client has another key with kid %s: choose a new kid, or leave it empty for the thumbprint", errtext.Quoted(kid)))
}

// mayNotRead reports whether the admin client lacks the scope to read keys:
// idporten:dcr.modify allows writing them only.
func mayNotRead(err error) bool {
	return errors.Is(err, ErrScopeNotRegistered) || errors.Is(err, ErrForbidden)
}

// ReplaceKeys gives a client these keys, 1 to 5, and no others
// (POST /clients/{id}/jwks). Keys that aren't among them are gone, those that
// somebody else has just added included: prefer [ClientsService.AddKey] and
// [ClientsService.RemoveKey].
func (s *ClientsService) ReplaceKeys(ctx context.Context, clientID string, keys []JSONWebKey) ([]JSONWebKey, error) {
	op, err := s.clientOperation("Clients.ReplaceKeys", http.MethodPost, clientID, "/jwks")
	if err != nil {
		return nil, err
	}
	set, err := s.sendableSet(op.Name, keys)
	if err != nil {
		return nil, err
	}
	op.Body, op.Scopes = set, s.writesKeys()
	answer, err := do[JSONWebKeySet](ctx, s.caller, op)
	if err != nil {
		return nil, err
	}
	return answer.Keys, nil
}

// RemoveKey takes one key from a client and touches no other
// (DELETE /clients/{id}/jwks/{kid}). Programs that sign with it get no more
// tokens; [ClientsService.RotateKey] sees to it that another works first.
func (s *ClientsService) RemoveKey(ctx context.Context, clientID, kid string) error {
	return s.removeKey(ctx, "Clients.RemoveKey", clientID, kid)
}

func (s *ClientsService) removeKey(ctx context.Context, name, clientID, kid string) error {
	op, err := s.keyOperation(name, http.MethodDelete, clientID, kid)
	if err != nil {
		return err
	}
	op.Scopes = s.writesKeys()
	return doNothing(ctx, s.caller, op)
}

// RemoveAllKeys takes all keys from a client (DELETE /clients/{id}/jwks). A
// client without keys signs with a business certificate.
func (s *ClientsService) RemoveAllKeys(ctx context.Context, clientID string) error {
	op, err := s.clientOperation("Clients.RemoveAllKeys", http.MethodDelete, clientID, "/jwks")
	if err != nil {
		return err
	}
	op.Scopes = s.writesKeys()
	return doNothing(ctx, s.caller, op)
}

func (s *ClientsService) keyOperation(name, method, clientID, kid string) (operation, error) {
	if err := checkID(name, "kid", kid); err != nil {
		return operation{}, err
	}
	return s.clientOperation(name, method, clientID, "/jwks/{}", kid)
}

func (s *ClientsService) writesKeys() []string {
	return s.scopes(scopeClientsModify, scopeClientsWrite)
}
