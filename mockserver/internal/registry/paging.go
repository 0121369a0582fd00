package registry

import "strings"

// Page says which part of a list is wanted. Lists of pages have the newest first:
// that is what somebody looks for who has just made it.
type Page struct {
	// Search: only what has this text in one of its names, in any case.
	Search string
	// Inactive: what was deactivated or taken back as well.
	Inactive bool
	// Offset is how many are passed over, Limit how many are wanted.
	Offset, Limit int
	// Enough: no more than so many are counted; 0: all are.
	Enough int
}

// Part is a part of a list, and how long the list is.
type Part[T any] struct {
	Items []T
	Total int
}

// pageOf makes a part of a list of those of n elements that keep picks; item makes
// one.
func pageOf[T any](n int, p Page, keep func(i int) bool, item func(i int) T) Part[T] {
	part := Part[T]{Items: make([]T, 0, min(n, p.Limit))}
	for i := n - 1; i >= 0 && (p.Enough == 0 || part.Total < p.Enough); i-- {
		if !keep(i) {
			continue
		}
		if part.Total >= p.Offset && len(part.Items) < p.Limit {
			part.Items = append(part.Items, item(i))
		}
		part.Total++
	}
	return part
}

// found returns what decides whether any of some texts holds the search.
func (p Page) found() func(texts ...string) bool {
	search := strings.ToLower(p.Search)
	return func(texts ...string) bool {
		for _, text := range texts {
			if strings.Contains(strings.ToLower(text), search) {
				return true
			}
		}
		return search == ""
	}
}

// ScopePage is a part of [Registry.Scopes], which may be empty; of those under a
// prefix, if one is given.
func (r *Registry) ScopePage(owner, prefix string, p Page) Part[*Scope] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	own, found := r.scopes.groups[owner], p.found()
	return pageOf(len(own), p, func(i int) bool {
		s := own[i].value
		return (s.Active || p.Inactive) && (prefix == "" || s.Prefix == prefix) && (p.Search == "" || found(s.Name, s.Description))
	}, func(i int) *Scope { return own[i].value })
}

// AccessPage is a part of [Registry.AccessGiven] to one scope, which may be empty.
// Names of consumers are searched too.
func (r *Registry) AccessPage(owner, scope string, p Page) (Part[*Access], error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, err := r.ownScope(owner, scope); err != nil {
		return Part[*Access]{}, err
	}
	positions, found := r.accesses.byScope[r.scopes.slots[scope].number], p.found()
	return pageOf(len(positions), p, func(i int) bool {
		g := &r.accesses.grants[positions[i]]
		if g.state == stateDenied && !p.Inactive {
			return false
		}
		if p.Search == "" {
			return true
		}
		consumer := unpackOrgNo(g.consumer)
		return found(consumer, r.organizationName(consumer))
	}, func(i int) *Access { return r.access(&r.accesses.grants[positions[i]]) }), nil
}

// NamedIntegration is an integration with the name of its client, which the API's
// list doesn't have.
type NamedIntegration struct {
	Integration
	Name string
}

// IntegrationPage is a part of [Registry.Integrations]; of one type, if it is
// given. The organisation as API provider comes first.
func (r *Registry) IntegrationPage(owner, integrationType string, p Page) Part[NamedIntegration] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	own, found := r.clients.groups[owner], p.found()
	provider, isProvider := r.provider(owner)
	n := len(own)
	if isProvider {
		n++
	}
	named := func(i int) NamedIntegration {
		if i == len(own) {
			return NamedIntegration{provider, provider.Description}
		}
		c := own[i].value
		return NamedIntegration{integrationOf(c), c.ClientName}
	}
	return pageOf(n, p, func(i int) bool {
		if i < len(own) {
			c := own[i].value
			if !c.Active && !p.Inactive || integrationType != "" && !isOfType(c, integrationType) {
				return false
			}
		} else if integrationType != "" && integrationType != APIProvider {
			return false
		}
		if p.Search == "" {
			return true
		}
		one := named(i)
		return found(one.Name, one.Description, one.ID, one.CustomerOrgNo)
	}, named)
}
