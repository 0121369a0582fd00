package verify

import "net/http"

// Reason says why a token was refused. It is an error, so that
// errors.Is(err, verify.ReasonExpired) works on what [Verifier.Verify]
// returns. Its value is a stable name for metrics; Error explains it.
type Reason string

// The request has no token that could be looked at.
const (
	// ReasonTokenMissing: no Authorization header, or one of another scheme.
	ReasonTokenMissing Reason = "token_missing"
	// ReasonSeveralTokens: more than one Authorization header.
	ReasonSeveralTokens Reason = "several_tokens"
	// ReasonTooLong: longer than any real token; see [WithMaxTokenSize].
	ReasonTooLong Reason = "too_long"
	// ReasonNotSigned: no JWT of three parts.
	ReasonNotSigned Reason = "not_signed"
	// ReasonEncrypted: an encrypted JWT, or one whose header says so (enc).
	ReasonEncrypted Reason = "encrypted"
	// ReasonInactive: [WithIntrospection], and the issuer doesn't know the token
	// any more, or never has.
	ReasonInactive Reason = "inactive"
	// ReasonIntrospection: [WithIntrospection], but the issuer can't say now
	// what the token stands for.
	ReasonIntrospection Reason = "introspection"
	// ReasonEncoding: a part isn't canonical base64url.
	ReasonEncoding Reason = "encoding"
)

// The token's header is wrong.
const (
	// ReasonHeader: the header is no JSON object, or too large a one.
	ReasonHeader Reason = "header"
	// ReasonHeaderDuplicate: a name is there twice in the header.
	ReasonHeaderDuplicate Reason = "header_duplicate"
	// ReasonAlgorithmMissing: no alg, or one that is no string.
	ReasonAlgorithmMissing Reason = "algorithm_missing"
	// ReasonAlgorithmNone: alg none, in any spelling.
	ReasonAlgorithmNone Reason = "algorithm_none"
	// ReasonAlgorithmSymmetric: an HMAC, perhaps keyed with the public key.
	ReasonAlgorithmSymmetric Reason = "algorithm_symmetric"
	// ReasonAlgorithm: any other alg than RS256, RS384 and RS512.
	ReasonAlgorithm Reason = "algorithm"
	// ReasonCritical: crit names extensions that nobody here knows.
	ReasonCritical Reason = "critical"
	// ReasonUnencoded: b64, an unencoded payload (RFC 7797).
	ReasonUnencoded Reason = "unencoded"
	// ReasonCompressed: zip, a compressed payload.
	ReasonCompressed Reason = "compressed"
	// ReasonHeaderKey: jwk, a key of the sender's choice.
	ReasonHeaderKey Reason = "header_key"
	// ReasonHeaderKeyURL: jku, an address of keys of the sender's choice.
	ReasonHeaderKeyURL Reason = "header_key_url"
	// ReasonHeaderCertificate: x5c, a certificate of the sender's choice.
	ReasonHeaderCertificate Reason = "header_certificate"
	// ReasonHeaderCertificateURL: x5u, an address of one.
	ReasonHeaderCertificateURL Reason = "header_certificate_url"
	// ReasonType: typ is there, and neither JWT nor at+jwt.
	ReasonType Reason = "type"
	// ReasonNested: cty says that the payload is a token itself.
	ReasonNested Reason = "nested"
	// ReasonKeyNameMissing: no kid.
	ReasonKeyNameMissing Reason = "key_name_missing"
	// ReasonKeyName: kid is empty, no string, or longer than any real one.
	ReasonKeyName Reason = "key_name"
)

// The issuer, its key or the signature is wrong.
const (
	// ReasonClaims: the payload is no JSON object, or too large a one.
	ReasonClaims Reason = "claims"
	// ReasonClaimsDuplicate: a claim is there twice, or a name within one.
	ReasonClaimsDuplicate Reason = "claims_duplicate"
	// ReasonIssuerMissing: no iss.
	ReasonIssuerMissing Reason = "issuer_missing"
	// ReasonIssuerMalformed: iss is no string.
	ReasonIssuerMalformed Reason = "issuer_malformed"
	// ReasonOtherEnvironment: the issuer is another environment of Digdir's.
	ReasonOtherEnvironment Reason = "other_environment"
	// ReasonIssuer: the issuer isn't among those that are trusted, letter by
	// letter.
	ReasonIssuer Reason = "issuer"
	// ReasonKeyUnknown: the issuer has no key of this name.
	ReasonKeyUnknown Reason = "key_unknown"
	// ReasonKeyAlgorithm: the issuer's key is for another alg.
	ReasonKeyAlgorithm Reason = "key_algorithm"
	// ReasonKeysUnavailable: the issuer's keys can't be fetched just now. The
	// token may be good.
	ReasonKeysUnavailable Reason = "keys_unavailable"
	// ReasonSignatureMissing: the third part is empty.
	ReasonSignatureMissing Reason = "signature_missing"
	// ReasonSignature: the signature isn't of the issuer's key.
	ReasonSignature Reason = "signature"
)

