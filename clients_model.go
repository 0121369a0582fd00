package maskinporten

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/wire"
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
	if err := wire.UnmarshalExtra(data, &fields, &fields.Extra, "client_id"); err != nil {
		return err
	}
	var secret string
	if raw, found := fields.Extra[clientSecretField]; found {
		delete(fields.Extra, clientSecretField)
		if err := json.Unmarshal(raw, &secret); err != nil {
			return errors.New("client_secret is no string") // the decoder's own error might quote it
		}
	}
	fields.ClientSecret = NewSecret(secret)
	*r = ClientRegistration(fields)
	return nil
}

// MarshalJSON encodes the client with the fields of Extra, but never its
// secret.
func (r ClientRegistration) MarshalJSON() ([]byte, error) {
	return wire.MarshalExtra(clientFields(r), r.Extra)
}

// clone copies the client so far that changes to one are not seen in the
// other.
func (r ClientRegistration) clone() ClientRegistration {
	r.Scopes = slices.Clone(r.Scopes)
	r.GrantTypes = slices.Clone(r.GrantTypes)
	r.RedirectURIs = slices.Clone(r.RedirectURIs)
	return r
}

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

	// ClientOrgNo is the organisation that the client acts for, your own by
	// default. Another's takes [ClientsService.AsSupplier].
	ClientOrgNo OrgNo `json:"client_orgno,omitzero"`
	// SupplierOrgNo is the supplier that registers the client for another
	// organisation. The service takes it from the token by default.
	SupplierOrgNo OrgNo `json:"supplier_orgno,omitzero"`
	// Active: nil leaves it to the service, which makes clients active.
	Active *bool `json:"active,omitzero"`
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
	return wire.MarshalExtra(clientCreateFields(n), n.Extra)
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

// ApplicationType says what kind of program a client is (application_type).
type ApplicationType string

// The application types.
const (
	// ApplicationTypeWeb runs on a server and can keep a key or a secret. It
	// is the only one that Maskinporten clients may have.
	ApplicationTypeWeb ApplicationType = "web"
	// ApplicationTypeBrowser is a single-page application.
	ApplicationTypeBrowser ApplicationType = "browser"
	// ApplicationTypeNative is a mobile or desktop application.
	ApplicationTypeNative ApplicationType = "native"
)

// GrantType is a way of asking for a token (grant_types).
type GrantType string

// The grant types.
const (
	// GrantTypeJWTBearer is Maskinporten's (RFC 7523).
	GrantTypeJWTBearer GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // no credential
	// GrantTypeAuthorizationCode signs a person in.
	GrantTypeAuthorizationCode GrantType = "authorization_code"
	// GrantTypeRefreshToken renews a person's tokens.
	GrantTypeRefreshToken GrantType = "refresh_token"
	// GrantTypeImplicit is found on old clients only.
	GrantTypeImplicit GrantType = "implicit"
)

// AuthMethod is how a client shows who it is (token_endpoint_auth_method).
type AuthMethod string

// The authentication methods.
const (
	// AuthMethodPrivateKeyJWT signs with a key of the client, or with a
	// business certificate. It is the only one for Maskinporten clients.
	AuthMethodPrivateKeyJWT AuthMethod = "private_key_jwt"
	// AuthMethodSecretPost sends the client secret in the form.
	AuthMethodSecretPost AuthMethod = "client_secret_post"
	// AuthMethodSecretBasic sends the client secret in a header.
	AuthMethodSecretBasic AuthMethod = "client_secret_basic"
	// AuthMethodNone is for browser and native applications, which can keep
	// nothing to themselves.
	AuthMethodNone AuthMethod = "none"
)

// RefreshTokenUsage says whether a refresh token is renewed when it is used
// (refresh_token_usage).
type RefreshTokenUsage string

// The uses of refresh tokens.
const (
	// RefreshTokenOneTime gives a new refresh token at each use.
	RefreshTokenOneTime RefreshTokenUsage = "ONETIME"
	// RefreshTokenReuse keeps the same refresh token.
	RefreshTokenReuse RefreshTokenUsage = "REUSE"
)

// CodeChallengeMethod is the PKCE method that a login client must use
// (code_challenge_method).
type CodeChallengeMethod string

// The PKCE methods.
const (
	// CodeChallengeS256 is the service's default.
	CodeChallengeS256 CodeChallengeMethod = "S256"
	// CodeChallengeNone does without PKCE.
	CodeChallengeNone CodeChallengeMethod = "none"
)

// IntegrationType says what a client logs in to, and which clients a scope is
// for. It is decided when a client is created and never changes.
type IntegrationType string

// The integration types. Services may know more: any value is passed on.
const (
	// IntegrationTypeMaskinporten is machine to machine: business certificate or
	// key, no person. It is what most clients of this library are.
	IntegrationTypeMaskinporten IntegrationType = "maskinporten"
	// IntegrationTypeKRR reads the contact register (kontakt- og
	// reservasjonsregisteret) with fixed scopes.
	IntegrationTypeKRR IntegrationType = "krr"
	// IntegrationTypeIDPorten signs in citizens.
	IntegrationTypeIDPorten IntegrationType = "idporten"
	// IntegrationTypeAPIClient signs in citizens and calls APIs on their behalf.
	IntegrationTypeAPIClient IntegrationType = "api_klient"
	// IntegrationTypeAnsattporten signs in employees on behalf of an organisation.
	IntegrationTypeAnsattporten IntegrationType = "ansattporten"
	// IntegrationTypeEFormidling is Digdir's own: message exchange.
	IntegrationTypeEFormidling IntegrationType = "eformidling"
	// IntegrationTypeIDPortenSAML2 is Digdir's own: the old SAML 2 sign-in.
	IntegrationTypeIDPortenSAML2 IntegrationType = "idporten_saml2"
)
