package pki

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// serverLifetime is as long as a server's certificate may be valid for the
// strictest of those who check one (825 days).
const serverLifetime = lifetime

// serverRoot issues certificates for servers. It is not one of the
// authorities behind business certificates: whoever trusts the one doesn't trust
// the others.
var serverRoot = sync.OnceValues(func() (*x509.Certificate, error) {
	key, err := testkeys.RSA(testkeys.TLS)
	if err != nil {
		return nil, err
	}
	return certify(authorityTemplate("Maskinporten mock TLS root", 3), nil, &key.PublicKey, key)
})

// ServerRoot returns the certificate of the authority that issues servers'
// certificates: the same bytes in every process.
func ServerRoot() (*x509.Certificate, error) { return serverRoot() }

// IssueServer makes a certificate, valid from the day before now, for a TLS
// server that is reached by these names and IP addresses.
func IssueServer(hosts []string, now time.Time) (tls.Certificate, error) {
	root, err := serverRoot()
	if err != nil {
		return tls.Certificate{}, err
	}
	rootKey, key, err := serverKeys()
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := certify(serverTemplate(hosts, now), root, &key.PublicKey, rootKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("a certificate for %q: %w", hosts, err)
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// serverKeys are those of the authority and of the servers.
func serverKeys() (root, server *rsa.PrivateKey, err error) {
	if root, err = testkeys.RSA(testkeys.TLS); err == nil {
		server, err = testkeys.RSA(testkeys.TLS + 1)
	}
	return root, server, err
}

// serverTemplate has no serial number, so that it gets a random one: browsers
// refuse a second certificate with the number of another.
func serverTemplate(hosts []string, now time.Time) *x509.Certificate {
	template := &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{"Maskinporten mock"}, CommonName: "Maskinporten mock"},
		NotBefore:   now.Add(-daysBefore),
		NotAfter:    now.Add(serverLifetime),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}
