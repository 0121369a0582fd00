package maskinporten

import "github.com/maskinporten-go/maskinporten/internal/token"

const noSuchDetail = "Altinn has no system user or consent that fits: check that the customer has created the system user for this system, " +
	"that externalRef is the one it was created with, and that the client is on the system's registration; or that the consent exists and is to your organisation"

// refusals are what a refusal is called here, and what to do about it.
var refusals = [token.Refusals]struct {
	sentinel error
	remedy   string
}{
	token.AccessNotGranted: {ErrAccessNotGranted, "the API provider has not given your organisation access to the scope, took it back, or retired the scope: ask the provider"},
	token.NotDelegated:     {ErrNotDelegated, "the consumer must delegate the scope to your organisation in Altinn"},
	token.WrongIntegrationType: {
		remedy: "the scope is not meant for this kind of client: ask the API provider to change its allowed integration types"},
	token.ScopeNotRegistered: {ErrScopeNotRegistered, "register the scope on the client in self-service, and check its spelling"},
	token.UnknownKey:         {ErrUnknownKey, "the kid is not registered on the client, or was a moment ago: a new key needs up to three minutes"},
	token.KeyIDMissing: {
		remedy: "the client has keys registered, so the grant must name one with its kid; a certificate alone is not enough"},
	token.KeyExpired:     {ErrKeyExpired, "a key lives one year: register a new key on the client, or post the same one again"},
	token.ClientNotFound: {ErrClientNotFound, "check the client id and the environment, and that the client is active; a new client needs up to two minutes"},
	token.WrongAudience: {
		remedy: "the grant is meant for another environment: aud must be this environment's issuer, to the letter, also in whether it ends in a slash"},
	token.CertificateOfAnother: {
		remedy: "the certificate belongs to another organisation than the client: use one of the client's organisation"},
	token.InvalidCertificate: {
		remedy: "the business certificate is expired, revoked, not trusted, or of another environment (production certificates don't work in test): use a valid one, or register a key on the client"},
	token.InvalidCertificateHeader: {
		remedy: "x5c must be a list of certificates, the leaf first: load certificates with KeyFromPKCS12 or KeyFromCertificates"},
	token.InvalidSignature: {
		remedy: "the key used is not the one registered under this kid: check which private key the program loads, and its algorithm"},
	token.GrantExpired:        {remedy: "the machine's clock is probably wrong: synchronise it (NTP)"},
	token.GrantFromTheFuture:  {remedy: "the machine's clock is probably ahead: synchronise it (NTP)"},
	token.GrantLivesTooLong:   {remedy: "a grant may live 120 seconds: shorten the time between iat and exp"},
	token.GrantUsedBefore:     {remedy: "the grant was sent twice: make a new one with a fresh jti for each attempt"},
	token.ConsumerIsSelf:      {remedy: "consumer_org is the client's own organisation: leave it out to act for oneself"},
	token.UnknownDetailType:   {remedy: "only urn:altinn:systemuser and urn:altinn:consent are known types of authorization_details"},
	token.UnknownDetailField:  {remedy: "authorization_details holds a field that its type doesn't have"},
	token.InvalidDetailOrNone: {remedy: "a value is invalid, which the text names, or " + noSuchDetail},
	token.NoSuchDetail:        {remedy: noSuchDetail},
	token.InvalidDetail:       {remedy: "a value in authorization_details is invalid: the text names it"},
	token.InvalidParameter:    {remedy: "a parameter or claim of the grant is malformed: check consumer_org, resource, pid and the lifetime of the grant"},
	token.WrongGrantType:      {remedy: "the token endpoint takes JWT grants (RFC 7523) only: check that the address is Maskinporten's"},
}
