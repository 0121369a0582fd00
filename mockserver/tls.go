package mockserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// WithTLS makes [Server.URL] an https address, and [Server.Serve] speak TLS
// where the base address is one. [Server.TLSClient] trusts the certificate, and
// so does whoever is given [Server.TLSRootPEM].
//
// As without TLS, it speaks HTTP/1.1 only: a fault that breaks a connection
// breaks one request.
func WithTLS() Option {
	return func(o *options) error { o.tls = true; return nil }
}

// loopbackHosts are in every certificate.
var loopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// TLSConfig returns what a TLS server of your own needs to serve
// [Server.Handler] below a base address. Its certificate is good for the host
// of the address, localhost, 127.0.0.1 and ::1, by the real time: those who
// check it know nothing of the server's [Clock].
func (s *Server) TLSConfig(base string) (*tls.Config, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("mockserver: %q is no base address such as https://localhost:8443", base)
	}
	hosts := slices.Clone(loopbackHosts)
	if !slices.Contains(hosts, u.Hostname()) {
		hosts = append(hosts, u.Hostname())
	}
	certificate, err := pki.IssueServer(hosts, time.Now())
	if err != nil {
		return nil, fmt.Errorf("mockserver: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

// secure makes a listener speak TLS if it was asked for.
func (s *Server) secure(listener net.Listener, base string) net.Listener {
	s.helper()
	if !s.securely(base) {
		return listener
	}
	config, err := s.TLSConfig(base)
	s.must("WithTLS", err)
	return tls.NewListener(listener, config)
}

// securely reports whether the server itself speaks TLS at a base address, and
// not a proxy before it, or nobody.
func (s *Server) securely(base string) bool {
	u, err := url.Parse(base)
	return s.options.tls && err == nil && u.Scheme == "https"
}

// scheme is that of URL.
func (s *Server) scheme() string {
	if s.options.tls {
		return "https"
	}
	return "http"
}

// TLSRoots returns the roots with which the server's certificate is trusted. The
// root is the same in all servers. Its key is a test key that everybody has:
// trust it in tests, never in a system's own store.
func (s *Server) TLSRoots() *x509.CertPool {
	s.helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.tlsRoot())
	return roots
}

// TLSRootPEM returns the root of [Server.TLSRoots] as PEM, which others take
// from a file: curl --cacert, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE.
func (s *Server) TLSRootPEM() []byte {
	s.helper()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.tlsRoot().Raw})
}

func (s *Server) tlsRoot() *x509.Certificate {
	s.helper()
	root, err := pki.ServerRoot()
	s.must("TLSRoots", err)
	return root
}

// TLSClient returns a client that trusts the server's certificate, for
// [Server.URL] and [Server.Serve]:
//
//	srv := mockserver.Start(t, mockserver.WithTLS())
//	resp, err := srv.TLSClient().Get(srv.URL() + "/jwk")
//
// All calls return clients with the same connections, which end with
// [Server.Close].
func (s *Server) TLSClient() *http.Client {
	s.helper()
	s.listeners.mu.Lock()
	defer s.listeners.mu.Unlock()
	if s.listeners.transport == nil {
		s.listeners.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.TLSRoots(), MinVersion: tls.VersionTLS12}}
	}
	return &http.Client{Transport: s.listeners.transport}
}
