package maskinporten

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // for the thumbprint
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/maskinporten-go/maskinporten/internal/wire"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// JSONWebKey is a public key of a client, as the self-service API writes it
// (RFC 7517). It holds public material only: decoding a private key into it
// is an error, and so is sending one.
//
// Make one with [ParseJSONWebKey], or with [Key.PublicJWK] from the private
// key that a program signs with.
type JSONWebKey struct {
	// KeyType is always RSA.
	KeyType string `json:"kty,omitzero"`
	// KeyID names the key among those of its client: letters, digits, and
	// the characters . _ and -. Where it is empty, calls that send the key
	// use its thumbprint.
	KeyID string `json:"kid,omitzero"`
	// Use is always sig: a key for signatures.
	Use string `json:"use,omitzero"`
	// Algorithm is RS256, RS384 or RS512. Grants must be signed with it.
	Algorithm string `json:"alg,omitzero"`
	// N is the modulus, base64url, 2048 bits or more.
	N string `json:"n,omitzero"`
	// E is the exponent, base64url.
	E string `json:"e,omitzero"`
	// X5C is a certificate chain, base64 DER, the key's own first. It pins
	// the client to that certificate.
	X5C []string `json:"x5c,omitzero"`
	// Exp is when the key expires, in seconds since 1970; see Expires. The
	// service sets it to a year from posting at the latest.
	Exp int64 `json:"exp,omitzero"`
	// Created and LastUpdated are set by the service.
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

// JSONWebKeySet is a set of public keys.
type JSONWebKeySet struct {
	Keys []JSONWebKey `json:"keys"`
}

// privateMembers are the members of a JWK that hold private or symmetric
// material (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1; RFC 9964).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

const privateKeyProblem = "holds private key material: only public keys are sent; use Key.PublicJWK, or the public half"

type jwkFields JSONWebKey

// UnmarshalJSON decodes a public key and keeps unknown fields in Extra. A
// key with private members is [ErrInvalidArgument].
func (k *JSONWebKey) UnmarshalJSON(data []byte) error {
	var fields jwkFields
	if err := wire.UnmarshalExtra(data, &fields, &fields.Extra, "kid"); err != nil {
		return err
	}
	if hasPrivateMember(fields.Extra) {
		return invalidArgument("", "key", privateKeyProblem)
	}
	*k = JSONWebKey(fields)
	return nil
}

// MarshalJSON encodes the key with the fields of Extra. A key with private
// members among them is [ErrInvalidArgument].
func (k JSONWebKey) MarshalJSON() ([]byte, error) {
	if hasPrivateMember(k.Extra) {
		return nil, invalidArgument("", "key", privateKeyProblem)
	}
	return wire.MarshalExtra(jwkFields(k), k.Extra)
}

func hasPrivateMember(members map[string]json.RawMessage) bool {
	for name := range members {
		if slices.Contains(privateMembers, strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// Expires returns when the key expires, or the zero time if the key doesn't
// say.
func (k JSONWebKey) Expires() time.Time {
	if k.Exp == 0 {
		return time.Time{}
	}
	return time.Unix(k.Exp, 0).UTC()
}

// ParseJSONWebKey reads a public key: a JWK, a public key in PEM, or a
// certificate in PEM with its chain, in any order; in the disguises that
// [LoadKey] sees through, or as DER. The certificate is that of the public key
// beside it, else the one that certifies no other. What is missing is filled
// in: use sig, alg RS256, and the thumbprint as kid. A certificate's chain and
// its last day come along as x5c and exp.
//
// Private keys are refused, also when a public key or a certificate stands
// beside them: only public material leaves the program.
func ParseJSONWebKey(text []byte) (JSONWebKey, error) {
	plain, err := keyfile.Unwrap(text)
	if err != nil {
		return JSONWebKey{}, keyError("%v", err)
	}
	if bytes.HasPrefix(plain, []byte("{")) {
		return parseJWK(plain)
	}
	public, chain, err := keyfile.Public(plain)
	switch {
	case errors.Is(err, keyfile.ErrPrivate):
		return JSONWebKey{}, keyError(privateKeyProblem)
	case err != nil:
		return JSONWebKey{}, keyError("%v", err)
	}
	return newJSONWebKey(public, chain)
}

func parseJWK(text []byte) (JSONWebKey, error) {
	var key JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		if errors.Is(err, ErrInvalidArgument) {
			return JSONWebKey{}, err
		}
		return JSONWebKey{}, invalidArgument("", "key", "no JWK: the JSON is broken or a member has the wrong type")
	}
	if key.Use == "" {
		key.Use = "sig"
	}
	if key.Algorithm == "" {
		key.Algorithm = string(jose.RS256)
	}
	return key.named()
}

// named returns the key with its thumbprint as kid if it has none.
func (k JSONWebKey) named() (JSONWebKey, error) {
	kid, err := k.Thumbprint()
	if err != nil {
		return JSONWebKey{}, err
	}
	if k.KeyID == "" {
		k.KeyID = kid
	}
	return k, nil
}

// newJSONWebKey writes a public key as the service wants it, for RS256 and
// with its thumbprint as kid. With a chain, the key expires when the first
// certificate does.
func newJSONWebKey(public crypto.PublicKey, chain []*x509.Certificate) (JSONWebKey, error) {
	rsaKey, ok := public.(*rsa.PublicKey)
	if !ok {
		return JSONWebKey{}, invalidArgument("", "key", fmt.Sprintf("%T: the service takes RSA keys only", public))
	}
	data, err := json.Marshal(jose.JSONWebKey{Key: rsaKey, Use: "sig", Algorithm: string(jose.RS256)})
	if err != nil {
		return JSONWebKey{}, invalidArgument("", "key", fmt.Sprintf("unreadable: %v", err))
	}
	var key JSONWebKey
	if err := json.Unmarshal(data, &key); err != nil {
		return JSONWebKey{}, err
	}
	if len(chain) > 0 {
		key.X5C, key.Exp = encodeChain(chain), chain[0].NotAfter.Unix()
	}
	return key.named()
}

// PublicKey returns the key itself. A certificate chain must belong to it.
func (k JSONWebKey) PublicKey() (*rsa.PublicKey, error) {
	data, err := json.Marshal(jwkFields{KeyType: k.KeyType, N: k.N, E: k.E, X5C: k.X5C})
	if err != nil {
		return nil, invalidArgument("", "key", err.Error())
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(data); err != nil {
		return nil, invalidArgument("", "key", fmt.Sprintf("unreadable: %v", err))
	}
	public, ok := parsed.Key.(*rsa.PublicKey)
	if !ok {
		return nil, invalidArgument("", "key", fmt.Sprintf("kty is %q; the service takes RSA keys only", k.KeyType))
	}
	return public, nil
}

// Thumbprint returns the key's SHA-256 thumbprint (RFC 7638), base64url: a
// kid that can belong to no other key.
func (k JSONWebKey) Thumbprint() (string, error) {
	public, err := k.PublicKey()
	if err != nil {
		return "", err
	}
	return thumbprint(public)
}

func thumbprint(public *rsa.PublicKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", invalidArgument("", "key", fmt.Sprintf("unreadable: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// sameKey reports whether both are the same public key, whatever they are
// called.
func (k JSONWebKey) sameKey(other JSONWebKey) bool {
	one, err := k.PublicKey()
	if err != nil {
		return false
	}
	two, err := other.PublicKey()
	return err == nil && one.Equal(two)
}
