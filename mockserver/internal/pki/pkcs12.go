package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"software.sslmate.com/src/go-pkcs12"
)

// PKCS12 is the chain and the private key as one file, which Java, .NET and
// Python read.
func (c *Certificate) PKCS12(password string) ([]byte, error) {
	if c.Key == nil {
		return nil, errors.New("the private key is the caller's own")
	}
	chain, err := x509.ParseCertificates(slices.Concat(c.Chain...))
	if err != nil {
		return nil, fmt.Errorf("the chain: %w", err)
	}
	return pkcs12.Modern.Encode(c.Key, chain[0], chain[1:], password)
}
