package mockserver

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// listeners are the sockets of a server, if it has any.
type listeners struct {
	mu      sync.Mutex
	servers []*http.Server
	url     string // of URL; empty: not opened yet
	closed  bool
	// transport is that of TLSClient; nil: not asked for yet.
	transport *http.Transport

	running sync.WaitGroup // accepting
	open    sync.WaitGroup // connections
}

// URL returns the base address of a listener on the loopback interface, without
// a last slash, and opens it when it is asked for the first time. It is http
// unless [WithTLS] makes it https. Issuers and endpoints below it are those of
// [Server.EndpointsAt]. A server that was closed opens none.
func (s *Server) URL() string {
	s.t.Helper()
	l := &s.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.url != "" {
		return l.url
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err == nil && l.closed {
		err = http.ErrServerClosed
		_ = listener.Close() // it was never used
	}
	s.must("URL", err)
	l.url = s.scheme() + "://" + listener.Addr().String()
	l.serve(s, listener, l.url)
	return l.url
}

// Serve serves on a listener, whose address others know as base, until the
// listener or the server is closed. It doesn't wait for that. With [WithTLS] and
// an https base it speaks TLS.
func (s *Server) Serve(listener net.Listener, base string) {
	s.t.Helper()
	l := &s.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = listener.Close() // nobody is served any more
		return
	}
	l.serve(s, listener, base)
}

// serve starts to accept connections. The caller holds the lock.
func (l *listeners) serve(s *Server, listener net.Listener, base string) {
	s.t.Helper()
	server := &http.Server{
		Handler: s.Handler(base), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(s.gateway.Log().Handler(), slog.LevelWarn),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				l.open.Add(1)
			case http.StateClosed, http.StateHijacked:
				l.open.Done()
			default:
			}
		},
	}
	l.servers = append(l.servers, server)
	listener = s.secure(listener, base)
	l.running.Go(func() { _ = server.Serve(listener) }) // ends with Close
}

// Close closes the listeners, if there are any, breaks off their connections
// and waits until they have ended. Servers without listeners need no closing.
func (s *Server) Close() error {
	l := &s.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	var first error
	for _, server := range l.servers {
		first = cmp.Or(first, server.Close())
	}
	if l.transport != nil {
		l.transport.CloseIdleConnections()
	}
	l.servers, l.url, l.closed = nil, "", true
	l.running.Wait()
	l.open.Wait()
	return first
}

// WithTLS makes [Server.URL] an https address, and [Server.Serve] speak TLS
// where the base address is one. [Server.TLSClient] trusts the certificate, and
// so does whoever is given [Server.TLSRootPEM].
//
// As without TLS, it speaks HTTP/1.1 only: a fault that breaks a connection
// breaks one request.
func WithTLS() Option {
	return func(o *options) error { o.gateway.TLS = true; return nil }
}

// TLSConfig returns what a TLS server of your own needs to serve
// [Server.Handler] below a base address. Its certificate is good for the host of
// the address, localhost, 127.0.0.1 and ::1, the hosts by which the control API may
// be called ([WithControl]), and from then on that of an address which
// POST /_mock/url makes known; with [WithHostIssuers] for every name that a client
// asks for. It goes by the real time: those who check it know nothing of the
// server's [Clock].
func (s *Server) TLSConfig(base string) (*tls.Config, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("mockserver: %q is no base address such as https://localhost:8443", base)
	}
	config, err := newCertificates(u.Hostname(), s.gateway.Hosts).config()
	if err != nil {
		return nil, fmt.Errorf("mockserver: %w", err)
	}
	return config, nil
}

// secure makes a listener speak TLS if it was asked for.
func (s *Server) secure(listener net.Listener, base string) net.Listener {
	s.t.Helper()
	if !s.gateway.Secures(base) {
		return listener
	}
	config, err := s.TLSConfig(base)
	s.must("WithTLS", err)
	return tls.NewListener(listener, config)
}

// scheme is that of URL.
func (s *Server) scheme() string {
	if s.gateway.Secures("https://localhost") {
		return "https"
	}
	return "http"
}

// TLSRoots returns the roots with which the server's certificate is trusted. The
// root is the same in all servers. Its key is a test key that everybody has:
// trust it in tests, never in a system's own store.
func (s *Server) TLSRoots() *x509.CertPool {
	s.t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.tlsRoot())
	return roots
}

// TLSRootPEM returns the root of [Server.TLSRoots] as PEM, which others take
// from a file: curl --cacert, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE.
func (s *Server) TLSRootPEM() []byte {
	s.t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.tlsRoot().Raw})
}

func (s *Server) tlsRoot() *x509.Certificate {
	s.t.Helper()
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
	s.t.Helper()
	s.listeners.mu.Lock()
	defer s.listeners.mu.Unlock()
	if s.listeners.transport == nil {
		s.listeners.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.TLSRoots(), MinVersion: tls.VersionTLS12}}
	}
	return &http.Client{Transport: s.listeners.transport}
}
