package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// App makes a client of an organisation that gets tokens for these scopes, and
// makes what is missing: the organisation, prefixes and who owns them, scopes,
// accesses. What is there is kept; a scope that was deactivated is active again.
// The token endpoint knows all of it at once.
func (e *Engine) App(environment, orgno string, scopes []string) (*Client, error) {
	if len(scopes) == 0 {
		return nil, errors.New("scopes: name those that the client is to get tokens for")
	}
	env, err := e.Environment(environment)
	if err != nil {
		return nil, err
	}
	if err := e.organizeMissing(env, orgno, "Test "+orgno); err != nil {
		return nil, err
	}
	if !e.Portal().TermsSigned(orgno) {
		return nil, fmt.Errorf("orgno: %s has not signed the terms of use, and can't have clients", orgno)
	}
	for _, scope := range scopes {
		if err := e.open(env, scope, orgno); err != nil {
			return nil, fmt.Errorf("scopes: %s: %w", scope, err)
		}
	}
	app := &Client{
		ID: registry.StableID(append([]string{"app", env.Name, orgno}, scopes...)...), Name: "App",
		OrgNo: orgno, Scopes: slices.Clone(scopes), KeyID: "app-" + env.Name, key: testkeys.Admins,
	}
	if err := app.register(env); err != nil {
		return nil, err
	}
	env.Registry.Settle()
	return app, nil
}

func (e *Engine) organizeMissing(env *Environment, orgno, name string) error {
	_, err := env.Registry.Organization(orgno)
	if isRefusal(err, registry.NotFound) {
		return e.OrganizeSigned(orgno, name)
	}
	return err
}

// open lets an organisation use a scope.
func (e *Engine) open(env *Environment, scope, orgno string) error {
	switch prefix, subscope, ok := strings.Cut(scope, ":"); {
	case !ok:
		return errors.New("it has no prefix, as difi:weather.read has")
	case prefix == "idporten":
		return env.Registry.GrantAdminScopes(orgno, scope)
	case prefix == "krr":
		return nil // everybody may have these
	default:
		owner, err := e.ownerOf(env, prefix)
		if err != nil {
			return err
		}
		return offer(env, registry.Caller{OrgNo: owner, Own: true}, registry.ScopeFields{Prefix: prefix, Subscope: subscope}, orgno)
	}
}

// ownerOf finds who owns a prefix. Those that nobody has go to an organisation
// that is made for them.
func (e *Engine) ownerOf(env *Environment, prefix string) (string, error) {
	all := env.Registry.AllPrefixes(true)
	if i := slices.IndexFunc(all, func(p *registry.Prefix) bool { return p.Prefix == prefix }); i >= 0 {
		return all[i].OwnerOrgNo, nil
	}
	owner := SampleOrgNo(SampleOrgNos - 1)
	if err := e.organizeMissing(env, owner, "API-tilbyder"); err != nil {
		return "", err
	}
	return owner, env.Registry.AssignPrefix(owner, prefix)
}

// offer makes a scope, or makes it active, and gives access to it.
func offer(env *Environment, owner registry.Caller, fields registry.ScopeFields, consumer string) error {
	name, active := fields.Prefix+":"+fields.Subscope, true
	found, err := env.Registry.Scope(owner.OrgNo, name)
	switch {
	case isRefusal(err, registry.NotFound):
		fields.Description = "Test"
		_, err = env.Registry.CreateScope(owner, registry.ScopeInput{ScopeFields: fields})
	case err == nil && !found.Active:
		_, err = env.Registry.ReplaceScope(owner, name, registry.ScopeInput{ScopeFields: found.ScopeFields, Active: &active})
	}
	if err == nil && owner.OrgNo != consumer {
		_, err = env.Registry.GrantAccess(owner, name, consumer)
	}
	return err
}
