package mockserver

import (
	"crypto/rsa"
	"crypto/x509"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// CertificateKind says which sort of certificate [Server.IssueCertificate]
// makes.
type CertificateKind = pki.Kind

// The kinds of certificates.
const (
	// CertificateValid is one that the environment accepts.
	CertificateValid = pki.Valid
	// CertificateExpired ended yesterday.
	CertificateExpired = pki.Expired
	// CertificateRevoked was taken back as soon as it was made.
	CertificateRevoked = pki.Revoked
	// CertificateProduction comes from the production root, which test
	// environments refuse.
	CertificateProduction = pki.Production
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

// IssueCertificate makes a business certificate for an organisation that is
// good for the environment, or not, as the kind says.
func (s *Server) IssueCertificate(env maskinporten.Environment, orgno maskinporten.OrgNo, kind CertificateKind) *Certificate {
	s.helper()
	s.mustFind("IssueCertificate", env)
	issued, err := s.issueCertificate(env, orgno, kind)
	s.must("IssueCertificate", err)
	certificate := &Certificate{PrivateKey: issued.Key}
	for _, der := range issued.Chain {
		parsed, err := x509.ParseCertificate(der)
		s.must("IssueCertificate", err)
		certificate.Chain = append(certificate.Chain, parsed)
	}
	return certificate
}

func (s *Server) issueCertificate(env maskinporten.Environment, orgno maskinporten.OrgNo, kind CertificateKind) (*pki.Certificate, error) {
	s.mu.Lock()
	ca := s.ca
	s.mu.Unlock()
	return ca.Issue(pki.Order{OrgNo: string(orgno), Kind: kind, Production: env == maskinporten.Prod}, s.clock.Now())
}
