package registry

import (
	"slices"
	"strings"
)

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
		return search == "" || slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), search) })
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

// everything is a part of a table, whoever the objects belong to: for who looks at
// the mock itself.
func everything[V comparable](r *Registry, t *table[V], p Page, texts func(V) []string) Part[V] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := p.found()
	return pageOf(len(t.ordered), p, func(i int) bool {
		return p.Search == "" || found(texts(t.ordered[i].value)...)
	}, func(i int) V { return t.ordered[i].value })
}

// EveryOrganization is a part of all organisations.
func (r *Registry) EveryOrganization(p Page) Part[*Organization] {
	return everything(r, &r.organizations, p, func(o *Organization) []string { return []string{o.OrgNo, o.Name} })
}

// EveryPrefix is a part of all prefixes.
func (r *Registry) EveryPrefix(p Page) Part[*Prefix] {
	return everything(r, &r.prefixes, p, func(x *Prefix) []string { return []string{x.Prefix, x.OwnerOrgNo} })
}

// EveryScope is a part of all scopes.
func (r *Registry) EveryScope(p Page) Part[*Scope] {
	return everything(r, &r.scopes, p, func(s *Scope) []string { return []string{s.Name, s.Description, s.OwnerOrgNo} })
}

// EveryClient is a part of all clients.
func (r *Registry) EveryClient(p Page) Part[*Client] {
	return everything(r, &r.clients, p, func(c *Client) []string {
		return append([]string{c.ClientID, c.ClientName, c.ClientOrgNo, c.SupplierOrgNo, c.IntegrationType}, c.Scopes...)
	})
}

// EveryAccess is a part of all accesses.
func (r *Registry) EveryAccess(p Page) Part[*Access] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := p.found()
	return pageOf(len(r.accesses.grants), p, func(i int) bool {
		g := &r.accesses.grants[i]
		return p.Search == "" || found(r.accesses.scopeName(g.scope), unpackOrgNo(g.consumer), g.state.String())
	}, func(i int) *Access { return r.access(&r.accesses.grants[i]) })
}

// OwnedKey is a key and the client that has it.
type OwnedKey struct {
	Key
	ClientID string
}

// EveryKey is a part of all keys of clients.
func (r *Registry) EveryKey(p Page) Part[OwnedKey] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	part, found := Part[OwnedKey]{}, p.found()
	for _, slot := range slices.Backward(r.clients.ordered) {
		c := slot.value
		keys := keysOf(c)
		for i := range keys {
			if p.Search != "" && !found(keys[i].Kid, c.ClientID) {
				continue
			}
			if part.Total >= p.Offset && len(part.Items) < p.Limit {
				part.Items = append(part.Items, OwnedKey{keys[i], c.ClientID})
			}
			part.Total++
		}
	}
	return part
}
