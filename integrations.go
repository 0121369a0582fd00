package maskinporten

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// IntegrationsService tells about the integrations of the own organisation:
// what it has with Digdir, be it as customer or as supplier, and for each of
// them the merchant data, so that somebody is told when something breaks. It
// is [Client].Integrations.
//
// A client of [Client].Clients is one kind of integration; being an API
// provider is another.
type IntegrationsService struct{ caller *caller }

// Integration is what an organisation has with Digdir.
type Integration struct {
	ID          string `json:"id"`
	Description string `json:"description,omitzero"`
	// CustomerOrgNo is the organisation whose integration this is.
	CustomerOrgNo OrgNo `json:"customer_organization_number,omitzero"`
	// SupplierOrgNo is the organisation that runs it for the customer, if
	// somebody does.
	SupplierOrgNo OrgNo `json:"supplier_organization_number,omitzero"`
	// SupplierIntegrationID is the supplier's integration behind it.
	SupplierIntegrationID string          `json:"supplier_integration_id,omitzero"`
	Kind                  IntegrationKind `json:"integration_type,omitzero"`
	Created               time.Time       `json:"created,omitzero"`
	LastUpdated           time.Time       `json:"last_updated,omitzero"`
	Active                bool            `json:"active"`
	// Extra holds the fields that this version doesn't know. In lists it is
	// nil, unless a field had an unexpected type.
	Extra map[string]json.RawMessage `json:"-"`
}

type integrationFields Integration

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (i *Integration) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*integrationFields)(i), &i.Extra, "id")
}

func listedIntegration(fields *integrationFields, _ []byte) (*Integration, error) {
	return (*Integration)(fields), nil
}

// MarshalJSON writes the fields in Extra beside the others.
func (i Integration) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(integrationFields(i), i.Extra)
}

// IntegrationKind is the type of an integration. It is wider than the
// [IntegrationType] of clients, and spelt otherwise on the wire.
type IntegrationKind string

// The twenty kinds of the service's description. The service may know more.
const (
	IntegrationKindMaskinporten IntegrationKind = "MASKINPORTEN"
	IntegrationKindIDPorten     IntegrationKind = "IDPORTEN_OIDC"
	IntegrationKindAPIClient    IntegrationKind = "API_KLIENT"
	IntegrationKindKRR          IntegrationKind = "KRR_REST"

	// IntegrationKindKRRSOAP and what follows are older, or Digdir's own.
	IntegrationKindKRRSOAP        IntegrationKind = "KRR_SOAP"
	IntegrationKindIDPortenSAML2  IntegrationKind = "IDPORTEN_SAML2"
	IntegrationKindEFormidlingDPI IntegrationKind = "EFORMIDLING_DPI"
	IntegrationKindEFormidlingDPV IntegrationKind = "EFORMIDLING_DPV"
	IntegrationKindEFormidlingDPO IntegrationKind = "EFORMIDLING_DPO"
	IntegrationKindEFormidlingDPE IntegrationKind = "EFORMIDLING_DPE"
	IntegrationKindEFormidlingDPF IntegrationKind = "EFORMIDLING_DPF"

	// IntegrationKindIDPortenOnBehalf and what follows belong to a supplier
	// that acts for the customer. On the wire they end in _ONBEHALF or
	// _ONBEHALFOF, and for the five of EFORMIDLING nobody publishes in which:
	// both are read as the kind that stands here.
	IntegrationKindIDPortenOnBehalf       IntegrationKind = "IDPORTEN_OIDC_ONBEHALFOF"
	IntegrationKindIDPortenSAML2OnBehalf  IntegrationKind = "IDPORTEN_SAML2_ONBEHALF"
	IntegrationKindKRROnBehalf            IntegrationKind = "KRR_REST_ONBEHALFOF"
	IntegrationKindKRRSOAPOnBehalf        IntegrationKind = "KRR_SOAP_ONBEHALFOF"
	IntegrationKindEFormidlingDPIOnBehalf IntegrationKind = "EFORMIDLING_DPI_ONBEHALFOF"
	IntegrationKindEFormidlingDPVOnBehalf IntegrationKind = "EFORMIDLING_DPV_ONBEHALFOF"
	IntegrationKindEFormidlingDPOOnBehalf IntegrationKind = "EFORMIDLING_DPO_ONBEHALFOF"
	IntegrationKindEFormidlingDPEOnBehalf IntegrationKind = "EFORMIDLING_DPE_ONBEHALFOF"
	IntegrationKindEFormidlingDPFOnBehalf IntegrationKind = "EFORMIDLING_DPF_ONBEHALFOF"
)

var withOnBehalfOf = []IntegrationKind{
	IntegrationKindIDPorten, IntegrationKindKRR, IntegrationKindKRRSOAP, IntegrationKindEFormidlingDPI, IntegrationKindEFormidlingDPV,
	IntegrationKindEFormidlingDPO, IntegrationKindEFormidlingDPE, IntegrationKindEFormidlingDPF,
}

