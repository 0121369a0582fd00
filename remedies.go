package maskinporten

import "net/http"

// remedies say what to do about each refusal of the token endpoint that has a
// code.
var remedies = map[string]string{
	"MP-011": "a parameter or claim of the grant is malformed: check consumer_org, resource, pid and the lifetime of the grant",
	"MP-012": "the grant was sent twice: make a new one with a fresh jti for each attempt",
	"MP-100": "check the client id and the environment, and that the client is active; a new client needs up to two minutes",
	"MP-110": "the grant is meant for another environment: aud must be this environment's issuer, with its last slash",
	"MP-120": "the business certificate is expired, revoked, not trusted, or of another environment (production certificates don't work in test): use a valid one, or register a key on the client",
	"MP-121": "a key lives one year: register a new key on the client, or post the same one again",
	"MP-122": "the certificate belongs to another organisation than the client: use one of the client's organisation",
	"MP-123": "x5c must be a list with the whole chain, the leaf first: load certificates with KeyFromPKCS12 or KeyFromCertificates",
	"MP-124": "the key used is not the one registered under this kid: check which private key the program loads, and its algorithm",
	"MP-130": "the machine's clock is probably wrong: synchronise it (NTP)",
	"MP-200": "register the scope on the client in self-service, and check its spelling",
	"MP-201": "the scope is not meant for this kind of client: ask the API provider to change its allowed integration types",
	"MP-250": "the API provider has not given your organisation access to the scope, took it back, or retired the scope: ask the provider",
	"MP-251": "the consumer must delegate the scope to your organisation in Altinn",
	"MP-301": "only urn:altinn:systemuser and urn:altinn:consent are known types of authorization_details",
	"MP-302": "authorization_details holds a field that its type doesn't have",
	"MP-303": "a value in authorization_details is invalid, or the system user or consent doesn't exist: the text names it",
}

// uncodedRemedies are for the refusals that are known by their texts only, in
// lower case.
var uncodedRemedies = []struct{ words, remedy string }{
	{"unknown key identifier", "the kid is not registered on the client, or was a moment ago: a new key needs up to three minutes"},
	{"requires pre-registered jwk", "the client has keys registered, so the grant must name one with its kid; a certificate alone is not enough"},
	{"issue time is after now", "the machine's clock is probably ahead: synchronise it (NTP)"},
	{"combination consumer_org", "consumer_org is the client's own organisation: leave it out to act for oneself"},
}

// Remedy is one sentence on what to do about the refusal; empty when nothing
// is known.
func (e *TokenError) Remedy() string {
	if remedy, ok := remedies[e.MP]; ok {
		return remedy
	}
	for _, known := range uncodedRemedies {
		if e.says(known.words) {
			return known.remedy
		}
	}
	if e.Code == "unsupported_grant_type" {
		return "the token endpoint takes JWT grants (RFC 7523) only: check that the address is Maskinporten's"
	}
	return ""
}

// Remedy is one sentence on what to do about the refusal; empty when the
// service's own text says it.
func (e *APIError) Remedy() string {
	switch {
	case e.outcomeUnknown:
		return "it may have been carried out: look whether it was (FindCreated does) before calling again"
	case e.StatusCode == http.StatusUnauthorized:
		return "the token was not accepted: check that credentials and environment belong together"
	case e.StatusCode == http.StatusForbidden:
		return "it belongs to another organisation, or the admin client lacks the scope for this call"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check the address of the API"
	}
	return ""
}
