package mockserver

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// What the portal's calls take and answer. Refusals are [*PortalError].
type (
	// PortalError is a refusal of the portal; its Code names it.
	PortalError = portal.Error
	// SignUp is what a person fills in to become a user.
	SignUp = portal.SignUp
	// Profile tells who is signed in, and what they may do where.
	Profile = portal.Profile
	// Person is somebody for whom access to production is ordered.
	Person = portal.Person
	// Right is something that a user may do in an environment.
	Right = portal.Right
	// PrefixOrder asks Digdir for a prefix.
	PrefixOrder = portal.PrefixOrder
	// LostNotification is a critical event of which nobody was told.
	LostNotification = portal.LostNotification
)

// The rights that a manager delegates in Altinn.
const (
	RightAPIs         = portal.RightAPIs
	RightIntegrations = portal.RightIntegrations
	RightSupplier     = portal.RightSupplier
)

// Portal is the web portal for self-service: what its users do there, and what
// Digdir does behind it. The same is to be had over JSON below /portal/api/.
type Portal struct{ server *Server }

// Portal returns the portal.
func (s *Server) Portal() *Portal { return &Portal{s} }

// RegisterOrganization registers an organisation in all environments, with the
// mail domains of its people. Before they can sign up, it must sign the terms.
func (p *Portal) RegisterOrganization(orgno maskinporten.OrgNo, name string, domains ...string) error {
	if err := p.server.addOrganization(orgno, name); err != nil {
		return err
	}
	for _, domain := range domains {
		if err := p.server.people().AddDomain(string(orgno), domain); err != nil {
			return err
		}
	}
	return nil
}

// SignTerms records that the organisation signed the terms of use.
func (p *Portal) SignTerms(orgno maskinporten.OrgNo) error {
	return p.server.people().SignTerms(string(orgno))
}

// WithdrawTerms ends the agreement: nobody of the organisation can sign in.
func (p *Portal) WithdrawTerms(orgno maskinporten.OrgNo) error {
	return p.server.people().WithdrawTerms(string(orgno))
}

// AppointManager makes the person with this mail address a manager of the
// organisation, who orders access and delegates rights.
func (p *Portal) AppointManager(orgno maskinporten.OrgNo, mail string) error {
	return p.server.people().AppointManager(string(orgno), mail)
}

// SignUp registers a user and mails a confirmation link. The mail's domain
// decides the organisation.
func (p *Portal) SignUp(in SignUp) error { return p.server.people().SignUp(in) }

// ConfirmMail follows the confirmation link in the last mail to an address, as
// the user does.
func (p *Portal) ConfirmMail(mail string) error {
	mails := p.server.Mailbox(strings.ToLower(mail))
	for _, last := range slices.Backward(mails) {
		if _, token, ok := strings.Cut(last.Body, "?token="); ok {
			return p.Confirm(strings.TrimSpace(token))
		}
	}
	return fmt.Errorf("mockserver: no mail to %s holds a link", mail)
}

// Confirm follows a confirmation link by its token. It works once.
func (p *Portal) Confirm(token string) error { return p.server.people().Confirm(token) }

// SignIn starts a session.
func (p *Portal) SignIn(mail, password string) (*PortalSession, error) {
	signed, err := p.server.people().SignIn(mail, password)
	if err != nil {
		return nil, err
	}
	return &PortalSession{server: p.server, cookie: signed.Cookie, csrf: signed.CSRFToken}, nil
}

// DecidePrefix is Digdir's side: it grants or refuses a prefix order that is
// pending, as those for production are.
func (s *Server) DecidePrefix(id string, granted bool, reason string) (PrefixOrder, error) {
	return s.people().DecidePrefix(id, granted, reason)
}

// PendingPrefixOrders lists what waits for DecidePrefix.
func (s *Server) PendingPrefixOrders() []PrefixOrder { return s.people().PendingPrefixOrders() }

