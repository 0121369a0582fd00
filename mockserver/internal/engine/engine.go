// Package engine is the whole of one mock: four environments, the portal, the
// clock, mail. It knows nothing of HTTP addresses or of tests; what goes wrong is
// an error.
package engine

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// Names are those of the environments.
func Names() []string { return []string{"test", "ver1", "ver2", "prod"} }

// IsName reports whether there is an environment of this name.
func IsName(name string) bool { return slices.Contains(Names(), name) }

// Config says what a mock is like.
type Config struct {
	// Now is what the clock goes by.
	Now func() time.Time
	// Deterministic makes ids, secrets and salts come from Seed.
	Deterministic bool
	Seed          uint64
	// World is what it starts with, and goes back to.
	World World
	// Settings are those it starts with, likewise.
	Settings Settings
	// ConfirmURL is where confirmation mails link to.
	ConfirmURL func() string
	// OnEvent is told of each change. Nil: nobody is.
	OnEvent func(environment string, event registry.Event)
}

// Engine is one mock. It may be used from many goroutines.
type Engine struct {
	config   Config
	clock    *Clock
	settings atomic.Pointer[Settings]
	mail     mailbox
	adding   sync.Mutex // held by Everywhere, without mu
	changing sync.Mutex // held by Change, without mu

	mu           sync.Mutex // guards what follows
	addresses    []map[string]Address
	ca           *pki.CA
	portal       *portal.Portal
	began        time.Time // when the world was new
	newID        func() string
	environments map[string]*Environment
	additions    []func(*Environment) error // what tests added to every environment
}

// New returns a mock with the world of the config.
func New(config Config) (*Engine, error) {
	if config.OnEvent == nil {
		config.OnEvent = func(string, registry.Event) {}
	}
	e := &Engine{config: config, mail: mailbox{mails: ring.New[Mail](maxMails)}}
	e.settings.Store(settled(config.Settings))
	e.clock = &Clock{base: config.Now, tell: e.Due}
	return e, e.renew()
}

// renew makes the world that the mock starts with.
func (e *Engine) renew() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ca = pki.New(e.config.ids("certificates"))
	return e.begin(e.config.World)
}

// Reset goes back to the world, the settings and the time that the mock started
// with. Tokens of the default world's clients stay good.
func (e *Engine) Reset() error {
	e.clock.Reset()
	e.changing.Lock()
	e.apply(e.config.Settings)
	e.changing.Unlock()
	err := e.renew()
	e.mail.clear()
	return err
}

// Clock returns the clock.
func (e *Engine) Clock() *Clock { return e.clock }

// Portal returns the portal, as it is until the world begins anew.
func (e *Engine) Portal() *portal.Portal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.portal
}

// NewID makes the id of something that all environments have.
func (e *Engine) NewID() string {
	e.mu.Lock()
	newID := e.newID
	e.mu.Unlock()
	return newID()
}

// IssueCertificate makes a business certificate at the clock's time.
func (e *Engine) IssueCertificate(order pki.Order) (*pki.Certificate, error) {
	e.mu.Lock()
	ca := e.ca
	e.mu.Unlock()
	return ca.Issue(order, e.clock.Now())
}

// Environment returns an environment, and makes it when it is asked for the
// first time. One that doesn't exist is an error.
func (e *Engine) Environment(name string) (*Environment, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.environment(name)
}

// environment is Environment for those who hold the lock.
func (e *Engine) environment(name string) (*Environment, error) {
	if env, ok := e.environments[name]; ok {
		return env, nil
	}
	if !IsName(name) {
		return nil, fmt.Errorf("environment: %.40q is none: use test, ver1, ver2 or prod", name)
	}
	env, err := e.newEnvironment(name, e.portal, e.began, nil)
	if err != nil {
		return nil, fmt.Errorf("the default world: %w", err)
	}
	for _, add := range e.additions {
		if err := add(env); err != nil {
			return nil, fmt.Errorf("what was added: %w", err)
		}
	}
	e.environments[name] = env
	env.Registry.Settle()
	return env, nil
}

// registryOf is the registry of an environment, or nil.
func (e *Engine) registryOf(name string) *registry.Registry {
	env, err := e.Environment(name)
	if err != nil {
		return nil
	}
	return env.Registry
}

// Due lets everything happen that the clock has made due.
func (e *Engine) Due() {
	e.mu.Lock()
	var all []*Environment
	for _, env := range e.environments {
		all = append(all, env)
	}
	e.mu.Unlock()
	for _, env := range all {
		env.Registry.Due(e.clock.Now())
	}
}
