package registry

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// The limits of keys.
const (
	// keyLifetime is how long a key lives at most from its posting.
	keyLifetime = 365 * 24 * time.Hour
	// minKeyBits and maxKeyBits are the sizes of the modulus. The upper one
	// is assumed: nothing is published, and larger keys only cost time.
	minKeyBits = 2048
	maxKeyBits = 8192
)

var keyAlgorithms = []string{"RS256", "RS384", "RS512"}

// KeyInput is a public key as a caller sends it: the fields of [Key] that
// aren't the service's. Of private members it keeps only that they were
// there, never the values.
type KeyInput struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid"`
	Use string   `json:"use"`
	Alg string   `json:"alg"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	X5c []string `json:"x5c"`
	// Exp in seconds since 1970. Nil: one year from now.
	Exp *int64 `json:"exp"`

	private bool  // private members were sent
	problem error // the first field of a wrong type
}

// UnmarshalJSON reads a JSON Web Key. Fields of a wrong type don't fail here
// but where the key is used, since a key that is private must be known as
// such whatever else is wrong with it.
func (in *KeyInput) UnmarshalJSON(data []byte) error {
	type fields KeyInput // without this method
	var read fields
	problem := decodeInput("JsonWebKey", data, &read)
	if problem != nil && !json.Valid(data) { // no key at all
		return problem
	}
	*in = KeyInput(read)
	in.private, in.problem = hasPrivate(data), problem
	return nil
}

// hasPrivate reports whether private members were sent, here in any case: the
// key has been given away, whatever the name.
func hasPrivate(data []byte) bool {
	var sent struct {
		D   presence `json:"d"`
		P   presence `json:"p"`
		Q   presence `json:"q"`
		DP  presence `json:"dp"`
		DQ  presence `json:"dq"`
		QI  presence `json:"qi"`
		Oth presence `json:"oth"`
		K   presence `json:"k"`
	}
	_ = json.Unmarshal(data, &sent) // what else is wrong with it is told elsewhere
	return bool(sent.D || sent.P || sent.Q || sent.DP || sent.DQ || sent.QI || sent.Oth || sent.K)
}

// KeySetInput is a set of public keys as a caller sends it.
type KeySetInput struct {
	Keys []KeyInput `json:"keys"`
}

// UnmarshalJSON reads what was sent. Keys that are no list are an [*Error].
func (in *KeySetInput) UnmarshalJSON(data []byte) error {
	type fields KeySetInput // without this method
	return decodeInput("JsonWebKeySet", data, (*fields)(in))
}

// presence is true when a field was sent, once at least, and forgets what it
// held.
type presence bool

func (p *presence) UnmarshalJSON(data []byte) error {
	*p = *p || string(data) != "null"
	return nil
}

// key checks the input and makes the key that is stored as posted now, under
// the kid that it carries.
func (in KeyInput) key(now time.Time, notes *lenient.Notes) (Key, error) {
	if in.problem != nil {
		return Key{}, in.problem
	}
	if err := checkKid(in.Kid, notes); err != nil {
		return Key{}, err
	}
	if err := in.checkNames(); err != nil {
		return Key{}, err
	}
	public, err := in.public()
	if err != nil {
		return Key{}, err
	}
	if err := checkCertificates(in.X5c, public); err != nil {
		return Key{}, err
	}
	exp, err := in.expiry(now, notes)
	if err != nil {
		return Key{}, err
	}
	return Key{
		Kty: in.Kty, Kid: in.Kid, Use: in.Use, Alg: in.Alg, N: in.N, E: in.E, X5c: slices.Clone(in.X5c),
		Exp: exp, Created: now, LastUpdated: now,
	}, nil
}

// checkKid: what keeps a kid one harmless path segment. How long it may be is
// assumed: nothing is published.
func checkKid(kid string, notes *lenient.Notes) error {
	if kid == "" {
		return invalidKey("kid", "kid is required")
	}
	if isID(kid) {
		return nil
	}
	refusal := invalidKey("kid", "kid is 1 to 255 letters, digits, '.', '_' and '-'")
	if len(kid) > longestID && consistsOf(kid, ofIDs) && !onlyDots(kid) {
		return notes.Assumed(refusal)
	}
	return refusal
}

func (in KeyInput) checkNames() error {
	for _, f := range []struct {
		field, value string
		legal        []string
	}{
		{"kty", in.Kty, []string{"RSA"}},
		{"use", in.Use, []string{"sig"}},
		{"alg", in.Alg, keyAlgorithms},
	} {
		if f.value == "" {
			return invalidKey(f.field, "%s is required", f.field)
		}
		if !slices.Contains(f.legal, f.value) {
			return invalidKey(f.field, "%s must be one of %v", f.field, f.legal)
		}
	}
	return nil
}

// public reads modulus and exponent.
func (in KeyInput) public() (*rsa.PublicKey, error) {
	n, err := readInteger("n", in.N)
	if err != nil {
		return nil, err
	}
	e, err := readInteger("e", in.E)
	if err != nil {
		return nil, err
	}
	switch bits := n.BitLen(); {
	case bits < minKeyBits || bits > maxKeyBits:
		return nil, invalidKey("n", "The key has %d bits; it must have %d to %d", bits, minKeyBits, maxKeyBits)
	case n.Bit(0) == 0:
		return nil, invalidKey("n", "n is no RSA modulus")
	case e.Cmp(big.NewInt(3)) < 0 || e.Cmp(big.NewInt(math.MaxInt32)) > 0 || e.Bit(0) == 0:
		return nil, invalidKey("e", "e must be odd, greater than 1 and less than 2^31")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// readInteger reads a Base64urlUInt (RFC 7518, section 2).
func readInteger(field, value string) (*big.Int, error) {
	if value == "" {
		return nil, invalidKey(field, "%s is required", field)
	}
	octets, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || hasLineBreak(value) {
		return nil, invalidKey(field, "%s is not base64url without padding", field)
	}
	return new(big.Int).SetBytes(octets), nil
}

// checkCertificates: a chain must be readable, and its first certificate must
// be that of the key.
func checkCertificates(x5c []string, public *rsa.PublicKey) error {
	for i, text := range x5c {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil || hasLineBreak(text) {
			return invalidKey("x5c", "x5c is not base64")
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return invalidKey("x5c", "x5c holds something that is no certificate")
		}
		if i == 0 && !public.Equal(certificate.PublicKey) {
			return invalidKey("x5c", "x5c holds the certificate of another key")
		}
	}
	return nil
}

// hasLineBreak: base64 in JSON has none, but Go's decoder skips them.
func hasLineBreak(text string) bool { return strings.ContainsAny(text, "\r\n") }

// expiry is when a key posted now expires: a year from now at the latest.
// Where the past isn't refused the key has expired when it is posted.
func (in KeyInput) expiry(now time.Time, notes *lenient.Notes) (int64, error) {
	latest := now.Add(keyLifetime).Unix()
	switch {
	case in.Exp == nil:
		return latest, nil
	case *in.Exp <= now.Unix():
		return max(1, *in.Exp), notes.Assumed(invalidKey("exp", "exp is in the past")) // 0 would be none
	default:
		return min(*in.Exp, latest), nil
	}
}

func invalidKey(field, format string, args ...any) error {
	return invalid("JsonWebKey", field, format, args...)
}
