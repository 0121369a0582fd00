package maskinporten

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// NewKey makes a key: RSA, 2048 bits, for RS256. The kid names it among the
// keys of its client (letters, digits, and . _ -); an empty one becomes the
// key's thumbprint. It takes about a tenth of a second.
//
// Register it with [Key.PublicJWK] and [ClientsService.AddKey], and store it
// with [Key.MarshalJWK], in a place for secrets: it exists nowhere else.
func NewKey(kid string) (*Key, error) {
	if kid != "" && strings.ContainsFunc(kid, notInKid) {
		return nil, keyError("has the kid %s: it may hold letters, digits, '.', '_' and '-'", errtext.Quoted(kid))
	}
	private, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		return nil, errtext.Wrap("NewKey", err)
	}
	if kid == "" {
		if kid, err = thumbprint(&private.PublicKey); err != nil {
			return nil, err
		}
	}
	return newKey(private, kid, nil)
}

// MarshalPEM returns the private key in PEM, in PKCS#8 form, with its
// certificates behind it where it goes by them: a secret. [LoadKey] reads it
// again; a kid has no place in PEM and must be given then.
func (k *Key) MarshalPEM() ([]byte, error) {
	private, err := k.exportable()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, keyError("cannot be encoded as PKCS#8")
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, certificate := range k.chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return text, nil
}

// MarshalJWK returns the private key as a JWK (RFC 7517) with its kid and alg,
// or with its certificates as x5c where it goes by them: a secret. [LoadKey]
// and [KeyFromJWK] read it again.
func (k *Key) MarshalJWK() ([]byte, error) {
	private, err := k.exportable()
	if err != nil {
		return nil, err
	}
	data, err := jose.JSONWebKey{Key: private, KeyID: k.kid, Algorithm: string(k.algorithm), Use: "sig", Certificates: k.chain}.MarshalJSON()
	if err != nil {
		return nil, keyError("cannot be encoded as a JWK")
	}
	return data, nil
}

// exportable returns the private key if it is here and whole.
func (k *Key) exportable() (*rsa.PrivateKey, error) {
	private, ok := k.private.(*rsa.PrivateKey)
	switch {
	case !ok:
		return nil, keyError("cannot be written: its private part is in its signer's keeping (HSM, KMS, vault)")
	case len(private.Primes) < 2:
		return nil, keyError("cannot be written: it was read without its primes (p and q are missing), which both forms need; it can sign only")
	}
	return private, nil
}
