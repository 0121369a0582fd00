package maskinporten

import "strings"

// knownRefusal is one way in which the token endpoint says no. Real answers
// come without error_uri, and in other words than the documentation's, so each
// is known by its code and by pieces of its texts, in lower case.
type knownRefusal struct {
	code     string
	words    []string
	sentinel error
	remedy   string
	clock    bool // the grant's times were at fault, as a wrong clock makes them
}

var knownRefusals = []knownRefusal{
	{code: "MP-250", words: []string{"not been granted access"}, sentinel: ErrAccessNotGranted,
		remedy: "the API provider has not given your organisation access to the scope, took it back, or retired the scope: ask the provider"},
	{code: "MP-251", words: []string{"has not delegated"}, sentinel: ErrNotDelegated,
		remedy: "the consumer must delegate the scope to your organisation in Altinn"},
	{code: "MP-201", words: []string{"not allowed for maskinporten"},
		remedy: "the scope is not meant for this kind of client: ask the API provider to change its allowed integration types"},
	{code: "MP-200", words: []string{"invalid scopes for client", "invalid scope"}, sentinel: ErrScopeNotRegistered,
		remedy: "register the scope on the client in self-service, and check its spelling"},
	{words: []string{"unknown key identifier"}, sentinel: ErrUnknownKey,
		remedy: "the kid is not registered on the client, or was a moment ago: a new key needs up to three minutes"},
	{words: []string{"requires pre-registered jwk"},
		remedy: "the client has keys registered, so the grant must name one with its kid; a certificate alone is not enough"},
	{code: "MP-121", words: []string{"expired key", "key has expired", "key is expired"}, sentinel: ErrKeyExpired,
		remedy: "a key lives one year: register a new key on the client, or post the same one again"},
	{code: "MP-100", words: []string{"client not found"}, sentinel: ErrClientNotFound,
		remedy: "check the client id and the environment, and that the client is active; a new client needs up to two minutes"},
	{code: "MP-110", words: []string{"claim aud"},
		remedy: "the grant is meant for another environment: aud must be this environment's issuer, to the letter, also in whether it ends in a slash"},
	{code: "MP-122", words: []string{"does not match certificate orgno"},
		remedy: "the certificate belongs to another organisation than the client: use one of the client's organisation"},
	{code: "MP-120", words: []string{"invalid certificate"},
		remedy: "the business certificate is expired, revoked, not trusted, or of another environment (production certificates don't work in test): use a valid one, or register a key on the client"},
	{code: "MP-123", words: []string{"header x5c"},
		remedy: "x5c must be a list of certificates, the leaf first: load certificates with KeyFromPKCS12 or KeyFromCertificates"},
	{code: "MP-124", words: []string{"invalid jwt signature"},
		remedy: "the key used is not the one registered under this kid: check which private key the program loads, and its algorithm"},
	{code: "MP-130", words: []string{"jwt is expired", "jwt has expired"}, clock: true,
		remedy: "the machine's clock is probably wrong: synchronise it (NTP)"},
	{words: []string{"issue time is after now", "issue time is in the future"}, clock: true,
		remedy: "the machine's clock is probably ahead: synchronise it (NTP)"},
	{words: []string{"too long lifetime"},
		remedy: "a grant may live 120 seconds: shorten the time between iat and exp"},
	{code: "MP-012", words: []string{"grant is used before"},
		remedy: "the grant was sent twice: make a new one with a fresh jti for each attempt"},
	{words: []string{"combination consumer_org"},
		remedy: "consumer_org is the client's own organisation: leave it out to act for oneself"},
	{code: "MP-301", remedy: "only urn:altinn:systemuser and urn:altinn:consent are known types of authorization_details"},
	{code: "MP-303", remedy: "a value is invalid, which the text names, or " + noSuchDetail},
	{code: "MP-302", remedy: "authorization_details holds a field that its type doesn't have"},
	{code: "MP-011", words: []string{"invalid parameter value"},
		remedy: "a parameter or claim of the grant is malformed: check consumer_org, resource, pid and the lifetime of the grant"},
}

// known finds what is known about the refusal: by its code, else by its text,
// else by the OAuth2 error. It is nil for what nothing is known about.
func (e *TokenError) known() *knownRefusal {
	if e.MP != "" {
		for i := range knownRefusals {
			if knownRefusals[i].code == e.MP {
				return &knownRefusals[i]
			}
		}
	}
	text := strings.ToLower(e.Description)
	for i := range knownRefusals {
		for _, words := range knownRefusals[i].words {
			if strings.Contains(text, words) {
				return &knownRefusals[i]
			}
		}
	}
	switch e.Code { // no word that is known: RFC 6749 says what it is about
	case "invalid_scope":
		return &knownRefusal{sentinel: ErrScopeNotRegistered, remedy: "register the scope on the client in self-service, and check its spelling"}
	case "unsupported_grant_type":
		return &knownRefusal{remedy: "the token endpoint takes JWT grants (RFC 7523) only: check that the address is Maskinporten's"}
	case "invalid_altinn_customer_configuration":
		return &knownRefusal{remedy: noSuchDetail}
	case "invalid_authorization_details":
		return &knownRefusal{remedy: "a value in authorization_details is invalid: the text names it"}
	}
	return nil
}

const noSuchDetail = "Altinn has no system user or consent that fits: check that the customer has created the system user for this system, " +
	"that externalRef is the one it was created with, and that the client is on the system's registration; or that the consent exists and is to your organisation"

// Remedy is one sentence on what to do about the refusal; empty when nothing
// is known.
func (e *TokenError) Remedy() string {
	if known := e.known(); known != nil {
		return known.remedy
	}
	return ""
}
