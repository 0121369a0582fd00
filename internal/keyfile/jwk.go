package keyfile

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// FromJWK reads a private RSA key from a JWK (RFC 7517), or from a set: its
// only key, or the one with this name as kid.
func FromJWK(data []byte, name string) (*Key, error) {
	return exactly(data, kindJSON, "a JWK", func(data []byte) (*Key, error) { return readJWK(data, name) })
}

// maxBits bounds what checking a key may cost; nobody has larger ones.
const maxBits = 16384

// members are those of a JSON object. Only what is needed is looked at, so
// that nothing else can spoil a key.
type members map[string]json.RawMessage

// readJWK never repeats the parser's texts, which may quote key material.
func readJWK(data []byte, name string) (*Key, error) {
	var jwk members
	if err := json.Unmarshal(data, &jwk); err != nil || jwk == nil {
		return nil, errors.New("is not a JWK: it is no JSON object")
	}
	if set, ok := jwk["keys"]; ok {
		key, err := pick(set, name)
		if key != nil {
			key.format = formatJWKSet
		}
		return key, err
	}
	if name != "" && jwk.text("kid") != name {
		return nil, fmt.Errorf("this is a JWK with the kid %.40q, not the one that was named", jwk.text("kid"))
	}
	return jwk.key()
}

// pick finds the key of a set.
func pick(set json.RawMessage, name string) (*Key, error) {
	var keys []members
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, errors.New("is not a set of JWKs: keys is no list of objects")
	}
	var found []members
	var kids []string
	for _, jwk := range keys {
		kids = append(kids, jwk.text("kid"))
		if name == "" || jwk.text("kid") == name {
			found = append(found, jwk)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("is a set of 0 keys: give the one to sign with")
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("is a set of %d keys without one of that name; it has %s", len(keys), list(kids))
	case 1:
		return found[0].key()
	}
	return nil, fmt.Errorf("is a set of %d keys: name the one to sign with (KeyOptions.Name), of %s", len(found), list(kids))
}

// text returns a member that names something: a text, or the digits of a
// number. Anything else is no name.
func (m members) text(name string) string {
	var text string
	if json.Unmarshal(m[name], &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(m[name], &number) == nil {
		return number.String()
	}
	return ""
}

func (m members) key() (*Key, error) {
	kty := m.text("kty")
	if kty == "" && m["n"] == nil {
		return nil, errors.New("is not a JWK that can be read: check kty, n, e, d, p and q")
	}
	if kty != "" && kty != "RSA" {
		return nil, fmt.Errorf("is no RSA key (kty is %.10q): Maskinporten takes RSA keys only", kty)
	}
	if m["d"] == nil {
		return nil, errors.New("is a public JWK: the private one is needed to sign")
	}
	if m["oth"] != nil {
		return nil, errors.New("is a JWK with more than two primes (oth): make a new key")
	}
	private, err := m.private()
	if err != nil {
		return nil, err
	}
	key := &Key{Signer: private, KeyID: m.text("kid"), Algorithm: m.text("alg"), Use: m.text("use"), Expires: m.expires(), format: formatJWK}
	m.addCertificates(key)
	return key, nil
}

// private puts the key together from n, e and d, and from p and q where they
// are there (RFC 7518, 6.3).
func (m members) private() (*rsa.PrivateKey, error) {
	n, e, d := m.number("n"), m.number("e"), m.number("d")
	if n == nil || e == nil || d == nil || !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil, errors.New("is not a JWK that can be read: check kty, n, e, d, p and q")
	}
	private := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d}
	p, q := m.number("p"), m.number("q")
	if p != nil && q != nil {
		private.Primes = []*big.Int{p, q}
		private.Precompute()
	} else if m["p"] != nil || m["q"] != nil {
		return nil, errors.New("is a JWK with one prime only, or an unreadable one: give p and q, or neither")
	}
	return private, nil
}

// number reads a number in base64url, or in the base64 of those who mistook
// one for the other. It is nil for anything else, zero included.
func (m members) number(name string) *big.Int {
	var text string
	if json.Unmarshal(m[name], &text) != nil {
		return nil
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if number := new(big.Int).SetBytes(bytes); err == nil && number.Sign() > 0 && number.BitLen() <= maxBits {
		return number
	}
	return nil
}

// addCertificates keeps those of x5c.
func (m members) addCertificates(key *Key) {
	var encoded []string
	if json.Unmarshal(m["x5c"], &encoded) != nil {
		return
	}
	for _, text := range encoded {
		der, _ := base64.StdEncoding.DecodeString(text)
		key.addCertificate(der)
	}
}

func (m members) expires() time.Time {
	var exp json.Number
	if json.Unmarshal(m["exp"], &exp) != nil {
		return time.Time{}
	}
	seconds, err := exp.Int64()
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
