package verify

import (
	"maps"
	"net/http"
	"slices"
)

type explanation struct {
	status int
	text   string
}

const (
	badRequest   = http.StatusBadRequest
	unauthorized = http.StatusUnauthorized
	forbidden    = http.StatusForbidden
	unavailable  = http.StatusServiceUnavailable
)

// explanations has every reason.
var explanations = map[Reason]explanation{
	ReasonTokenMissing:  {unauthorized, "the request has no bearer token"},
	ReasonSeveralTokens: {badRequest, "the request has more than one Authorization header"},
	ReasonTooLong:       {unauthorized, "the token is too long"},
	ReasonNotSigned:     {unauthorized, "the token is no signed JWT"},
	ReasonEncrypted:     {unauthorized, "the token is an encrypted JWT"},
	ReasonInactive:      {unauthorized, "the issuer knows no such token"},
	ReasonIntrospection: {unavailable, "the issuer cannot say just now what the token stands for"},
	ReasonEncoding:      {unauthorized, "a part of the token is not canonical base64url"},

	ReasonHeader:               {unauthorized, "the token's header is malformed"},
	ReasonHeaderDuplicate:      {unauthorized, "the token's header has a name twice"},
	ReasonAlgorithmMissing:     {unauthorized, "the token has no alg"},
	ReasonAlgorithmNone:        {unauthorized, "the token is unsigned (alg none)"},
	ReasonAlgorithmSymmetric:   {unauthorized, "the token's alg is an HMAC; only RS256, RS384 and RS512 are taken"},
	ReasonAlgorithm:            {unauthorized, "the token's alg is not RS256, RS384 or RS512"},
	ReasonCritical:             {unauthorized, "the token has critical extensions (crit)"},
	ReasonUnencoded:            {unauthorized, "the token has an unencoded payload (b64)"},
	ReasonCompressed:           {unauthorized, "the token has a compressed payload (zip)"},
	ReasonHeaderKey:            {unauthorized, "the token brings a key along (jwk)"},
	ReasonHeaderKeyURL:         {unauthorized, "the token brings an address of keys along (jku)"},
	ReasonHeaderCertificate:    {unauthorized, "the token brings a certificate along (x5c)"},
	ReasonHeaderCertificateURL: {unauthorized, "the token brings an address of a certificate along (x5u)"},
	ReasonType:                 {unauthorized, "the token's typ is neither JWT nor at+jwt"},
	ReasonNested:               {unauthorized, "the token holds another token (cty)"},
	ReasonKeyNameMissing:       {unauthorized, "the token names no key (kid)"},
	ReasonKeyName:              {unauthorized, "the token's kid is malformed"},

	ReasonClaims:           {unauthorized, "the token's claims are malformed"},
	ReasonClaimsDuplicate:  {unauthorized, "the token has a claim twice"},
	ReasonIssuerMissing:    {unauthorized, "the token has no iss"},
	ReasonIssuerMalformed:  {unauthorized, "the token's iss is no string"},
	ReasonOtherEnvironment: {unauthorized, "the token is of another environment"},
	ReasonIssuer:           {unauthorized, "the token's issuer is not trusted"},
	ReasonKeyUnknown:       {unauthorized, "the issuer has no key of the token's kid"},
	ReasonKeyAlgorithm:     {unauthorized, "the issuer's key is for another alg than the token's"},
	ReasonKeysUnavailable:  {unavailable, "the issuer's keys cannot be fetched just now"},
	ReasonSignatureMissing: {unauthorized, "the token's signature is empty"},
	ReasonSignature:        {unauthorized, "the token's signature is wrong"},

	ReasonExpiryMissing:             {unauthorized, "the token has no exp"},
	ReasonExpiryMalformed:           {unauthorized, "the token's exp is no time"},
	ReasonExpired:                   {unauthorized, "the token has expired"},
	ReasonIssuedMissing:             {unauthorized, "the token has no iat"},
	ReasonIssuedMalformed:           {unauthorized, "the token's iat is no time"},
	ReasonIssuedInFuture:            {unauthorized, "the token was issued in the future: look at the clocks"},
	ReasonLifetime:                  {unauthorized, "the token ends before it begins"},
	ReasonNotBeforeMalformed:        {unauthorized, "the token's nbf is no time"},
	ReasonNotYetValid:               {unauthorized, "the token is not valid yet (nbf)"},
	ReasonAudienceMissing:           {unauthorized, "the token has no aud, and this API wants its own"},
	ReasonAudienceMalformed:         {unauthorized, "the token's aud is malformed"},
	ReasonAudience:                  {unauthorized, "the token is for another API (aud)"},
	ReasonTokenType:                 {unauthorized, "the token's token_type is not Bearer"},
	ReasonScopeMalformed:            {unauthorized, "the token's scope is malformed"},
	ReasonConsumerMissing:           {unauthorized, "the token has no consumer"},
	ReasonConsumerMalformed:         {unauthorized, "the token's consumer is malformed"},
	ReasonConsumerAuthorityMissing:  {unauthorized, "the token's consumer has no authority"},
	ReasonConsumerAuthority:         {unauthorized, "the authority of the token's consumer is unknown"},
	ReasonConsumerID:                {unauthorized, "the ID of the token's consumer is malformed"},
	ReasonSupplierMalformed:         {unauthorized, "the token's supplier is malformed"},
	ReasonDelegationSourceMalformed: {unauthorized, "the token's delegation_source is no string"},
	ReasonPIDMalformed:              {unauthorized, "the token's pid is not eleven digits"},
	ReasonDetailsMalformed:          {unauthorized, "the token's authorization_details are malformed"},
	ReasonClaimMalformed:            {unauthorized, "a claim of the token is no string"},

	ReasonScope:            {forbidden, "the token does not have the scope"},
	ReasonConsumer:         {forbidden, "the consumer is not allowed here"},
	ReasonSupplier:         {forbidden, "the supplier is not allowed here"},
	ReasonDelegationSource: {forbidden, "the token has no delegation from an allowed source"},
	ReasonPIDMissing:       {forbidden, "the token or the request names no person (pid)"},
	ReasonPID:              {forbidden, "the token is for another person (pid)"},
	ReasonSystemUser:       {forbidden, "the token has no system user"},
	ReasonConsentMissing:   {forbidden, "the token has no consent to what is asked for"},
	ReasonConsentRecipient: {forbidden, "the token's consent was given to somebody else"},
	ReasonConsentExpired:   {forbidden, "the token's consent has ended"},
	ReasonAccess:           {forbidden, "the consumer has no access any more"},
	ReasonAccessUnknown:    {unavailable, "it cannot be checked now whether the consumer still has access"},
	ReasonUsedBefore:       {unauthorized, "the token was used before"},
	ReasonTokenIDMissing:   {unauthorized, "the token has no jti, so that its first use cannot be recognised"},
	ReasonFirstUseUnknown:  {unavailable, "too many tokens to remember which were used before"},
	ReasonMisconfigured:    {http.StatusInternalServerError, "a requirement of this API is empty or malformed; everything is refused"},
}

// Reasons returns all reasons, sorted, for metrics that want to know their
// labels beforehand.
func Reasons() []Reason { return slices.Sorted(maps.Keys(explanations)) }
