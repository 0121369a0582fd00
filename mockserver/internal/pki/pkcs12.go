package pki

import (
	"crypto/x509"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// PKCS12 is the chain and the private key as one file, which Java, .NET and
// Python read.
func (c *Certificate) PKCS12(password string) ([]byte, error) {
	if c.Key == nil {
		return nil, errors.New("the private key is the caller's own")
	}
	var chain []*x509.Certificate
	for _, der := range c.Chain {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("the chain: %w", err)
		}
		chain = append(chain, parsed)
	}
	return pkcs12.Modern.Encode(c.Key, chain[0], chain[1:], password)
}
