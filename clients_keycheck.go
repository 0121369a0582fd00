package maskinporten

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// grantAlgorithms are the algorithms that the token endpoint takes.
var grantAlgorithms = []string{string(jose.RS256), string(jose.RS384), string(jose.RS512)}

// sendable names the key, checks it, and leaves out what the service sets.
// Private material, and a kid by which the key could not be removed again, are
// refused always; the service's own rules only as long as preflight is on.
func (s *ClientsService) sendable(operationName string, key JSONWebKey) (JSONWebKey, error) {
	if hasPrivateMember(key.Extra) {
		return JSONWebKey{}, invalidArgument(operationName, "key", privateKeyProblem)
	}
	if key.KeyID == "" {
		kid, err := key.Thumbprint()
		if err != nil {
			return JSONWebKey{}, invalidArgument(operationName, "key", "has no kid, and no thumbprint can be made of it: "+problemOf(err))
		}
		key.KeyID = kid
	}
	if err := checkID(operationName, "kid", key.KeyID); err != nil {
		return JSONWebKey{}, err
	}
	if key.Use == "" {
		key.Use = "sig" // keys from before 2025-05-22 come back without it, and are refused like that
	}
	if problem := keyProblem(key); problem != "" && !s.admin.settings.withoutPreflight {
		return JSONWebKey{}, invalidArgument(operationName, "key", problem)
	}
	key.Created, key.LastUpdated = time.Time{}, time.Time{}
	return key, nil
}

// keyProblem says which rule of the service a key breaks, or nothing.
func keyProblem(key JSONWebKey) string {
	switch {
	case key.KeyType != "RSA":
		return fmt.Sprintf("kty is %s; it must be RSA", errtext.Quoted(key.KeyType))
	case key.Use != "sig":
		return fmt.Sprintf("use is %s; it must be sig", errtext.Quoted(key.Use))
	case !slices.Contains(grantAlgorithms, key.Algorithm):
		return fmt.Sprintf("alg is %s; it must be one of %s", errtext.Quoted(key.Algorithm), errtext.OneOf(grantAlgorithms))
	case strings.ContainsFunc(key.KeyID, notInKid):
		return fmt.Sprintf("kid %s holds a character other than letters, digits, '.', '_' and '-'", errtext.Quoted(key.KeyID))
	}
	public, err := key.PublicKey()
	if err != nil {
		return problemOf(err)
	}
	if bits := public.N.BitLen(); bits < minKeyBits {
		return fmt.Sprintf("has %d bits; it must have %d or more", bits, minKeyBits)
	}
	return ""
}

// problemOf is the text of an error without the name of the call, which the
// caller names itself.
func problemOf(err error) string {
	if wrong, ok := errors.AsType[*ArgumentError](err); ok {
		return wrong.Problem
	}
	return err.Error()
}

func notInKid(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("._-", r)
}

// sendableSet checks a whole set. An empty one is refused always, since a
// service that took it would leave the client without keys.
func (s *ClientsService) sendableSet(operationName string, keys []JSONWebKey) (JSONWebKeySet, error) {
	if len(keys) == 0 {
		return JSONWebKeySet{}, invalidArgument(operationName, "keys", "is empty; to take the last key away, use RemoveAllKeys")
	}
	if len(keys) > MaxKeys && !s.admin.settings.withoutPreflight {
		return JSONWebKeySet{}, invalidArgument(operationName, "keys", fmt.Sprintf("holds %d keys; a client has at most %d", len(keys), MaxKeys))
	}
	set := JSONWebKeySet{Keys: make([]JSONWebKey, len(keys))}
	seen := make(map[string]bool, len(keys))
	for i, key := range keys {
		key, err := s.sendable(operationName, key)
		if err != nil {
			return JSONWebKeySet{}, err
		}
		if seen[key.KeyID] {
			return JSONWebKeySet{}, invalidArgument(operationName, "keys", fmt.Sprintf("kid %s occurs twice", errtext.Quoted(key.KeyID)))
		}
		seen[key.KeyID] = true
		set.Keys[i] = key
	}
	return set, nil
}
