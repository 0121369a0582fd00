package registry

import (
	"maps"
	"slices"
)

// digdir is the organisation that runs Maskinporten and owns what is built
// in.
const digdir = "991825827"

// builtinScopes are the scopes that every environment knows from the start.
// They are in no list and cannot be changed, and no access is given to them:
// the admin scopes are assigned with [Registry.GrantAdminScopes], the others
// are there for everyone who may have a client of their integration type.
var builtinScopes = func() map[string]*Scope {
	scopes := map[string]*Scope{}
	add := func(forAll bool, types []string, prefix string, subscopes ...string) {
		for _, subscope := range subscopes {
			s := builtin(prefix, subscope, types)
			s.AccessibleForAll = forAll
			scopes[s.Name] = s
		}
	}
	add(false, []string{Maskinporten}, "idporten", "scopes.read", "scopes.write",
		"dcr.read", "dcr.write", "dcr.modify", "dcr.supplier", "dcr.altinn", "dcr/onbehalfof.write", "dcr/onbehalfof:write")
	add(true, []string{KRR, Maskinporten}, "krr", "global/kontaktinformasjon.read", "global/digitalpost.read")
	add(true, []string{IDPorten, APIKlient, Ansattporten}, "", "openid", "profile")
	add(true, []string{IDPorten}, "", "eidas", "no_pid")
	return scopes
}()

func builtin(prefix, subscope string, types []string) *Scope {
	name := subscope
	if prefix != "" {
		name = prefix + ":" + subscope
	}
	return &Scope{
		ScopeFields: ScopeFields{
			Prefix: prefix, Subscope: subscope, Description: name,
			AllowedIntegrationTypes: types, TokenType: tokenSelfContained, Visibility: visibilityInternal,
		},
		Name: name, OwnerOrgNo: digdir, Active: true,
	}
}

// altinn is where consumers delegate, in production and elsewhere.
func altinn(production bool) []DelegationSource {
	if production {
		return []DelegationSource{{Issuer: "https://www.altinn.no/", Name: "Altinn"}}
	}
	return []DelegationSource{{Issuer: "https://tt02.altinn.no/", Name: "Altinn TT02"}}
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
