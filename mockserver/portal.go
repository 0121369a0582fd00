package mockserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// Portal is the web portal for self-service: what its users do there, and what
// Digdir does behind it. The same is to be had over JSON below /portal/api/.
type Portal struct{ server *Server }

// Portal returns the portal.
func (s *Server) Portal() *Portal { return &Portal{s} }

// RegisterOrganization registers an organisation in all environments, with the
// mail domains of its people. Before they can sign up, it must sign the terms.
func (p *Portal) RegisterOrganization(orgno maskinporten.OrgNo, name string, domains ...string) error {
	if err := p.server.engine.Organize(string(orgno), name); err != nil {
		return portalError(err)
	}
	for _, domain := range domains {
		if err := p.server.engine.Portal().AddDomain(string(orgno), domain); err != nil {
			return portalError(err)
		}
	}
	return nil
}

// SignTerms records that the organisation signed the terms of use.
func (p *Portal) SignTerms(orgno maskinporten.OrgNo) error {
	return portalError(p.server.engine.Portal().SignTerms(string(orgno)))
}

// WithdrawTerms ends the agreement: nobody of the organisation can sign in.
func (p *Portal) WithdrawTerms(orgno maskinporten.OrgNo) error {
	return portalError(p.server.engine.Portal().WithdrawTerms(string(orgno)))
}

// AppointManager makes the person with this mail address a manager of the
// organisation, who orders access and delegates rights.
func (p *Portal) AppointManager(orgno maskinporten.OrgNo, mail string) error {
	return portalError(p.server.engine.Portal().AppointManager(string(orgno), mail))
}

// SignUp registers a user and mails a confirmation link. The mail's domain
// decides the organisation.
func (p *Portal) SignUp(in SignUp) error {
	return portalError(p.server.engine.Portal().SignUp(portal.SignUp(in)))
}

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
func (p *Portal) Confirm(token string) error {
	return portalError(p.server.engine.Portal().Confirm(token))
}

// SignIn starts a session.
func (p *Portal) SignIn(mail, password string) (*PortalSession, error) {
	signed, err := p.server.engine.Portal().SignIn(mail, password)
	if err != nil {
		return nil, portalError(err)
	}
	return &PortalSession{server: p.server, cookie: signed.Cookie, csrf: signed.CSRFToken}, nil
}

// DecidePrefix is Digdir's side: it grants or refuses a prefix order that is
// pending, as those for production are.
func (s *Server) DecidePrefix(id string, granted bool, reason string) (PrefixOrder, error) {
	order, err := s.engine.Portal().DecidePrefix(id, granted, reason)
	return PrefixOrder(order), portalError(err)
}

// PendingPrefixOrders lists what waits for DecidePrefix.
func (s *Server) PendingPrefixOrders() []PrefixOrder {
	return prefixOrders(s.engine.Portal().PendingPrefixOrders())
}

// LostNotifications lists the critical events of which nobody was told, because
// the integration concerned has no notification points.
func (s *Server) LostNotifications() []LostNotification {
	s.engine.Due()
	var lost []LostNotification
	for _, l := range s.engine.Portal().LostNotifications() {
		lost = append(lost, LostNotification(l))
	}
	return lost
}

// PortalSession is a signed-in user.
type PortalSession struct {
	server       *Server
	cookie, csrf string
}

// SignInWithIDPorten raises the session to the level that production asks for.
func (p *PortalSession) SignInWithIDPorten(pid string) error {
	return portalError(p.server.engine.Portal().SignInWithIDPorten(p.cookie, pid))
}

// Profile tells who is signed in, and what they may do where.
func (p *PortalSession) Profile() (Profile, error) {
	profile, err := p.server.engine.Portal().Profile(p.cookie)
	return profileOf(profile), portalError(err)
}

// SignOut ends the session.
func (p *PortalSession) SignOut() error {
	return portalError(p.server.engine.Portal().SignOut(p.cookie))
}

