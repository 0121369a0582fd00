package registry

import (
	"iter"
)

// ScopeFilter narrows [Registry.Scopes].
type ScopeFilter struct {
	// Inactive: list deactivated scopes as well.
	Inactive bool
	// Name: only this scope, active or not.
	Name string
}

// Scopes lists an organisation's own scopes, oldest first. With a name in the
// filter it answers as [Registry.Scope], as a list of one.
func (r *Registry) Scopes(owner string, filter ScopeFilter) ([]*Scope, error) {
	if filter.Name != "" {
		s, err := r.Scope(owner, filter.Name)
		if err != nil {
			return nil, err
		}
		return []*Scope{s}, nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return scopeList(r.scopes.group(owner), func(s *Scope) bool { return s.Active || filter.Inactive }), nil
}

// Scope returns one of the caller's scopes, active or not. Another
// organisation's is Forbidden, an unknown one NotFound.
func (r *Registry) Scope(caller, name string) (*Scope, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.ownScope(caller, name)
}

// ownScope is [Registry.Scope] for those who hold the lock.
func (r *Registry) ownScope(caller, name string) (*Scope, error) {
	s, ok := r.currentScope(name)
	switch {
	case !ok:
		return nil, notFound("Scope", "Scope %s was not found", quoteShort(name))
	case builtinScopes[name] == s, s.OwnerOrgNo != caller:
		return nil, forbidden("Scope", "Scope %s does not belong to organization %s", name, caller)
	default:
		return s, nil
	}
}

// CreateScope makes a scope under one of the caller's prefixes. A scope of
// that name that exists already, active or not, is a Conflict.
func (r *Registry) CreateScope(caller Caller, in ScopeInput) (*Scope, error) {
	return change(r, func() (*Scope, error) {
		s, err := r.newScope(caller, in)
		if err != nil {
			return nil, err
		}
		if _, taken := r.currentScope(s.Name); taken {
			return nil, conflict("Scope", "Scope %s exists already", s.Name)
		}
		r.scopes.insert(s.Name, s, s.Created, s.OwnerOrgNo)
		r.emit(Event{Kind: ScopeCreated, OrgNo: s.OwnerOrgNo, Scope: s.Name}.by(caller))
		return s, nil
	})
}

// newScope makes a scope of what was sent, and checks all that can be checked
// without looking for one of the same name.
func (r *Registry) newScope(caller Caller, in ScopeInput) (*Scope, error) {
	if err := checkName(in.Prefix, in.Subscope, caller.Lenient); err != nil {
		return nil, err
	}
	if in.OwnerOrgNo != "" && in.OwnerOrgNo != caller.OrgNo {
		refusal := invalid("Scope", "owner_orgno", "A scope is owned by the organization that creates it")
		if err := caller.Lenient.Assumed(refusal); err != nil {
			return nil, err
		}
	}
	fields, err := r.newScopeFields(in.ScopeFields, caller.Lenient)
	if err != nil {
		return nil, err
	}
	if err := r.checkPrefix(caller.OrgNo, in.Prefix); err != nil {
		return nil, err
	}
	now := r.now()
	return &Scope{
		ScopeFields: fields,
		Name:        in.Prefix + ":" + in.Subscope,
		OwnerOrgNo:  caller.OrgNo,
		Active:      in.Active == nil || *in.Active,
		Created:     now,
		LastUpdated: now,
	}, nil
}

// ReplaceScope replaces everything that the owner decides about a scope:
// fields that were not sent go back to their defaults. Prefix, subscope and
// owner must be left out or be what they are. Active, where sent,
// deactivates or reactivates.
func (r *Registry) ReplaceScope(caller Caller, name string, in ScopeInput) (*Scope, error) {
	return change(r, func() (*Scope, error) {
		before, err := r.ownScope(caller.OrgNo, name)
		if err != nil {
			return nil, err
		}
		if err := checkUnchanged(before, in, caller.Lenient); err != nil {
			return nil, err
		}
		after := *before
		if after.ScopeFields, err = r.newScopeFields(in.ScopeFields, caller.Lenient); err != nil {
			return nil, err
		}
		after.Prefix, after.Subscope = before.Prefix, before.Subscope
		if in.Active != nil {
			after.Active = *in.Active
		}
		return r.replaceScope(caller, before, after), nil
	})
}

// DeactivateScope makes a scope inactive: nobody gets tokens for it, and
// default lists leave it out. Its accesses stay. Doing so again changes
// nothing.
func (r *Registry) DeactivateScope(caller Caller, name string) (*Scope, error) {
	return change(r, func() (*Scope, error) {
		before, err := r.ownScope(caller.OrgNo, name)
		if err != nil || !before.Active {
			return before, err
		}
		after := *before
		after.Active = false
		return r.replaceScope(caller, before, after), nil
	})
}

// replaceScope stores a new version of a scope and tells what it means.
func (r *Registry) replaceScope(caller Caller, before *Scope, after Scope) *Scope {
	after.LastUpdated = r.now()
	r.scopes.replace(after.Name, &after, after.LastUpdated)
	event := Event{Kind: ScopeUpdated, OrgNo: after.OwnerOrgNo, Scope: after.Name}.by(caller)
	switch {
	case before.Active && !after.Active:
		event.Kind = ScopeDeactivated
		r.emit(event)
		r.tellConsumers(event)
		return &after
	case !before.Active && after.Active:
		event.Kind = ScopeReactivated
	}
	r.emit(event)
	return &after
}

// tellConsumers tells everyone who has been granted a scope that it was
// deactivated.
func (r *Registry) tellConsumers(event Event) {
	owner := event.OrgNo
	event.Kind = GrantedScopeDeactivated
	for _, n := range r.accesses.byScope[r.scopes.slots[event.Scope].number] {
		g := r.accesses.grants[n]
		consumer := unpackOrgNo(g.consumer)
		if g.state == stateApproved && consumer != owner {
			event.OrgNo, event.ConsumerOrgNo = consumer, consumer
			r.emit(event)
		}
	}
}

func scopeList(scopes iter.Seq[*Scope], keep func(*Scope) bool) []*Scope {
	list := []*Scope{}
	for s := range scopes {
		if keep(s) {
			list = append(list, s)
		}
	}
	return list
}
