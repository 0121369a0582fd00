package engine

import (
	"errors"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/restapi"
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
