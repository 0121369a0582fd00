package verify

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"time"
)

// Bounds of a key set. Digdir's has one key, or two during a change.
const (
	maxKeySetSize = 512 << 10 // bytes
	maxKeys       = 100
	minKeyBits    = 2048
	maxKeyBits    = 8192
)

// publicKey is a key of the issuer's.
type publicKey struct {
	rsa       *rsa.PublicKey
	algorithm string // empty: any of the three
}

// keySet is an issuer's keys by kid. It is never changed.
type keySet struct {
	keys    map[string]publicKey
	fetched time.Time
}

// jsonKey is a key of RFC 7517. Certificates aren't looked at: the keys are
// trusted for where they come from.
type jsonKey struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// parseKeySet takes the keys that can check a token's signature. Keys of
// other kinds, which an issuer may add at any time, are left out. Of two keys
// with one name the first counts.
func parseKeySet(body []byte, now time.Time) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, errors.New("the key set is no JSON object with keys")
	}
	if len(document.Keys) > maxKeys {
		return nil, errors.New("the key set has too many keys")
	}
	set := &keySet{keys: make(map[string]publicKey, len(document.Keys)), fetched: now}
	for _, raw := range document.Keys {
		var k jsonKey
		if json.Unmarshal(raw, &k) != nil || !k.signs() {
			continue
		}
		key, ok := k.publicKey()
		if _, taken := set.keys[k.Kid]; ok && !taken {
			set.keys[k.Kid] = publicKey{rsa: key, algorithm: k.Alg}
		}
	}
	if len(set.keys) == 0 {
		return nil, errors.New("the key set has no RSA key for signatures")
	}
	return set, nil
}

func (k jsonKey) signs() bool {
	switch k.Alg {
	case "", "RS256", "RS384", "RS512":
	default:
		return false
	}
	return k.Kty == "RSA" && (k.Use == "" || k.Use == "sig") && k.Kid != "" && len(k.Kid) <= maxKeyName
}

// publicKey reads modulus and exponent (RFC 7518 section 6.3.1).
func (k jsonKey) publicKey() (*rsa.PublicKey, bool) {
	modulus, err1 := base64.RawURLEncoding.DecodeString(k.N)
	exponent, err2 := base64.RawURLEncoding.DecodeString(k.E)
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	switch {
	case err1 != nil || err2 != nil:
		return nil, false
	case n.BitLen() < minKeyBits || n.BitLen() > maxKeyBits || n.Bit(0) == 0:
		return nil, false
	case e.BitLen() > 31 || e.Bit(0) == 0 || e.Int64() < 3:
		return nil, false
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, true
}
