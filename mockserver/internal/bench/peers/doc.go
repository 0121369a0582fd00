// Package peers measures the mock beside other servers that give tokens:
// zitadel/oidc and ory/fosite, libraries for authorization servers that take JWT
// grants (RFC 7523), and mockoidc, a mock that doesn't. All sign with RS256 and
// keys of 2048 bits, and are measured in turns, within one run:
//
//	cd mockserver/internal/bench/peers && go test -bench .
//
// The module is apart, so that none of them comes along with the mock.
package peers
