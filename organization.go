package maskinporten

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// Organization is an entry of the register of legal entities.
type Organization struct {
	OrgNo OrgNo  `json:"orgnr"`
	Name  string `json:"name"`
	// Extra holds the fields that this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

type organizationFields Organization

// UnmarshalJSON keeps fields that this version doesn't know in Extra.
func (o *Organization) UnmarshalJSON(data []byte) error {
	var fields organizationFields
	extra, err := wire.UnmarshalExtra(data, &fields, "orgnr")
	if err != nil {
		return err
	}
	*o = Organization(fields)
	o.Extra = extra
	return nil
}

// MarshalJSON writes the fields in Extra beside the others.
func (o Organization) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(organizationFields(o), o.Extra)
}

// Organization looks up the name of an organisation
// (GET /organizations/{orgno}), say to show whom one is about to give
// access. The call is open: no token is asked for. An unknown number is
// [ErrNotFound].
func (c *Client) Organization(ctx context.Context, orgno OrgNo) (*Organization, error) {
	const name = "Organization"
	if err := checkOrgNo(name, "orgno", orgno); err != nil {
		return nil, err
	}
	return do[Organization](ctx, c.caller, operation{
		Name: name, Method: http.MethodGet, Path: "organizations/{}", IDs: []string{string(orgno)},
	})
}
