package maskinporten

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Prefix is the first part of scope names. Digdir assigns it to an
// organisation, by hand, in each environment.
type Prefix struct {
	Prefix           string    `json:"prefix"`
	OwnerOrgNo       OrgNo     `json:"owner_orgno,omitzero"`
	OrganizationName string    `json:"organization_name,omitzero"`
	Active           bool      `json:"active"`
	Created          time.Time `json:"created,omitzero"`
	LastUpdated      time.Time `json:"last_updated,omitzero"`
}

// PrefixFilter picks among all prefixes.
type PrefixFilter struct {
	// Inactive includes prefixes that are no longer in use.
	Inactive bool
}

// Prefixes iterates over the prefixes of the own organisation (GET /prefix).
// Without one it cannot create scopes: order one from Digdir.
func (s *ScopesService) Prefixes(ctx context.Context) iter.Seq2[*Prefix, error] {
	return list[Prefix](ctx, s.caller, operation{
		name: "Scopes.Prefixes", method: http.MethodGet, path: []string{"prefix"}, scopes: readsScopes(),
	})
}

// AllPrefixes iterates over the prefixes of all organisations
// (GET /prefix/all). The call is open: no token is asked for.
func (s *ScopesService) AllPrefixes(ctx context.Context, filter PrefixFilter) iter.Seq2[*Prefix, error] {
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return list[Prefix](ctx, s.caller, operation{
		name: "Scopes.AllPrefixes", method: http.MethodGet, path: []string{"prefix", "all"}, query: query,
	})
}

// DelegationSource is a place where consumers delegate the use of a scope to
// a supplier: Altinn.
type DelegationSource struct {
	// Issuer identifies it, and is what [Scope].DelegationSource holds.
	Issuer string `json:"issuer"`
	// Name is for people.
	Name        string    `json:"name,omitzero"`
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"lastUpdated,omitzero"` // camelCase, unlike everything else
}

// UnmarshalJSON takes both lastUpdated and last_updated, since both are seen.
func (d *DelegationSource) UnmarshalJSON(data []byte) error {
	type plain DelegationSource // without this method
	var read struct {
		plain

		Other time.Time `json:"last_updated"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*d = DelegationSource(read.plain)
	if d.LastUpdated.IsZero() {
		d.LastUpdated = read.Other
	}
	return nil
}

// DelegationSources iterates over the places where consumers can delegate
// scopes (GET /delegationsources). The call is open: no token is asked for.
func (s *ScopesService) DelegationSources(ctx context.Context) iter.Seq2[*DelegationSource, error] {
	return list[DelegationSource](ctx, s.caller, operation{
		name: "Scopes.DelegationSources", method: http.MethodGet, path: []string{"delegationsources"},
	})
}
