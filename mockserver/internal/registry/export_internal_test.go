package registry

import "slices"

// AllScopes lists everybody's scopes, deactivated ones included, oldest first.
func (r *Registry) AllScopes() []*Scope {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Collect(r.scopes.all())
}

// AllAccesses lists everybody's accesses, those taken back included, oldest
// first.
func (r *Registry) AllAccesses() []*Access {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.accessList(r.accesses.all(), true)
}
