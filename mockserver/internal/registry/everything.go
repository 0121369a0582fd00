package registry

import "slices"

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
