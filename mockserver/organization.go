package mockserver

import (
	"slices"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Organization is an organisation of the mock. Make one with
// [Server.AddOrganization].
type Organization struct {
	// OrgNo and Name are those in the register.
	OrgNo maskinporten.OrgNo
	Name  string

	server *Server
}

// AddOrganization registers an organisation in all environments, and with the
// portal; one that is there gets the name. A number that can be none ends the
// test.
func (s *Server) AddOrganization(orgno maskinporten.OrgNo, name string) *Organization {
	s.helper()
	s.must("AddOrganization", s.addOrganization(orgno, name))
	return &Organization{OrgNo: orgno, Name: name, server: s}
}

func (s *Server) addOrganization(orgno maskinporten.OrgNo, name string) error {
	if err := orgno.Check(); err != nil {
		return err
	}
	err := s.everywhere(func(e *environment) error { return e.registry.AddOrganization(string(orgno), name) })
	if err != nil {
		return err
	}
	return s.people().Register(string(orgno), name)
}

// AssignPrefix assigns a prefix to the organisation in all environments, or in
// those named.
func (o *Organization) AssignPrefix(prefix string, environments ...maskinporten.Environment) *Organization {
	s := o.server
	s.helper()
	assign := func(e *environment) error { return e.registry.AssignPrefix(string(o.OrgNo), prefix) }
	if len(environments) == 0 {
		s.must("AssignPrefix", s.everywhere(assign))
	}
	for _, env := range environments {
		s.must("AssignPrefix", assign(s.mustFind("AssignPrefix", env)))
	}
	return o
}

// Client returns a client that is signed in as the organisation in the test
// environment, with all admin scopes, as a supplier too. Its options come
// after the mock's own.
func (s *Server) Client(o *Organization, options ...maskinporten.Option) *maskinporten.Client {
	s.helper()
	return s.ClientIn(maskinporten.Test, o, options...)
}

// ClientIn is [Server.Client] for another environment.
func (s *Server) ClientIn(env maskinporten.Environment, o *Organization, options ...maskinporten.Option) *maskinporten.Client {
	s.helper()
	client, err := maskinporten.New(s.Endpoints(env), s.AdminCredentials(env, o), append(s.ClientOptions(), options...)...)
	s.must("Client", err)
	return client
}

// ClientOptions make a client or authenticator of the SDK work with the mock
// in memory, by its clock.
func (s *Server) ClientOptions() []maskinporten.Option {
	return []maskinporten.Option{maskinporten.WithHTTPClient(s.HTTPClient()), maskinporten.WithClock(s.clock.Now)}
}

// AdminCredentials returns credentials of an admin client of the organisation
// with these scopes; without any, with all there are. The client is made when
// it is needed, and its key posted again each time, so that it lives a year
// from now.
func (s *Server) AdminCredentials(env maskinporten.Environment, o *Organization, scopes ...string) maskinporten.Credentials {
	s.helper()
	admin, err := s.mustFind("AdminCredentials", env).adminOf(string(o.OrgNo), scopes)
	s.must("AdminCredentials", err)
	return maskinporten.Credentials{ClientID: admin.id, Key: s.signingKey(admin.key, admin.kid)}
}

// adminOf makes the admin client of an organisation with these scopes, or with
// all, or lets the one that is there live another year.
func (e *environment) adminOf(orgno string, scopes []string) (adminClient, error) {
	if len(scopes) == 0 {
		scopes = append(slices.Clone(adminScopes), "idporten:dcr.modify", "idporten:dcr/onbehalfof.write", "idporten:dcr.supplier")
	}
	admin := adminClient{
		id: registry.StableID(append([]string{"admin client", e.name, orgno}, scopes...)...), name: "Selvbetjening",
		orgno: orgno, scopes: scopes, kid: "admin-" + e.name, key: testkeys.Admins,
	}
	if err := admin.addTo(e); err != nil {
		return adminClient{}, err
	}
	e.registry.SettleClient(admin.id)
	return admin, nil
}

// Key returns one of the pre-generated test keys by number, from 0, with a kid.
// Making keys costs a tenth of a second each; these cost nothing.
func (s *Server) Key(number int, kid string) *maskinporten.Key {
	s.helper()
	if number < 0 || number >= freeKeys() {
		s.fail("mockserver: Key: there are keys number 0 to %d", freeKeys()-1)
	}
	return s.signingKey(testkeys.Free+number, kid)
}

// freeKeys is how many test keys there are for users.
func freeKeys() int { return testkeys.TLS - testkeys.Free }

func (s *Server) signingKey(number int, kid string) *maskinporten.Key {
	s.helper()
	private, err := testkeys.RSA(number)
	s.must("Key", err)
	key, err := maskinporten.KeyFromSigner(private, kid)
	s.must("Key", err)
	return key
}

func (s *Server) helper() {
	if s.t != nil {
		s.t.Helper()
	}
}

// must ends the test on a mistake in its own setting up.
func (s *Server) must(what string, err error) {
	if err != nil {
		s.helper()
		s.fail("mockserver: %s: %v", what, err)
	}
}
