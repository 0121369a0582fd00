// Package maskinporten is a client for Maskinporten, Norway's machine-to-machine
// OAuth2 service, and its self-service API.
//
// A program that calls others' APIs needs an [Authenticator]:
//
//	key, err := maskinporten.KeyFromJWK(jwk)
//	auth, err := maskinporten.NewAuthenticator(maskinporten.Prod, maskinporten.Credentials{ClientID: id, Key: key})
//	api := auth.Client(maskinporten.TokenRequest{Scopes: []string{"difi:weather.read"}})
//	resp, err := api.Get("https://weather.example/")
//
// A program that keeps scopes, access, clients and keys needs a [Client], with
// the credentials of an admin client:
//
//	client, err := maskinporten.New(maskinporten.Prod, credentials)
//	scope, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{…})
//	access, err := client.Access.Grant(ctx, scope.Name, "889640782")
//
// Tests use package mockserver, which behaves like the real service, in memory.
// APIs that take tokens check them with package verify.
//
// # Tokens
//
// Grants are JWTs (RFC 7523), signed by a [Key] and good for one use. Tokens are
// kept by everything that distinguishes them, so that a thousand callers who want
// the same one make one request, and each gives up by its own context. From a
// quarter of its life before the end, 30 seconds at most, a token is renewed in
// the background while it is still served; a renewal that fails is tried again
// with growing pauses, and the old token serves on while it lives. Nothing runs
// while nobody asks. [WithTokenCache] shares tokens between processes.
//
// Where a grant is refused for its times, the machine's clock is compared with the
// Date of the refusal, and the grant is made once more with the corrected time;
// one warning tells of it. A clock that is right is never compared.
//
// # Least privilege
//
// Each call of a [Client] asks for a token with the one scope that it needs: reads
// for idporten:scopes.read or idporten:dcr.read, writes for idporten:scopes.write,
// idporten:dcr.write, or the narrower idporten:dcr.modify for keys. Where the admin
// client doesn't have the lesser scope (MP-200), the call falls back to the greater
// one, and remembers. Open calls ask for no token.
//
// # What is repeated
//
// A call is sent 4 times at most ([WithAttempts]), with a random pause between two
// attempts that doubles from 0.2 s to 5 s at most, or that the service asks for with
// Retry-After (seconds or a date), 30 s at most. When the caller's deadline would
// come first, the call ends at once instead. Calls are repeated as follows, and
// never otherwise:
//
//	                                       GET, PUT, DELETE   POST
//	no connection was made                 yes                yes
//	connection lost, or answer broken off  yes                no: ErrOutcomeUnknown
//	the server's certificate isn't trusted no                 no
//	429, 503 with Retry-After              yes                yes
//	429 without Retry-After                yes                no
//	503 without Retry-After                yes                no: ErrOutcomeUnknown
//	502, 504                               yes                no: ErrOutcomeUnknown
//	500, and any other 5xx                 no                 no: ErrOutcomeUnknown
//	401                                    once, with a fresh token, POST too
//	any other 4xx, 3xx                     no                 no
//	2xx that makes no sense                no                 no: ErrOutcomeUnknown
//
// A DELETE that is repeated after an answer was lost, and then finds nothing (404),
// was carried out the first time: it succeeds.
//
// A POST whose outcome is unknown may have been carried out. FindCreated of
// [ScopesService] and [ClientsService] look whether it was.
//
// Token requests are made 3 times at most, each with a new grant: when the token
// endpoint can't be reached, when the answer breaks off, and on 429, 502, 503 and
// 504.
//
// Redirects are never followed: one could carry a token to another host, or turn a
// call about one thing into a call about another. This policy may change without
// being called a breaking change.
//
// # Errors
//
// Errors are [*ArgumentError] for what was refused before it was sent, [*APIError]
// for the self-service API, and [*TokenError] for the token endpoint; [errors.As]
// finds them, and [errors.Is] compares them with the Err variables of this package.
// Their texts are one line with what happened, the service's own words, the id to
// quote to Digdir, and what to do about it. No error, log line or formatted value
// shows a private key, a grant, a token or a secret.
//
// # Nothing is lost
//
// The service replaces whole objects. Update methods read the object, let the caller
// change it, and send it back with only those members replaced that were changed:
// members that this version doesn't know survive. Single objects show them in their
// Extra fields.
package maskinporten
