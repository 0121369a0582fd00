package pki

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
)

// Certificate is an issued business certificate.
type Certificate struct {
	// Chain is the certificate, its issuer and the root, each in DER.
	Chain [][]byte
	// Key is the holder's private key; nil when the order brought a public
	// key of its own.
	Key *rsa.PrivateKey
}

// X5C returns the chain as the header x5c of a grant carries it: base64 with
// padding (RFC 7515 section 4.1.6).
func (c *Certificate) X5C() []string {
	texts := make([]string, len(c.Chain))
	for i, der := range c.Chain {
		texts[i] = base64.StdEncoding.EncodeToString(der)
	}
	return texts
}

// PEM returns the chain, each certificate as a PEM block.
func (c *Certificate) PEM() []string {
	blocks := make([]string, len(c.Chain))
	for i, der := range c.Chain {
		blocks[i] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return blocks
}

// KeyPEM returns the private key as a PKCS #8 PEM block; empty when there is
// none.
func (c *Certificate) KeyPEM() (string, error) {
	if c.Key == nil {
		return "", nil
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		return "", fmt.Errorf("%w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
