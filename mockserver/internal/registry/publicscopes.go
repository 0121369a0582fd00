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

// AllowsType reports whether clients of an integration type may have the
// scope. A scope that names no type allows every one.
func (s Scope) AllowsType(integrationType string) bool {
	return len(s.AllowedIntegrationTypes) == 0 || slices.Contains(s.AllowedIntegrationTypes, integrationType)
}
