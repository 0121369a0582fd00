package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

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
		return nil, fmt.Errorf("environment: %.40q is unknown: use test, ver1, ver2 or prod", name)
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

// newEnvironment makes one environment with what was saved, or the default
// world, as old as the engine's whenever it is made, so that all environments
// are alike. The caller holds the engine's lock.
func (e *Engine) newEnvironment(name string, people *portal.Portal, began time.Time, saved *savedEnvironment) (*Environment, error) {
	production, settings := name == "prod", e.Settings()
	now, inForce, leniently := e.clock.Now, e.variants, e.lenient
	env := &Environment{Name: name, endpoints: map[Address]*issuer.Endpoint{}}
	filled := false
	env.Registry = registry.New(registry.Config{
		Environment: name, Production: production, NewID: e.config.ids("registry", name), NewSecret: e.config.secrets(name),
		Propagation: settings.Propagation, Lenient: settings.Lenient, Variants: inForce,
		Now: func() time.Time {
			if !filled {
				return began
			}
			return now()
		},
		OnEvent: func(event registry.Event) {
			if filled { // nobody changed the default world into what it is
				e.config.OnEvent(name, event)
				people.Notify(name, env.Registry, event)
			}
		},
	})
	number := slices.Index(names[:], name)
	env.Issuer = issuer.New(issuer.Config{
		Environment: name, Production: production, Registry: env.Registry, PKI: e.ca, Now: now, NewID: e.config.ids("tokens", name),
		Keys:     [2]int{testkeys.Issuers + 2*number, testkeys.Issuers + 2*number + 1},
		Variants: inForce, Lenient: leniently,
	})
	env.API = restapi.New(restapi.Config{
		Registry: env.Registry, Now: now, NewID: e.config.ids("api", name), Variants: inForce, Lenient: leniently,
		Verify: env.verify, TermsSigned: people.TermsSigned, Merchant: merchant{portal: people, environment: name},
	})
	if err := env.fill(saved); err != nil {
		return nil, err
	}
	filled = true
	for _, address := range e.addresses { // tokens are good whatever address is used first
		if _, err := env.At(address(name)); err != nil {
			return nil, err
		}
	}
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

// fill fills a new environment.
func (env *Environment) fill(saved *savedEnvironment) error {
	if saved == nil || saved.extends {
		if err := addDefaultWorld(env); err != nil || saved == nil {
			return err
		}
	}
	if err := env.Registry.Import(saved.State); err != nil {
		return err
	}
	known := map[string]bool{}
	for i, consent := range saved.Consents {
		if err := env.Issuer.SetConsent(consent); err != nil {
			return fmt.Errorf("consents[%d]: %w", i, err)
		}
		if known[consent.ID] {
			return fmt.Errorf("consents[%d]: %.80q is there twice", i, consent.ID)
		}
		known[consent.ID] = true
	}
	return nil
}
