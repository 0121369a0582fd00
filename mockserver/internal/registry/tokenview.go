package registry

// IssuedClient returns a client as the token endpoint knows it, with its
// keys; false when it is unknown or inactive.
func (r *Registry) IssuedClient(id string) (*Client, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.clients.known(id, r.now())
	if !ok || !c.Active {
		return nil, false
	}
	return c, true
}

// IssuedScope returns a scope as the token endpoint knows it, built-in and
// inactive ones included.
func (r *Registry) IssuedScope(name string) (*Scope, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.knownScope(name)
}

// IssuedAccess reports whether, as far as the token endpoint knows, an
// organisation may use a scope: because it owns it, has approved access, or
// the scope is accessible for all. To built-in admin scopes it must be
// assigned. Nobody may use an inactive scope.
func (r *Registry) IssuedAccess(scope, orgno string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, ok := r.knownScope(scope)
	if !ok {
		return false
	}
	now := r.now()
	return r.mayUse(s, orgno, func(key accessKey) grantState { return r.accesses.known(key, now) })
}

func (r *Registry) knownScope(name string) (*Scope, bool) {
	if s, ok := builtinScopes[name]; ok {
		return s, true
	}
	return r.scopes.known(name, r.now())
}

// currentScope returns a scope as it is now, built-in and inactive ones
// included. The caller holds the lock.
func (r *Registry) currentScope(name string) (*Scope, bool) {
	if s, ok := builtinScopes[name]; ok {
		return s, true
	}
	return r.scopes.get(name)
}

// currentAccess reports whether an organisation may use a scope now, by the
// rules of [Registry.IssuedAccess]. The caller holds the lock.
func (r *Registry) currentAccess(s *Scope, orgno string) bool {
	return r.mayUse(s, orgno, r.accesses.state)
}

// mayUse is the rule itself; state tells how an access stands.
func (r *Registry) mayUse(s *Scope, orgno string, state func(accessKey) grantState) bool {
	switch {
	case !s.Active:
		return false
	case s.AccessibleForAll:
		return true
	case builtinScopes[s.Name] == s:
		return r.adminScopes[orgno][s.Name]
	case s.OwnerOrgNo == orgno:
		return true
	default:
		return state(r.accessKey(s.Name, orgno)) == stateApproved
	}
}

// accessKey names the access of an organisation to a scope that exists.
func (r *Registry) accessKey(scope, orgno string) accessKey {
	return accessKey{scope: r.scopes.slots[scope].number, consumer: packOrgNo(orgno)}
}
