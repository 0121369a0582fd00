package mockserver

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Key returns one of the pre-generated test keys by number, from 0, with a kid.
// Making keys costs a tenth of a second each; these cost nothing. There are 23;
// another number ends the test.
func (s *Server) Key(number int, kid string) *maskinporten.Key {
	s.t.Helper()
	s.must("Key", checkKeyNumber(number))
	return s.signingKey(testkeys.Free+number, kid)
}

// JWK returns the key of [Server.Key] as a private JWK (RFC 7517), for programs
// that read their key from a file or a variable. Everybody has these keys.
func (s *Server) JWK(number int, kid string) json.RawMessage {
	s.t.Helper()
	s.must("JWK", checkKeyNumber(number))
	jwk, err := testkeys.PrivateJWK(testkeys.Free+number, kid)
	s.must("JWK", err)
	return jwk
}

func checkKeyNumber(number int) error {
	if number < 0 || number >= engine.FreeKeys() {
		return fmt.Errorf("there are keys number 0 to %d, and not %d; make more with maskinporten.NewKey", engine.FreeKeys()-1, number)
	}
	return nil
}

func (s *Server) signingKey(number int, kid string) *maskinporten.Key {
	s.t.Helper()
	private, err := testkeys.RSA(number)
	s.must("Key", err)
	key, err := maskinporten.KeyFromSigner(private, kid)
	s.must("Key", err)
	return key
}

// CertificateKind says which sort of certificate [Server.IssueCertificate]
// makes.
type CertificateKind string

// The kinds of certificates.
const (
	// CertificateValid is one that the environment accepts.
	CertificateValid CertificateKind = "valid"
	// CertificateExpired ended yesterday.
	CertificateExpired CertificateKind = "expired"
	// CertificateRevoked was taken back as soon as it was made.
	CertificateRevoked CertificateKind = "revoked"
	// CertificateProduction comes from the production root, which test
	// environments refuse.
	CertificateProduction CertificateKind = "production"
)

// Certificate is a business certificate with its private key.
type Certificate struct {
	// Chain is the certificate, its issuer and the root.
	Chain []*x509.Certificate
	// PrivateKey is the holder's, one of the test keys.
	PrivateKey *rsa.PrivateKey
}

// Key returns the SDK's key for grants that carry the chain.
func (c *Certificate) Key() (*maskinporten.Key, error) {
	return maskinporten.KeyFromCertificates(c.Chain, c.PrivateKey)
}

// PKCS12 returns chain and private key as one file, for programs that read their
// certificate from one.
func (c *Certificate) PKCS12(password string) ([]byte, error) {
	if len(c.Chain) == 0 {
		return nil, errors.New("mockserver: Certificate.PKCS12: there is no certificate")
	}
	return pkcs12.Modern.Encode(c.PrivateKey, c.Chain[0], c.Chain[1:], password)
}

// IssueCertificate makes a business certificate for an organisation that is
// good for the environment, or not, as the kind says.
func (s *Server) IssueCertificate(env maskinporten.Environment, orgno maskinporten.OrgNo, kind CertificateKind) *Certificate {
	s.t.Helper()
	s.environment("IssueCertificate", env)
	issued, err := s.engine.IssueCertificate(pki.Order{OrgNo: string(orgno), Kind: pki.Kind(kind), Production: env == maskinporten.Prod})
	s.must("IssueCertificate", err)
	chain, err := x509.ParseCertificates(slices.Concat(issued.Chain...))
	s.must("IssueCertificate", err)
	return &Certificate{Chain: chain, PrivateKey: issued.Key}
}
