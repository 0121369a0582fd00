package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// authority is a root with one intermediate, which signs the business
// certificates, as the Norwegian issuers have it.
type authority struct {
	root, intermediate *x509.Certificate
	key                *rsa.PrivateKey // the intermediate's
	roots              *x509.CertPool
	intermediates      *x509.CertPool
}

// The authorities are the same in every server: their keys, names, serial
// numbers and dates are fixed, and so are the bytes of their certificates.
// They are made when the first certificate is asked for.
var (
	testAuthority = sync.OnceValues(func() (*authority, error) {
		return newAuthority("Maskinporten mock TEST", testkeys.Authorities)
	})
	productionAuthority = sync.OnceValues(func() (*authority, error) {
		return newAuthority("Maskinporten mock PRODUCTION", testkeys.Authorities+2)
	})
)

func authorityFor(production bool) (*authority, error) {
	if production {
		return productionAuthority()
	}
	return testAuthority()
}

// The authorities outlive every clock that a test may set.
var (
	firstDay = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2190, time.January, 1, 0, 0, 0, 0, time.UTC)
)

func newAuthority(name string, firstKey int) (*authority, error) {
	rootKey, err := testkeys.RSA(firstKey)
	if err != nil {
		return nil, err
	}
	root, err := certify(authorityTemplate(name+" root", 1), nil, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	key, err := testkeys.RSA(firstKey + 1)
	if err != nil {
		return nil, err
	}
	intermediate, err := certify(authorityTemplate(name+" business certificates", 2), root, &key.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	a := &authority{root: root, intermediate: intermediate, key: key, roots: x509.NewCertPool(), intermediates: x509.NewCertPool()}
	a.roots.AddCert(root)
	a.intermediates.AddCert(intermediate)
	return a, nil
}

func authorityTemplate(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{Country: []string{"NO"}, Organization: []string{"Maskinporten mock"}, CommonName: name},
		NotBefore:             firstDay,
		NotAfter:              lastDay,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

// certify makes the certificate that template describes for public, signed
// by key in the name of issuer (nil: by itself).
func certify(template, issuer *x509.Certificate, public *rsa.PublicKey, key *rsa.PrivateKey) (*x509.Certificate, error) {
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, key)
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	return x509.ParseCertificate(der)
}

// SelfSigned returns a certificate (DER) that key signs for itself, as a key
// set shows it beside its keys. Serial tells certificates with one name apart.
func SelfSigned(key *rsa.PrivateKey, commonName string, serial int64) ([]byte, error) {
	template := authorityTemplate(commonName, serial)
	template.IsCA, template.KeyUsage = false, x509.KeyUsageDigitalSignature
	return x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
}
