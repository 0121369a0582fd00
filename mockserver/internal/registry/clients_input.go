package registry

import "slices"

// ClientInput is what a caller sends to create or replace a client. Fields
// that were not sent are empty, or nil where an explicit zero or false has a
// meaning of its own. The fields that only answers carry (created,
// last_updated, jwks, onbehalfof, client_secret) and those that are unknown
// are dropped on reading.
type ClientInput struct {
	ClientID                string   `json:"client_id"`
	ClientName              string   `json:"client_name"`
	ClientOrgNo             string   `json:"client_orgno"`
	SupplierOrgNo           string   `json:"supplier_orgno"`
	Description             string   `json:"description"`
	Active                  *bool    `json:"active"` // nil: true for a new client, else as it was
	ApplicationType         string   `json:"application_type"`
	IntegrationType         string   `json:"integration_type"`
	Scopes                  []string `json:"scopes"`
	GrantTypes              []string `json:"grant_types"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method"`
	// The lifetimes are in seconds. Nil: the default, 120, 600 and 7200.
	AccessTokenLifetime               *int     `json:"access_token_lifetime"`
	RefreshTokenLifetime              *int     `json:"refresh_token_lifetime"`
	AuthorizationLifetime             *int     `json:"authorization_lifetime"`
	RefreshTokenUsage                 string   `json:"refresh_token_usage"`
	RedirectURIs                      []string `json:"redirect_uris"`
	PostLogoutRedirectURIs            []string `json:"post_logout_redirect_uris"`
	FrontchannelLogoutURI             string   `json:"frontchannel_logout_uri"`
	FrontchannelLogoutSessionRequired bool     `json:"frontchannel_logout_session_required"`
	SSODisabled                       *bool    `json:"sso_disabled"` // nil: false, for ansattporten true
	CodeChallengeMethod               string   `json:"code_challenge_method"`
	ClientURI                         string   `json:"client_uri"`
	LogoURI                           string   `json:"logo_uri"`
}

// UnmarshalJSON reads what was sent. A field of the wrong type is an
// [*Error] that names it.
func (in *ClientInput) UnmarshalJSON(data []byte) error {
	type fields ClientInput // without this method
	return decodeInput("Client", data, (*fields)(in))
}

// apply copies onto c what the caller decides freely, and copies lists, so
// that the caller may go on using its own.
func (in *ClientInput) apply(c *Client) {
	c.ClientName = in.ClientName
	c.Description = in.Description
	c.Scopes = withoutDoubles(in.Scopes)
	c.RedirectURIs = slices.Clone(in.RedirectURIs)
	c.PostLogoutRedirectURIs = slices.Clone(in.PostLogoutRedirectURIs)
	c.FrontchannelLogoutURI = in.FrontchannelLogoutURI
	c.FrontchannelLogoutSessionRequired = in.FrontchannelLogoutSessionRequired
	c.ClientURI = in.ClientURI
	c.LogoURI = in.LogoURI
	c.SSODisabled = new(c.IntegrationType == Ansattporten)
	if in.SSODisabled != nil {
		c.SSODisabled = new(*in.SSODisabled)
	}
	if in.Active != nil {
		c.Active = *in.Active
	}
}