// UnmarshalText reads a kind as it is on the wire. Of the two endings that the
// variants on behalf have, both lead to the same kind; an unknown kind stays as
// it is sent.
func (k *IntegrationKind) UnmarshalText(text []byte) error {
	*k = IntegrationKind(text)
	switch of, ok := k.OnBehalf(); {
	case !ok:
	case of == IntegrationKindIDPortenSAML2:
		*k = of + "_ONBEHALF"
	case slices.Contains(withOnBehalfOf, of):
		*k = of + "_ONBEHALFOF"
	}
	return nil
}

// OnBehalf reports whether a supplier acts on behalf of the customer, and
// returns the kind that the integration would have without the supplier.
func (k IntegrationKind) OnBehalf() (of IntegrationKind, ok bool) {
	text := strings.TrimSuffix(string(k), "OF")
	if of, ok := strings.CutSuffix(text, "_ONBEHALF"); ok {
		return IntegrationKind(of), true
	}
	return k, false
}

// IntegrationFilter picks among integrations.
type IntegrationFilter struct {
	// OrgNo asks for the integrations with this organisation.
	OrgNo OrgNo
	// UpdatedSince asks for those that changed at this time or later.
	UpdatedSince time.Time
}

// OfferedAPI is what an organisation offers others: its prefixes, and how many use
// them.
type OfferedAPI struct {
	// CustomerOrgNo is the organisation that offers them.
	CustomerOrgNo OrgNo    `json:"customer_organization_number"`
	Prefixes      []string `json:"prefix,omitzero"`
	// ConsumerCount is the number of organisations with access.
	ConsumerCount int `json:"consumer_count"`
	// Extra holds the fields that this version doesn't know. In lists it is
	// nil, unless a field had an unexpected type.
	Extra map[string]json.RawMessage `json:"-"`
}

type offeredAPIFields OfferedAPI

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (a *OfferedAPI) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*offeredAPIFields)(a), &a.Extra, "customer_organization_number")
}

func listedAPI(fields *offeredAPIFields, _ []byte) (*OfferedAPI, error) {
	return (*OfferedAPI)(fields), nil
}

// MarshalJSON writes the fields in Extra beside the others.
func (a OfferedAPI) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(offeredAPIFields(a), a.Extra)
}

// All iterates over the integrations of the own organisation
// (GET /integrations), with a token for idporten:dcr.read or
// idporten:dcr.write. An error is yielded once and ends it.
func (s *IntegrationsService) All(ctx context.Context, filter IntegrationFilter) iter.Seq2[*Integration, error] {
	return s.all(ctx, "Integrations.All", filter)
}

func (s *IntegrationsService) all(ctx context.Context, name string, filter IntegrationFilter) iter.Seq2[*Integration, error] {
	query := url.Values{}
	if filter.OrgNo != "" {
		if err := checkOrgNo(name, "OrgNo", filter.OrgNo); err != nil {
			return failed[Integration](err)
		}
		query.Set("org_number", string(filter.OrgNo))
	}
	if !filter.UpdatedSince.IsZero() {
		query.Set("updated_since", filter.UpdatedSince.UTC().Format(time.RFC3339Nano))
	}
	return listAs(ctx, s.caller, operation{
		Name: name, Method: http.MethodGet, Path: "integrations", Query: query.Encode(), Scopes: readsIntegrations(),
	}, listedIntegration)
}

// Get returns one integration of the own organisation, or [ErrNotFound]. The
// service has no call for one, so that it is looked up in the list (GET
// /integrations).
func (s *IntegrationsService) Get(ctx context.Context, id string) (*Integration, error) {
	const name = "Integrations.Get"
	if id == "" {
		return nil, invalidArgument(name, "id", "is empty")
	}
	for integration, err := range s.all(ctx, name, IntegrationFilter{}) {
		if err != nil {
			return nil, err
		}
		if integration.ID == id {
			return integration, nil
		}
	}
	return nil, errtext.Wrapf("%s: no integration %s: %v", name, errtext.Quoted(id), ErrNotFound)
}

// APIs iterates over what the own organisation offers others (GET /apis),
// with a token for idporten:scopes.read or idporten:scopes.write.
func (s *IntegrationsService) APIs(ctx context.Context) iter.Seq2[*OfferedAPI, error] {
	return listAs(ctx, s.caller, operation{
		Name: "Integrations.APIs", Method: http.MethodGet, Path: "apis", Scopes: readsScopes(),
	}, listedAPI)
}

// readsIntegrations are the token scopes for reading integrations, least
// first.
func readsIntegrations() []string { return []string{scopeClientsRead, scopeClientsWrite} }

// writesIntegrations is the token scope for writing merchant data.
func writesIntegrations() []string { return []string{scopeClientsWrite} }