// Restrict lets only these users of the organisation into a test environment;
// without any, everybody is let in again. Managers only.
func (p *PortalSession) Restrict(env maskinporten.Environment, mails ...string) error {
	return portalError(p.server.engine.Portal().Restrict(p.cookie, string(env), mails))
}

// OrderProduction orders access to production for persons. Managers only.
func (p *PortalSession) OrderProduction(persons ...Person) error {
	ordered := make([]portal.Person, len(persons))
	for i, person := range persons {
		ordered[i] = portal.Person(person)
	}
	return portalError(p.server.engine.Portal().OrderProduction(p.cookie, ordered))
}

// SetPID adds the national identity number with which the user signs in with
// ID-porten.
func (p *PortalSession) SetPID(pid string) error {
	return portalError(p.server.engine.Portal().SetPID(p.cookie, pid))
}

// RequestRights asks the organisation's managers for rights in production, or to
// be let into a test environment that isn't open to everybody.
func (p *PortalSession) RequestRights(env maskinporten.Environment, rights ...Right) (RightsRequest, error) {
	request, err := p.server.engine.Portal().RequestRights(p.cookie, string(env), portalRights(rights))
	return rightsRequest(request), portalError(err)
}

// DecideRights grants or refuses what a colleague asked for. Managers only.
func (p *PortalSession) DecideRights(id string, granted bool) (RightsRequest, error) {
	request, err := p.server.engine.Portal().DecideRights(p.cookie, id, granted)
	return rightsRequest(request), portalError(err)
}

func rightsRequest(r portal.RightsRequest) RightsRequest {
	made := RightsRequest{
		ID: r.ID, Environment: maskinporten.Environment(r.Environment), Mail: r.Mail, State: r.State,
		Requested: r.Requested, Decided: r.Decided, DecidedBy: r.DecidedBy,
	}
	for _, right := range r.Rights {
		made.Rights = append(made.Rights, Right(right))
	}
	return made
}

// DelegateRights gives a colleague rights in production. Managers only.
func (p *PortalSession) DelegateRights(mail string, rights ...Right) error {
	return portalError(p.server.engine.Portal().DelegateRights(p.cookie, mail, portalRights(rights)))
}

// TakeBack takes rights in production from a colleague, all of them when none
// is named. Managers only.
func (p *PortalSession) TakeBack(mail string, rights ...Right) error {
	return portalError(p.server.engine.Portal().TakeBack(p.cookie, mail, portalRights(rights)...))
}

// OrderPrefix orders a prefix. In test environments it is granted at once; in
// production it waits for [Server.DecidePrefix].
func (p *PortalSession) OrderPrefix(env maskinporten.Environment, prefix, purpose string) (PrefixOrder, error) {
	order, err := p.server.engine.Portal().OrderPrefix(p.cookie, string(env), prefix, purpose)
	return PrefixOrder(order), portalError(err)
}

// PrefixOrders lists the orders of the user's organisation.
func (p *PortalSession) PrefixOrders() ([]PrefixOrder, error) {
	orders, err := p.server.engine.Portal().PrefixOrders(p.cookie)
	return prefixOrders(orders), portalError(err)
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
		maskinporten.WithExternalAuth(), maskinporten.WithHTTPClient(p.HTTPClient()), maskinporten.WithClock(p.server.Clock().Now))
}

// HTTPClient returns a client that carries the session to the portal, in
// memory.
func (p *PortalSession) HTTPClient() *http.Client {
	return &http.Client{Transport: sessionTransport{p}}
}

type sessionTransport struct{ session *PortalSession }

// RoundTrip adds what a browser would.
func (t sessionTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != gateway.PortalHost {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, fmt.Errorf("mockserver: %s is not the portal, and must not see its session", r.URL.Host)
	}
	signed := r.Clone(r.Context())
	signed.AddCookie(&http.Cookie{Name: portal.CookieName, Value: t.session.cookie}) //nolint:gosec // a request's cookie has no attributes
	signed.Header.Set(portal.CSRFHeader, t.session.csrf)
	return t.session.server.Transport().RoundTrip(signed)
}
