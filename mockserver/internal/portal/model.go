package portal

import (
	"container/list"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// organization is what the portal knows of an organisation beyond its name.
type organization struct {
	orgno       string
	name        string
	domains     []string
	termsSigned bool
	managers    map[string]bool            // mail addresses
	restricted  map[string]map[string]bool // environment to the users let in; no entry: everybody
}

// restrict lets only those named into a test environment.
func (o *organization) restrict(environment string, named map[string]bool) {
	if o.restricted == nil { // most organisations restrict none
		o.restricted = map[string]map[string]bool{}
	}
	o.restricted[environment] = named
}

// Organization describes a registered organisation.
type Organization struct {
	OrgNo       string   `json:"orgno"`
	Name        string   `json:"name"`
	Domains     []string `json:"domains"`
	TermsSigned bool     `json:"terms_signed"`
}

func (o *organization) describe() Organization {
	return Organization{OrgNo: o.orgno, Name: o.name, Domains: slices.Clone(o.domains), TermsSigned: o.termsSigned}
}

type user struct {
	mail, name string
	orgno      string
	salt, hash []byte
	pid        string // national identity number, for ID-porten; may be empty
	confirmed  bool
	waiting    *list.Element // in the portal's list; nil: not there
	link       string        // digest of the token of the last link
	production access        // what was ordered or delegated in production
}

// confirmation is a link that was sent. It is kept after use, so that
// following it again can be told from a forged one.
type confirmation struct {
	mail    string
	expires time.Time
	used    bool
}

type session struct {
	mail     string
	csrf     string
	idporten bool
	expires  time.Time
	used     uint64 // when, in uses of all sessions
}

// Right is something that a user may do in an environment.
type Right string

// The rights, as they are delegated in Altinn.
const (
	// RightAPIs: scopes and accesses.
	RightAPIs Right = "apis"
	// RightIntegrations: clients, keys and merchant data.
	RightIntegrations Right = "integrations"
	// RightSupplier: clients for other organisations. Needs
	// RightIntegrations.
	RightSupplier Right = "supplier"
)

var allRights = access{RightAPIs: true, RightIntegrations: true, RightSupplier: true}

// access is a set of rights; none means no access.
type access map[Right]bool

func (a access) list() []Right {
	list := []Right{}
	for _, right := range []Right{RightAPIs, RightIntegrations, RightSupplier} {
		if a[right] {
			list = append(list, right)
		}
	}
	return list
}

// PrefixOrder asks Digdir for a prefix.
type PrefixOrder struct {
	ID          string    `json:"id"`
	Environment string    `json:"environment"`
	Prefix      string    `json:"prefix"`
	OrgNo       string    `json:"orgno"`
	OrderedBy   string    `json:"ordered_by"`
	Purpose     string    `json:"purpose"`
	Means       string    `json:"means"` // ByMail or ByForm
	State       string    `json:"state"`
	Reason      string    `json:"reason,omitzero"` // of a refusal
	Ordered     time.Time `json:"ordered"`
	Decided     time.Time `json:"decided,omitzero"`
}

// The states of a prefix order.
const (
	OrderPending = "pending"
	OrderGranted = "granted"
	OrderRefused = "refused"
)

// How a prefix is ordered: by mail for test environments, with a form for
// production.
const (
	ByMail = "mail"
	ByForm = "form"
)

// RightsRequest is a user's wish to work in an environment ("Be om tilgang").
type RightsRequest struct {
	ID          string    `json:"id"`
	Environment string    `json:"environment"`
	Mail        string    `json:"mail"` // who asks
	Rights      []Right   `json:"rights"`
	State       string    `json:"state"`
	Requested   time.Time `json:"requested"`
	Decided     time.Time `json:"decided,omitzero"`
	DecidedBy   string    `json:"decided_by,omitzero"` // mail address of the manager
}

// The states of a request for rights.
const (
	RequestPending = "pending"
	RequestGranted = "granted"
	RequestRefused = "refused"
)

func (r *RightsRequest) copied() RightsRequest {
	c := *r
	c.Rights = slices.Clone(r.Rights)
	return c
}

// MerchantData is what an integration carries for the people behind it. Its
// two parts are saved together.
type MerchantData struct {
	IntegrationID      string    `json:"integration_id"`
	Invoicing          Invoicing `json:"invoicing,omitzero"`
	NotificationPoints []string  `json:"notification_points"`
	LastUpdated        time.Time `json:"last_updated,omitzero"` // zero: never saved
}

// Invoicing is what an invoice to a Norwegian public body needs.
type Invoicing struct {
	RecipientOrgNo string  `json:"recipient_orgno,omitzero"`
	RecipientName  string  `json:"recipient_name,omitzero"`
	PeppolID       string  `json:"peppol_id,omitzero"` // "0192:" and an organisation number
	Reference      string  `json:"reference,omitzero"`
	OrderNumber    string  `json:"order_number,omitzero"`
	Email          string  `json:"email,omitzero"`
	Address        Address `json:"address,omitzero"`
}

// Address is a postal address.
type Address struct {
	Street     string `json:"street,omitzero"`
	PostalCode string `json:"postal_code,omitzero"`
	City       string `json:"city,omitzero"`
	Country    string `json:"country,omitzero"` // ISO 3166-1 alpha-2; empty: NO
}

type merchantKey struct{ environment, integration string }

// LostNotification is a critical event of which nobody was told, because the
// integration concerned has no notification points.
type LostNotification struct {
	Environment string `json:"environment"`
	OrgNo       string `json:"orgno"`
	// IntegrationID is empty when the organisation has no integration that
	// the event could be told to.
	IntegrationID string    `json:"integration_id,omitzero"`
	Event         string    `json:"event"`
	Subject       string    `json:"subject"`
	Time          time.Time `json:"time"`
}

// Mail is a message to one address.
type Mail struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Sent    time.Time `json:"sent"`
}

// SignUp is what a person fills in to become a user.
type SignUp struct {
	Name string `json:"name"`
	// Mail is a work address; its domain decides the organisation.
	Mail     string `json:"mail"`
	Password string `json:"password"`
	// PID is the national identity number (11 digits) with which the person
	// signs in with ID-porten. Optional; needed for production.
	PID string `json:"pid,omitzero"`
}

// Format keeps password and identity number from every verb of fmt.
func (s SignUp) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.SignUp(%s)", s.Mail)
}

// LogValue keeps slog to what Format shows.
func (s SignUp) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// Person is somebody for whom access to production is ordered.
type Person struct {
	Name  string `json:"name"`
	Mail  string `json:"mail"`
	Phone string `json:"phone"`
	// PID is the national identity number (11 digits). Optional: the person can
	// add it to the profile instead.
	PID string `json:"pid,omitzero"`
}

// Format keeps the identity number from every verb of fmt.
func (p Person) Format(state fmt.State, _ rune) {
	_, _ = fmt.Fprintf(state, "mockserver.Person(%s)", p.Mail)
}

// LogValue keeps slog to what Format shows.
func (p Person) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(p)) }

func (u *user) grant(rights ...Right) {
	if u.production == nil {
		u.production = access{}
	}
	for _, right := range rights {
		u.production[right] = true
	}
}
