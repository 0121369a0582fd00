package errorspage

// causes are, in a few words, when the token endpoint refuses so.
var causes = map[string]string{ //nolint:gosec // no credentials, but words about them
	"Invalid assertion. Invalid parameter value": "the assertion is missing or no JWT, or a claim is malformed",
	"Grant is used before":                       "the same `jti` again, from the same client",
	"Client not found":                           "`iss` is unknown or inactive here; a client of another environment, too",
	"Unknown key identifier (kid) for client.":   "the client has no such key, or the token endpoint doesn't know it yet",
	"Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided": "the client has keys, and the grant came with `x5c` or with neither",
	"Invalid JWT claim aud.":                         "`aud` isn't this environment's issuer: another environment's, or the token endpoint's address",
	"The JWT is signed with an invalid certificate.": "the certificate isn't trusted, has expired or was revoked; a production certificate in test",
	"Expired key.":                                   "the key is a year old, or past its `exp`",
	"Invalid JWT. Invalid organization number for client. Does not match certificate orgno": "the certificate is another organisation's",
	"Invalid JWT header x5c":  "`x5c` is a string and no list, or can't be read",
	"Invalid JWT signature.":  "another key signed than the one of this kid",
	"JWT is expired":          "`exp` has passed, by the service's clock",
	"Issue time is after now": "`iat` is more than 10 seconds ahead of the service's clock",
	"Token request contains invalid scopes for client, <scopes>":                          "a scope isn't registered on the client, or isn't known",
	"Token request contains scopes not allowed for maskinporten":                          "the scope's `allowed_integration_types` leave this kind of client out",
	"Consumer has not been granted access to the scope <scope>.":                          "the scope is on the client, but the provider has given no access, has taken it back, or has deactivated the scope",
	"Consumer <orgno> has not delegated access to the scope <scope> to supplier <orgno>.": "`consumer_org` names a consumer who hasn't delegated the scope in Altinn",
	"Invalid authorization_details: unknown type <type>":                                  "a `type` that Maskinporten doesn't know",
	"Invalid authorization_details: unknown fields <fields>":                              "a member that the type doesn't have",
	"Invalid authorization_details: invalid value of <field>":                             "a value is malformed",
	"<detail>": "Altinn has no system user or consent that fits; its own text changes",
	"The combination consumer_org in claim and delegation scope on client is invalid": "`consumer_org` is the client's own organisation",
	"Unsupported grant type":       "`grant_type` isn't the JWT bearer grant",
	"Client authentication failed": "a question about a token came without the client's own assertion",
	"Method not allowed":           "the token endpoint takes POST",
	"Internal error":               "a fault of the mock's own",
	"JWT has expired.":             "`exp` has passed, by the service's clock",
	"Issue time is in the future.": "`iat` is ahead of the service's clock",
	"JWT has too long lifetime.":   "more than 120 seconds between `iat` and `exp`",
}

// remedies are for refusals of which the SDK says nothing, since it never meets
// them.
var remedies = map[string]string{
	"Client authentication failed": "send `client_assertion`, as `verify.WithIntrospection` does",
	"Method not allowed":           "send POST, and don't follow redirects to it",
	"Internal error":               "report it, with the mock's log",
}

// statuses are what self-service answers when it doesn't do what was asked.
var statuses = []struct {
	code          int
	cause, remedy string
}{
	{400, "malformed or invalid; `Fields` says which member", "the service's text says it; many are found before anything is sent"},
	{401, "no token, or one that is bad or has expired", ""},
	{403, "the token lacks the scope for the call, or the resource is another organisation's", ""},
	{404, "there is no such thing", "look at the environment and the spelling"},
	{409, "the resource exists, or is not in the right state", "read it, then decide"},
	{428, "the organisation hasn't signed the terms of use, and can't make clients", ""},
	{429, "too many calls", "the SDK waits and repeats; `WithLimiter` keeps a program from it"},
	{500, "a fault of the service's own", "quote the correlation id to Digdir"},
	{503, "the service is down or busy", "the SDK repeats what is safe to repeat"},
	{302, "a proxy, or a wrong address", ""},
}
