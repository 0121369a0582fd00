package registry

import (
	"cmp"
	"maps"
	"slices"
)

// Delegation says that a supplier may use a scope for a consumer, as
// delegated in Altinn.
type Delegation struct {
	Consumer string `json:"consumer"`
	Supplier string `json:"supplier"`
	Scope    string `json:"scope"`
}

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
