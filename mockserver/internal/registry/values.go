package registry

// The states of an access.
const (
	Requested = "REQUESTED"
	Approved  = "APPROVED"
	Denied    = "DENIED"
)

// The integration types.
const (
	Ansattporten  = "ansattporten"
	APIKlient     = "api_klient"
	EFormidling   = "eformidling"
	IDPorten      = "idporten"
	IDPortenSAML2 = "idporten_saml2"
	KRR           = "krr"
	Maskinporten  = "maskinporten"
)

// integrationTypes are all that exist.
var integrationTypes = []string{Ansattporten, APIKlient, EFormidling, IDPorten, IDPortenSAML2, KRR, Maskinporten}

// The values of a scope's token_type and visibility.
const (
	tokenSelfContained = "SELF_CONTAINED"
	tokenOpaque        = "OPAQUE"

	visibilityPublic   = "PUBLIC"
	visibilityPrivate  = "PRIVATE"
	visibilityInternal = "INTERNAL"
)

// The values of a client's enumerations.
const (
	applicationWeb     = "web"
	applicationBrowser = "browser"
	applicationNative  = "native"

	authPrivateKeyJWT = "private_key_jwt"
	authSecretBasic   = "client_secret_basic"
	authSecretPost    = "client_secret_post"
	authNone          = "none"

	grantJWTBearer         = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name, not a credential
	grantAuthorizationCode = "authorization_code"
	grantRefreshToken      = "refresh_token"

	usageOneTime = "ONETIME"
	usageReuse   = "REUSE"

	challengeS256 = "S256"
	challengeNone = "none"
)

// isLogin reports whether clients of a type log people in, with redirects.
func isLogin(integrationType string) bool {
	return integrationType == IDPorten || integrationType == APIKlient || integrationType == Ansattporten
}

// APIProvider is the type of the integration that an organisation has as
// soon as it has a prefix, in the portal only.
const APIProvider = "API_TILBYDER"

// providerIDPrefix begins the ids of those integrations. No client may take
// such an id, and with it the place of another's integration.
const providerIDPrefix = "api-tilbyder-"
