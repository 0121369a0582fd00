package maskinporten

import (
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/keyfile"
)

// KeyReport tells what a file with a key is, for people who wonder why it
// doesn't work: see [InspectKey]. It holds nothing private.
type KeyReport struct {
	// Format is the form of the key under all disguises: "JWK", "JWK set",
	// "PEM (PKCS#1)", "PEM (PKCS#8)", "PKCS#12", "DER (PKCS#1)" or "DER
	// (PKCS#8)". Where no private key could be read, it is "JSON", "PEM",
	// "DER" or "PKCS#12", or empty for anything else.
	Format string
	// Disguises are what stood around that, the innermost first: "in base64",
	// "with Windows line ends", "in quotes", `with \n for line breaks`.
	Disguises []string
	// KeyID is the kid that grants would name, from the options or the JWK;
	// it is empty for a key that goes by its certificate.
	KeyID string
	// Algorithm is the one that grants would be signed with.
	Algorithm string
	// Bits is the length of the RSA modulus, or 0 if no RSA key was found.
	Bits int
	// Thumbprint is the key's SHA-256 thumbprint (RFC 7638), base64url.
	Thumbprint string
	// Certificates are those in the file, in its order.
	Certificates []*x509.Certificate
	// Chain are those of them that belong to the key, its own first. It is
	// empty if none is for this key.
	Chain []*x509.Certificate
	// Expires is when the key expires, as far as its certificate or the JWK
	// says so; else the zero time.
	Expires time.Time
}

// String names the format and the disguises: "PKCS#12, in base64, with
// Windows line ends".
func (r KeyReport) String() string {
	return strings.Join(append([]string{cmp.Or(r.Format, "no known form")}, r.Disguises...), ", ")
}

// InspectKey tells what [LoadKey] finds in a file. Its error is that of
// LoadKey; the report tells what could be seen all the same, such as the
// certificates that don't belong to the key, or the public key in a file that
// has no private one.
func InspectKey(data []byte, options KeyOptions) (KeyReport, error) {
	password, err := options.password()
	if err != nil {
		return KeyReport{}, err
	}
	file, err := keyfile.Read(data, keyfile.Options{Password: password, Name: options.Name})
	report := KeyReport{Format: file.Format, Disguises: file.Disguises}
	if file.Key == nil {
		addPublic(&report, data)
	} else {
		addPrivate(&report, file.Key, options.KeyID)
	}
	_, err = keyOf(file.Key, err, options.KeyID)
	return report, err
}

func addPrivate(r *KeyReport, content *keyfile.Key, kid string) {
	r.KeyID, r.Algorithm = cmp.Or(kid, content.KeyID), cmp.Or(content.Algorithm, string(jose.RS256))
	r.Certificates, r.Expires = content.Certificates, expiryOf(content)
	r.Chain = keyfile.Chain(content.Certificates, content.Signer.Public())
	if public, ok := content.Signer.Public().(*rsa.PublicKey); ok {
		addKey(r, public)
	}
}

// addPublic tells of a public key, or a certificate, where a private one was
// wanted.
func addPublic(r *KeyReport, data []byte) {
	jwk, err := ParseJSONWebKey(data)
	if err != nil {
		return
	}
	r.Algorithm, r.Expires = jwk.Algorithm, jwk.Expires()
	for _, text := range jwk.X5C {
		der, _ := base64.StdEncoding.DecodeString(text)
		if certificate, err := x509.ParseCertificate(der); err == nil {
			r.Certificates = append(r.Certificates, certificate)
		}
	}
	if public, err := jwk.PublicKey(); err == nil {
		r.Chain = keyfile.Chain(r.Certificates, public)
		addKey(r, public)
	}
}

func addKey(r *KeyReport, public *rsa.PublicKey) {
	r.Bits = public.N.BitLen()
	r.Thumbprint, _ = thumbprint(public)
}
