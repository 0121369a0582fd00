package maskinporten

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// minKeyBits is the smallest RSA modulus that Maskinporten takes.
const minKeyBits = 2048

// Key signs grants: an RSA key of 2048 bits or more, and how the token
// endpoint recognises it, a kid that is registered on the client or the chain
// of a business certificate. Read one with [LoadKey], make one with [NewKey];
// [KeyFromSigner] and [KeyFromCertificates] are for keys in an HSM or a KMS.
//
// A Key is immutable and shows nothing private: not with any verb of fmt, not
// as JSON, not in logs. Only MarshalPEM and MarshalJWK give the private part.
type Key struct {
	signer    jose.Signer
	public    *rsa.PublicKey
	algorithm jose.SignatureAlgorithm
	kid       string
	chain     []*x509.Certificate
	private   any // *rsa.PrivateKey, or jose.OpaqueSigner; for other algorithms
	expires   time.Time
	id        string
}

// newKey puts a key together. Exactly one of kid and chain is what the grant
// names.
func newKey(private crypto.Signer, kid string, chain []*x509.Certificate) (*Key, error) {
	public, err := publicOf(private)
	if err != nil {
		return nil, err
	}
	if problem := identifierProblem(kid); problem != "" {
		return nil, keyError("kid %s", problem)
	}
	k := &Key{public: public, kid: kid, chain: chain}
	if rsaKey, ok := private.(*rsa.PrivateKey); ok {
		if !belongsTogether(rsaKey) {
			return nil, keyError("is damaged: its private and public parts don't belong together")
		}
		k.private = rsaKey
	} else {
		k.private = cryptosigner.Opaque(private)
	}
	name, err := thumbprint(public)
	if err != nil {
		return nil, err
	}
	k.id = fmt.Sprintf("%s %q %t", name, kid, len(chain) > 0)
	return k.withAlgorithm(jose.RS256)
}

// publicOf returns the public half of a signer, if it is one that Maskinporten
// takes.
func publicOf(private crypto.Signer) (*rsa.PublicKey, error) {
	if rsaKey, ok := private.(*rsa.PrivateKey); private == nil || ok && rsaKey == nil {
		return nil, keyError("has no signer")
	}
	public, ok := private.Public().(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, keyError("is of another kind than RSA (%T): Maskinporten takes RSA keys only; make one with NewKey", private.Public())
	case public == nil || public.N == nil:
		return nil, keyError("is empty")
	case public.N.BitLen() < minKeyBits:
		return nil, keyError("has %d bits: Maskinporten takes RSA keys of %d bits or more", public.N.BitLen(), minKeyBits)
	}
	return public, nil
}

// belongsTogether checks the parts of a key. Without primes, or with more than
// two, nothing but a signature shows it.
func belongsTogether(key *rsa.PrivateKey) bool {
	if len(key.Primes) == 2 {
		return key.Validate() == nil
	}
	digest := sha256.Sum256([]byte("a test of the key"))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	return err == nil && rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) == nil
}

// KeyID returns the kid, or "" for a key that goes by its certificate.
func (k *Key) KeyID() string { return k.kid }

// Algorithm returns the algorithm of the grant's signature (RFC 7518, 3.1):
// RS256 unless the JWK or WithAlgorithm says otherwise.
func (k *Key) Algorithm() string { return string(k.algorithm) }

// Certificates returns the chain of the business certificate, the leaf first;
// nil for a key that goes by its kid.
func (k *Key) Certificates() []*x509.Certificate { return slices.Clone(k.chain) }

// Public returns the public key.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Expires returns when the key expires, as far as it was read with a
// certificate or a JWK that says so; else the zero time. The service lets no
// registered key live longer than a year.
func (k *Key) Expires() time.Time { return k.expires }

// PublicJWK returns the public part as it is registered on a client: with
// use, alg, and the kid that grants name. A key that goes by its certificate
// names none, and a client with registered keys takes none without: for it,
// PublicJWK is an [*ArgumentError].
func (k *Key) PublicJWK() (JSONWebKey, error) {
	if k.kid == "" {
		return JSONWebKey{}, keyError("goes by its certificate, and its grants name no kid: to register it as a key, load it with a kid (KeyOptions.KeyID)")
	}
	data, err := jose.JSONWebKey{Key: k.public, KeyID: k.kid, Algorithm: string(k.algorithm), Use: "sig"}.MarshalJSON()
	if err != nil {
		return JSONWebKey{}, keyError("cannot be encoded: %v", err)
	}
	return ParseJSONWebKey(data)
}

// WithAlgorithm returns the same key for another signature algorithm: RS256,
// RS384 or RS512. It must be the one that the key is registered with.
func (k *Key) WithAlgorithm(algorithm string) (*Key, error) {
	return k.withAlgorithm(jose.SignatureAlgorithm(algorithm))
}

func (k *Key) withAlgorithm(algorithm jose.SignatureAlgorithm) (*Key, error) {
	switch algorithm {
	case jose.RS256, jose.RS384, jose.RS512:
	default:
		return nil, keyError("is for the algorithm %.20q: Maskinporten takes RS256, RS384 and RS512", string(algorithm))
	}
	options := &jose.SignerOptions{}
	if len(k.chain) > 0 {
		options.WithHeader("x5c", encodeChain(k.chain))
	} else {
		options.WithHeader("kid", k.kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: k.private}, options)
	if err != nil {
		return nil, keyError("cannot sign with %s: %v", algorithm, err)
	}
	other := *k
	other.signer, other.algorithm = signer, algorithm
	return &other, nil
}

// sign returns the compact serialisation of a JWS over the payload.
func (k *Key) sign(payload []byte) (string, error) {
	signature, err := k.signer.Sign(payload)
	if err != nil {
		return "", errtext.Wrap("key: cannot sign", err)
	}
	return signature.CompactSerialize()
}

// Key makes a fixed key a [KeySource].
func (k *Key) Key(context.Context) (*Key, error) { return k, nil }

// String tells which key it is, and nothing private.
func (k *Key) String() string {
	if k == nil {
		return "no key"
	}
	name := "kid " + k.kid
	if len(k.chain) > 0 {
		name = "certificate of " + k.chain[0].Subject.CommonName
	}
	return fmt.Sprintf("maskinporten.Key(%s, %s)", name, k.algorithm)
}

// Format keeps every verb of fmt to String.
func (k *Key) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, k.String()) }

// MarshalJSON encodes String, so that a dump shows nothing private.
func (k *Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// LogValue keeps slog to String.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

func keyError(format string, args ...any) error {
	return &ArgumentError{Argument: "key", Problem: fmt.Sprintf(format, args...)}
}

// identity distinguishes the tokens got with different keys.
func (k *Key) identity() string { return k.id + " " + string(k.algorithm) }
