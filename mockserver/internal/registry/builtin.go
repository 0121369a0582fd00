package registry

import (
	"slices"
	"time"
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

// dated copies delegation sources and fills in their times.
func dated(sources []DelegationSource, now time.Time) []DelegationSource {
	sources = slices.Clone(sources)
	for i := range sources {
		s := &sources[i]
		if s.Created.IsZero() {
			s.Created = now
		}
		if s.LastUpdated.IsZero() {
			s.LastUpdated = s.Created
		}
	}
	return sources
}
