package mockserver

import (
	"fmt"
	"net/http"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/control"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/faults"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/journal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
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
	t         TB
	log       testLog
	engine    *engine.Engine
	journal   *journal.Journal
	faults    *faults.Faults
	gateway   *gateway.Gateway
	listeners listeners
}

// Start returns a server for a test, with the default world. It needs no
// closing. When the test fails, the last requests are logged with the reasons
// of their refusals.
func Start(t TB, opts ...Option) *Server {
	t.Helper()
	s, err := newServer(t, opts)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() {
		if t.Failed() {
			s.logRequests()
		}
		s.log.end()
		_ = s.Close() // a test has nothing to do about it
	})
	return s
}

// New returns a server with the default world, for use outside tests. There,
// what would end a test panics: it is a mistake in the calling code, such as an
// invalid organisation number.
func New(opts ...Option) (*Server, error) { return newServer(noTest{}, opts) }

// noTest stands in for a test where there is none.
type noTest struct{ TB }

// Helper implements [TB].
func (noTest) Helper() {}

// Cleanup implements [TB]. There is no end to wait for.
func (noTest) Cleanup(func()) {}

// Fatalf implements [TB]: the caller has no other way to hear of its mistake.
func (noTest) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) } //nolint:forbidigo // a mistake in the caller's own code

// Logf implements [TB].
func (noTest) Logf(string, ...any) {}

func newServer(t TB, opts []Option) (*Server, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{t: t, journal: journal.New(o.journal)}
	s.faults = faults.New(faults.Config{Operations: gateway.Operations(), Served: o.gateway.Served, Seed: o.engine.Seed})
	o.engine.OnEvent = s.journal.Note
	o.engine.ConfirmURL = func() string { return s.gateway.ConfirmURL() }
	if s.engine, err = engine.New(&o.engine); err != nil {
		return nil, fmt.Errorf("mockserver: WithWorld: %w", err)
	}
	o.gateway.Engine, o.gateway.Journal, o.gateway.Faults, o.gateway.OnRequest = s.engine, s.journal, s.faults, s.tellAssumed
	if o.control {
		o.gateway.Control = control.New(control.Config{Engine: s.engine, Journal: s.journal, Faults: s.faults, Served: o.gateway.Served, Reset: s.reset}).Serve
	}
	o.gateway.Pages = pages.Mount(s.engine, s.journal, o.gateway.Served)
	s.gateway, err = gateway.New(&o.gateway)
	return s, err
}

// Reset puts the server back to the world that it started with, the default one
// unless [WithWorld] says otherwise, and the clock to the time. Settings that
// were changed are as they were. Credentials of the default world go on working,
// and so do tokens; faults, mails and the journal are forgotten.
func (s *Server) Reset() {
	s.t.Helper()
	s.must("Reset", s.reset())
}

func (s *Server) reset() error {
	err := s.engine.Reset()
	s.faults.Clear()
	s.journal.Clear()
	return err
}

// must ends the test on a mistake in its own setting up. Outside tests it panics.
func (s *Server) must(what string, err error) {
	if err != nil {
		s.t.Helper()
		s.t.Fatalf("mockserver: %s: %v", what, err)
	}
}

// environment is an environment of the engine.
func (s *Server) environment(what string, env maskinporten.Environment) *engine.Environment {
	s.t.Helper()
	found, err := s.engine.Environment(string(env))
	s.must(what, err)
	return found
}

// HTTPClient returns a client that reaches the server in memory, at the hosts of
// the real environments, and the APIs that were given to [Server.Handle]. Any
// other host is an error: a test never leaves the process. It follows no
// redirects, since the mock sends none.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: s.Transport()} }

// Transport is the transport of [Server.HTTPClient]. It starts no goroutine and
// uses no timer, so that it works within testing/synctest.
func (s *Server) Transport() http.RoundTripper { return s.gateway.Transport() }

// Handle makes a handler answer what [Server.HTTPClient] asks of the host of a
// base address such as "https://api.example.no", below its path: the API of
// your own that tokens are for. The handler sees the whole path.
func (s *Server) Handle(base string, handler http.Handler) {
	s.t.Helper()
	s.must("Handle", s.gateway.Handle(base, handler))
}

// Handler serves everything below a base address, such as
// "http://localhost:8080": test at its root, the other environments below
// /ver1/, /ver2/ and /prod/, the portal below /portal/. Issuers are made of the
// base address, whatever a request's Host says. Where the base address has a
// path, requests may come with it or, behind [http.StripPrefix], without.
func (s *Server) Handler(base string) http.Handler {
	s.t.Helper()
	site, err := s.gateway.Site(base)
	s.must("Handler", err)
	return site
}

// Endpoints returns the addresses of an environment in memory: those of the
// real one, and one more for merchant data. They work with [Server.HTTPClient].
func (s *Server) Endpoints(env maskinporten.Environment) maskinporten.Endpoints {
	return maskinporten.Endpoints(s.gateway.Memory().Addresses().Endpoints[string(env)])
}

// EndpointsAt returns the addresses of an environment below a base address, as
// [Server.URL] and [Server.Handler] serve them.
func (s *Server) EndpointsAt(base string, env maskinporten.Environment) maskinporten.Endpoints {
	return maskinporten.Endpoints(gateway.Below(base).Endpoints[string(env)])
}

// OpenAPI returns the description of everything that is served below a base
// address, in OpenAPI 3.1: tokens, self-service, the portal and, if it is
// switched on, the control API. It is what GET /openapi.json answers there.
func (s *Server) OpenAPI(base string) ([]byte, error) { return s.gateway.OpenAPI(base) }
