package registry

import (
	"errors"
	"slices"
)

// CheckIntegration is nil when the organisation is customer or supplier of
// the integration, Forbidden when others are, and NotFound when there is none.
func (r *Registry) CheckIntegration(orgno, id string) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if c, ok := r.clients.get(id); ok {
		if c.ClientOrgNo == orgno || c.SupplierOrgNo == orgno {
			return nil
		}
		return forbidden("Integration", "integration %s belongs to another organisation", id)
	}
	for o := range r.organizations.all() {
		if i, ok := r.provider(o.OrgNo); ok && i.ID == id {
			if o.OrgNo == orgno {
				return nil
			}
			return forbidden("Integration", "integration %s belongs to another organisation", id)
		}
	}
	return notFound("Integration", "unknown integration %.80q", id)
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
