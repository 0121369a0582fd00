package maskinporten

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/wire"
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
	// Extra holds the fields that this version doesn't know. In lists it is
	// nil, unless a field had an unexpected type.
	Extra map[string]json.RawMessage `json:"-"`
}

type prefixFields Prefix

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (p *Prefix) UnmarshalJSON(data []byte) error {
	return wire.UnmarshalExtra(data, (*prefixFields)(p), &p.Extra, "prefix")
}

func listedPrefix(fields *prefixFields, _ []byte) (*Prefix, error) { return (*Prefix)(fields), nil }

// MarshalJSON writes the fields in Extra beside the others.
func (p Prefix) MarshalJSON() ([]byte, error) { return wire.MarshalExtra(prefixFields(p), p.Extra) }

// PrefixFilter picks among all prefixes.
type PrefixFilter struct {
	// Inactive includes prefixes that are no longer in use.
	Inactive bool
}

// Prefixes iterates over the prefixes of the own organisation (GET /prefix).
// Without one it cannot create scopes: order one from Digdir.
func (s *ScopesService) Prefixes(ctx context.Context) iter.Seq2[*Prefix, error] {
	return listAs(ctx, s.caller, operation{
		Name: "Scopes.Prefixes", Method: http.MethodGet, Path: "prefix", Scopes: readsScopes(),
	}, listedPrefix)
}

// AllPrefixes iterates over the prefixes of all organisations
// (GET /prefix/all). The call is open: no token is asked for.
func (s *ScopesService) AllPrefixes(ctx context.Context, filter PrefixFilter) iter.Seq2[*Prefix, error] {
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return listAs(ctx, s.caller, operation{
		Name: "Scopes.AllPrefixes", Method: http.MethodGet, Path: "prefix/all", Query: query.Encode(),
	}, listedPrefix)
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
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

type delegationSourceFields struct {
	delegationSource

	// Both lastUpdated and last_updated are seen.
	Other time.Time `json:"last_updated,omitzero"`
}

type delegationSource DelegationSource

// UnmarshalJSON takes both lastUpdated and last_updated, and keeps fields that
// this version doesn't know in Extra.
func (d *DelegationSource) UnmarshalJSON(data []byte) error {
	var fields delegationSourceFields
	if err := wire.UnmarshalExtra(data, &fields, &fields.Extra, "issuer"); err != nil {
		return err
	}
	*d = DelegationSource(fields.delegationSource)
	if d.LastUpdated.IsZero() {
		d.LastUpdated = fields.Other
	}
	return nil
}

// MarshalJSON writes the fields in Extra beside the others.
func (d DelegationSource) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(delegationSource(d), d.Extra)
}

// DelegationSources iterates over the places where consumers can delegate
// scopes (GET /delegationsources). The call is open: no token is asked for.
func (s *ScopesService) DelegationSources(ctx context.Context) iter.Seq2[*DelegationSource, error] {
	return list[DelegationSource](ctx, s.caller, operation{
		Name: "Scopes.DelegationSources", Method: http.MethodGet, Path: "delegationsources",
	})
}
