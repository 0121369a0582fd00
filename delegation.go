package maskinporten

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

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
	return stream[DelegationSource](ctx, s.client, operation{
		name: "Scopes.DelegationSources", method: http.MethodGet, path: []string{"delegationsources"},
	})
}
