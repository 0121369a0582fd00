package registry

import (
	"cmp"
	"maps"
	"slices"
)

// Delegate records a delegation, known to the token endpoint at once since
// it doesn't go through self-service. The scope need not exist yet, and need
// not be granted to the consumer. Once more of the same changes nothing. Two
// different, valid organisation numbers and a scope name are required.
func (r *Registry) Delegate(consumer, supplier, scope string) error {
	return changeOnly(r, func() error {
		d := Delegation{Consumer: consumer, Supplier: supplier, Scope: scope}
		if err := d.check(); err != nil {
			return err
		}
		if !r.delegations[d] {
			r.delegations[d] = true
			r.emit(d.event(DelegationAdded))
		}
		return nil
	})
}

// Undelegate takes a delegation back. One that isn't there is NotFound.
func (r *Registry) Undelegate(consumer, supplier, scope string) error {
	return changeOnly(r, func() error {
		d := Delegation{Consumer: consumer, Supplier: supplier, Scope: scope}
		if !r.delegations[d] {
			return notFound("Delegation", "Organization %s has not delegated %s to organization %s", consumer, scope, supplier)
		}
		delete(r.delegations, d)
		r.emit(d.event(DelegationRemoved))
		return nil
	})
}

// Delegated reports whether the consumer has delegated the scope to the
// supplier.
func (r *Registry) Delegated(consumer, supplier, scope string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.delegations[Delegation{Consumer: consumer, Supplier: supplier, Scope: scope}]
}

// Delegations lists all delegations by consumer, supplier and scope.
func (r *Registry) Delegations() []Delegation {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sortedDelegations()
}

func (r *Registry) sortedDelegations() []Delegation {
	return append([]Delegation{}, slices.SortedFunc(maps.Keys(r.delegations), func(a, b Delegation) int {
		return cmp.Or(cmp.Compare(a.Consumer, b.Consumer), cmp.Compare(a.Supplier, b.Supplier), cmp.Compare(a.Scope, b.Scope))
	})...)
}

func (d Delegation) check() error {
	if err := checkOrgNo("Delegation", "consumer", d.Consumer); err != nil {
		return err
	}
	if err := checkOrgNo("Delegation", "supplier", d.Supplier); err != nil {
		return err
	}
	if d.Consumer == d.Supplier {
		return invalid("Delegation", "supplier", "Organization %s cannot delegate to itself", d.Consumer)
	}
	if d.Scope == "" {
		return invalid("Delegation", "scope", "A scope is required")
	}
	return nil
}

func (d Delegation) event(kind EventKind) Event {
	return Event{Kind: kind, OrgNo: d.Consumer, ConsumerOrgNo: d.Consumer, SupplierOrgNo: d.Supplier, Scope: d.Scope}
}

// AddSystemUser registers a system user, known to the token endpoint at
// once. An empty ID is made up, an empty SystemID made of the vendor's
// number. A second one for the same vendor, organisation and reference is a
// Conflict.
func (r *Registry) AddSystemUser(u SystemUser) (SystemUser, error) {
	return change(r, func() (SystemUser, error) {
		if err := u.check(); err != nil {
			return SystemUser{}, err
		}
		if _, ok := r.systemUsers[u.key()]; ok {
			return SystemUser{}, conflict("SystemUser", "Organization %s has a system user %q with vendor %s already",
				u.OrgNo, u.ExternalRef, u.VendorOrgNo)
		}
		if u.ID == "" {
			u.ID = r.newID()
		}
		u.SystemID = cmp.Or(u.SystemID, defaultSystemID(u.VendorOrgNo))
		r.systemUsers[u.key()] = u
		r.emit(Event{Kind: SystemUserAdded, OrgNo: u.OrgNo, SupplierOrgNo: u.VendorOrgNo, Detail: u.ID})
		return u, nil
	})
}

func (u SystemUser) check() error {
	return cmp.Or(checkOrgNo("SystemUser", "orgno", u.OrgNo), checkOrgNo("SystemUser", "vendor_orgno", u.VendorOrgNo))
}

// SystemUser finds the system user that a vendor has for an organisation and
// reference; no reference is the organisation's number. Until the first one is registered, every organisation has one,
// with an id that is made up but always the same.
func (r *Registry) SystemUser(vendor, orgno, externalRef string) (SystemUser, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	u := SystemUser{VendorOrgNo: vendor, OrgNo: orgno, ExternalRef: externalRef, SystemID: defaultSystemID(vendor)}
	if len(r.systemUsers) == 0 {
		u.ID = StableID(vendor, orgno, externalRef)
		return u, true
	}
	u, ok := r.systemUsers[u.key()]
	return u, ok
}

// SystemUsers lists those that are registered, by vendor, organisation and
// reference.
func (r *Registry) SystemUsers() []SystemUser {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.sortedSystemUsers()
}

func (r *Registry) sortedSystemUsers() []SystemUser {
	return append([]SystemUser{}, slices.SortedFunc(maps.Values(r.systemUsers), func(a, b SystemUser) int {
		return cmp.Or(cmp.Compare(a.VendorOrgNo, b.VendorOrgNo), cmp.Compare(a.OrgNo, b.OrgNo), cmp.Compare(a.ExternalRef, b.ExternalRef))
	})...)
}

func defaultSystemID(vendor string) string { return vendor + "_system" }
