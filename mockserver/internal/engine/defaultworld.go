package engine

import (
	"errors"
	"slices"
	"sync"

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

// roles are the admin clients that every environment has from the start.
var roles = []struct {
	name, orgno string
	scopes      []string
}{
	{"provider", digdir, adminScopes},
	{"consumer", nav, adminScopes},
	{"supplier", supplier, append(slices.Clone(adminScopes), "idporten:dcr.supplier")},
	{"scopes-only", digdir, []string{"idporten:scopes.write"}},
	{"keys-only", digdir, []string{"idporten:dcr.modify"}},
	{"onbehalfof-only", digdir, []string{"idporten:dcr/onbehalfof.write"}},
}

// roleClients are the roles' clients by environment, the same in every mock, so
// that credentials can be kept. Nobody may change them: all mocks share them.
var roleClients = sync.OnceValue(func() map[string][]Client {
	clients := map[string][]Client{}
	for _, environment := range names {
		for i, role := range roles {
			clients[environment] = append(clients[environment], Client{
				ID: registry.StableID("admin client", environment, role.name), Name: "Selvbetjening (" + role.name + ")", OrgNo: role.orgno,
				Scopes: role.scopes, KeyID: role.name + "-" + environment, key: testkeys.Admins + i,
			})
		}
	}
	return clients
})

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
	clients := roleClients()[e.Name]
	for i := range clients {
		if err := clients[i].addTo(e); err != nil {
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
