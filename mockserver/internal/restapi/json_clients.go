package restapi

import "github.com/maskinporten-go/maskinporten/mockserver/internal/registry"

// withSecret is a client in the one answer that shows its secret.
type withSecret struct {
	*registry.Client
	Secret string `json:"client_secret,omitzero"`
}

// appendClient appends a client. Each field brings the comma before it; the
// brace takes the place of the first.
func appendClient(b []byte, c *registry.Client) []byte {
	start := len(b)
	b = appendIfText(b, `,"client_id":`, c.ClientID)
	b = appendIfText(b, `,"client_name":`, c.ClientName)
	b = appendText(append(b, `,"client_orgno":`...), c.ClientOrgNo)
	b = appendIfText(b, `,"supplier_orgno":`, c.SupplierOrgNo)
	b = appendIfText(b, `,"description":`, c.Description)
	b = appendText(append(b, `,"application_type":`...), c.ApplicationType)
	b = appendText(append(b, `,"integration_type":`...), c.IntegrationType)
	b = appendTexts(append(b, `,"scopes":`...), c.Scopes)
	b = appendTexts(append(b, `,"grant_types":`...), c.GrantTypes)
	b = appendText(append(b, `,"token_endpoint_auth_method":`...), c.TokenEndpointAuthMethod)
	b = appendIfText(b, `,"refresh_token_usage":`, c.RefreshTokenUsage)
	b = appendRedirects(b, c)
	b = appendIfText(b, `,"client_uri":`, c.ClientURI)
	b = appendIfText(b, `,"logo_uri":`, c.LogoURI)
	b = appendBool(b, `,"active":`, c.Active)
	b = appendIfNumber(b, `,"access_token_lifetime":`, c.AccessTokenLifetime)
	b = appendIfNumber(b, `,"refresh_token_lifetime":`, c.RefreshTokenLifetime)
	b = appendIfNumber(b, `,"authorization_lifetime":`, c.AuthorizationLifetime)
	b = appendTime(append(b, `,"created":`...), c.Created)
	b = appendTime(append(b, `,"last_updated":`...), c.LastUpdated)
	if c.JWKS != nil {
		b = appendValue(append(b, `,"jwks":`...), c.JWKS)
	}
	if c.OnBehalfOf != nil {
		b = appendValue(append(b, `,"onbehalfof":`...), c.OnBehalfOf)
	}
	b[start] = '{'
	return append(b, '}')
}

// appendWithSecret appends a client and, where it was just made, its secret.
func appendWithSecret(b []byte, c withSecret) []byte {
	b = appendClient(b, c.Client)
	return append(appendIfText(b[:len(b)-1], `,"client_secret":`, c.Secret), '}')
}

// appendRedirects appends what clients have that log people in.
func appendRedirects(b []byte, c *registry.Client) []byte {
	if c.RedirectURIs != nil {
		b = appendTexts(append(b, `,"redirect_uris":`...), c.RedirectURIs)
	}
	if c.PostLogoutRedirectURIs != nil {
		b = appendTexts(append(b, `,"post_logout_redirect_uris":`...), c.PostLogoutRedirectURIs)
	}
	b = appendIfText(b, `,"frontchannel_logout_uri":`, c.FrontchannelLogoutURI)
	if c.FrontchannelLogoutSessionRequired {
		b = appendBool(b, `,"frontchannel_logout_session_required":`, true)
	}
	if c.SSODisabled != nil {
		b = appendBool(b, `,"sso_disabled":`, *c.SSODisabled)
	}
	return appendIfText(b, `,"code_challenge_method":`, c.CodeChallengeMethod)
}
