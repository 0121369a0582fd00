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
	list := scopeList(r.scopes.all(), r.availableTo(orgno))
	slices.SortFunc(list, func(a, b *Scope) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// AvailablePage is a part of [Registry.AvailableScopes]: of those for clients of an
// integration type, without some.
func (r *Registry) AvailablePage(orgno, integrationType string, without []string, p Page) Part[*Scope] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	available, found := r.availableTo(orgno), p.found()
	return pageOf(len(r.scopes.ordered), p, func(i int) bool {
		s := r.scopes.ordered[i].value
		return available(s) && s.AllowsType(integrationType) && !slices.Contains(without, s.Name) && (p.Search == "" || found(s.Name, s.Description))
	}, func(i int) *Scope { return r.scopes.ordered[i].value })
}

// FewAvailable is [Registry.AvailableScopes] for clients of an integration type,
// where there are not more than most; else there are too many to choose from, and
// it is empty.
func (r *Registry) FewAvailable(orgno, integrationType string, most int) []*Scope {
	r.mu.RLock()
	defer r.mu.RUnlock()
	available := r.availableTo(orgno)
	var few []*Scope
	for s := range r.scopes.all() {
		if !available(s) || !s.AllowsType(integrationType) {
			continue
		}
		if few = append(few, s); len(few) > most {
			return nil
		}
	}
	return few
}

// availableTo returns what decides whether a scope is. Access is looked for last,
// since that takes longest.
func (r *Registry) availableTo(orgno string) func(*Scope) bool {
	delegated := map[string]bool{}
	for d := range r.delegations {
		if d.Supplier == orgno {
			delegated[d.Scope] = true
		}
	}
	return func(s *Scope) bool {
		if s.Active && (s.OwnerOrgNo == orgno || s.AccessibleForAll && s.Visibility == visibilityPublic || delegated[s.Name]) {
			return true
		}
		return r.accesses.state(r.accessKey(s.Name, orgno)) == stateApproved
	}
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
