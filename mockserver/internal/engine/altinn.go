package engine

import (
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// Organize registers an organisation in all environments and with the portal,
// where it has not signed the terms.
func (e *Engine) Organize(orgno, name string) error {
	return e.organize(orgno, name, (*portal.Portal).Register)
}

// OrganizeSigned is [Engine.Organize] for one that has signed the terms.
func (e *Engine) OrganizeSigned(orgno, name string) error {
	return e.organize(orgno, name, (*portal.Portal).RegisterSigned)
}

func (e *Engine) organize(orgno, name string, register func(p *portal.Portal, orgno, name string) error) error {
	if err := e.InAll(func(env *Environment) error { return env.Registry.AddOrganization(orgno, name) }); err != nil {
		return err
	}
	return register(e.Portal(), orgno, name)
}

// Undelegate takes a delegation back in an environment, or in all when none is
// named; where there is none, nothing happens.
func (e *Engine) Undelegate(environment, consumer, supplier, scope string) error {
	return e.In(environment, func(env *Environment) error {
		err := env.Registry.Undelegate(consumer, supplier, scope)
		if isRefusal(err, registry.NotFound) {
			return nil
		}
		return err
	})
}

// AddSystemUser registers a system user in an environment, or in all when none
// is named, with an id where it has none.
func (e *Engine) AddSystemUser(environment string, u registry.SystemUser) (added registry.SystemUser, err error) {
	if u.ID == "" {
		u.ID = e.NewID()
	}
	err = e.In(environment, func(env *Environment) error {
		user, err := env.Registry.AddSystemUser(u) // again in environments that are made later
		if env.Name == "test" || environment != "" {
			added = user
		}
		return err
	})
	return added, err
}
