package mockserver

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

// environment is the state of one environment. Nothing of it is shared with the
// others.
type environment struct {
	name     string
	registry *registry.Registry
	issuer   *issuer.Issuer
	api      *restapi.API

	mu    sync.Mutex // guards doors
	doors map[*door]*issuer.Door
}

// newEnvironment makes one environment with what was saved, or the default
// world, as old as the server's whenever it is made, so that all environments
// are alike. The caller holds the server's lock.
func newEnvironment(s *Server, name string, people *portal.Portal, began time.Time, saved *savedEnvironment) (*environment, error) {
	production, settings := name == "prod", s.settings.Load()
	e := &environment{name: name, doors: map[*door]*issuer.Door{}}
	filled := false
	e.registry = registry.New(registry.Config{
		Environment: name, Production: production, NewID: s.options.ids("registry/" + name), NewSecret: s.options.secrets(name),
		Propagation: settings.propagation, Lenient: settings.lenient, Variants: s.variants,
		Now: func() time.Time {
			if !filled {
				return began
			}
			return s.clock.Now()
		},
		OnEvent: func(event registry.Event) {
			if filled { // nobody changed the default world into what it is
				s.journal.audit(name, event)
				people.Notify(name, e.registry, event)
			}
		},
	})
	number := slices.Index(environmentNames(), name)
	e.issuer = issuer.New(issuer.Config{
		Environment: name, Production: production, Registry: e.registry, PKI: s.ca, Now: s.clock.Now, NewID: s.options.ids("tokens/" + name),
		Keys:     [2]int{testkeys.Issuers + 2*number, testkeys.Issuers + 2*number + 1},
		Variants: s.variants, Lenient: s.lenient,
	})
	e.api = restapi.New(restapi.Config{
		Registry: e.registry, Now: s.clock.Now, NewID: s.options.ids("api/" + name), Variants: s.variants, Lenient: s.lenient,
		Verify: func(token string) (restapi.Identity, error) {
			claims, err := e.issuer.Verify(token)
			if err != nil {
				return restapi.Identity{}, err
			}
			return restapi.Identity{OrgNo: claims.OrgNo, Actor: claims.ClientID, Scopes: claims.Scopes}, nil
		},
		Merchant: merchant{portal: people, environment: name},
	})
	if err := e.fill(saved); err != nil {
		return nil, err
	}
	filled = true
	for _, d := range s.doors { // tokens are good whatever door is used first
		if _, err := e.through(d); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// through returns the issuer as it is seen through a door.
func (e *environment) through(d *door) (*issuer.Door, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known, ok := e.doors[d]; ok {
		return known, nil
	}
	made, err := e.issuer.Door(d.endpoints[e.name])
	if err == nil {
		e.doors[d] = made
	}
	return made, err
}

// actsFor returns the organisation that a client acts for, if there is such a
// client.
func (e *environment) actsFor(clientID string) string {
	if c, ok := e.registry.IssuedClient(clientID); ok {
		return c.ClientOrgNo
	}
	return ""
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

// registryError returns the refusal of the registry in err, or nil.
func registryError(err error) *registry.Error {
	refusal, _ := errors.AsType[*registry.Error](err)
	return refusal
}
