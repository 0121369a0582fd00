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
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

type delegationSourceFields DelegationSource

// UnmarshalJSON takes both lastUpdated and last_updated, since both are
// seen, and keeps fields that this version doesn't know in Extra.
func (d *DelegationSource) UnmarshalJSON(data []byte) error {
	var fields delegationSourceFields
	extra, err := unmarshalExtra(data, &fields)
	if err != nil {
		return err
	}
	const otherSpelling = "last_updated"
	if raw, found := extra[otherSpelling]; found && fields.LastUpdated.IsZero() {
		if err := json.Unmarshal(raw, &fields.LastUpdated); err != nil {
			return err
		}
		delete(extra, otherSpelling)
	}
	*d = DelegationSource(fields)
	d.Extra = extra
	return nil
}

// MarshalJSON writes the fields in Extra beside the others.
func (d DelegationSource) MarshalJSON() ([]byte, error) {
	return marshalExtra(delegationSourceFields(d), d.Extra)
}

// DelegationSources iterates over the places where consumers can delegate
// scopes (GET /delegationsources). The call is open: no token is asked for.
func (s *ScopesService) DelegationSources(ctx context.Context) iter.Seq2[*DelegationSource, error] {
	return stream[DelegationSource](ctx, s.client, operation{
		name: "Scopes.DelegationSources", method: http.MethodGet, path: []string{"delegationsources"},
	})
}
