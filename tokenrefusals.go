package maskinporten

import "github.com/maskinporten-go/maskinporten/internal/token"

// TokenSubject is what a refusal of the token endpoint is about: where to look
// first.
type TokenSubject string

// The subjects, in the order in which they make sense.
const (
	// SubjectRequest: the request itself can't be right: a parameter, a claim,
	// the kind of grant.
	SubjectRequest TokenSubject = "request"
	// SubjectAudience: the grant is for another environment (MP-110).
	SubjectAudience TokenSubject = "audience"
	// SubjectClient: the client isn't known, or isn't active (MP-100).
	SubjectClient TokenSubject = "client"
	// SubjectCertificate: the business certificate (MP-120, MP-122, MP-123).
	SubjectCertificate TokenSubject = "certificate"
	// SubjectKey: the key that is registered on the client (MP-121, MP-124, an
	// unknown kid).
	SubjectKey TokenSubject = "key"
	// SubjectTimes: the grant's times, and so the clock (MP-130).
	SubjectTimes TokenSubject = "times"
	// SubjectScope: the scopes that are registered on the client (MP-200,
	// MP-201).
	SubjectScope TokenSubject = "scope"
	// SubjectAccess: what the organisation may use (MP-250).
	SubjectAccess TokenSubject = "access"
	// SubjectDelegation: what the consumer has delegated (MP-251).
	SubjectDelegation TokenSubject = "delegation"
	// SubjectDetails: the system user or the consent (MP-301 to MP-303).
	SubjectDetails TokenSubject = "authorization_details"
)

// Subject is what the refusal is about; empty where that isn't known, such as in
// an outage.
func (e *TokenError) Subject() TokenSubject { return refusals[e.refusal()].subject }

const noSuchDetail = "Altinn has no system user or consent that fits: check that the customer has created the system user for this system, " +
	"that externalRef is the one it was created with, and that the client is on the system's registration; or that the consent exists and is to your organisation"

// refusals are what a refusal is called here, and what to do about it.
var refusals = [token.Refusals]struct {
	sentinel error
	subject  TokenSubject
	remedy   string
}{
	token.AccessNotGranted: {ErrAccessNotGranted, SubjectAccess, "the API provider has not given your organisation access to the scope, took it back, or retired the scope: ask the provider"},
	token.NotDelegated:     {ErrNotDelegated, SubjectDelegation, "the consumer must delegate the scope to your organisation in Altinn"},
	token.WrongIntegrationType: {subject: SubjectScope,
		remedy: "the scope is not meant for this kind of client: ask the API provider to change its allowed integration types"},
	token.ScopeNotRegistered: {ErrScopeNotRegistered, SubjectScope, "register the scope on the client in self-service, and check its spelling"},
	token.UnknownKey:         {ErrUnknownKey, SubjectKey, "the kid is not registered on the client, or was registered a moment ago: a new key needs up to three minutes"},
	token.KeyIDMissing: {subject: SubjectKey,
		remedy: "the client has keys registered, so the grant must name one with its kid; a certificate alone is not enough"},
	token.KeyExpired:     {ErrKeyExpired, SubjectKey, "a key lives one year: register a new key on the client, or post the same one again"},
	token.ClientNotFound: {ErrClientNotFound, SubjectClient, "check the client id and the environment, and that the client is active; a new client needs up to two minutes"},
	token.WrongAudience: {subject: SubjectAudience,
		remedy: "the grant is meant for another environment: aud must be this environment's issuer, to the letter, the slash at its end included"},
	token.CertificateOfAnother: {subject: SubjectCertificate,
		remedy: "the certificate belongs to another organisation than the client: use one of the client's organisation"},
	token.InvalidCertificate: {subject: SubjectCertificate,
		remedy: "the business certificate is expired, revoked, not trusted, or of another environment (production certificates don't work in test): use a valid one, or register a key on the client"},
	token.InvalidCertificateHeader: {subject: SubjectCertificate,
		remedy: "x5c must be a list of certificates, the leaf first: load certificates with KeyFromPKCS12 or KeyFromCertificates"},
	token.InvalidSignature: {subject: SubjectKey,
		remedy: "the key used is not the one registered under this kid: check which private key the program loads, and its algorithm"},
	token.GrantExpired:        {subject: SubjectTimes, remedy: "the machine's clock is probably wrong: synchronise it (NTP)"},
	token.GrantFromTheFuture:  {subject: SubjectTimes, remedy: "the machine's clock is probably ahead: synchronise it (NTP)"},
	token.GrantLivesTooLong:   {subject: SubjectTimes, remedy: "a grant may live 120 seconds: shorten the time between iat and exp"},
	token.GrantUsedBefore:     {subject: SubjectRequest, remedy: "the grant was sent twice: make a new one with a fresh jti for each attempt"},
	token.ConsumerIsSelf:      {subject: SubjectDelegation, remedy: "consumer_org is the client's own organisation: leave it out where the client acts for itself"},
	token.UnknownDetailType:   {subject: SubjectDetails, remedy: "only urn:altinn:systemuser and urn:altinn:consent are known types of authorization_details"},
	token.UnknownDetailField:  {subject: SubjectDetails, remedy: "authorization_details holds a field that its type doesn't have"},
	token.InvalidDetailOrNone: {subject: SubjectDetails, remedy: "a value is invalid, which the text names, or " + noSuchDetail},
	token.NoSuchDetail:        {subject: SubjectDetails, remedy: noSuchDetail},
	token.InvalidDetail:       {subject: SubjectDetails, remedy: "a value in authorization_details is invalid: the text names it"},
	token.InvalidParameter:    {subject: SubjectRequest, remedy: "a parameter or claim of the grant is malformed: check consumer_org, resource, pid and the lifetime of the grant"},
	token.WrongGrantType:      {subject: SubjectRequest, remedy: "the token endpoint takes JWT grants (RFC 7523) only: check that the address is Maskinporten's"},
}
