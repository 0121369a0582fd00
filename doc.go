// Package maskinporten is for Maskinporten, Digdir's service for access
// between organisations in Norway: it gets tokens, and it keeps scopes,
// accesses, clients and their keys in code instead of in a web form.
//
// # A consumer's story
//
// It has a client, with an id and a private key, and calls a provider's API with
// tokens that are got and renewed on the way:
//
//	key, err := maskinporten.LoadKeyFile("key.json", maskinporten.KeyOptions{})
//	auth, err := maskinporten.NewAuthenticator(maskinporten.Test, maskinporten.Credentials{ClientID: id, KeySource: key})
//	defer auth.Close()
//
//	response, err := auth.Client(maskinporten.TokenRequest{Scopes: []string{"difi:api3"}}).Get("https://…")
//
// # A provider's story
//
// An admin client signs in with its key, and offers a scope:
//
//	client, err := maskinporten.New(maskinporten.Test, maskinporten.Credentials{ClientID: adminID, KeySource: adminKey})
//	defer client.Close()
//
//	scope, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api3", Description: "…"})
//	access, err := client.Access.Grant(ctx, scope.Name, "889640782")
//	for access, err := range client.Access.Given(ctx, maskinporten.AccessFilter{Scope: scope.Name}) { … }
//
// A consumer's admin client makes clients in the same way:
//
//	app, err := client.Clients.Create(ctx, maskinporten.ClientCreate{Name: "…", Scopes: []string{"difi:api3"}})
//	registered, err := client.Clients.AddKey(ctx, app.ClientID, publicKey)
//
// # Environments
//
// [Test] and [Prod] know nothing of each other: scopes, accesses, clients and
// keys are made in each. [Ver1] and [Ver2] are closed on the real service, and
// are here for code that still names them; the mock has all four.
//
// An [Authenticator] gives tokens also as an x/oauth2 TokenSource and as an
// [net/http.RoundTripper]. Keys come from a JWK, PEM, PKCS#12, or a signer in an
// HSM, a KMS or a vault; a [KeyFile] follows its file.
//
// Tests need neither credentials nor a network: see the package mockserver.
// APIs check tokens with the package verify.
//
// # Tokens
//
// Grants are JWTs (RFC 7523), signed by a [Key] and good for one use. A token is
// kept for each client and [TokenRequest]. A thousand callers who need the same one
// make one request; each waits until its own context ends, and the request goes on
// for the others. When a quarter of a token's life is left, 30 seconds at most, the
// next caller starts a renewal in the background and gets the old token. A renewal
// that fails is tried again with growing pauses, and the old token is served until
// it has 3 seconds left, or a tenth of its life if that is less. [WithTokenCache]
// shares tokens between processes.
//
// [Authenticator.SetCredentials] changes client or key under a running program;
// no token of the old client is served afterwards.
//
// # Least privilege
//
// Each call of the self-service API asks for a token with the one scope that it
// needs: reads for idporten:scopes.read or idporten:dcr.read, writes for
// idporten:scopes.write or idporten:dcr.write, or the narrower idporten:dcr.modify
// for keys. Where the admin client doesn't have the lesser scope (MP-200), the
// call falls back to the greater one, and remembers that. The calls that everybody
// may make carry no token.
//
// # Nothing is lost
//
// PUT replaces what is stored. The Update methods therefore read, change and put
// back the whole, and leave everything as it came that was not changed: fields
// that this version doesn't know, numbers to their last digit, an explicit null.
// When nothing was changed, nothing is sent. Single objects show what this version
// doesn't know in their Extra fields; lists don't, but for the translations of
// scopes and the few names that a client may act for.
//
// An object with a member of an unexpected type is read all the same: its field is
// zero, Extra has the member, and a warning is logged once. Only what identifies an
// object must be right. An element of a list without that is an error of its own,
// after which the list goes on.
//
// # What is repeated
//
// A call is sent up to 4 times ([WithAttempts]). Whether it is repeated depends
// on whether that can do harm: a POST is repeated only when it certainly was not
// carried out.
//
//	                                      GET, PUT, DELETE   POST            a token request
//	no connection (refused, DNS, proxy)   yes                yes             yes
//	connection lost, timeout of the       yes                no: outcome     yes
//	  http.Client, answer breaks off                           unknown
//	certificate not trusted               no                 no              no
//	401                                   once, with a fresh token           no
//	429, 503 with Retry-After             after a pause      after a pause   after a pause
//	503                                   yes                no: unknown     yes
//	502, 504                              yes                no: unknown     yes
//	500 and other 5xx                     no                 no: unknown     no
//	3xx, other 4xx                        no                 no              no
//	2xx that can't be understood          no                 no: unknown     no
//
// Before attempt 2, 3, 4, … there is a pause of 100 ms to 400 ms, 800 ms, 1.6 s,
// and so on up to 5 s, drawn at random ([WithJitter]). Retry-After, in seconds
// or as a date, replaces it, up to 30 s; one that can't be read counts as none.
// A pause that would end after the context's deadline is not begun: the call
// ends at once with the last failure. The answer to the 401 counts as an
// attempt.
//
// A service that answers 429, or 503 with Retry-After, did nothing, and wants to
// be left alone: all calls of the [Client] wait until then, or as long as before
// another attempt where it doesn't say. That doesn't count as an attempt. Where the
// service asks for more than 30 s, the call fails at once, and [APIError].RetryAfter
// says how long to wait; likewise where the context ends before the pause, with
// [TokenError].RetryAfter when the call waited for a token. One call waits for 10
// pauses at most, 2 minutes together. [WithLimiter] keeps a program below the limit.
//
// Token requests are sent 3 times at most, each with a new grant, and end after
// 30 s; one more is sent when the clock turned out to be wrong.
//
// A list is not repeated once its answer has begun, since its first elements
// were given out. A DELETE whose answer was lost, and which finds nothing when
// it is repeated, has worked.
//
// A call that was sent and not answered, and must not be repeated, ends in
// [ErrOutcomeUnknown]: look whether it was carried out before calling again, as
// [ScopesService.FindCreated] and [ClientsService.FindCreated] do.
//
// This table is not part of the compatibility promise: it may change where that
// makes calls safer.
//
// # Errors
//
// Errors are one line: the call, what the service said, ids to quote to Digdir,
// and what to do about it. They are of three types:
//
//   - [*APIError]: what the self-service API refused, or failed to answer
//   - [*TokenError]: the same for the token endpoint, with Maskinporten's MP
//     code; [errors.As] finds an oauth2.RetrieveError in it
//   - [*ArgumentError]: what was refused before anything was sent
//
// [errors.Is] compares them with sentinels such as [ErrNotFound],
// [ErrConflict], [ErrAccessNotGranted] and [ErrUnavailable]. Attempts tells how
// often something was sent. When the caller's context ended, its error and its
// cause are found in the error.
//
// # Clocks
//
// A grant is refused when the machine's clock is more than some seconds wrong.
// Then, and only then, the token endpoint's Date is looked at: where the clocks
// differ by 3 seconds or more, grants are corrected from then on, the request is
// made once more, and one warning is logged. A clock that is right never depends
// on Date.
//
// # What it never does
//
// No redirect is followed, neither by calls nor by token requests nor by
// [Authenticator.Client]. Identifiers are checked before they become part of a
// path. Answers are read to a limit: 8 MiB for an object or an element of a
// list, 128 MiB for a list, 1 MiB for a token. Tokens, grants, client secrets
// and private keys are in no log, no error, no address, and shown by no verb of
// fmt.
package maskinporten
