package registry

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Integration is what the list of integrations says of a client, or of an
// organisation as API provider.
type Integration struct {
	// ID is the client's id; a provider's is made of its number.
	ID            string `json:"id"`
	Description   string `json:"description,omitzero"`
	CustomerOrgNo string `json:"customer_organization_number"`
	SupplierOrgNo string `json:"supplier_organization_number,omitzero"`
	SupplierID    string `json:"supplier_integration_id,omitzero"`
	// Type in upper case: MASKINPORTEN, IDPORTEN_OIDC, …, [APIProvider].
	Type string `json:"integration_type"`
	// Created and LastUpdated are those of the client; a provider's are the
	// first and the last of its prefixes.
	Created     time.Time `json:"created"`
	LastUpdated time.Time `json:"last_updated"`
	Active      bool      `json:"active"`
}

// IntegrationFilter picks integrations. Its zero value picks all.
type IntegrationFilter struct {
	// OrgNo picks those of one customer, who may be the organisation itself.
	OrgNo string
	// UpdatedSince picks those that were changed then or later.
	UpdatedSince time.Time
	// Provider lists the organisation itself as API provider too, as the portal
	// does.
	Provider bool
}

// Integrations lists what an organisation is customer or supplier of, active
// or not: with [IntegrationFilter].Provider itself first, then the clients,
// oldest first. None at all is an empty list.
func (r *Registry) Integrations(owner string, f IntegrationFilter) ([]Integration, error) {
	if f.OrgNo != "" {
		if err := checkOrgNo("Integration", "org_number", f.OrgNo); err != nil {
			return nil, err
		}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := []Integration{}
	if provider, ok := r.provider(owner); ok && f.Provider && f.picks(provider) {
		list = append(list, provider)
	}
	for c := range r.clients.group(owner) {
		if i := integrationOf(c); f.picks(i) {
			list = append(list, i)
		}
	}
	return list, nil
}

func (f IntegrationFilter) picks(i Integration) bool {
	return (f.OrgNo == "" || f.OrgNo == i.CustomerOrgNo) && !i.LastUpdated.Before(f.UpdatedSince)
}

// integrationOf shows a client as an integration.
func integrationOf(c *Client) Integration {
	return Integration{
		ID: c.ClientID, Description: cmp.Or(c.Description, c.ClientName),
		CustomerOrgNo: c.ClientOrgNo, SupplierOrgNo: c.SupplierOrgNo,
		Type: cmp.Or(listedTypes[c.IntegrationType], strings.ToUpper(c.IntegrationType)), Created: c.Created, LastUpdated: c.LastUpdated, Active: c.Active,
	}
}

// listedTypes is how the list of integrations writes those types that it doesn't
// write as their names in upper case.
var listedTypes = map[string]string{
	IDPorten: "IDPORTEN_OIDC", Ansattporten: "IDPORTEN_OIDC", EFormidling: "EFORMIDLING_DPI", KRR: "KRR_REST",
}

// isOfType reports whether a client is listed under a type. It says so of ten
// thousand quickly.
func isOfType(c *Client, integrationType string) bool {
	return strings.EqualFold(c.IntegrationType, integrationType) || listedTypes[c.IntegrationType] == integrationType
}

// provider shows an organisation that has or had a prefix as an integration.
func (r *Registry) provider(owner string) (Integration, bool) {
	prefixes := slices.Collect(r.prefixes.group(owner))
	if len(prefixes) == 0 {
		return Integration{}, false
	}
	i := Integration{
		ID: providerIDPrefix + owner, Description: "API-tilbyder", CustomerOrgNo: owner,
		Type: APIProvider, Created: prefixes[0].Created,
	}
	for _, p := range prefixes {
		i.Active = i.Active || p.Active
		if p.LastUpdated.After(i.LastUpdated) {
			i.LastUpdated = p.LastUpdated
		}
	}
	return i, true
}

// API is what the list of APIs says of an organisation as API provider.
type API struct {
	CustomerOrgNo string   `json:"customer_organization_number"`
	Prefixes      []string `json:"prefix"`
	// ConsumerCount is how many organisations have an approved access to at
	// least one of its scopes.
	ConsumerCount int `json:"consumer_count"`
}

// APIs lists the APIs of an organisation: one element with its active
// prefixes, or an empty list when it has none.
func (r *Registry) APIs(owner string) []API {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var prefixes []string
	for p := range r.prefixes.group(owner) {
		if p.Active {
			prefixes = append(prefixes, p.Prefix)
		}
	}
	if len(prefixes) == 0 {
		return []API{}
	}
	return []API{{CustomerOrgNo: owner, Prefixes: prefixes, ConsumerCount: r.consumerCount(owner)}}
}

// consumerCount counts each consumer once, however many scopes it may use.
func (r *Registry) consumerCount(owner string) int {
	consumers := map[uint32]bool{}
	for _, s := range r.scopes.groups[owner] {
		for _, n := range r.accesses.byScope[s.number] {
			if g := r.accesses.grants[n]; g.state == stateApproved {
				consumers[g.consumer] = true
			}
		}
	}
	return len(consumers)
}

// CheckIntegration is nil when the organisation is customer or supplier of
// the integration, Forbidden when others are, and NotFound when there is none.
func (r *Registry) CheckIntegration(orgno, id string) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var owners []string
	if c, ok := r.clients.get(id); ok {
		owners = []string{c.ClientOrgNo, c.SupplierOrgNo}
	} else if owner, ok := strings.CutPrefix(id, providerIDPrefix); ok && len(r.prefixes.groups[owner]) > 0 {
		owners = []string{owner}
	}
	switch {
	case owners == nil:
		return notFound("Integration", "unknown integration %.80q", id)
	case !slices.Contains(owners, orgno):
		return forbidden("Integration", "integration %s belongs to another organisation", id)
	default:
		return nil
	}
}

// HasIntegration reports whether anybody has an integration of this id.
func (r *Registry) HasIntegration(id string) bool {
	err, _ := errors.AsType[*Error](r.CheckIntegration("", id))
	return err == nil || err.Kind != NotFound
}

// IntegrationsConcerned lists the integrations of event.OrgNo that a critical
// event is about: that of the client; for a scope of the organisation's own,
// the one as API provider; for a scope that it was granted, those of its
// active clients that hold the scope, or of all its active clients when none
// does, since somebody must be told.
func (r *Registry) IntegrationsConcerned(event Event) []string {
	if event.ClientID != "" {
		return []string{event.ClientID}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if event.Kind == ScopeDeactivated {
		if provider, ok := r.provider(event.OrgNo); ok {
			return []string{provider.ID}
		}
		return nil
	}
	var holding, all []string
	for c := range r.clients.group(event.OrgNo) {
		if !c.Active || c.ClientOrgNo != event.OrgNo {
			continue
		}
		all = append(all, c.ClientID)
		if slices.Contains(c.Scopes, event.Scope) {
			holding = append(holding, c.ClientID)
		}
	}
	if len(holding) > 0 {
		return holding
	}
	return all
}
