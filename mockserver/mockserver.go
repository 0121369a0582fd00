// Package mockserver is an in-memory Maskinporten: the token endpoint and the
// self-service of all four environments, with the rules of the real ones. Tests
// run against it without credentials and without a network.
//
//	srv := mockserver.Start(t)
//	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("difi")
//	client := srv.Client(digdir) // a *maskinporten.Client
//
// # Ways in
//
// [Server.HTTPClient] answers for the real hosts; [Server.URL] opens a port for
// programs in other languages, over TLS with [WithTLS]; [Server.Handler] serves
// inside a server of your own. [WithEnvironments] leaves some environments out.
//
// # Steering
//
// [Server.Clock] is the time that keys, tokens and secrets expire by, and
// [WithPropagation] lets changes reach the token endpoint later. [Server.Fail]
// declares faults, [WithChaos] makes the server as unkind as the real one may be,
// [WithLenient] passes over rules that rest on assumptions. [WithWorld],
// [Server.Snapshot] and [Server.Restore] share one JSON format, described in
// WORLD.md. With [WithControl] other languages do all of it over HTTP, as
// CONTROL.md and GET /openapi.json describe.
//
// # Looking
//
// [Server.Requests] tells what was asked and why it was refused,
// [Server.AssertNoUnexpected] finds what no client should ask, and the package
// expect holds requests against those that a test expects. [Server.AuditLog] tells
// who changed what, [Server.Mailbox] what was mailed to whom.
//
// # Test data
//
// [Server.Key], [OrgNo], [Server.IssueCertificate] and [Server.Token] make keys,
// organisation numbers, business certificates and access tokens, good and bad.
// [Server.Delegate], [Server.AddSystemUser] and [Server.SetConsent] do what Altinn
// does, [Server.Portal] is the web portal.
package mockserver

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
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
	options   options
	t         TB // nil outside tests
	testLog   testLog
	clock     *Clock
	memory    *door
	journal   *journal
	faults    *faults
	settings  atomic.Pointer[settings]
	mail      mailbox
	listeners listeners
	adding    sync.Mutex // held by everywhere, without mu
	changing  sync.Mutex // held while settings change, without mu

	mu           sync.Mutex // guards what follows
	doors        []*door
	ca           *pki.CA
	portal       *portal.Portal
	began        time.Time // when the world was new
	newID        func() string
	environments map[string]*environment
	additions    []func(*environment) error // what tests added to every environment
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
		s.testLog.end()
		_ = s.Close() // a test has nothing to do about it
	})
	return s
}

// New returns a server with the default world, for use outside tests. There,
// what would end a test panics: it is a mistake in the calling code, such as an
// organisation number that can be none.
func New(opts ...Option) (*Server, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, faults: newFaults(o.seed, o.environments), mail: mailbox{mails: ring.New[Mail](maxMails)}}
	s.journal = &journal{requests: ring.New[journalled](o.requests), changes: ring.New[Change](o.changes)}
	s.settings.Store(newSettings(&o))
	s.clock = &Clock{base: o.now, tell: s.settleTime}
	s.memory = s.newDoor(memoryAddresses())
	if err := s.empty(); err != nil {
		return nil, fmt.Errorf("mockserver: WithWorld: %w", err)
	}
	return s, nil
}

// empty begins anew, without what was added.
func (s *Server) empty() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ca = pki.New(s.options.ids("certificates"))
	return s.begin(s.options.world)
}

// Reset puts the server back to the world that it started with, the default one
// unless [WithWorld] says otherwise, and the clock to the time. Settings that were changed are as they were. Credentials of the
// default world go on working, and so do tokens; faults, mails and the journal are
// forgotten.
func (s *Server) Reset() {
	s.helper()
	s.clock.Reset()
	s.apply(newSettings(&s.options))
	s.must("Reset", s.empty())
	s.faults.clear()
	s.mail.clear()
	s.journal.clear()
}

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return s.clock }

// environmentFor returns the state of an environment, and makes it when it is
// asked for the first time. There is none of another name: nil.
func (s *Server) environmentFor(name string) *environment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.environmentLocked(name)
}

func (s *Server) environmentLocked(name string) *environment {
	if e, ok := s.environments[name]; ok || !slices.Contains(environmentNames(), name) {
		return e
	}
	e, err := newEnvironment(s, name, s.portal, s.began, nil)
	s.must("the default world", err)
	s.environments[name] = e
	for _, add := range s.additions {
		s.must("what was added", add(e))
	}
	e.registry.Settle()
	return e
}

// registryOf is the registry of an environment, or nil.
func (s *Server) registryOf(name string) *registry.Registry {
	if e := s.environmentFor(name); e != nil {
		return e.registry
	}
	return nil
}

// mustFind is environmentFor for the callers of the Go API.
func (s *Server) mustFind(what string, env maskinporten.Environment) *environment {
	s.helper()
	e := s.environmentFor(string(env))
	if e == nil {
		s.fail("mockserver: %s: there is no environment %q", what, env)
	}
	return e
}

// everywhere does something to all environments, those included that are made
// later. It is tried on one first, so that a mistake shows at once. The
// server's lock is free meanwhile: a change of a registry may have to tell
// others of theirs.
func (s *Server) everywhere(add func(*environment) error) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	for {
		first := s.environmentFor("test")
		if err := add(first); err != nil {
			return err
		}
		others, current := s.alsoLater(first, add)
		for _, e := range others {
			if err := add(e); err != nil {
				return err
			}
		}
		if current {
			return nil
		}
	}
}

// maxAdditions is how many things are kept for environments that nobody has
// asked for yet. After that they are made.
const maxAdditions = 256

// alsoLater keeps an addition for environments that are made later, and returns
// those that are there beside the first. It reports whether the first is still
// one of the server's: the world may have begun anew.
func (s *Server) alsoLater(first *environment, add func(*environment) error) ([]*environment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.environments[first.name] != first {
		return nil, false
	}
	var others []*environment
	for _, name := range environmentNames() {
		if len(s.additions) >= maxAdditions {
			s.environmentLocked(name)
		}
		if e := s.environments[name]; e != nil && e != first {
			others = append(others, e)
		}
	}
	s.additions = append(s.additions, add)
	if len(s.environments) == len(environmentNames()) {
		s.additions = nil // nobody comes later
	}
	return others, true
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
