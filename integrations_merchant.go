package maskinporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// MerchantData says whom to send invoices for an integration, and whom to
// tell when something critical happens to it: a key about to expire, a scope
// taken away. The two are kept together.
//
// Digdir offers it on the web only. The calls work where
// [Endpoints].Portal is set, which test doubles do; elsewhere they fail with
// [errors.ErrUnsupported]. The form on the wire is therefore this library's
// own.
type MerchantData struct {
	// IntegrationID is the integration that this is about.
	IntegrationID string `json:"integration_id,omitzero"`
	// Invoicing says where invoices go.
	Invoicing Invoicing `json:"invoicing,omitzero"`
	// NotificationPoints are the mail addresses that are told of critical
	// events. With none, nobody is.
	NotificationPoints []string `json:"notification_points"`
	// LastUpdated is the service's; zero: never saved.
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

// Invoicing is what an invoice to a Norwegian public body needs.
type Invoicing struct {
	// RecipientOrgNo is the organisation that pays. Required when anything
	// else is set.
	RecipientOrgNo OrgNo `json:"recipient_orgno,omitzero"`
	// RecipientName is its name, or that of the unit.
	RecipientName string `json:"recipient_name,omitzero"`
	// PeppolID is where electronic invoices (EHF) go: a Peppol participant,
	// "0192:" and an organisation number.
	PeppolID string `json:"peppol_id,omitzero"`
	// Reference is the recipient's own ("deres referanse"): a person, a
	// project. One line.
	Reference string `json:"reference,omitzero"`
	// OrderNumber is the recipient's purchase order. One line.
	OrderNumber string `json:"order_number,omitzero"`
	// Email is where invoices by mail go.
	Email string `json:"email,omitzero"`
	// Address is where invoices on paper go.
	Address PostalAddress `json:"address,omitzero"`
}

// PostalAddress is where letters go.
type PostalAddress struct {
	Street     string `json:"street,omitzero"`
	PostalCode string `json:"postal_code,omitzero"`
	City       string `json:"city,omitzero"`
	// Country is two capital letters (ISO 3166-1); empty: NO.
	Country string `json:"country,omitzero"`
}

type merchantDataFields MerchantData

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (m *MerchantData) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*merchantDataFields)(m), &m.Extra, "integration_id")
}

// MarshalJSON writes the fields in Extra beside the others. Notification
// points are always written, if only as an empty list.
func (m MerchantData) MarshalJSON() ([]byte, error) {
	if m.NotificationPoints == nil {
		m.NotificationPoints = []string{}
	}
	return wire.MarshalExtra(merchantDataFields(m), m.Extra)
}

// MerchantDataOptions are for [IntegrationsService.UpdateMerchantData].
type MerchantDataOptions struct {
	// AllowNoNotificationPoints saves merchant data that names nobody to be
	// told of critical events.
	AllowNoNotificationPoints bool
}

// MerchantData reads the merchant data of an integration (GET
// /integrations/{id}/merchant-data). Where [Endpoints].Portal is empty the error
// is [errors.ErrUnsupported].
func (s *IntegrationsService) MerchantData(ctx context.Context, integrationID string) (*MerchantData, error) {
	op, err := s.merchantDataOperation("Integrations.MerchantData", http.MethodGet, integrationID)
	if err != nil {
		return nil, err
	}
	return do[MerchantData](ctx, s.caller, op)
}

// UpdateMerchantData reads the merchant data of an integration, lets change work
// on it, checks it and saves it whole (PUT /integrations/{id}/merchant-data).
// After an error of change, or when a field is wrong, nothing is sent: the error
// is [ErrInvalidArgument] and names every such field. No address for critical
// events is wrong too, unless the options allow it. Where [Endpoints].Portal is
// empty the error is [errors.ErrUnsupported].
func (s *IntegrationsService) UpdateMerchantData(ctx context.Context, integrationID string, change func(*MerchantData) error, options MerchantDataOptions) (*MerchantData, error) {
	const name = "Integrations.UpdateMerchantData"
	get, err := s.merchantDataOperation(name, http.MethodGet, integrationID)
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(name, "change", "is nil: give a function that changes the merchant data")
	}
	put := get
	put.Method, put.Scopes = http.MethodPut, writesIntegrations()
	return update(ctx, s.caller, get, put, func(data *MerchantData) error {
		if err := change(data); err != nil {
			return err
		}
		return data.check(name, options.AllowNoNotificationPoints)
	})
}

// WithoutNotificationPoints iterates over the active integrations of the own
// organisation that have no address for critical events. It reads the merchant
// data of each (GET /integrations/{id}/merchant-data). An error is yielded once
// and ends it.
func (s *IntegrationsService) WithoutNotificationPoints(ctx context.Context) iter.Seq2[*Integration, error] {
	const name = "Integrations.WithoutNotificationPoints"
	return func(yield func(*Integration, error) bool) {
		if err := s.hasPortal(name); err != nil {
			yield(nil, err)
			return
		}
		// The list is read to its end first: it would hold a connection while
		// the merchant data are asked for.
		integrations, err := Collect(s.all(ctx, name, IntegrationFilter{}))
		if err != nil {
			yield(nil, err)
			return
		}
		for _, integration := range integrations {
			if !integration.Active {
				continue
			}
			nobody, err := s.hasNoNotificationPoints(ctx, name, integration.ID)
			if err != nil {
				yield(nil, fmt.Errorf("%w (integration %s)", err, errtext.Quoted(integration.ID)))
				return
			}
			if nobody && !yield(integration, nil) {
				return
			}
		}
	}
}