// LostNotifications lists the critical events of which nobody was told, because
// the integration concerned has no notification points.
func (s *Server) LostNotifications() []LostNotification {
	s.settleTime()
	return s.people().LostNotifications()
}

// PortalSession is a signed-in user.
type PortalSession struct {
	server       *Server
	cookie, csrf string
}

// SignInWithIDPorten raises the session to the level that production asks for.
func (p *PortalSession) SignInWithIDPorten(pid string) error {
	return p.server.people().SignInWithIDPorten(p.cookie, pid)
}

// Profile tells who is signed in, and what they may do where.
func (p *PortalSession) Profile() (Profile, error) { return p.server.people().Profile(p.cookie) }

// SignOut ends the session.
func (p *PortalSession) SignOut() error { return p.server.people().SignOut(p.cookie) }

// Restrict lets only these users of the organisation into a test environment;
// without any, everybody is let in again. Managers only.
func (p *PortalSession) Restrict(env maskinporten.Environment, mails ...string) error {
	return p.server.people().Restrict(p.cookie, string(env), mails)
}

// OrderProduction orders access to production for persons. Managers only.
func (p *PortalSession) OrderProduction(persons ...Person) error {
	return p.server.people().OrderProduction(p.cookie, persons)
}

// DelegateRights gives a colleague rights in production. Managers only.
func (p *PortalSession) DelegateRights(mail string, rights ...Right) error {
	return p.server.people().DelegateRights(p.cookie, mail, rights)
}

// TakeBack takes rights in production from a colleague, all of them when none
// is named. Managers only.
func (p *PortalSession) TakeBack(mail string, rights ...Right) error {
	return p.server.people().TakeBack(p.cookie, mail, rights...)
}

// OrderPrefix orders a prefix. In test environments it is granted at once; in
// production it waits for [Server.DecidePrefix].
func (p *PortalSession) OrderPrefix(env maskinporten.Environment, prefix, purpose string) (PrefixOrder, error) {
	return p.server.people().OrderPrefix(p.cookie, string(env), prefix, purpose)
}

// PrefixOrders lists the orders of the user's organisation.
func (p *PortalSession) PrefixOrders() ([]PrefixOrder, error) {
	return p.server.people().PrefixOrders(p.cookie)
}

// Client returns a client that works in one environment as the signed-in user,
// with the rights that the user holds there at the time of each call: scopes
// and accesses, clients and keys, integrations and merchant data.
func (p *PortalSession) Client(env maskinporten.Environment) (*maskinporten.Client, error) {
	endpoints, err := p.server.Endpoints(env).Endpoints()
	if err != nil {
		return nil, fmt.Errorf("mockserver: there is no environment %q", env)
	}
	endpoints.API = endpoints.Portal
	return maskinporten.New(endpoints, maskinporten.Credentials{},
		maskinporten.WithExternalAuth(), maskinporten.WithHTTPClient(p.HTTPClient()), maskinporten.WithClock(p.server.clock.Now))
}

// HTTPClient returns a client that carries the session to the portal, in
// memory.
func (p *PortalSession) HTTPClient() *http.Client {
	return &http.Client{Transport: sessionTransport{p}}
}

type sessionTransport struct{ session *PortalSession }

// RoundTrip adds what a browser would.
func (t sessionTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != portalHost {
		closeBody(r)
		return nil, fmt.Errorf("mockserver: %s is not the portal, and must not see its session", r.URL.Host)
	}
	signed := r.Clone(r.Context())
	signed.AddCookie(&http.Cookie{Name: portal.CookieName, Value: t.session.cookie}) //nolint:gosec // a request's cookie has no attributes
	signed.Header.Set(portal.CSRFHeader, t.session.csrf)
	return t.session.server.Transport().RoundTrip(signed)
}

// people is the portal's state.
func (s *Server) people() *portal.Portal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.portal
}

// confirmURL is where confirmation mails link to: a listener or handler, if
// there is one.
func (s *Server) confirmURL() string {
	return cmp.Or(s.publicURL(), "https://"+portalHost) + "/portal/confirm"
}
