package maskinporten

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"os"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// KeyOptions say what [LoadKey] and [LoadKeyFile] can't find in the key
// itself. The zero value is for JWKs, and for certificates without a password.
type KeyOptions struct {
	// Password opens PKCS#12: NewSecret("…").
	Password Secret
	// PasswordFile, if set, is a file that holds the password instead. It is
	// read each time that the key is, so that both can be replaced together.
	PasswordFile string
	// KeyID is the kid that the key is registered with on the client, and
	// that grants name. A JWK brings its own, which this replaces. Without
	// one, grants carry the certificate that is stored with the key: set it
	// for a certificate that was uploaded as a key.
	KeyID string
	// Name picks one of several keys: the kid in a JWK set, the friendly name
	// (Java's alias) in PKCS#12. It isn't needed where there is one.
	Name string
}

// LoadKey reads a private RSA key in whatever form people hold it:
//
//   - a JWK, or a set of them (RFC 7517),
//   - PEM with a private key in PKCS#1 or PKCS#8 form, and certificates beside
//     it in any order,
//   - PKCS#12 (.p12, .pfx), the certificates in any order,
//   - base64 of any of these, and a private key in DER,
//
// and as environment variables, secret stores and editors leave it: with a
// byte order mark, quotes or blanks around it, \n for line breaks, or CRLF.
// Grants name the kid where there is one (KeyOptions.KeyID, else the JWK's),
// and carry the chain of the certificate otherwise.
//
// What can't be read is an [*ArgumentError] that says what it is, and what to
// do. [KeyFromJWK], [KeyFromPEM] and [KeyFromPKCS12] take one form and nothing
// else.
func LoadKey(data []byte, options KeyOptions) (*Key, error) {
	password, err := options.password()
	if err != nil {
		return nil, err
	}
	file, err := keyfile.Read(data, keyfile.Options{Password: password, Name: options.Name})
	return keyOf(file.Key, err, options.KeyID)
}

// KeyFromJWK reads a private RSA key from a JWK (RFC 7517) with a kid, or from
// a set that holds just one key. Its alg, if it has one, becomes the key's.
// Members that aren't needed are passed over; n, e and d are enough to sign.
func KeyFromJWK(data []byte) (*Key, error) {
	content, err := keyfile.FromJWK(data, "")
	return keyOf(content, err, "")
}

// KeyFromPEM reads a private RSA key in PKCS#1 or PKCS#8 form ("RSA PRIVATE
// KEY", "PRIVATE KEY"). With a kid, grants name that. With an empty kid the
// PEM must also hold the business certificate, and its chain if it has one, in
// any order, and grants carry it.
func KeyFromPEM(data []byte, kid string) (*Key, error) {
	content, err := keyfile.FromPEM(data)
	return keyOf(content, err, kid)
}

// KeyFromPKCS12 reads a business certificate with its private key and chain,
// as certificate authorities deliver it (.p12, .pfx), the certificates in any
// order. Grants carry the chain; for a certificate that was uploaded as a key,
// and is named by a kid, see [LoadKey]. A file that would keep the machine
// busy for more than some seconds, by asking for millions of rounds of key
// derivation, is refused.
func KeyFromPKCS12(data []byte, password string) (*Key, error) {
	content, err := keyfile.FromPKCS12(data, keyfile.Options{Password: password})
	if err != nil {
		return nil, keyError("%v", err)
	}
	return KeyFromCertificates(content.Certificates, content.Signer)
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
	key, err := newKey(signer, "", own)
	if err != nil {
		return nil, err
	}
	key.expires = own[0].NotAfter
	return key, nil
}

// KeyFromSigner makes a key of a signer, which may live in an HSM, a KMS or a
// vault, and the kid that its public key is registered with on the client.
func KeyFromSigner(signer crypto.Signer, kid string) (*Key, error) {
	if kid == "" {
		return nil, keyError("has no kid: give the one that it is registered with on the client")
	}
	return newKey(signer, kid, nil)
}

// keyOf makes a key of what a file holds, or an error of its error.
func keyOf(content *keyfile.Key, err error, kid string) (*Key, error) {
	switch {
	case err != nil:
		return nil, keyError("%v", err)
	case content.Use != "" && content.Use != "sig":
		return nil, keyError("is for the use %.20q: one for signatures (sig) is needed", content.Use)
	}
	if _, err := publicOf(content.Signer); err != nil {
		return nil, err
	}
	var key *Key
	switch kid = cmp.Or(kid, content.KeyID); {
	case kid != "":
		key, err = KeyFromSigner(content.Signer, kid)
	case len(content.Certificates) > 0:
		key, err = KeyFromCertificates(content.Certificates, content.Signer)
	case content.Unreadable > 0:
		return nil, keyError("has no kid, and a certificate that cannot be read: give the kid, or the certificate anew")
	default:
		return nil, keyError("has neither a kid nor a certificate: give the kid that it is registered with on the client (KeyOptions.KeyID)")
	}
	if err != nil {
		return nil, err
	}
	key.expires = expiryOf(content)
	if content.Algorithm == "" {
		return key, nil
	}
	return key.WithAlgorithm(content.Algorithm)
}

// password reads it where it is kept in a file, whose line has an end.
func (o KeyOptions) password() (string, error) {
	if o.PasswordFile == "" {
		return o.Password.Reveal(), nil
	}
	data, err := os.ReadFile(o.PasswordFile)
	if err != nil {
		return "", errtext.Wrap("password file", err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return string(bytes.TrimRight(data, "\r\n")), nil
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

// expiryOf is when a JWK says that it expires, else the last day of the key's
// certificate, if it has one.
func expiryOf(content *keyfile.Key) time.Time {
	if !content.Expires.IsZero() {
		return content.Expires
	}
	if own := keyfile.Chain(content.Certificates, content.Signer.Public()); own != nil {
		return own[0].NotAfter
	}
	return time.Time{}
}
