package maskinporten

import "encoding/json"

// ClientCreate is a client to be made with [ClientsService.Create]. Name,
// Description and Scopes are enough for a Maskinporten client; give it a key
// with [ClientsService.AddKey] afterwards. What is left zero is left to the
// service, except for the fields that say otherwise.
type ClientCreate struct {
	// Name is shown in lists and, for login clients, to the user.
	Name string `json:"client_name,omitzero"`
	// Description is for those who look after the client.
	Description string `json:"description,omitzero"`
	// Scopes are those that the client may ask for. Its organisation must
	// have access to them, unless they are open to all or can be delegated.
	Scopes []string `json:"scopes,omitzero"`

	// ClientOrgNo is the organisation that the client acts for, one's own by
	// default. Another's takes [ClientsService.AsSupplier].
	ClientOrgNo OrgNo `json:"client_orgno,omitzero"`
	// ClientID is a chosen client id. The service makes a UUID by default,
	// and that is better.
	ClientID string `json:"client_id,omitzero"`

	// IntegrationType is maskinporten by default. It never changes.
	IntegrationType IntegrationType `json:"integration_type,omitzero"`
	// ApplicationType is web by default.
	ApplicationType ApplicationType `json:"application_type,omitzero"`
	// TokenEndpointAuthMethod is private_key_jwt by default, none for browser
	// and native applications.
	TokenEndpointAuthMethod AuthMethod `json:"token_endpoint_auth_method,omitzero"`
	// GrantTypes is the jwt-bearer grant by default, authorization_code for
	// login clients.
	GrantTypes []GrantType `json:"grant_types,omitzero"`

	// AccessTokenLifetime in seconds, 120 by default.
	AccessTokenLifetime int `json:"access_token_lifetime,omitzero"`
	// RefreshTokenLifetime in seconds, 600 by default. Login clients only.
	RefreshTokenLifetime int `json:"refresh_token_lifetime,omitzero"`
	// AuthorizationLifetime in seconds, 7200 by default. Login clients only.
	AuthorizationLifetime int `json:"authorization_lifetime,omitzero"`
	// RefreshTokenUsage says whether refresh tokens are renewed at use.
	RefreshTokenUsage RefreshTokenUsage `json:"refresh_token_usage,omitzero"`
	// RedirectURIs are where users may be sent after login. A login client
	// needs at least one.
	RedirectURIs []string `json:"redirect_uris,omitzero"`
	// PostLogoutRedirectURIs are where users may be sent after logout.
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitzero"`
	// FrontchannelLogoutURI shares scheme, host and port with a redirect URI.
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitzero"`
	// FrontchannelLogoutSessionRequired asks for iss and sid in that call.
	FrontchannelLogoutSessionRequired bool `json:"frontchannel_logout_session_required,omitzero"`
	// SSODisabled asks for a login of its own. Nil leaves it to the service:
	// false, but true for ansattporten.
	SSODisabled *bool `json:"sso_disabled,omitzero"`
	// CodeChallengeMethod is the PKCE method, S256 by default.
	CodeChallengeMethod CodeChallengeMethod `json:"code_challenge_method,omitzero"`
	// ClientURI and LogoURI are shown to the user.
	ClientURI string `json:"client_uri,omitzero"`
	LogoURI   string `json:"logo_uri,omitzero"`
	// Extra are further fields to send, which this version doesn't know.
	Extra map[string]json.RawMessage `json:"-"`
}

type clientCreateFields ClientCreate

// MarshalJSON writes the fields in Extra beside the others.
func (n ClientCreate) MarshalJSON() ([]byte, error) {
	return marshalExtra(clientCreateFields(n), n.Extra)
}

// withDefaults fills in what makes a correct client of the wanted type.
func (n ClientCreate) withDefaults() ClientCreate {
	if n.IntegrationType == "" {
		n.IntegrationType = IntegrationTypeMaskinporten
	}
	if n.ApplicationType == "" {
		n.ApplicationType = ApplicationTypeWeb
	}
	if n.TokenEndpointAuthMethod == "" {
		n.TokenEndpointAuthMethod = AuthMethodPrivateKeyJWT
		if n.ApplicationType != ApplicationTypeWeb {
			n.TokenEndpointAuthMethod = AuthMethodNone
		}
	}
	if n.GrantTypes == nil {
		n.GrantTypes = []GrantType{GrantTypeJWTBearer}
		if isLogin(n.IntegrationType) {
			n.GrantTypes = []GrantType{GrantTypeAuthorizationCode}
		}
	}
	return n
}

// registration is the client that would come of it, for the checks.
func (n ClientCreate) registration() (ClientRegistration, error) {
	data, err := json.Marshal(clientCreateFields(n))
	if err != nil {
		return ClientRegistration{}, err
	}
	var fields clientFields
	err = json.Unmarshal(data, &fields)
	return ClientRegistration(fields), err
}
