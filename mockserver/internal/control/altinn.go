package control

import (
	"encoding/json"
	"errors"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// altinnCalls are what Altinn knows.
var altinnCalls = map[string]handler{
	"POST delegations":   taking(delegate),
	"DELETE delegations": undelegate,
	"POST system-users":  taking(systemUser),
	"POST consents":      taking(consent),
}

// delegation is one in Altinn. Without an environment it is in all of them.
type delegation struct {
	Environment string `json:"environment,omitzero"`
	Consumer    string `json:"consumer"`
	Supplier    string `json:"supplier"`
	Scope       string `json:"scope"`
}

func delegate(c *call, in delegation) (any, error) {
	return in, c.in(in.Environment, func(env *engine.Environment) error {
		return env.Registry.Delegate(in.Consumer, in.Supplier, in.Scope)
	})
}

// undelegate takes parameters, since a DELETE with a body is not to be relied on.
func undelegate(c *call) (any, error) {
	query := c.URL.Query()
	for _, name := range []string{"consumer", "supplier"} {
		if number := query.Get(name); !orgno.Valid(number) {
			return nil, errors.New(name + ": an organisation number is required: nine digits with a valid check digit")
		}
	}
	if query.Get("scope") == "" {
		return nil, errors.New("scope: the delegated scope is required")
	}
	environment := query.Get("environment")
	if err := c.checkEnvironment(environment); err != nil {
		return nil, err
	}
	return done, c.Engine.Undelegate(environment, query.Get("consumer"), query.Get("supplier"), query.Get("scope"))
}

func systemUser(c *call, in struct {
	Environment string `json:"environment"`
	registry.SystemUser
}) (any, error) {
	if err := c.checkEnvironment(in.Environment); err != nil {
		return nil, err
	}
	return c.Engine.AddSystemUser(in.Environment, in.SystemUser)
}

// consent takes any member beside the environment.
func consent(c *call, in issuer.Consent) (any, error) {
	var where string
	if named, ok := in.Others["environment"]; ok { // the one member that isn't the consent's
		delete(in.Others, "environment")
		if json.Unmarshal(named, &where) != nil {
			return nil, errors.New("environment: test, ver1, ver2 or prod is expected")
		}
	}
	return in, c.in(where, func(env *engine.Environment) error { return env.Issuer.SetConsent(in) })
}
