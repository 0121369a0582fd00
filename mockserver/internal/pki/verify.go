package pki

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
)

// The two ways in which a chain can be refused. The errors of [CA.Verify]
// wrap one of them and say more.
var (
	// ErrUnreadable: it is no chain of certificates.
	ErrUnreadable = errors.New("unreadable certificate")
	// ErrInvalid: it is one, but untrusted, expired, revoked, of another
	// environment, or no business certificate.
	ErrInvalid = errors.New("invalid certificate")
)

// maxChain is more than any business certificate needs.
const maxChain = 10

// Holder is who a certificate speaks for.
type Holder struct {
	OrgNo     string
	PublicKey *rsa.PublicKey
}

// Verify checks a chain (DER, the holder's certificate first) at the given
// time, against the root of production or that of the test environments. What
// leads to the root may be left out: the authority's intermediate is known.
func (ca *CA) Verify(chain [][]byte, now time.Time, production bool) (Holder, error) {
	certificates, err := parseChain(chain)
	if err != nil {
		return Holder{}, err
	}
	trusted, err := authorityFor(production)
	if err != nil {
		return Holder{}, err
	}
	leaf, between := certificates[0], trusted.intermediates.Clone()
	for _, certificate := range certificates[1:] {
		between.AddCert(certificate)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{
		Roots: trusted.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}); err != nil {
		return Holder{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if ca.isRevoked(leaf) {
		return Holder{}, fmt.Errorf("%w: it was revoked", ErrInvalid)
	}
	return holder(leaf)
}

func parseChain(chain [][]byte) ([]*x509.Certificate, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return nil, fmt.Errorf("%w: a chain has 1 to %d certificates, not %d", ErrUnreadable, maxChain, len(chain))
	}
	certificates := make([]*x509.Certificate, len(chain))
	for i, der := range chain {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d: %w", ErrUnreadable, i, err)
		}
		certificates[i] = certificate
	}
	return certificates, nil
}

func holder(leaf *x509.Certificate) (Holder, error) {
	public, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < minBits {
		return Holder{}, fmt.Errorf("%w: the key is no RSA key of %d bits or more", ErrInvalid, minBits)
	}
	number := orgNoOf(leaf)
	if !orgno.Valid(number) {
		return Holder{}, fmt.Errorf("%w: there is no organisation number in its subject", ErrInvalid)
	}
	return Holder{OrgNo: number, PublicKey: public}, nil
}

// orgNoOf reads the organisation identifier, which newer certificates have,
// or else the subject's serial number, which all have.
func orgNoOf(leaf *x509.Certificate) string {
	for _, attribute := range leaf.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(organizationIdentifier) {
			if orgno, ok := strings.CutPrefix(text, orgIdentifierPrefix); ok {
				return orgno
			}
		}
	}
	return leaf.Subject.SerialNumber
}