// The token is genuine, but its claims are not what they have to be.
const (
	// ReasonExpiryMissing: no exp.
	ReasonExpiryMissing Reason = "expiry_missing"
	// ReasonExpiryMalformed: exp is no time.
	ReasonExpiryMalformed Reason = "expiry_malformed"
	// ReasonExpired: exp has passed.
	ReasonExpired Reason = "expired"
	// ReasonIssuedMissing: no iat.
	ReasonIssuedMissing Reason = "issued_missing"
	// ReasonIssuedMalformed: iat is no time.
	ReasonIssuedMalformed Reason = "issued_malformed"
	// ReasonIssuedInFuture: iat is still to come.
	ReasonIssuedInFuture Reason = "issued_in_future"
	// ReasonLifetime: exp isn't after iat.
	ReasonLifetime Reason = "lifetime"
	// ReasonNotBeforeMalformed: nbf is there and no time.
	ReasonNotBeforeMalformed Reason = "not_before_malformed"
	// ReasonNotYetValid: nbf is still to come.
	ReasonNotYetValid Reason = "not_yet_valid"
	// ReasonAudienceMissing: no aud, where [WithResource] wants one.
	ReasonAudienceMissing Reason = "audience_missing"
	// ReasonAudienceMalformed: aud is neither a string nor strings.
	ReasonAudienceMalformed Reason = "audience_malformed"
	// ReasonAudience: aud names other resources only.
	ReasonAudience Reason = "audience"
	// ReasonTokenType: token_type is there and not Bearer.
	ReasonTokenType Reason = "token_type"
	// ReasonScopeMalformed: scope is no string of scope names between blanks.
	ReasonScopeMalformed Reason = "scope_malformed"
	// ReasonConsumerMissing: no consumer.
	ReasonConsumerMissing Reason = "consumer_missing"
	// ReasonConsumerMalformed: consumer is no object with two strings.
	ReasonConsumerMalformed Reason = "consumer_malformed"
	// ReasonConsumerAuthorityMissing: consumer has no authority.
	ReasonConsumerAuthorityMissing Reason = "consumer_authority_missing"
	// ReasonConsumerAuthority: the authority is unknown.
	ReasonConsumerAuthority Reason = "consumer_authority"
	// ReasonConsumerID: the ID is missing or isn't one of its authority.
	ReasonConsumerID Reason = "consumer_id"
	// ReasonSupplierMalformed: supplier is there and no organisation.
	ReasonSupplierMalformed Reason = "supplier_malformed"
	// ReasonDelegationSourceMalformed: delegation_source is no string.
	ReasonDelegationSourceMalformed Reason = "delegation_source_malformed"
	// ReasonPIDMalformed: pid is there and not eleven digits.
	ReasonPIDMalformed Reason = "pid_malformed"
	// ReasonDetailsMalformed: authorization_details is there and not what
	// RFC 9396 or the type of a detail demands.
	ReasonDetailsMalformed Reason = "details_malformed"
	// ReasonClaimMalformed: another claim (jti, client_id, client_amr, sub,
	// onbehalfof) is no string.
	ReasonClaimMalformed Reason = "claim_malformed"
)

// The token is good, but not enough for what was asked for.
const (
	// ReasonScope: the token doesn't have the scopes.
	ReasonScope Reason = "scope"
	// ReasonConsumer: the consumer isn't among those that [RequireConsumers]
	// or [RequireConsumerFunc] lets in.
	ReasonConsumer Reason = "consumer"
	// ReasonSupplier: a supplier isn't allowed, or not this one.
	ReasonSupplier Reason = "supplier"
	// ReasonDelegationSource: the delegation isn't recorded where
	// [RequireDelegationSource] wants it to be.
	ReasonDelegationSource Reason = "delegation_source"
	// ReasonPIDMissing: [RequirePID], but the token or the request has none.
	ReasonPIDMissing Reason = "pid_missing"
	// ReasonPID: the token is for another person than the request.
	ReasonPID Reason = "pid"
	// ReasonSystemUser: [RequireSystemUser], but the token has none.
	ReasonSystemUser Reason = "system_user"
	// ReasonConsentMissing: [RequireConsent], but the token has no consent to
	// the resource.
	ReasonConsentMissing Reason = "consent_missing"
	// ReasonConsentRecipient: the consent was given to somebody else.
	ReasonConsentRecipient Reason = "consent_recipient"
	// ReasonConsentExpired: the consent has ended, or doesn't say when it does.
	ReasonConsentExpired Reason = "consent_expired"
	// ReasonAccess: the consumer's access was taken back since.
	ReasonAccess Reason = "access"
	// ReasonAccessUnknown: nobody could say whether the consumer still has
	// access.
	ReasonAccessUnknown Reason = "access_unknown"
	// ReasonUsedBefore: [RequireFirstUse], and the token was used before.
	ReasonUsedBefore Reason = "used_before"
	// ReasonTokenIDMissing: [RequireFirstUse], but the token has no jti.
	ReasonTokenIDMissing Reason = "token_id_missing"
	// ReasonFirstUseUnknown: [RequireFirstUse] remembers all it may.
	ReasonFirstUseUnknown Reason = "first_use_unknown"
	// ReasonMisconfigured: a requirement is the zero value, or can be met by
	// nobody. Everything is refused until the program is put right.
	ReasonMisconfigured Reason = "misconfigured"
)

// Error explains the reason in a few words.
func (r Reason) Error() string {
	if explained, ok := explanations[r]; ok {
		return "verify: " + explained.text
	}
	return "verify: refused: " + string(r)
}

// Status is the HTTP status that fits: 400 or 401 for a token that is no
// good, 403 for one that isn't enough, 503 when that can't be checked now and 500
// when the program has to be put right.
func (r Reason) Status() int {
	if explained, ok := explanations[r]; ok {
		return explained.status
	}
	return http.StatusUnauthorized
}
