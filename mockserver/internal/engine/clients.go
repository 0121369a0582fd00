package engine

import (
	"encoding/json"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Client is a client with one of the test keys, as its holder knows it.
type Client struct {
	ID, Name, OrgNo string
	Scopes          []string
	KeyID           string
	key             int // its number among the test keys
}

// KeyNumber is the number of its key among the test keys.
func (c *Client) KeyNumber() int { return c.key }

// JWK is its private key.
func (c *Client) JWK() (json.RawMessage, error) { return testkeys.PrivateJWK(c.key, c.KeyID) }

// Admin makes the admin client of an organisation with these scopes, or with
// all, or lets the one that is there live another year.
func (env *Environment) Admin(orgno string, scopes []string) (*Client, error) {
	admin := env.newAdmin("admin client", orgno, scopes)
	admin.KeyID, admin.key = "admin-"+env.Name, testkeys.Admins
	return admin, env.settle(admin, admin.addTo(env))
}

// CertifiedAdmin is Admin for a client that has no key registered, and shows a
// business certificate.
func (env *Environment) CertifiedAdmin(orgno string, scopes []string) (*Client, error) {
	admin := env.newAdmin("admin client with a certificate", orgno, scopes)
	err := env.Registry.GrantAdminScopes(orgno, admin.Scopes...)
	if err == nil {
		err = admin.create(env)
	}
	return admin, env.settle(admin, err)
}

func (env *Environment) newAdmin(what, orgno string, scopes []string) *Client {
	if len(scopes) == 0 {
		scopes = append(slices.Clone(adminScopes), "idporten:dcr.modify", "idporten:dcr/onbehalfof.write", "idporten:dcr.supplier")
	}
	id := registry.StableID(append([]string{what, env.Name, orgno}, scopes...)...)
	return &Client{ID: id, Name: "Selvbetjening", OrgNo: orgno, Scopes: scopes}
}

// settle makes a client known to the token endpoint at once, if it was made.
func (env *Environment) settle(c *Client, err error) error {
	if err == nil {
		env.Registry.SettleClient(c.ID)
	}
	return err
}

// addTo registers an admin client, or, where it is there, posts its key again so
// that it lives another year.
func (c *Client) addTo(env *Environment) error {
	if err := env.Registry.GrantAdminScopes(c.OrgNo, c.Scopes...); err != nil {
		return err
	}
	return c.register(env)
}

func (c *Client) caller() registry.Caller { return registry.Caller{OrgNo: c.OrgNo, Own: true} }

// create makes the client, unless it is there.
func (c *Client) create(env *Environment) error {
	_, _, err := env.Registry.CreateClient(c.caller(), registry.ClientInput{ClientFields: registry.ClientFields{
		ClientID: c.ID, ClientName: c.Name, IntegrationType: registry.Maskinporten, Scopes: c.Scopes,
	}})
	if isRefusal(err, registry.Conflict) {
		return nil
	}
	return err
}

// register makes the client, and posts its key.
func (c *Client) register(env *Environment) error {
	if err := c.create(env); err != nil {
		return err
	}
	public, err := testkeys.Public(c.key)
	if err != nil {
		return err
	}
	_, err = env.Registry.PutKey(c.caller(), c.ID, c.KeyID, registry.KeyInput{
		Kty: "RSA", Use: "sig", Alg: "RS256", Kid: c.KeyID, N: public.N, E: public.E,
	})
	return err
}

// adminScopes are what the admin client of an ordinary organisation has.
var adminScopes = []string{"idporten:scopes.read", "idporten:scopes.write", "idporten:dcr.read", "idporten:dcr.write"}
