// Package mockserver is an in-memory Maskinporten: the token endpoint and the
// self-service of all four environments, with the rules of the real ones. Tests
// run against it without credentials and without a network.
//
//	srv := mockserver.Start(t)
//	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("difi")
//	client := srv.Client(digdir) // a *maskinporten.Client
//
// [Server.HTTPClient] answers for the real hosts; [Server.URL] opens a port for
// programs in other languages, [Server.Handler] serves inside a server of your
// own.
package mockserver

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// TB is what [Start] needs of a test: [*testing.T], [*testing.B] or something
// like them.
type TB interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is one mock. It may be used from many goroutines; servers share
// nothing.
type Server struct {
	options options
	t       TB // nil outside tests
	clock   *Clock
	memory  *door
	journal *journal
	faults  *faults
	chaos   *chaos // nil: none
	mail    mailbox

	mu           sync.Mutex // guards what follows
	ca           *pki.CA
	portal       *portal.Portal
	environments map[string]*environment
	additions    []func(*environment) // what tests added to every environment
	listeners    []*http.Server
	url          string
}

// Start returns a server for a test, with the default world. It needs no
// closing. When the test fails, the last requests are logged with the reasons
// of their refusals.
func Start(t TB, opts ...Option) *Server {
	t.Helper()
	s, err := New(opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	s.t = t
	t.Cleanup(func() {
		if t.Failed() {
			s.logRequests(t)
		}
		_ = s.Close()
	})
	return s
}

// New returns a server with the default world, for use outside tests.
func New(opts ...Option) (*Server, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, journal: &journal{limit: o.journal}, faults: newFaults(o.seed)}
	if o.chaos != nil {
		s.chaos = newChaos(*o.chaos)
	}
	s.clock = &Clock{base: o.now, tell: s.settleTime}
	s.memory = newDoor(s, memoryAddresses())
	s.empty()
	return s, nil
}

// empty begins anew, without what was added. The caller holds the lock, or is
// the only one yet.
func (s *Server) empty() {
	s.ca = pki.New(s.options.newID)
	s.environments = map[string]*environment{}
	s.additions = nil
	s.portal = portal.New(portal.Config{
		Registry: func(name string) *registry.Registry { return s.environmentFor(name).registry },
		Now:      s.clock.Now, NewID: s.options.newID, Send: s.mail.deliver,
		ConfirmURL: s.confirmURL,
	})
	s.registerDefaultOrganizations()
}

// Reset puts the server back to the default world, and the clock to time.Now.
// Credentials of the default world go on working; faults, mails and the journal
// are forgotten.
func (s *Server) Reset() {
	s.mu.Lock()
	s.empty()
	s.mu.Unlock()
	s.faults.clear()
	s.mail.clear()
	s.journal.clear()
	s.clock.Reset()
}

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return s.clock }

// Close closes the listeners, if there are any. Servers without need no
// closing.
func (s *Server) Close() error {
	s.mu.Lock()
	listeners := s.listeners
	s.listeners, s.url = nil, ""
	s.mu.Unlock()
	var first error
	for _, listener := range listeners {
		if err := listener.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// URL returns the base address of a listener on the loopback interface, without
// a last slash, and opens it when it is asked for the first time. Issuers and
// endpoints below it are those of [Server.EndpointsAt].
func (s *Server) URL() string {
	s.mu.Lock()
	url := s.url
	s.mu.Unlock()
	if url != "" {
		return url
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for
	if err != nil {
		s.fail("mockserver: no port for URL: %v", err)
		return ""
	}
	url = "http://" + listener.Addr().String()
	s.Serve(listener, url)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.url = url
	return url
}

// Serve serves on a listener, whose address others know as url, until the
// listener or the server is closed.
func (s *Server) Serve(listener net.Listener, url string) {
	server := &http.Server{Handler: s.Handler(url), ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.listeners = append(s.listeners, server)
	s.mu.Unlock()
	go func() { _ = server.Serve(listener) }() // ends with Close
}

// Handler serves everything below a base address, such as
// "http://localhost:8080": test at its root, the other environments below
// /ver1/, /ver2/ and /prod/, the portal below /portal/. Issuers are made of the
// base address, whatever a request's Host says.
func (s *Server) Handler(url string) http.Handler { return newDoor(s, addressesBelow(url)) }

// Endpoints returns the addresses of an environment in memory: those of the
// real one, and one more for merchant data. They work with [Server.HTTPClient].
func (s *Server) Endpoints(env maskinporten.Environment) maskinporten.Endpoints {
	return s.memory.endpoints[string(env)]
}

// EndpointsAt returns the addresses of an environment below a base address, as
// [Server.URL] and [Server.Handler] serve them.
func (s *Server) EndpointsAt(url string, env maskinporten.Environment) maskinporten.Endpoints {
	return addressesBelow(url).endpoints[string(env)]
}

// environmentFor returns the state of an environment, and makes it when it is
// asked for the first time.
func (s *Server) environmentFor(name string) *environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.environmentLocked(name)
}

func (s *Server) environmentLocked(name string) *environment {
	if e, ok := s.environments[name]; ok {
		return e
	}
	if !slices.Contains(environmentNames(), name) {
		return &environment{} // no registry: there is no such environment
	}
	e := newEnvironment(s, name)
	s.environments[name] = e
	for _, add := range s.additions {
		add(e)
	}
	e.registry.Settle()
	return e
}

// everywhere does something to all environments, those not yet made included.
func (s *Server) everywhere(add func(*environment)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.additions = append(s.additions, add)
	for _, e := range s.environments {
		add(e)
	}
}

// settleTime lets everything happen that the clock has made due.
func (s *Server) settleTime() {
	s.mu.Lock()
	var all []*environment
	for _, e := range s.environments {
		all = append(all, e)
	}
	s.mu.Unlock()
	for _, e := range all {
		e.registry.Due(s.clock.Now())
	}
}

// fail ends the test, if there is one, and else panics: the caller has no other
// way to hear of its mistake.
func (s *Server) fail(format string, args ...any) {
	if s.t == nil {
		panic(fmt.Sprintf(format, args...)) //nolint:forbidigo // a mistake in a test's own code
	}
	s.t.Helper()
	s.t.Fatalf(format, args...)
}

func environmentNames() []string { return []string{"test", "ver1", "ver2", "prod"} }
