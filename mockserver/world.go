package mockserver

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

// adminScopes are what the admin client of an ordinary organisation has.
var adminScopes = []string{"idporten:scopes.read", "idporten:scopes.write", "idporten:dcr.read", "idporten:dcr.write"}

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

// worldRole is an admin client that every environment has from the start.
type worldRole struct {
	name, orgno string
	scopes      []string
}

var worldRoles = []worldRole{
	{"provider", digdir, adminScopes},
	{"consumer", nav, adminScopes},
	{"supplier", supplier, append(slices.Clone(adminScopes), "idporten:dcr.supplier")},
	{"scopes-only", digdir, []string{"idporten:scopes.write"}},
	{"keys-only", digdir, []string{"idporten:dcr.modify"}},
	{"onbehalfof-only", digdir, []string{"idporten:dcr/onbehalfof.write"}},
}

// clientID is the same in every server, so that credentials can be kept.
func (r worldRole) clientID(environment string) string {
	return registry.StableID("admin client", environment, r.name)
}

func (r worldRole) kid(environment string) string { return r.name + "-" + environment }

// addDefaultWorld fills an environment.
func addDefaultWorld(e *environment) error {
	for _, o := range worldOrganizations {
		if err := e.registry.AddOrganization(o.orgno, o.name); err != nil {
			return err
		}
		for _, prefix := range o.prefixes {
			if err := e.registry.AssignPrefix(o.orgno, prefix); err != nil {
				return err
			}
		}
	}
	for i, role := range worldRoles {
		admin := adminClient{
			id: role.clientID(e.name), name: "Selvbetjening (" + role.name + ")", orgno: role.orgno,
			scopes: role.scopes, kid: role.kid(e.name), key: testkeys.Admins + i,
		}
		if err := admin.addTo(e); err != nil {
			return err
		}
	}
	return nil
}

// adminClient is a client for self-service with one of the test keys.
type adminClient struct {
	id, name, orgno, kid string
	scopes               []string
	key                  int // its number among the test keys
}

// addTo registers the client, or, where it is there, posts its key again so
// that it lives another year.
func (a adminClient) addTo(e *environment) error {
	if err := e.registry.GrantAdminScopes(a.orgno, a.scopes...); err != nil {
		return err
	}
	caller := registry.Caller{OrgNo: a.orgno, Own: true}
	_, _, err := e.registry.CreateClient(caller, registry.ClientInput{
		ClientID: a.id, ClientName: a.name, IntegrationType: registry.Maskinporten, Scopes: a.scopes,
	})
	if refusal := registryError(err); err != nil && (refusal == nil || refusal.Kind != registry.Conflict) {
		return err
	}
	public, err := testkeys.Public(a.key)
	if err != nil {
		return err
	}
	_, err = e.registry.PutKey(caller, a.id, a.kid, registry.KeyInput{
		Kty: "RSA", Use: "sig", Alg: "RS256", Kid: a.kid, N: public.N, E: public.E,
	})
	return err
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
