package maskinporten

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"
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
	var fields merchantDataFields
	extra, err := unmarshalExtra(data, &fields)
	if err != nil {
		return err
	}
	*m = MerchantData(fields)
	m.Extra = extra
	return nil
}

// MarshalJSON writes the fields in Extra beside the others. Notification
// points are always written, if only as an empty list.
func (m MerchantData) MarshalJSON() ([]byte, error) {
	if m.NotificationPoints == nil {
		m.NotificationPoints = []string{}
	}
	return marshalExtra(merchantDataFields(m), m.Extra)
}

// MerchantDataOption is an option of [IntegrationsService.UpdateMerchantData].
type MerchantDataOption func(*merchantDataSettings)

type merchantDataSettings struct{ nobodyTold bool }

// AllowNoNotificationPoints saves merchant data that names nobody to be told
// of critical events.
func AllowNoNotificationPoints() MerchantDataOption {
	return func(s *merchantDataSettings) { s.nobodyTold = true }
}

// MerchantData reads the merchant data of an integration. Where
// [Endpoints].Portal is empty it is [errors.ErrUnsupported].
func (s *IntegrationsService) MerchantData(ctx context.Context, integrationID string) (*MerchantData, error) {
	op, err := merchantDataOperation("Integrations.MerchantData", http.MethodGet, integrationID)
	if err != nil {
		return nil, err
	}
	return call[MerchantData](ctx, s.client, op)
}

// UpdateMerchantData reads the merchant data of an integration, lets change
// work on it, checks it and saves all of it together. An error of change, or
// a field that doesn't hold up, ends it, and nothing is sent: the error is
// [ErrInvalidArgument] and names every such field. Nobody to be told of
// critical events is such an error too, unless [AllowNoNotificationPoints] is
// given. Where [Endpoints].Portal is empty it is [errors.ErrUnsupported].
func (s *IntegrationsService) UpdateMerchantData(ctx context.Context, integrationID string, change func(*MerchantData) error, options ...MerchantDataOption) (*MerchantData, error) {
	const name = "Integrations.UpdateMerchantData"
	get, err := merchantDataOperation(name, http.MethodGet, integrationID)
	if err != nil {
		return nil, err
	}
	if change == nil {
		return nil, invalidArgument(name, "change", "is nil: give a function that changes the merchant data")
	}
	var settings merchantDataSettings
	for _, option := range options {
		if option != nil {
			option(&settings)
		}
	}
	put := get
	put.method, put.scopes = http.MethodPut, writesIntegrations()
	return update(ctx, s.client, get, put, func(data *MerchantData) error {
		if err := change(data); err != nil {
			return err
		}
		return data.check(name, settings.nobodyTold)
	})
}

// WithoutNotificationPoints iterates over the active integrations of the own
// organisation of whose critical events nobody would be told. It reads the
// merchant data of each. An error is yielded once and ends it.
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
			nobody, err := s.tellsNobody(ctx, name, integration.ID)
			if err != nil {
				yield(nil, fmt.Errorf("%w (integration %s)", err, quoted(integration.ID)))
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
	_, err := s.client.api.address(operation{name: name, base: apiPortal})
	return err
}

func (s *IntegrationsService) tellsNobody(ctx context.Context, name, integrationID string) (bool, error) {
	op, err := merchantDataOperation(name, http.MethodGet, integrationID)
	if err != nil {
		return false, err
	}
	data, err := call[MerchantData](ctx, s.client, op)
	if err != nil {
		return false, err
	}
	return len(data.NotificationPoints) == 0, nil
}

func merchantDataOperation(name, method, integrationID string) (operation, error) {
	if err := checkID(name, "integration id", integrationID); err != nil {
		return operation{}, err
	}
	return operation{
		name: name, method: method, base: apiPortal, path: []string{"integrations", integrationID, "merchant-data"}, scopes: readsIntegrations(),
	}, nil
}
