package maskinporten

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// ClientRegistration is a client as the service keeps it: what one program,
// or one integration, may ask tokens for, and with which keys.
//
// It is called so since [Client] is the library's own. Fields that the
// service leaves out are zero.
type ClientRegistration struct {
	// ClientID is what grants carry as iss. The service makes a UUID.
	ClientID string `json:"client_id,omitzero"`
	// Name is shown in lists and, for login clients, to the user.
	Name string `json:"client_name,omitzero"`
	// Description is for those who look after the client.
	Description string `json:"description,omitzero"`
	// ClientOrgNo is the organisation that the client acts for: its tokens'
	// consumer.
	ClientOrgNo OrgNo `json:"client_orgno,omitzero"`
	// SupplierOrgNo is the supplier that registered the client for another
	// organisation, if one did.
	SupplierOrgNo OrgNo `json:"supplier_orgno,omitzero"`
	// Active clients get tokens; the others are unknown to the token endpoint.
	Active bool `json:"active"`
	// ApplicationType says what kind of program it is.
	ApplicationType ApplicationType `json:"application_type,omitzero"`
	// IntegrationType says what the client is for. It never changes.
	IntegrationType IntegrationType `json:"integration_type,omitzero"`
	// Scopes are those that the client may ask for.
	Scopes []string `json:"scopes,omitzero"`
	// GrantTypes are the ways in which it may ask.
	GrantTypes []GrantType `json:"grant_types,omitzero"`
	// TokenEndpointAuthMethod is how it shows who it is.
	TokenEndpointAuthMethod AuthMethod `json:"token_endpoint_auth_method,omitzero"`
	// AccessTokenLifetime in seconds, 120 by default. A scope's AtMaxAge goes
	// before it.
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
	// FrontchannelLogoutURI is called when the user logs out elsewhere. It
	// shares scheme, host and port with a redirect URI.
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

	// The rest is set by the service, and ignored when it is sent.

	// Created and LastUpdated are when the client was made and last changed.
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
	// JWKS are the client's keys, nil if it has none or the answer left them
	// out. [ClientsService.AddKey] and its neighbours change them.
	JWKS *JSONWebKeySet `json:"jwks,omitzero"`
	// JWKSURI is where the keys are published, if they are.
	JWKSURI string `json:"jwks_uri,omitzero"`
	// OnBehalfOf are those that the client may act for by name.
	OnBehalfOf []OnBehalfOf `json:"onbehalfof,omitzero"`
	// ClientSecret is there once, in the answer of the call that made it. It
	// is never encoded.
	ClientSecret Secret `json:"-"`
	// Extra holds the fields that this version doesn't know. Lists, which may
	// have thousands of elements, leave it nil.
	Extra map[string]json.RawMessage `json:"-"`
}

type clientFields ClientRegistration

// clientSecretField is taken out of Extra, where it would be shown by %v and
// encoded again.
const clientSecretField = "client_secret"

// UnmarshalJSON decodes a client. Unknown fields go to Extra, the secret, if
// there is one, to ClientSecret.
func (r *ClientRegistration) UnmarshalJSON(data []byte) error {
	var fields clientFields
	extra, err := unmarshalExtra(data, &fields)
	if err != nil {
		return err
	}
	var secret string
	if raw, found := extra[clientSecretField]; found {
		delete(extra, clientSecretField)
		if err := json.Unmarshal(raw, &secret); err != nil {
			return errors.New("client_secret is no string") // the decoder's own error might quote it
		}
	}
	fields.ClientSecret = newSecret(secret)
	fields.Extra = extra
	*r = ClientRegistration(fields)
	return nil
}

// MarshalJSON encodes the client with the fields of Extra, but never its
// secret.
func (r ClientRegistration) MarshalJSON() ([]byte, error) {
	return marshalExtra(clientFields(r), r.Extra)
}

// clone copies the client so far that changes to one are not seen in the
// other.
func (r ClientRegistration) clone() ClientRegistration {
	r.Scopes = slices.Clone(r.Scopes)
	r.GrantTypes = slices.Clone(r.GrantTypes)
	r.RedirectURIs = slices.Clone(r.RedirectURIs)
	return r
}
