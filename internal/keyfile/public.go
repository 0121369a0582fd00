package keyfile

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ErrPrivate refuses private keys where public ones belong.
var ErrPrivate = errors.New("holds private key material")

// Public reads a public key, and the certificates that belong to it, from PEM
// or DER. The key is the one that stands beside the certificates, else that of
// the certificate which certifies no other. A private key anywhere is
// [ErrPrivate].
func Public(data []byte) (crypto.PublicKey, []*x509.Certificate, error) {
	public, certificates, err := readPublic(data)
	if err != nil || len(certificates) == 0 {
		return public, nil, err
	}
	if public == nil {
		if certificates, err = Bundle(certificates); err != nil {
			return nil, nil, err
		}
		return certificates[0].PublicKey, certificates, nil
	}
	if certificates = Chain(certificates, public); certificates == nil {
		return nil, nil, errors.New("none of the certificates is for the public key beside them: keep what belongs together")
	}
	return public, certificates, nil
}

func readPublic(data []byte) (crypto.PublicKey, []*x509.Certificate, error) {
	switch kindOf(data) {
	case kindPEM:
		return publicPEM(data)
	case kindDER:
		return publicDER(data)
	default:
		return nil, nil, unknownText(data)
	}
}

// publicPEM reads the first public key, and all certificates.
func publicPEM(data []byte) (public crypto.PublicKey, certificates []*x509.Certificate, err error) {
	data = trimLines(data)
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return nil, nil, ErrPrivate
		}
		if isCertificate(block) {
			certificate, err := x509.ParseCertificate(oneValue(block.Bytes))
			if err != nil {
				return nil, nil, fmt.Errorf("unreadable certificate: %w", err)
			}
			certificates = append(certificates, certificate)
		} else if public == nil {
			if public, err = publicBlock(block); err != nil {
				return nil, nil, err
			}
		}
	}
	if strings.Contains(string(data), "PRIVATE KEY-----") {
		return nil, nil, ErrPrivate
	}
	if public == nil && certificates == nil {
		return nil, nil, broken(string(data))
	}
	return public, certificates, nil
}

func publicBlock(block *pem.Block) (public crypto.PublicKey, err error) {
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, fmt.Errorf("PEM block %.40q is no public key or certificate", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("unreadable public key: %w", err)
	}
	return public, nil
}

// publicDER reads a certificate (.cer, .der) or a public key without PEM's
// lines around it.
func publicDER(data []byte) (crypto.PublicKey, []*x509.Certificate, error) {
	data = oneValue(data)
	if certificate, err := x509.ParseCertificate(data); err == nil {
		return nil, []*x509.Certificate{certificate}, nil
	}
	if public, err := x509.ParsePKIXPublicKey(data); err == nil {
		return public, nil, nil
	}
	if public, err := x509.ParsePKCS1PublicKey(data); err == nil {
		return public, nil, nil
	}
	if _, err := readDER(data, Options{}); err == nil || isPFX(data) {
		return nil, nil, ErrPrivate
	}
	return nil, nil, errors.New("this is binary (DER), but neither a certificate nor a public key")
}
