package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// Import adds a state to the registry, known to the token endpoint at once, and
// tells nobody: of keys and secrets, those events are still to come whose time
// has not. What can't be is an [*Error] of kind Invalid that names the place,
// and the registry is then of no use.
func (r *Registry) Import(s State) error {
	return changeOnly(r, func() error {
		var notes *lenient.Notes
		if r.config.Lenient {
			notes = &lenient.Notes{}
		}
		err := cmp.Or(
			importList("organizations", s.Organizations, r.importOrganization),
			importList("prefixes", s.Prefixes, r.importPrefix),
			importList("scopes", s.Scopes, func(s *Scope) error { return r.importScope(s, notes) }),
			importList("accesses", s.Accesses, r.importAccess),
			importList("clients", s.Clients, func(c ClientState) error { return r.importClient(c, notes) }),
			importList("delegations", s.Delegations, r.importDelegation),
			importList("system_users", s.SystemUsers, r.importSystemUser),
		)
		if err != nil {
			return withPlace(err)
		}
		r.settle()
		r.fallenDue(r.now()) // was told when it fell due
		return nil
	})
}

func importList[T any](name string, list []T, add func(T) error) error {
	for i, value := range list {
		if err := add(value); err != nil {
			return atPlace(fmt.Sprintf("%s[%d]", name, i), err)
		}
	}
	return nil
}

func (r *Registry) importOrganization(o OrganizationState) error {
	if err := checkOrgNo("Organization", "orgno", o.OrgNo); err != nil {
		return err
	}
	if strings.TrimSpace(o.Name) == "" {
		return invalid("Organization", "name", "an organization needs a name")
	}
	if _, twice := r.organizations.get(o.OrgNo); twice {
		return invalid("Organization", "orgno", "%s is there twice", o.OrgNo)
	}
	granted := map[string]bool{}
	for _, scope := range o.AdminScopes {
		if s := builtinScopes[scope]; s == nil || s.AccessibleForAll {
			return invalid("Organization", "admin_scopes", "%s is not an admin scope", quoteShort(scope))
		}
		granted[scope] = true
	}
	r.organizations.insert(o.OrgNo, &Organization{OrgNo: o.OrgNo, Name: o.Name}, r.now())
	if len(granted) > 0 {
		r.adminScopes[o.OrgNo] = granted
	}
	return nil
}

func (r *Registry) importPrefix(p PrefixState) error {
	if _, ok := r.organizations.get(p.OwnerOrgNo); !ok {
		return invalid("Prefix", "owner_orgno", "%s is not among the organizations", quoteShort(p.OwnerOrgNo))
	}
	if !IsPrefix(p.Prefix) {
		return invalid("Prefix", "prefix", "Invalid prefix %s", quoteShort(p.Prefix))
	}
	if _, twice := r.prefixes.get(p.Prefix); twice {
		return invalid("Prefix", "prefix", "%s is there twice", p.Prefix)
	}
	stored := &Prefix{Prefix: p.Prefix, OwnerOrgNo: p.OwnerOrgNo, Active: p.Active, Created: p.Created, LastUpdated: p.LastUpdated}
	r.date(&stored.Created, &stored.LastUpdated)
	r.prefixes.insert(p.Prefix, stored, stored.Created, p.OwnerOrgNo)
	return nil
}

func (r *Registry) importScope(given *Scope, notes *lenient.Notes) error {
	s := *given
	if err := fillName(&s, notes); err != nil {
		return err
	}
	p, ok := r.prefixes.get(s.Prefix)
	if !ok {
		return invalid("Scope", "prefix", "%s is not among the prefixes", quoteShort(s.Prefix))
	}
	if s.OwnerOrgNo = cmp.Or(s.OwnerOrgNo, p.OwnerOrgNo); s.OwnerOrgNo != p.OwnerOrgNo {
		return invalid("Scope", "owner_orgno", "the prefix %s belongs to %s", p.Prefix, p.OwnerOrgNo)
	}
	if _, twice := r.currentScope(s.Name); twice {
		return invalid("Scope", "name", "%s is there twice", s.Name)
	}
	fields, err := r.newScopeFields(s.ScopeFields, notes)
	if err != nil {
		return err
	}
	s.ScopeFields = fields
	r.date(&s.Created, &s.LastUpdated)
	r.scopes.insert(s.Name, &s, s.Created, s.OwnerOrgNo)
	return nil
}

// fillName makes name, prefix and subscope of each other.
func fillName(s *Scope, notes *lenient.Notes) error {
	if s.Prefix == "" && s.Subscope == "" {
		s.Prefix, s.Subscope, _ = strings.Cut(s.Name, ":")
	}
	if err := checkName(s.Prefix, s.Subscope, notes); err != nil {
		return err
	}
	name := s.Prefix + ":" + s.Subscope
	if s.Name = cmp.Or(s.Name, name); s.Name != name {
		return invalid("Scope", "name", "%s is not prefix and subscope", quoteShort(s.Name))
	}
	return nil
}

func (r *Registry) importAccess(a AccessState) error {
	if _, ok := r.scopes.get(a.Scope); !ok {
		return invalid("Access", "scope", "%s is not among the scopes", quoteShort(a.Scope))
	}
	if err := checkOrgNo("Access", "consumer_orgno", a.ConsumerOrgNo); err != nil {
		return err
	}
	state := slices.Index([]string{Requested, Approved, Denied}, cmp.Or(a.State, Approved))
	if state < 0 {
		return invalid("Access", "state", "%s is unknown: use REQUESTED, APPROVED or DENIED", quoteShort(a.State))
	}
	key := r.accessKey(a.Scope, a.ConsumerOrgNo)
	if r.accesses.find(key) != nil {
		return invalid("Access", "", "the access of %s to %s is there twice", a.ConsumerOrgNo, a.Scope)
	}
	r.date(&a.Created, &a.LastUpdated)
	r.accesses.add(grant{
		accessKey: key, created: a.Created.UnixMilli(), updated: a.LastUpdated.UnixMilli(),
		state: []grantState{stateRequested, stateApproved, stateDenied}[state],
	})
	return nil
}

func (r *Registry) importDelegation(d Delegation) error {
	if err := d.check(); err != nil {
		return err
	}
	if r.delegations[d] {
		return invalid("Delegation", "", "it is there twice")
	}
	r.delegations[d] = true
	return nil
}

func (r *Registry) importSystemUser(u SystemUser) error {
	if err := u.check(); err != nil {
		return err
	}
	if _, twice := r.systemUsers[u.key()]; twice {
		return invalid("SystemUser", "", "it is there twice")
	}
	u.ID = cmp.Or(u.ID, StableID(u.VendorOrgNo, u.OrgNo, u.ExternalRef))
	u.SystemID = cmp.Or(u.SystemID, defaultSystemID(u.VendorOrgNo))
	r.systemUsers[u.key()] = u
	return nil
}
