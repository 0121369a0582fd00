// Package verifiers measures what it costs to check a token, beside other Go
// libraries that do, and beside what none can do without.
//
//	cd internal/dev/bench/peers/verifiers && go test -bench .
package verifiers
