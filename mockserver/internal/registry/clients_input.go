package registry

import "slices"

// ClientInput is what a caller sends to create or replace a client. Fields
// that were not sent are empty, or nil where an explicit zero or false has a
// meaning of its own. The fields that only answers carry (created,
// last_updated, jwks, onbehalfof, client_secret) and those that are unknown
// are dropped on reading.
type ClientInput struct {
	ClientFields
	Active *bool `json:"active"` // nil: true for a new client, else as it was
	// The lifetimes are in seconds. Nil: the default, 120, 600 and 7200.
	AccessTokenLifetime   *int `json:"access_token_lifetime"`
	RefreshTokenLifetime  *int `json:"refresh_token_lifetime"`
	AuthorizationLifetime *int `json:"authorization_lifetime"`
}

// UnmarshalJSON reads what was sent. A field of the wrong type is an
// [*Error] that names it.
func (in *ClientInput) UnmarshalJSON(data []byte) error {
	type fields ClientInput // without this method
	return decodeInput("Client", data, (*fields)(in))
}

// apply puts onto c what was sent, save what never changes, and copies lists,
// so that the caller may go on using its own.
func (in *ClientInput) apply(c *Client) {
	old := c.ClientFields
	c.ClientFields = in.ClientFields
	c.ClientID, c.ClientOrgNo, c.SupplierOrgNo, c.IntegrationType = old.ClientID, old.ClientOrgNo, old.SupplierOrgNo, old.IntegrationType
	c.Scopes, c.GrantTypes = withoutDoubles(in.Scopes), withoutDoubles(in.GrantTypes)
	c.RedirectURIs = slices.Clone(in.RedirectURIs)
	c.PostLogoutRedirectURIs = slices.Clone(in.PostLogoutRedirectURIs)
	c.SSODisabled = new(c.IntegrationType == Ansattporten)
	if in.SSODisabled != nil {
		c.SSODisabled = new(*in.SSODisabled)
	}
	if in.Active != nil {
		c.Active = *in.Active
	}
}
