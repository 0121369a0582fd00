package registry

import "iter"

// AssignPrefix gives a prefix to a registered organisation, as Digdir does by
// hand. The same again changes nothing, or gives back what was withdrawn; one
// that belongs to another organisation is a Conflict.
func (r *Registry) AssignPrefix(orgno, prefix string) error {
	return changeOnly(r, func() error {
		if _, ok := r.organizations.get(orgno); !ok {
			return notFound("Prefix", "Organization %s is not registered", quoteShort(orgno))
		}
		if !IsPrefix(prefix) {
			return invalid("Prefix", "prefix", "Invalid prefix %s", quoteShort(prefix))
		}
		p, taken := r.prefixes.get(prefix)
		switch {
		case !taken:
			now := r.now()
			p = &Prefix{Prefix: prefix, OwnerOrgNo: orgno, Active: true, Created: now, LastUpdated: now}
			r.prefixes.insert(prefix, p, now, orgno)
			r.emit(Event{Kind: PrefixAssigned, OrgNo: orgno, Prefix: prefix})
		case p.OwnerOrgNo != orgno:
			return conflict("Prefix", "Prefix %s belongs to another organization", prefix)
		case !p.Active:
			r.setPrefixActive(p, true)
			r.emit(Event{Kind: PrefixAssigned, OrgNo: orgno, Prefix: prefix})
		}
		return nil
	})
}

// WithdrawPrefix makes a prefix inactive: its scopes stay, but no new ones
// can be created under it, and default lists leave it out. It remains its
// owner's. One that the organisation doesn't have is NotFound.
func (r *Registry) WithdrawPrefix(orgno, prefix string) error {
	return changeOnly(r, func() error {
		p, ok := r.prefixes.get(prefix)
		if !ok || p.OwnerOrgNo != orgno {
			return notFound("Prefix", "Organization %s does not have the prefix %s", quoteShort(orgno), quoteShort(prefix))
		}
		if p.Active {
			r.setPrefixActive(p, false)
			r.emit(Event{Kind: PrefixWithdrawn, OrgNo: orgno, Prefix: prefix})
		}
		return nil
	})
}

func (r *Registry) setPrefixActive(p *Prefix, active bool) {
	changed := *p
	changed.Active, changed.LastUpdated = active, r.now()
	r.prefixes.replace(p.Prefix, &changed, changed.LastUpdated)
}

// Prefixes lists an organisation's active prefixes, oldest first.
func (r *Registry) Prefixes(owner string) []*Prefix {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.named(r.prefixes.group(owner), false)
}

// AllPrefixes lists everybody's prefixes, oldest first: the active ones, or
// with inactive all of them.
func (r *Registry) AllPrefixes(inactive bool) []*Prefix {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.named(r.prefixes.all(), inactive)
}

// named fills in the owners' names as they are now.
func (r *Registry) named(prefixes iter.Seq[*Prefix], inactive bool) []*Prefix {
	list := []*Prefix{}
	for p := range prefixes {
		if p.Active || inactive {
			named := *p
			named.OrganizationName = r.organizationName(p.OwnerOrgNo)
			list = append(list, &named)
		}
	}
	return list
}

// hasPrefix reports whether a prefix is the organisation's to use.
func (r *Registry) hasPrefix(orgno, prefix string) bool {
	p, ok := r.prefixes.get(prefix)
	return ok && p.Active && p.OwnerOrgNo == orgno
}
