// Package pki is a certificate authority for tests. It issues business
// certificates (virksomhetssertifikater), which carry an organisation number
// in their subject, and checks them as Maskinporten does: valid ones, expired
// ones, revoked ones, and those of production, which the test environments
// refuse.
//
// All its keys are public (see testkeys): its certificates prove nothing.
package pki

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Kind says which sort of certificate is wanted.
type Kind string

// The kinds of certificates.
const (
	// Valid is one that its environment accepts.
	Valid Kind = "valid"
	// Expired ended yesterday.
	Expired Kind = "expired"
	// Revoked was taken back by its issuer as soon as it was made.
	Revoked Kind = "revoked"
	// Production comes from the production root, whatever the environment.
	Production Kind = "production"
)

const (
	lifetime   = 2 * 365 * 24 * time.Hour
	minBits    = 2048
	daysBefore = 24 * time.Hour // certificates are older than the order, and expired ones ended that long ago
)

// organizationIdentifier is the X.520 attribute (ETSI EN 319 412-1) in which
// a Norwegian business certificate repeats the number as "NTRNO-<orgno>".
var organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

const orgIdentifierPrefix = "NTRNO-"

// CA issues certificates and remembers which of them it has revoked. The
// authorities behind it are shared by all CAs; the revocations are its own.
type CA struct {
	newID   func() string
	mu      sync.Mutex
	revoked map[[sha256.Size]byte]bool // by digest of the certificate
	next    int                        // of the keys for those who bring none
}

// New returns a CA that derives serial numbers from newID, which must give
// another text each time.
func New(newID func() string) *CA {
	return &CA{newID: newID, revoked: map[[sha256.Size]byte]bool{}}
}

// Order describes a certificate.
type Order struct {
	// OrgNo is the organisation that holds it; required.
	OrgNo string
	// Name is the organisation's name; default "Test <OrgNo>".
	Name string
	// Kind is [Valid] unless set.
	Kind Kind
	// Production says that it is meant for the production environment, whose
	// root differs from that of the test environments.
	Production bool
	// PublicKey is the holder's, of 2048 bits or more; nil: a test key.
	PublicKey *rsa.PublicKey
}

// Issue makes a certificate at the given time.
func (ca *CA) Issue(order Order, now time.Time) (*Certificate, error) {
	if !orgno.Valid(order.OrgNo) {
		return nil, fmt.Errorf("%.40q is no organisation number: nine digits, the last of which checks the others", order.OrgNo)
	}
	template := ca.template(order, now)
	switch order.Kind {
	case "", Valid, Revoked:
	case Expired:
		template.NotBefore, template.NotAfter = now.Add(-lifetime), now.Add(-daysBefore)
	case Production:
		order.Production = true
	default:
		return nil, fmt.Errorf("kind: unknown kind of certificate %q: use valid, expired, revoked or production", order.Kind)
	}
	issuer, err := authorityFor(order.Production)
	if err != nil {
		return nil, err
	}
	public, private, err := ca.holderKey(order.PublicKey)
	if err != nil {
		return nil, err
	}
	leaf, err := certify(template, issuer.intermediate, public, issuer.key)
	if err != nil {
		return nil, err
	}
	if order.Kind == Revoked {
		ca.revoke(leaf)
	}
	return &Certificate{Chain: [][]byte{leaf.Raw, issuer.intermediate.Raw, issuer.root.Raw}, Key: private}, nil
}

func (ca *CA) template(order Order, now time.Time) *x509.Certificate {
	name := cmp.Or(order.Name, "Test "+order.OrgNo)
	digest := sha256.Sum256([]byte(ca.newID()))
	digest[0] = digest[0]&0x7f | 0x40 // a positive number of 16 bytes
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(digest[:16]),
		Subject: pkix.Name{
			Country: []string{"NO"}, Organization: []string{name}, CommonName: name, SerialNumber: order.OrgNo,
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: organizationIdentifier, Value: orgIdentifierPrefix + order.OrgNo}},
		},
		NotBefore: now.Add(-daysBefore),
		NotAfter:  now.Add(lifetime),
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
}

// holderKey returns the caller's key, or the next of the test keys with its
// private half.
func (ca *CA) holderKey(given *rsa.PublicKey) (*rsa.PublicKey, *rsa.PrivateKey, error) {
	if given != nil {
		if given.N == nil || given.N.BitLen() < minBits {
			return nil, nil, fmt.Errorf("the key is shorter than %d bits", minBits)
		}
		return given, nil, nil
	}
	ca.mu.Lock()
	number := testkeys.Certificates + ca.next%(testkeys.Stranger-testkeys.Certificates)
	ca.next++
	ca.mu.Unlock()
	private, err := testkeys.RSA(number)
	if err != nil {
		return nil, nil, err
	}
	return &private.PublicKey, private, nil
}

func (ca *CA) revoke(leaf *x509.Certificate) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.revoked[sha256.Sum256(leaf.Raw)] = true
}

func (ca *CA) isRevoked(leaf *x509.Certificate) bool {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return ca.revoked[sha256.Sum256(leaf.Raw)]
}