// hasPortal is [errors.ErrUnsupported] where there is no portal to ask, so
// that an organisation without integrations learns of it too.
func (s *IntegrationsService) hasPortal(name string) error {
	if s.caller.portal == "" {
		return errtext.Wrap(name+": the service has no such call; it is done on the web, at https://samarbeid.digdir.no", errors.ErrUnsupported)
	}
	return nil
}

func (s *IntegrationsService) hasNoNotificationPoints(ctx context.Context, name, integrationID string) (bool, error) {
	op, err := s.merchantDataOperation(name, http.MethodGet, integrationID)
	if err != nil {
		return false, err
	}
	data, err := do[MerchantData](ctx, s.caller, op)
	if err != nil {
		return false, err
	}
	return len(data.NotificationPoints) == 0, nil
}

func (s *IntegrationsService) merchantDataOperation(name, method, integrationID string) (operation, error) {
	if err := firstError(checkID(name, "integration id", integrationID), s.hasPortal(name)); err != nil {
		return operation{}, err
	}
	return operation{
		Name: name, Method: method, Portal: true, Path: "integrations/{}/merchant-data", IDs: []string{integrationID}, Scopes: readsIntegrations(),
	}, nil
}

// fieldProblems gathers one ArgumentError for each field that doesn't hold up,
// so that a form can show all of them at once.
type fieldProblems struct {
	operation string
	errs      []error
}

func (f *fieldProblems) add(field, problem string) {
	if problem != "" {
		f.errs = append(f.errs, invalidArgument(f.operation, field, problem))
	}
}

// check tells everything that is wrong with the merchant data.
func (m MerchantData) check(operationName string, nobodyTold bool) error {
	found := &fieldProblems{operation: operationName}
	m.Invoicing.check(found)
	if len(m.NotificationPoints) == 0 && !nobodyTold {
		found.add("NotificationPoints", "is empty: nobody would be told of critical events; set AllowNoNotificationPoints if that is meant")
	}
	seen := map[string]bool{}
	for i, address := range m.NotificationPoints {
		field := fmt.Sprintf("NotificationPoints[%d]", i)
		found.add(field, mailProblem(address))
		if folded := strings.ToLower(address); seen[folded] {
			found.add(field, errtext.Quoted(address)+" is there twice")
		} else {
			seen[folded] = true
		}
	}
	return errors.Join(found.errs...)
}

func (i *Invoicing) check(found *fieldProblems) {
	if *i == (Invoicing{}) {
		return // merchant data may be kept without it
	}
	found.add("Invoicing.RecipientOrgNo", orgNoProblem(string(i.RecipientOrgNo)))
	found.add("Invoicing.RecipientName", lineProblem(i.RecipientName))
	found.add("Invoicing.Reference", lineProblem(i.Reference))
	found.add("Invoicing.OrderNumber", lineProblem(i.OrderNumber))
	if i.PeppolID != "" {
		found.add("Invoicing.PeppolID", peppolProblem(i.PeppolID))
	}
	if i.Email != "" {
		found.add("Invoicing.Email", mailProblem(i.Email))
	}
	i.Address.check(found)
	if i.PeppolID == "" && i.Email == "" && i.Address == (PostalAddress{}) {
		found.add("Invoicing", "says nowhere that an invoice could go: set PeppolID, Email or Address")
	}
}

func (a *PostalAddress) check(found *fieldProblems) {
	if *a == (PostalAddress{}) {
		return
	}
	found.add("Invoicing.Address.Street", lineProblem(a.Street))
	found.add("Invoicing.Address.PostalCode", a.postalCodeProblem())
	found.add("Invoicing.Address.City", requiredLineProblem(a.City))
	if a.Country != "" && (len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		found.add("Invoicing.Address.Country", errtext.Quoted(a.Country)+" is not two capital letters, such as NO")
	}
}

func (a *PostalAddress) postalCodeProblem() string {
	norwegian := a.Country == "" || a.Country == "NO"
	if norwegian && (len(a.PostalCode) != 4 || strings.Trim(a.PostalCode, "0123456789") != "") {
		return errtext.Quoted(a.PostalCode) + " is not four digits, as Norwegian postal codes are"
	}
	return requiredLineProblem(a.PostalCode)
}

// peppolProblem checks a participant identifier of Peppol: the four digits
// of an ICD code, a colon, and an identifier of that code. Norwegian
// organisations are 0192.
func peppolProblem(id string) string {
	scheme, value, found := strings.Cut(id, ":")
	if !found || len(scheme) != 4 || strings.Trim(scheme, "0123456789") != "" || value == "" {
		return errtext.Quoted(id) + " is not a Peppol participant, such as 0192:991825827"
	}
	if scheme+":" == iso6523Prefix {
		return orgNoProblem(value)
	}
	return lineProblem(value)
}

func orgNoProblem(s string) string {
	if wrong, ok := errors.AsType[*ArgumentError](OrgNo(s).Check()); ok {
		return wrong.Problem
	}
	return ""
}

// mailProblem takes bare addresses only: no display names, no lists.
func mailProblem(address string) string {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxMailAddress {
		return errtext.Quoted(address) + " is not a mail address"
	}
	return ""
}

const (
	maxMailAddress = 254 // RFC 5321 section 4.5.3.1.3, without the angle brackets
	maxLine        = 255
)

func requiredLineProblem(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is empty"
	}
	return lineProblem(s)
}

func lineProblem(s string) string {
	switch {
	case !utf8.ValidString(s), strings.ContainsFunc(s, unicode.IsControl):
		return errtext.Quoted(s) + " is not one line of text"
	case utf8.RuneCountInString(s) > maxLine:
		return fmt.Sprintf("has %d characters, more than %d", utf8.RuneCountInString(s), maxLine)
	}
	return ""
}
