package registry

import (
	"cmp"
	"slices"
)

// AvailableScopes lists the active scopes that an organisation can pick for its
// clients, by name: its own, those it was granted, and those accessible for all
// that are public.
func (r *Registry) AvailableScopes(orgno string) []*Scope {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := scopeList(r.scopes.all(), func(s *Scope) bool {
		if s.AccessibleForAll && s.OwnerOrgNo != orgno && s.Visibility != visibilityPublic {
			return r.accesses.state(r.accessKey(s.Name, orgno)) == stateApproved && s.Active
		}
		return r.currentAccess(s, orgno)
	})
	slices.SortFunc(list, func(a, b *Scope) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
