package maskinporten

import (
	"context"
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
	return stream[Prefix](ctx, s.client, operation{
		name: "Scopes.Prefixes", method: http.MethodGet, path: []string{"prefix"}, scopes: readsScopes(),
	})
}

// AllPrefixes iterates over the prefixes of all organisations
// (GET /prefix/all). The call is open: no token is asked for.
func (s *ScopesService) AllPrefixes(ctx context.Context, filter PrefixFilter) iter.Seq2[*Prefix, error] {
	query := url.Values{}
	setTrue(query, "inactive", filter.Inactive)
	return stream[Prefix](ctx, s.client, operation{
		name: "Scopes.AllPrefixes", method: http.MethodGet, path: []string{"prefix", "all"}, query: query,
	})
}
