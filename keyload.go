package maskinporten

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// maxKeyFile bounds what the loaders look at; real files are some KiB.
const maxKeyFile = 1 << 20

// KeyFromJWK reads a private RSA key from a JWK (RFC 7517) with a kid, or from
// a set that holds just one key. Its alg, if it has one, becomes the key's.
func KeyFromJWK(data []byte) (*Key, error) {
	if len(data) > maxKeyFile {
		return nil, keyError("is larger than %d bytes: that is no JWK", maxKeyFile)
	}
	jwk, err := readJWK(data)
	if err != nil {
		return nil, err
	}
	private, ok := jwk.Key.(*rsa.PrivateKey)
	switch {
	case !ok && jwk.IsPublic():
		return nil, keyError("is a public JWK: the private one is needed to sign")
	case !ok:
		return nil, keyError("is no RSA key: Maskinporten takes RSA keys only")
	case jwk.Use != "" && jwk.Use != "sig":
		return nil, keyError("is for the use %.20q: one for signatures (sig) is needed", jwk.Use)
	case jwk.KeyID == "":
		return nil, keyError("has no kid: add the one that it is registered with on the client")
	}
	key, err := newKey(private, jwk.KeyID, nil)
	if err != nil || jwk.Algorithm == "" {
		return key, err
	}
	return key.WithAlgorithm(jwk.Algorithm)
}

// readJWK never repeats the parser's texts, which may quote key material.
func readJWK(data []byte) (*jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, keyError("is not a JWK: it is no JSON object")
	}
	switch {
	case len(set.Keys) == 1:
		data = set.Keys[0]
	case set.Keys != nil:
		return nil, keyError("is a set of %d keys: give the one to sign with", len(set.Keys))
	}
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(data); err != nil {
		return nil, keyError("is not a JWK that can be read: check kty, n, e, d, p and q")
	}
	return &jwk, nil
}

// KeyFromPEM reads a private RSA key in PKCS#1 or PKCS#8 form ("RSA PRIVATE
// KEY", "PRIVATE KEY"). With a kid, grants name that. With an empty kid the
// PEM must also hold the business certificate, and its chain if it has one, in
// any order, and grants carry it.
func KeyFromPEM(data []byte, kid string) (*Key, error) {
	if len(data) > maxKeyFile {
		return nil, keyError("is larger than %d bytes: that is no key", maxKeyFile)
	}
	private, chain, err := readPEM(data)
	switch {
	case err != nil:
		return nil, err
	case private == nil && len(chain) > 0:
		return nil, keyError("is a PEM file with a certificate only: the private key is needed to sign")
	case private == nil:
		return nil, keyError("is not PEM: it has no block such as PRIVATE KEY")
	case kid != "":
		return newKey(private, kid, nil)
	case len(chain) == 0:
		return nil, keyError("has neither a kid nor a certificate: give the kid that it is registered with on the client")
	}
	return KeyFromCertificates(chain, private)
}

// readPEM returns the private key and the certificates of a file.
func readPEM(data []byte) (private crypto.Signer, chain []*x509.Certificate, err error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, keyError("has a certificate that cannot be read")
			}
			chain = append(chain, certificate)
			continue
		}
		signer, err := readPEMBlock(block)
		if err != nil {
			return nil, nil, err
		}
		if private != nil {
			return nil, nil, keyError("is a PEM file with several private keys: keep one")
		}
		private = signer
	}
	return private, chain, nil
}

func readPEMBlock(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, keyError("is encrypted PEM: decrypt it first (openssl pkey), or use PKCS#12")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, keyError("cannot be read as a PKCS#1 key")
		}
		return key, nil
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, keyError("cannot be read as a PKCS#8 key")
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, keyError("is %T, which cannot sign: Maskinporten takes RSA keys only", key)
		}
		return signer, nil
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, keyError("is a public key: the private one is needed to sign")
	}
	return nil, keyError("is PEM of type %.40q: PRIVATE KEY or RSA PRIVATE KEY is needed", block.Type)
}

// KeyFromPKCS12 reads a business certificate with its private key and chain,
// as certificate authorities deliver it (.p12, .pfx), the certificates in any
// order. Grants carry the chain.
// A file that would keep the machine busy for more than some seconds, by asking
// for millions of rounds of key derivation, is refused.
func KeyFromPKCS12(data []byte, password string) (*Key, error) {
	if len(data) > maxKeyFile {
		return nil, keyError("is larger than %d bytes: that is no PKCS#12 file", maxKeyFile)
	}
	if tooManyRounds(data) {
		return nil, keyError("asks for more than %d rounds of key derivation: that is no PKCS#12 file to trust", maxRounds)
	}
	private, leaf, others, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, keyError("is PKCS#12, and the password is wrong")
	case err != nil:
		return nil, keyError("cannot be read as PKCS#12 with one key and its certificate: %v", err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, keyError("is %T, which cannot sign: Maskinporten takes RSA keys only", private)
	}
	return KeyFromCertificates(append([]*x509.Certificate{leaf}, others...), signer)
}

// KeyFromCertificates makes a key of a business certificate with its chain, in
// any order, and a signer for its private key, which may live in an HSM, a KMS
// or a vault. Grants carry the chain; certificates that don't belong to the
// key are left out.
func KeyFromCertificates(chain []*x509.Certificate, signer crypto.Signer) (*Key, error) {
	public, err := publicOf(signer)
	if err != nil {
		return nil, err
	}
	chain = slices.DeleteFunc(slices.Clone(chain), func(c *x509.Certificate) bool { return c == nil })
	if len(chain) == 0 {
		return nil, keyError("has no certificate: give that of the key, and its chain")
	}
	own := keyfile.Chain(chain, public)
	if own == nil {
		return nil, keyError("does not match its certificate: none of the %d certificates is for this key", len(chain))
	}
	return newKey(signer, "", own)
}

// KeyFromSigner makes a key of a signer, which may live in an HSM, a KMS or a
// vault, and the kid that its public key is registered with on the client.
func KeyFromSigner(signer crypto.Signer, kid string) (*Key, error) {
	if kid == "" {
		return nil, keyError("has no kid: give the one that it is registered with on the client")
	}
	return newKey(signer, kid, nil)
}

// encodeChain is the value of x5c: base64 of DER, the standard alphabet
// (RFC 7515, 4.1.6).
func encodeChain(chain []*x509.Certificate) []string {
	encoded := make([]string, len(chain))
	for i, certificate := range chain {
		encoded[i] = base64.StdEncoding.EncodeToString(certificate.Raw)
	}
	return encoded
}

// parseKeyFile tells the formats of key files apart.
func parseKeyFile(data []byte, kid string) (*Key, error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return KeyFromJWK(data)
	}
	return KeyFromPEM(data, kid)
}
