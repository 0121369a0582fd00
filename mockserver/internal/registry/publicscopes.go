package registry

import (
	"iter"
	"slices"
	"strings"
)

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

// PublicScopes lists everybody's PUBLIC scopes, oldest first. It may be
// empty, but with DelegatedSources an empty list is an Empty error.
func (r *Registry) PublicScopes(filter PublicFilter) ([]*Scope, error) {
	filter.IntegrationType = strings.ToLower(filter.IntegrationType)
	if filter.IntegrationType != "" && !slices.Contains(integrationTypes, filter.IntegrationType) {
		return nil, invalid("Scope", "integration_type", "Unknown integration type %s", quoteShort(filter.IntegrationType))
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := scopeList(r.scopesUnder(filter.Prefix), filter.matches)
	if len(list) == 0 && filter.DelegatedSources {
		return nil, empty("Scope", "Maskinporten does not have any scopes with a delegation source")
	}
	return list, nil
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

// AllowsType reports whether clients of an integration type may have the
// scope. A scope that names no type allows every one.
func (s Scope) AllowsType(integrationType string) bool {
	return len(s.AllowedIntegrationTypes) == 0 || slices.Contains(s.AllowedIntegrationTypes, integrationType)
}
