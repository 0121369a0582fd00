package maskinporten

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
