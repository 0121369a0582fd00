package mockserver

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten"
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
	s.helper()
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
	if err != nil {
		s.fail("mockserver: URL: %v", err)
		return ""
	}
	l.url = s.scheme() + "://" + listener.Addr().String()
	l.serve(s, listener, l.url)
	return l.url
}

// Serve serves on a listener, whose address others know as base, until the
// listener or the server is closed. It doesn't wait for that. With [WithTLS] and
// an https base it speaks TLS.
func (s *Server) Serve(listener net.Listener, base string) {
	s.helper()
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
	server := &http.Server{
		Handler: s.Handler(base), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(s.options.log.Handler(), slog.LevelWarn),
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
		if err := server.Close(); err != nil && first == nil {
			first = err
		}
	}
	if l.transport != nil {
		l.transport.CloseIdleConnections()
	}
	l.servers, l.url, l.closed = nil, "", true
	l.running.Wait()
	l.open.Wait()
	return first
}

// Handler serves everything below a base address, such as
// "http://localhost:8080": test at its root, the other environments below
// /ver1/, /ver2/ and /prod/, the portal below /portal/. Issuers are made of the
// base address, whatever a request's Host says. Where the base address has a
// path, requests may come with it or, behind [http.StripPrefix], without.
func (s *Server) Handler(base string) http.Handler {
	s.helper()
	if u, err := url.Parse(base); err != nil || u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		s.fail("mockserver: %q is no base address such as http://localhost:8080", base)
	}
	return s.newDoor(addressesBelow(base))
}

// Endpoints returns the addresses of an environment in memory: those of the
// real one, and one more for merchant data. They work with [Server.HTTPClient].
func (s *Server) Endpoints(env maskinporten.Environment) maskinporten.Endpoints {
	return s.memory.endpoints[string(env)]
}

// EndpointsAt returns the addresses of an environment below a base address, as
// [Server.URL] and [Server.Handler] serve them.
func (s *Server) EndpointsAt(base string, env maskinporten.Environment) maskinporten.Endpoints {
	return addressesBelow(base).endpoints[string(env)]
}

// publicURL is where people reach the server: at the first door that isn't in
// memory. Empty: only there.
func (s *Server) publicURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.doors {
		if d.base != nil {
			return strings.TrimRight(d.base.String(), "/")
		}
	}
	return ""
}
