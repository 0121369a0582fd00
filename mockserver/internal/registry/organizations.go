package registry

import (
	"maps"
	"slices"
	"strings"
)

// AddOrganization registers an organisation under its number (nine digits
// with a valid check digit) and name, which must not be blank. One that is
// registered already gets the new name.
func (r *Registry) AddOrganization(orgno, name string) error {
	return changeOnly(r, func() error {
		if err := checkOrgNo("Organization", "orgnr", orgno); err != nil {
			return err
		}
		if strings.TrimSpace(name) == "" {
			return invalid("Organization", "name", "An organization needs a name")
		}
		o := &Organization{OrgNo: orgno, Name: name}
		switch before, ok := r.organizations.get(orgno); {
		case !ok:
			r.organizations.insert(orgno, o, r.now())
			r.emit(Event{Kind: OrganizationAdded, OrgNo: orgno, Detail: name})
		case before.Name != name:
			r.organizations.replace(orgno, o, r.now())
			r.emit(Event{Kind: OrganizationRenamed, OrgNo: orgno, Detail: name})
		}
		return nil
	})
}

// Organization returns a registered organisation. A malformed number is
// Invalid, an unknown one NotFound.
func (r *Registry) Organization(orgno string) (*Organization, error) {
	if err := checkOrgNo("Organization", "orgnr", orgno); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	o, ok := r.organizations.get(orgno)
	if !ok {
		return nil, notFound("Organization", "Organization %s was not found", orgno)
	}
	return o, nil
}

// Organizations lists those that are registered, by number.
func (r *Registry) Organizations() []*Organization {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Collect(r.organizations.all())
}

// organizationName is empty for organisations that aren't registered.
func (r *Registry) organizationName(orgno string) string {
	if o, ok := r.organizations.get(orgno); ok {
		return o.Name
	}
	return ""
}

// DelegationSources lists where consumers can delegate scopes.
func (r *Registry) DelegationSources() []DelegationSource {
	return slices.Clone(r.config.DelegationSources)
}

// isDelegationSource reports whether scopes may name the issuer.
func (r *Registry) isDelegationSource(issuer string) bool {
	return slices.ContainsFunc(r.config.DelegationSources, func(s DelegationSource) bool { return s.Issuer == issuer })
}

// GrantAdminScopes assigns built-in scopes ("idporten:dcr.write") to an
// organisation, which may then put them on its clients. Each is added to what
// it has already, and known to the token endpoint at once. A scope that is
// not assigned in this way, or an organisation that isn't registered, is an
// error.
func (r *Registry) GrantAdminScopes(orgno string, scopes ...string) error {
	return changeOnly(r, func() error {
		if _, ok := r.organizations.get(orgno); !ok {
			return notFound("Organization", "Organization %s is not registered", orgno)
		}
		for _, name := range scopes {
			if s := builtinScopes[name]; s == nil || s.AccessibleForAll {
				return invalid("Scope", "scope", "Scope %s is not an admin scope", name)
			}
		}
		granted := r.adminScopes[orgno]
		if granted == nil {
			granted = map[string]bool{}
			r.adminScopes[orgno] = granted
		}
		for _, name := range scopes {
			if !granted[name] {
				granted[name] = true
				r.emit(Event{Kind: AdminScopesGranted, OrgNo: orgno, Scope: name})
			}
		}
		return nil
	})
}

// AdminScopes lists the built-in scopes assigned to an organisation, by name.
func (r *Registry) AdminScopes(orgno string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.adminScopes[orgno]))
}
