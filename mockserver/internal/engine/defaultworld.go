package engine

import (
	"errors"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// The organisations of the default world.
const (
	digdir   = "991825827"
	nav      = "889640782"
	supplier = "910753614"
)

// worldOrganization is an organisation that every environment has from the
// start.
type worldOrganization struct {
	orgno, name, domain string
	prefixes            []string
}

var worldOrganizations = []worldOrganization{
	{digdir, "Digitaliseringsdirektoratet", "digdir.no", []string{"difi", "difitest"}},
	{nav, "Arbeids- og velferdsetaten", "nav.no", nil},
	{supplier, "Leverandøren", "leverandor.example", nil},
}

// Role is an admin client that every environment has from the start.
type Role struct {
	Name, OrgNo string
	Scopes      []string
	key         int // its number among the test keys
}

var roles = []Role{
	{"provider", digdir, adminScopes, testkeys.Admins},
	{"consumer", nav, adminScopes, testkeys.Admins + 1},
	{"supplier", supplier, append(slices.Clone(adminScopes), "idporten:dcr.supplier"), testkeys.Admins + 2},
	{"scopes-only", digdir, []string{"idporten:scopes.write"}, testkeys.Admins + 3},
	{"keys-only", digdir, []string{"idporten:dcr.modify"}, testkeys.Admins + 4},
	{"onbehalfof-only", digdir, []string{"idporten:dcr/onbehalfof.write"}, testkeys.Admins + 5},
}

// client is the role's, the same in every mock, so that credentials can be kept.
func (r Role) client(environment string) *Client {
	return &Client{
		ID: registry.StableID("admin client", environment, r.Name), Name: "Selvbetjening (" + r.Name + ")", OrgNo: r.OrgNo,
		Scopes: slices.Clone(r.Scopes), KeyID: r.Name + "-" + environment, key: r.key,
	}
}

// addDefaultWorld fills an environment.
func addDefaultWorld(e *Environment) error {
	for _, o := range worldOrganizations {
		if err := e.Registry.AddOrganization(o.orgno, o.name); err != nil {
			return err
		}
		for _, prefix := range o.prefixes {
			if err := e.Registry.AssignPrefix(o.orgno, prefix); err != nil {
				return err
			}
		}
	}
	for _, role := range roles {
		if err := role.client(e.Name).addTo(e); err != nil {
			return err
		}
	}
	return nil
}

// registerDefaultOrganizations lets the people of the default world sign up at
// the portal.
func registerDefaultOrganizations(p *portal.Portal) error {
	for _, o := range worldOrganizations {
		if err := errors.Join(p.Register(o.orgno, o.name), p.SignTerms(o.orgno), p.AddDomain(o.orgno, o.domain)); err != nil {
			return err
		}
	}
	return nil
}
