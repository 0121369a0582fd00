package maskinporten

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
