package registry

import (
	"cmp"
	"iter"
	"slices"
	"strings"
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

// PublicFilter narrows [Registry.PublicScopes]. What is set must hold.
type PublicFilter struct {
	// Prefix: only scopes under it.
	Prefix string
	// Inactive: list deactivated scopes as well.
	Inactive bool
	// DelegatedSources: only scopes that can be delegated to suppliers.
	DelegatedSources bool
	// AccessibleForAll: only scopes that need no access.
	AccessibleForAll bool
	// IntegrationType, in any case: only scopes that clients of this type may
	// have. One that doesn't exist is Invalid.
	IntegrationType string
}

// PublicScopes lists everybody's PUBLIC scopes, oldest first.
func (r *Registry) PublicScopes(filter PublicFilter) ([]*Scope, error) {
	filter.IntegrationType = strings.ToLower(filter.IntegrationType)
	if filter.IntegrationType != "" && !slices.Contains(integrationTypes, filter.IntegrationType) {
		return nil, invalid("Scope", "integration_type", "Unknown integration type %s", quoteShort(filter.IntegrationType))
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return scopeList(r.scopesUnder(filter.Prefix), filter.matches), nil
}

// scopesUnder narrows the search to the scopes of the prefix's owner; with no
// prefix it is all of them.
func (r *Registry) scopesUnder(prefix string) iter.Seq[*Scope] {
	if prefix == "" {
		return r.scopes.all()
	}
	p, ok := r.prefixes.get(prefix)
	if !ok {
		return r.scopes.group("") // nobody's: empty
	}
	return r.scopes.group(p.OwnerOrgNo)
}

func (f PublicFilter) matches(s *Scope) bool {
	return s.Visibility == visibilityPublic &&
		(s.Active || f.Inactive) &&
		(f.Prefix == "" || s.Prefix == f.Prefix) &&
		(!f.DelegatedSources || s.DelegationSource != "") &&
		(!f.AccessibleForAll || s.AccessibleForAll) &&
		(f.IntegrationType == "" || s.AllowsType(f.IntegrationType))
}
