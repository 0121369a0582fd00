package mockserver

import (
	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/engine"
)

// SampleOrgNo returns a valid organisation number by number, from 0 to 999,999;
// what lies outside begins again. It is the same one always, and another for
// each. The numbers begin with 3, as those of made-up organisations do.
func SampleOrgNo(number int) maskinporten.OrgNo {
	return maskinporten.OrgNo(engine.SampleOrgNo(number))
}

// Organization is an organisation of the mock. Make one with
// [Server.AddOrganization].
type Organization struct {
	// OrgNo and Name are those in the register.
	OrgNo maskinporten.OrgNo
	Name  string

	server *Server
}

// AddOrganization registers an organisation in all environments, and with the
// portal, where it has signed the terms of use; one that is there gets the name.
// An invalid number ends the test.
func (s *Server) AddOrganization(orgno maskinporten.OrgNo, name string) *Organization {
	s.t.Helper()
	s.must("AddOrganization", s.engine.OrganizeSigned(string(orgno), name))
	return &Organization{OrgNo: orgno, Name: name, server: s}
}

// AssignPrefix assigns a prefix to the organisation in all environments, or in
// those named.
func (o *Organization) AssignPrefix(prefix string, environments ...maskinporten.Environment) *Organization {
	s := o.server
	s.t.Helper()
	assign := func(env *engine.Environment) error { return env.Registry.AssignPrefix(string(o.OrgNo), prefix) }
	if len(environments) == 0 {
		s.must("AssignPrefix", s.engine.InAll(assign))
	}
	for _, env := range environments {
		s.must("AssignPrefix", assign(s.environment("AssignPrefix", env)))
	}
	return o
}

// Client returns a client that is signed in as the organisation in the test
// environment, with all admin scopes, as a supplier too. Its options come
// after the mock's own.
func (s *Server) Client(o *Organization, options ...maskinporten.Option) *maskinporten.Client {
	s.t.Helper()
	return s.ClientIn(maskinporten.Test, o, options...)
}

// ClientIn is [Server.Client] for another environment.
func (s *Server) ClientIn(env maskinporten.Environment, o *Organization, options ...maskinporten.Option) *maskinporten.Client {
	s.t.Helper()
	client, err := maskinporten.New(s.Endpoints(env), s.AdminCredentials(env, o), append(s.ClientOptions(), options...)...)
	s.must("Client", err)
	return client
}

// ClientOptions make a client or authenticator of the SDK work with the mock
// in memory, by its clock.
func (s *Server) ClientOptions() []maskinporten.Option {
	return []maskinporten.Option{maskinporten.WithHTTPClient(s.HTTPClient()), maskinporten.WithClock(s.Clock().Now)}
}

// AdminCredentials returns credentials of an admin client of the organisation
// with these scopes; without any, with all there are. The client is made when
// it is needed, and its key posted again each time, so that it lives a year
// from now.
func (s *Server) AdminCredentials(env maskinporten.Environment, o *Organization, scopes ...string) maskinporten.Credentials {
	s.t.Helper()
	admin, err := s.environment("AdminCredentials", env).Admin(string(o.OrgNo), scopes)
	s.must("AdminCredentials", err)
	return s.credentials(admin)
}

// App returns credentials of a client of the organisation, in the test
// environment, that gets tokens for these scopes, and makes what is missing:
// prefixes and who owns them, scopes, accesses, the client and its key. The token
// endpoint knows all of it at once. Asked again it returns the same client, whose
// key then lives another year.
func (s *Server) App(o *Organization, scopes ...string) maskinporten.Credentials {
	s.t.Helper()
	return s.AppIn(maskinporten.Test, o, scopes...)
}

// AppIn is [Server.App] for another environment.
func (s *Server) AppIn(env maskinporten.Environment, o *Organization, scopes ...string) maskinporten.Credentials {
	s.t.Helper()
	app, err := s.engine.App(string(env), string(o.OrgNo), scopes)
	s.must("App", err)
	return s.credentials(app)
}

func (s *Server) credentials(client *engine.Client) maskinporten.Credentials {
	s.t.Helper()
	return maskinporten.Credentials{ClientID: client.ID, Key: s.signingKey(client.KeyNumber(), client.KeyID)}
}
