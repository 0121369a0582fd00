package verify

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Bounds of a key set. Digdir's has one key, or two during a change.
const (
	maxKeySetSize = 512 << 10 // bytes
	maxKeys       = 100
	minKeyBits    = 2048
	maxKeyBits    = 8192
)

// publicKey is a key of the issuer's. A key that stays from one set to the next
// stays the same pointer.
type publicKey struct {
	rsa       *rsa.PublicKey
	algorithm string // empty: any of the three
	// withdrawn is set when it has left the issuer's set.
	withdrawn atomic.Bool
}

func (k *publicKey) equal(other *publicKey) bool {
	return k.algorithm == other.algorithm && k.rsa.Equal(other.rsa)
}

// keySet is an issuer's keys by kid. It is never changed.
type keySet struct {
	keys map[string]*publicKey
}

func (set *keySet) get(name string) *publicKey {
	if set == nil {
		return nil
	}
	return set.keys[name]
}

// keep takes over from an older set the keys that are still the same.
func (set *keySet) keep(older *keySet) {
	for name, key := range set.keys {
		if old := older.get(name); old != nil && old.equal(key) {
			set.keys[name] = old
		}
	}
}

// withdraw marks the keys that a newer set no longer has.
func (set *keySet) withdraw(newer *keySet) {
	if set == nil {
		return
	}
	for name, key := range set.keys {
		if newer.get(name) != key {
			key.withdrawn.Store(true)
		}
	}
}

// parseKeySet takes the keys that can check a token's signature (RFC 7517).
// Keys of other kinds, which an issuer may add at any time, and malformed ones
// are left out. Of two keys with one name the first counts.
func parseKeySet(body []byte) (*keySet, error) {
	var document map[string]json.RawMessage // unlike a struct to the letter
	if json.Unmarshal(body, &document) != nil || document["keys"] == nil {
		return nil, errors.New("the key set is no JSON object with keys")
	}
	keys, err := strictjson.Elements(document["keys"])
	if err != nil {
		return nil, errors.New("the key set's keys are no list")
	}
	if len(keys) > maxKeys {
		return nil, errors.New("the key set has too many keys")
	}
	set := &keySet{keys: make(map[string]*publicKey, len(keys))}
	for _, raw := range keys {
		name, key := parseKey(raw)
		if _, taken := set.keys[name]; key != nil && !taken {
			set.keys[name] = key
		}
	}
	if len(set.keys) == 0 {
		return nil, errors.New("the key set has no RSA key for signatures")
	}
	return set, nil
}

// parseKey reads a key of RFC 7517; nil: one that can't check a token's
// signature. Certificates aren't looked at: the keys are trusted for where they
// come from.
func parseKey(raw []byte) (string, *publicKey) {
	o, err := strictjson.Parse(raw, tokenBounds)
	if err != nil || textOf(o, "kty") != "RSA" || !verifies(o) {
		return "", nil
	}
	algorithm, name := textOf(o, "alg"), textOf(o, "kid")
	if o.Has("alg") {
		if _, _, err := readAlgorithm(o.Get("alg")); err != nil {
			return "", nil
		}
	}
	if name == "" || len(name) > maxKeyName {
		return "", nil
	}
	key := parseRSA(textOf(o, "n"), textOf(o, "e"))
	if key == nil {
		return "", nil
	}
	return name, &publicKey{rsa: key, algorithm: algorithm}
}

// verifies reports whether the key may check signatures: what use and key_ops
// say counts where they are there (RFC 7517 sections 4.2 and 4.3).
func verifies(o strictjson.Object) bool {
	if o.Has("use") && textOf(o, "use") != "sig" {
		return false
	}
	if !o.Has("key_ops") {
		return true
	}
	elements, err := strictjson.Elements(o.Get("key_ops"))
	return err == nil && slices.ContainsFunc(elements, func(raw json.RawMessage) bool { return string(raw) == `"verify"` })
}

// parseRSA reads modulus and exponent (RFC 7518 section 6.3.1).
func parseRSA(modulus, exponent string) *rsa.PublicKey {
	n, e := number(modulus), number(exponent)
	if n.BitLen() < minKeyBits || n.BitLen() > maxKeyBits || n.Bit(0) == 0 {
		return nil
	}
	if e.BitLen() < 2 || e.BitLen() > 31 || e.Bit(0) == 0 { // 3 to 2³¹-1, and odd
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// number reads a Base64urlUInt; one that is malformed is 0.
func number(text string) *big.Int {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return new(big.Int)
	}
	return new(big.Int).SetBytes(data)
}
