package mockprogram

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// secure makes the listener speak TLS, and writes down whom to trust, if that is
// wanted.
func (s *settings) secure(server *mockserver.Server, listener net.Listener) (net.Listener, error) {
	config, err := server.TLSConfig(s.urlOf(listener.Addr()))
	if err != nil {
		return nil, err
	}
	if s.tlsCA == "" {
		return tls.NewListener(listener, config), nil
	}
	trust := server.TLSRootPEM()
	if name := strings.ToLower(s.tlsCA); strings.HasSuffix(name, ".p12") || strings.HasSuffix(name, ".pfx") {
		if trust, err = trustStore(trust); err != nil {
			return nil, fmt.Errorf("-tls-ca: %w", err)
		}
	}
	if err := save(s.tlsCA, trust, publicFile); err != nil {
		return nil, fmt.Errorf("-tls-ca: %w", err)
	}
	return tls.NewListener(listener, config), nil
}

// trustStore is a certificate as Java takes it (javax.net.ssl.trustStore), with
// the password that Java's own stores have.
func trustStore(certificate []byte) ([]byte, error) {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return nil, errors.New("there is no certificate")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root}, pkcs12.DefaultPassword)
}
