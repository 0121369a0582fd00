package maskinporten

// IntegrationType says what a client logs in to, and which clients a scope is
// for. It is decided when a client is created and never changes.
type IntegrationType string

// The integration types. Services may know more: any value is passed on.
const (
	// IntegrationMaskinporten is machine to machine: business certificate or
	// key, no person. It is what most clients of this library are.
	IntegrationMaskinporten IntegrationType = "maskinporten"
	// IntegrationKRR reads the contact register (kontakt- og
	// reservasjonsregisteret) with fixed scopes.
	IntegrationKRR IntegrationType = "krr"
	// IntegrationIDPorten signs in citizens.
	IntegrationIDPorten IntegrationType = "idporten"
	// IntegrationAPIClient signs in citizens and calls APIs on their behalf.
	IntegrationAPIClient IntegrationType = "api_klient"
	// IntegrationAnsattporten signs in employees on behalf of an organisation.
	IntegrationAnsattporten IntegrationType = "ansattporten"
	// IntegrationEFormidling is Digdir's own: message exchange.
	IntegrationEFormidling IntegrationType = "eformidling"
	// IntegrationIDPortenSAML2 is Digdir's own: the old SAML 2 sign-in.
	IntegrationIDPortenSAML2 IntegrationType = "idporten_saml2"
)
