package engine

import (
	"encoding/json"
	"fmt"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/ring"
)

// New returns a mock with the world of the config, which is the mock's from now
// on.
func New(config *Config) (*Engine, error) {
	if config.OnEvent == nil {
		config.OnEvent = func(string, registry.Event) {}
	}
	e := &Engine{config: config, mail: mailbox{mails: ring.New[portal.Mail](maxMails)}}
	e.settings.Store(settled(config.Settings))
	e.clock = &Clock{base: config.Now, tell: e.Due}
	return e, e.renew()
}

// renew makes the world that the mock starts with.
func (e *Engine) renew() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ca = pki.New(e.config.ids("certificates", ""))
	return e.load(e.config.World)
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

// load makes a world, or fails and changes nothing. The caller holds the
// engine's lock.
func (e *Engine) load(w World) error { return withPosition(w.source, e.tryLoad(w)) }

func (e *Engine) tryLoad(w World) error {
	began := e.clock.Now()
	people := portal.New(portal.Config{
		Registry: e.registryOf, Now: e.clock.Now, NewID: e.config.ids("portal", ""), Send: e.mail.deliver, ConfirmURL: e.config.ConfirmURL,
	})
	environments := map[string]*Environment{}
	find := func(name string) (*Environment, error) {
		if env, ok := environments[name]; ok {
			return env, nil
		}
		env, err := e.newEnvironment(name, people, began, w.environments[name])
		if err == nil {
			environments[name] = env
		}
		return env, err
	}
	for _, name := range names {
		if w.environments[name] == nil {
			continue
		}
		if _, err := find(name); err != nil {
			return fmt.Errorf("environments.%s: %w", name, err)
		}
	}
	if err := fillPortal(people, w.portal, find); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	e.began, e.portal, e.environments, e.additions, e.newID = began, people, environments, nil, e.config.ids("server", "")
	return nil
}

// fillPortal fills a new portal with what was saved, or as in the default world.
func fillPortal(people *portal.Portal, saved *portal.State, find func(string) (*Environment, error)) error {
	if saved == nil {
		return registerDefaultOrganizations(people)
	}
	return people.Import(*saved, func(name string) *registry.Registry {
		e, err := find(name)
		if err != nil {
			return nil // it failed before, or is in the default world, which doesn't
		}
		return e.Registry
	})
}

// Restore makes the world what a snapshot says. When it fails nothing has
// changed; the error names the place.
func (e *Engine) Restore(data []byte) error {
	w, err := ParseWorld(data)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.load(w)
}

// Snapshot returns the world as indented JSON.
func (e *Engine) Snapshot() ([]byte, error) {
	saved := map[string]*savedEnvironment{}
	for _, name := range names {
		env, err := e.Environment(name)
		if err != nil {
			return nil, err
		}
		saved[name] = &savedEnvironment{State: env.Registry.Export(), Consents: env.Issuer.Consents()}
	}
	data, err := json.MarshalIndent(struct {
		Version      int                          `json:"version"`
		Environments map[string]*savedEnvironment `json:"environments"`
		Portal       portal.State                 `json:"portal"`
	}{worldVersion, saved, e.Portal().Export()}, "", "  ")
	return append(data, '\n'), err
}
