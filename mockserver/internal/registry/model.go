package registry

import (
	"cmp"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
)

// Organization is a registered organisation.
type Organization struct {
	OrgNo string
	Name  string
}

// Prefix is the first part of scope names, assigned by Digdir.
type Prefix struct {
	Prefix           string    `json:"prefix"`
	OwnerOrgNo       string    `json:"owner_orgno"`
	OrganizationName string    `json:"organization_name,omitzero"`
	Active           bool      `json:"active"`
	Created          time.Time `json:"created,omitzero"`
	LastUpdated      time.Time `json:"last_updated,omitzero"`
}

// DelegationSource is where consumers delegate scopes to suppliers.
type DelegationSource struct {
	Issuer      string    `json:"issuer"`
	Name        string    `json:"name"`
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"lastUpdated,omitzero"`
}

// ScopeFields are the fields of a scope that its owner decides.
type ScopeFields struct {
	Prefix                     string   `json:"prefix"`
	Subscope                   string   `json:"subscope"`
	Description                string   `json:"description,omitzero"`
	LongDescription            string   `json:"long_description,omitzero"`
	AllowedIntegrationTypes    []string `json:"allowed_integration_types,omitzero"`
	TokenType                  string   `json:"token_type,omitzero"`
	Visibility                 string   `json:"visibility,omitzero"`
	DelegationSource           string   `json:"delegation_source,omitzero"`
	RequiresUserConsent        bool     `json:"requires_user_consent"`
	RequiresUserAuthentication bool     `json:"requires_user_authentication"`
	RequiresPseudonymousTokens bool     `json:"requires_pseudonymous_tokens"`
	AtMaxAge                   int      `json:"at_max_age"`
	AuthorizationMaxLifetime   int      `json:"authorization_max_lifetime"`
	AccessibleForAll           bool     `json:"accessible_for_all"`
	EnforcedAudForAccessToken  string   `json:"enforced_aud_for_access_token,omitzero"`
	SupportsEuropeanBusinesses bool     `json:"supports_european_businesses"`
	// Translations holds the flat keys such as "description#en".
	Translations map[string]string `json:"-"`
}

// Scope is a stored scope. It is never changed in place.
type Scope struct {
	ScopeFields
	Name        string    `json:"name"`
	OwnerOrgNo  string    `json:"owner_orgno"`
	Active      bool      `json:"active"`
	Protected   bool      `json:"protected"` // Digdir's to decide
	Created     time.Time `json:"created"`
	LastUpdated time.Time `json:"last_updated"`
}

// Access is the right of a consumer to a scope. It is never changed in place.
type Access struct {
	Scope                    string    `json:"scope"`
	OwnerOrgNo               string    `json:"owner_orgno"`
	OwnerOrganizationName    string    `json:"owner_organization_name,omitzero"`
	ConsumerOrgNo            string    `json:"consumer_orgno"`
	ConsumerOrganizationName string    `json:"consumer_organization_name,omitzero"`
	State                    string    `json:"state"`
	Created                  time.Time `json:"created"`
	LastUpdated              time.Time `json:"last_updated"`
}

// ClientFields are the fields of a client that look alike when they are sent
// and when they are answered.
type ClientFields struct {
	ClientID                          string   `json:"client_id"`
	ClientName                        string   `json:"client_name,omitzero"`
	ClientOrgNo                       string   `json:"client_orgno"`
	SupplierOrgNo                     string   `json:"supplier_orgno,omitzero"`
	Description                       string   `json:"description,omitzero"`
	ApplicationType                   string   `json:"application_type"`
	IntegrationType                   string   `json:"integration_type"`
	Scopes                            []string `json:"scopes"`
	GrantTypes                        []string `json:"grant_types"`
	TokenEndpointAuthMethod           string   `json:"token_endpoint_auth_method"`
	RefreshTokenUsage                 string   `json:"refresh_token_usage,omitzero"`
	RedirectURIs                      []string `json:"redirect_uris,omitzero"`
	PostLogoutRedirectURIs            []string `json:"post_logout_redirect_uris,omitzero"`
	FrontchannelLogoutURI             string   `json:"frontchannel_logout_uri,omitzero"`
	FrontchannelLogoutSessionRequired bool     `json:"frontchannel_logout_session_required,omitzero"`
	SSODisabled                       *bool    `json:"sso_disabled,omitzero"` // nil when sent: false, for ansattporten true
	CodeChallengeMethod               string   `json:"code_challenge_method,omitzero"`
	ClientURI                         string   `json:"client_uri,omitzero"`
	LogoURI                           string   `json:"logo_uri,omitzero"`
}

// Client is a stored client registration. It is never changed in place.
type Client struct {
	ClientFields
	Active                bool         `json:"active"`
	AccessTokenLifetime   int          `json:"access_token_lifetime,omitzero"`
	RefreshTokenLifetime  int          `json:"refresh_token_lifetime,omitzero"`
	AuthorizationLifetime int          `json:"authorization_lifetime,omitzero"`
	Created               time.Time    `json:"created"`
	LastUpdated           time.Time    `json:"last_updated"`
	JWKS                  *KeySet      `json:"jwks,omitzero"` // nil: no keys
	OnBehalfOf            []OnBehalfOf `json:"onbehalfof,omitzero"`

	// The secret itself is answered once, by the call that made it, and not
	// kept: only a digest and its last day are.
	secretDigest  string
	secretExpires time.Time
}

// KeySet is a set of public keys (RFC 7517).
type KeySet struct {
	Keys []Key `json:"keys"`
}

// Key is a public key of a client, as RFC 7517 writes it.
type Key struct {
	Kty         string    `json:"kty"`
	Kid         string    `json:"kid"`
	Use         string    `json:"use"`
	Alg         string    `json:"alg"`
	N           string    `json:"n"`
	E           string    `json:"e"`
	X5c         []string  `json:"x5c,omitzero"`
	Exp         int64     `json:"exp,omitzero"` // seconds since 1970, UTC
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
}

// OnBehalfOfFields are what a caller says of somebody for whom a client acts.
type OnBehalfOfFields struct {
	// OnBehalfOf is the short value: letters, digits, '.', '_' and '-'.
	OnBehalfOf       string `json:"onbehalfof"`
	Name             string `json:"name,omitzero"`
	OrgNo            string `json:"orgno,omitzero"` // empty, or a valid organisation number
	OrganizationName string `json:"organization_name,omitzero"`
	Description      string `json:"description,omitzero"`
	URI              string `json:"uri,omitzero"`
	LogoURI          string `json:"logo_uri,omitzero"`
}

// OnBehalfOf is somebody for whom a client may act by name.
type OnBehalfOf struct {
	OnBehalfOfFields
	Created     time.Time `json:"created,omitzero"`
	LastUpdated time.Time `json:"last_updated,omitzero"`
}

// Caller is who asks for a change: an organisation, and in which capacity.
type Caller struct {
	OrgNo string
	// Own: may act on clients whose client_orgno or supplier_orgno is its own.
	Own bool
	// Supplier: holds dcr.supplier, may create clients for any organisation
	// and act on those whose supplier it is.
	Supplier bool
	// Actor is the client or user behind the call, for the audit log.
	Actor string
	// Lenient notes the refusals that rest on assumptions instead of making
	// them. Nil: they are made.
	Lenient *lenient.Notes
}

// Delegation says that a supplier may use a scope for a consumer, as
// delegated in Altinn.
type Delegation struct {
	Consumer string `json:"consumer"`
	Supplier string `json:"supplier"`
	Scope    string `json:"scope"`
}

// SystemUser lets a vendor's system act for an organisation (Altinn's
// "systembruker").
type SystemUser struct {
	ID          string `json:"id"`           // a UUID
	OrgNo       string `json:"orgno"`        // whose user it is
	ExternalRef string `json:"external_ref"` // tells several of one organisation apart; empty: its number
	SystemID    string `json:"system_id"`    // the vendor's system
	VendorOrgNo string `json:"vendor_orgno"` // who runs the system
}

type systemUserKey struct{ vendor, orgno, externalRef string }

// keysOf returns a client's keys, which the caller must not change.
func keysOf(c *Client) []Key {
	if c.JWKS == nil {
		return nil
	}
	return c.JWKS.Keys
}

// AllowsType reports whether clients of an integration type may have the
// scope. A scope that names no type allows every one.
func (s Scope) AllowsType(integrationType string) bool {
	return len(s.AllowedIntegrationTypes) == 0 || slices.Contains(s.AllowedIntegrationTypes, integrationType)
}

func (u SystemUser) key() systemUserKey {
	return systemUserKey{vendor: u.VendorOrgNo, orgno: u.OrgNo, externalRef: cmp.Or(u.ExternalRef, u.OrgNo)}
}
