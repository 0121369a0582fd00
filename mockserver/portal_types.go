package mockserver

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// PortalError is a refusal of the portal; its Code names it. The state is
// unchanged.
type PortalError struct {
	// Code is one of "invalid", "unknown", "conflict", "unknown_domain",
	// "terms_not_signed", "not_confirmed", "link_used", "link_invalid",
	// "wrong_credentials", "not_signed_in", "forged_request", "not_manager",
	// "no_access", "idporten_required", "missing_right" and "full".
	Code string
	// Field is what was wrong, by its name in JSON ("mail",
	// "persons[0].phone"). Empty: the whole, or nothing that was sent.
	Field   string
	Message string
}

// Error is the message.
func (e *PortalError) Error() string { return e.Message }

// portalError makes a refusal of the portal one of the face's.
func portalError(err error) error {
	if refusal, ok := errors.AsType[*portal.Error](err); ok {
		return &PortalError{Code: string(refusal.Code), Field: refusal.Field, Message: refusal.Message}
	}
	return err
}

// SignUp is what a person fills in to become a user.
type SignUp struct {
	Name string
	// Mail is a work address; its domain decides the organisation.
	Mail     string
	Password string
	// PID is the national identity number (11 digits) with which the person
	// signs in with ID-porten. Optional; needed for production.
	PID string
}

// Format keeps password and identity number from every verb of fmt.
func (s SignUp) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.SignUp(%s)", s.Mail)
}

// LogValue keeps slog to what Format shows.
func (s SignUp) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// Right is something that a user may do in an environment.
type Right string

// The rights that a manager delegates in Altinn.
const (
	// RightAPIs: scopes and accesses.
	RightAPIs Right = "apis"
	// RightIntegrations: clients, keys and merchant data.
	RightIntegrations Right = "integrations"
	// RightSupplier: clients for other organisations. Needs RightIntegrations.
	RightSupplier Right = "supplier"
)

func portalRights(rights []Right) []portal.Right {
	var list []portal.Right
	for _, right := range rights {
		list = append(list, portal.Right(right))
	}
	return list
}

// Person is somebody for whom access to production is ordered.
type Person struct {
	Name, Mail, Phone string
	// PID is the national identity number (11 digits). Optional: the person can
	// add it with [PortalSession.SetPID] instead.
	PID string
}

// Format keeps the identity number from every verb of fmt.
func (p Person) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.Person(%s)", p.Mail)
}

// LogValue keeps slog to what Format shows.
func (p Person) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(p)) }

// RightsRequest is a user's wish to work in an environment.
type RightsRequest struct {
	ID          string
	Environment maskinporten.Environment
	// Mail is who asks, Rights what for.
	Mail   string
	Rights []Right
	// State is "pending", "granted" or "refused".
	State string
	// Requested and Decided are when; Decided is zero while it is pending.
	Requested, Decided time.Time
	// DecidedBy is the mail address of the manager.
	DecidedBy string
}

// Profile tells who is signed in, and what they may do where.
type Profile struct {
	Mail, Name string
	// Manager: the user orders access and delegates rights.
	Manager bool
	// IDPorten: the session is at the level that production asks for.
	IDPorten     bool
	Organization ProfileOrganization
	Environments []ProfileEnvironment
	// CSRFToken goes with each request that changes something, in the header
	// X-CSRF-Token.
	CSRFToken string
}

// ProfileOrganization is the organisation of a user.
type ProfileOrganization struct {
	OrgNo, Name string
	// Domains are those of its people's mail addresses.
	Domains     []string
	TermsSigned bool
}

// ProfileEnvironment says what a user may do in an environment.
type ProfileEnvironment struct {
	Name string
	// Open: the user is let in.
	Open   bool
	Rights []Right
}

func profileOf(p portal.Profile) Profile {
	profile := Profile{
		Mail: p.Mail, Name: p.Name, Manager: p.Manager, IDPorten: p.IDPorten,
		Organization: ProfileOrganization(p.Organization), CSRFToken: p.CSRFToken,
	}
	for _, e := range p.Environments {
		rights := make([]Right, len(e.Rights))
		for i, right := range e.Rights {
			rights[i] = Right(right)
		}
		profile.Environments = append(profile.Environments, ProfileEnvironment{e.Name, e.Open, rights})
	}
	return profile
}

// PrefixOrder asks Digdir for a prefix.
type PrefixOrder struct {
	ID, Environment, Prefix string
	OrgNo, OrderedBy        string
	Purpose                 string
	// Means is "mail" or "form".
	Means string
	// State is "pending", "granted" or "refused".
	State string
	// Reason is that of a refusal.
	Reason           string
	Ordered, Decided time.Time
}

func prefixOrders(orders []portal.PrefixOrder) []PrefixOrder {
	var list []PrefixOrder
	for _, order := range orders {
		list = append(list, PrefixOrder(order))
	}
	return list
}

// LostNotification is a critical event of which nobody was told, because the
// integration concerned has no notification points.
type LostNotification struct {
	Environment, OrgNo string
	// IntegrationID is empty when the organisation has no integration that the
	// event could be told to.
	IntegrationID  string
	Event, Subject string
	Time           time.Time
}
