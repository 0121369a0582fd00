// Package openapicheck holds the mock's OpenAPI description to the truth: its
// test runs the mock's own tests, and validates every answer that they got, and
// every request that was accepted, against the description. It is a module of
// its own because of what validation depends on.
//
//	cd mockserver/internal/openapicheck && go test -v .
package openapicheck
