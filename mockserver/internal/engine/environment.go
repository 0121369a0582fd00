package engine

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Environment is the state of one environment. Nothing of it is shared with the
// others.
type Environment struct {
	Name     string
	Registry *registry.Registry
	Issuer   *issuer.Issuer
	API      *restapi.API

	mu        sync.Mutex // guards endpoints
	endpoints map[Address]*issuer.Endpoint
}

// newEnvironment makes one environment with what was saved, or the default
// world, as old as the engine's whenever it is made, so that all environments
// are alike. The caller holds the engine's lock.
func (e *Engine) newEnvironment(name string, people *portal.Portal, began time.Time, saved *savedEnvironment) (*Environment, error) {
	production, settings := name == "prod", e.Settings()
	env := &Environment{Name: name, endpoints: map[Address]*issuer.Endpoint{}}
	filled := false
	env.Registry = registry.New(registry.Config{
		Environment: name, Production: production, NewID: e.config.ids("registry/" + name), NewSecret: e.config.secrets(name),
		Propagation: settings.Propagation, Lenient: settings.Lenient, Variants: e.variants,
		Now: func() time.Time {
			if !filled {
				return began
			}
			return e.clock.Now()
		},
		OnEvent: func(event registry.Event) {
			if filled { // nobody changed the default world into what it is
				e.config.OnEvent(name, event)
				people.Notify(name, env.Registry, event)
			}
		},
	})
	number := slices.Index(Names(), name)
	env.Issuer = issuer.New(issuer.Config{
		Environment: name, Production: production, Registry: env.Registry, PKI: e.ca, Now: e.clock.Now, NewID: e.config.ids("tokens/" + name),
		Keys:     [2]int{testkeys.Issuers + 2*number, testkeys.Issuers + 2*number + 1},
		Variants: e.variants, Lenient: e.lenient,
	})
	env.API = restapi.New(restapi.Config{
		Registry: env.Registry, Now: e.clock.Now, NewID: e.config.ids("api/" + name), Variants: e.variants, Lenient: e.lenient,
		Verify: env.verify, TermsSigned: people.TermsSigned, Merchant: merchant{portal: people, environment: name},
	})
	if err := env.fill(saved); err != nil {
		return nil, err
	}
	filled = true
	for _, addresses := range e.addresses { // tokens are good whatever address is used first
		if _, err := env.At(addresses[name]); err != nil {
			return nil, err
		}
	}
	return env, nil
}

// verify says who calls with an access token.
func (env *Environment) verify(token string) (restapi.Identity, error) {
	claims, err := env.Issuer.Verify(token)
	if err != nil {
		return restapi.Identity{}, err
	}
	return restapi.Identity{OrgNo: claims.OrgNo, Actor: claims.ClientID, Scopes: claims.Scopes}, nil
}

// ActsFor returns the organisation that a client acts for, if there is such a
// client.
func (env *Environment) ActsFor(clientID string) string {
	if c, ok := env.Registry.IssuedClient(clientID); ok {
		return c.ClientOrgNo
	}
	return ""
}

// Address is how an environment's issuer is reached.
type Address struct{ Issuer, Token string }

// At returns the issuer as it is seen at an address. Tokens from there are good
// from now on.
func (env *Environment) At(address Address) (*issuer.Endpoint, error) {
	env.mu.Lock()
	defer env.mu.Unlock()
	if known, ok := env.endpoints[address]; ok {
		return known, nil
	}
	made, err := env.Issuer.Endpoint(address.Issuer, address.Token)
	if err == nil {
		env.endpoints[address] = made
	}
	return made, err
}

// maxAddresses is how many are remembered: the last ones.
const maxAddresses = 256

// Know makes tokens good that come from these addresses, by environment, also
// after the world has begun anew.
func (e *Engine) Know(addresses map[string]Address) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.addresses = append(e.addresses, addresses); len(e.addresses) > maxAddresses {
		e.addresses = slices.Delete(e.addresses, 1, 2) // the first is that in memory
	}
	for name, env := range e.environments {
		if _, err := env.At(addresses[name]); err != nil {
			return err
		}
	}
	return nil
}

// merchant lets the API serve the portal's merchant data.
type merchant struct {
	portal      *portal.Portal
	environment string
}

// MerchantData implements [restapi.Merchant].
func (m merchant) MerchantData(orgno, integration string) (any, error) {
	return m.portal.MerchantData(m.environment, orgno, integration)
}

// SaveMerchantData implements [restapi.Merchant].
func (m merchant) SaveMerchantData(orgno, integration string, body []byte) (any, error) {
	data, err := portal.ParseMerchantData(body)
	if err != nil {
		return nil, err
	}
	return m.portal.SaveMerchantData(m.environment, orgno, integration, data)
}

// isRefusal reports whether the registry refused for this kind of reason.
func isRefusal(err error, kind registry.Kind) bool {
	refusal, ok := errors.AsType[*registry.Error](err)
	return ok && refusal.Kind == kind
}
