package registry

import (
	"slices"
	"time"
)

// AccessFilter narrows [Registry.AccessGiven].
type AccessFilter struct {
	// Scope: only accesses to this one, which must be the organisation's own.
	Scope string
	// ConsumerOrgNo: only accesses of this organisation.
	ConsumerOrgNo string
	// Inactive: list those that were taken back as well.
	Inactive bool
}

// AccessGiven lists the accesses to an organisation's scopes, oldest first;
// those to deactivated scopes too.
func (r *Registry) AccessGiven(owner string, filter AccessFilter) ([]*Access, error) {
	if filter.ConsumerOrgNo != "" {
		if err := checkOrgNo("Access", "consumer_orgno", filter.ConsumerOrgNo); err != nil {
			return nil, err
		}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if filter.Scope != "" {
		if _, err := r.ownScope(owner, filter.Scope); err != nil {
			return nil, err
		}
	}
	return r.accessList(r.grantsGiven(owner, filter), filter.Inactive), nil
}

// AccessReceived lists the accesses that an organisation has been given,
// oldest first; those to scopes that were deactivated since too. With
// inactive, those that were taken back as well.
func (r *Registry) AccessReceived(consumer string, inactive bool) []*Access {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.accessList(r.accesses.byConsumer[packOrgNo(consumer)], inactive)
}

// GrantAccess lets a consumer use one of the caller's scopes, again if it was
// taken back. Where it has access already nothing changes. An inactive scope
// is a Conflict.
func (r *Registry) GrantAccess(caller Caller, scope, consumer string) (*Access, error) {
	return change(r, func() (*Access, error) {
		s, key, err := r.ownAccess(caller, scope, consumer)
		if err != nil {
			return nil, err
		}
		if !s.Active {
			if err := caller.Lenient.Assumed(conflict("Access", "Scope %s is deactivated", s.Name)); err != nil {
				return nil, err
			}
		}
		if r.accesses.state(key) != stateApproved {
			r.accesses.set(key, stateApproved, r.now())
			r.emit(Event{Kind: AccessGranted, OrgNo: consumer, ConsumerOrgNo: consumer, Scope: s.Name}.by(caller))
		}
		return r.access(r.accesses.find(key)), nil
	})
}

// RevokeAccess takes a consumer's access back. One that was never given is
// NotFound, one that was taken back before stays as it is.
func (r *Registry) RevokeAccess(caller Caller, scope, consumer string) (*Access, error) {
	return change(r, func() (*Access, error) {
		s, key, err := r.ownAccess(caller, scope, consumer)
		if err != nil {
			return nil, err
		}
		state := r.accesses.state(key)
		if state == stateNone {
			refusal := notFound("Access", "Organization %s has not been granted access to the scope %s", consumer, s.Name)
			if err := caller.Lenient.Assumed(refusal); err != nil {
				return nil, err
			}
		}
		if state != stateDenied {
			r.accesses.set(key, stateDenied, r.now())
			r.emit(Event{Kind: AccessRevoked, OrgNo: consumer, ConsumerOrgNo: consumer, Scope: s.Name}.by(caller))
		}
		return r.access(r.accesses.find(key)), nil
	})
}

// ownAccess checks what every change of an access needs: a number that can be
// one, and a scope of the caller's own.
func (r *Registry) ownAccess(caller Caller, scope, consumer string) (*Scope, accessKey, error) {
	if err := checkOrgNo("Access", "consumer_orgno", consumer); err != nil {
		return nil, accessKey{}, err
	}
	s, err := r.ownScope(caller.OrgNo, scope)
	if err != nil {
		return nil, accessKey{}, err
	}
	return s, r.accessKey(s.Name, consumer), nil
}

// grantsGiven finds the accesses to an owner's scopes, in order, by whatever
// index leaves the least to look at.
func (r *Registry) grantsGiven(owner string, filter AccessFilter) []uint32 {
	own := r.scopes.groups[owner]
	if filter.Scope != "" {
		own = []*slot[*Scope]{r.scopes.slots[filter.Scope]}
	}
	consumer := packOrgNo(filter.ConsumerOrgNo)
	received := r.accesses.byConsumer[consumer]
	var found []uint32
	switch {
	case filter.ConsumerOrgNo == "":
		for _, s := range own {
			found = append(found, r.accesses.byScope[s.number]...)
		}
	case len(own) <= len(received):
		for _, s := range own {
			if n, ok := r.accesses.numbers[accessKey{scope: s.number, consumer: consumer}]; ok {
				found = append(found, n)
			}
		}
	default:
		for _, n := range received {
			if r.scopes.numbered[r.accesses.grants[n].scope].value.OwnerOrgNo == owner {
				found = append(found, n)
			}
		}
	}
	slices.SortFunc(found, r.accesses.compare)
	return found
}

// accessList makes the answer of what lies at the positions; what was taken
// back is left out unless inactive is set.
func (r *Registry) accessList(positions []uint32, inactive bool) []*Access {
	list := make([]*Access, 0, len(positions))
	for _, n := range positions {
		if g := &r.accesses.grants[n]; g.state != stateDenied || inactive {
			list = append(list, r.access(g))
		}
	}
	return list
}

// access makes the answer of what is stored.
func (r *Registry) access(g *grant) *Access {
	s := r.scopes.numbered[g.scope].value
	consumer := unpackOrgNo(g.consumer)
	return &Access{
		Scope:                    s.Name,
		OwnerOrgNo:               s.OwnerOrgNo,
		OwnerOrganizationName:    r.organizationName(s.OwnerOrgNo),
		ConsumerOrgNo:            consumer,
		ConsumerOrganizationName: r.organizationName(consumer),
		State:                    g.state.String(),
		Created:                  time.UnixMilli(g.created).UTC(),
		LastUpdated:              time.UnixMilli(g.updated).UTC(),
	}
}
