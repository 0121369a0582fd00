package registry

import (
	"cmp"
	"slices"
)

// AvailableScopes lists the scopes that the portal offers to an organisation for
// its clients, by name: its own, those accessible for all that are public, those
// that were delegated to it, and those it was granted. Of these last the
// deactivated ones stay in the list as long as the access stands.
func (r *Registry) AvailableScopes(orgno string) []*Scope {
	r.mu.RLock()
	defer r.mu.RUnlock()
	delegated := map[string]bool{}
	for d := range r.delegations {
		if d.Supplier == orgno {
			delegated[d.Scope] = true
		}
	}
	list := scopeList(r.scopes.all(), func(s *Scope) bool {
		switch {
		case r.accesses.state(r.accessKey(s.Name, orgno)) == stateApproved:
			return true
		case !s.Active:
			return false
		default:
			return s.OwnerOrgNo == orgno || delegated[s.Name] || s.AccessibleForAll && s.Visibility == visibilityPublic
		}
	})
	slices.SortFunc(list, func(a, b *Scope) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
