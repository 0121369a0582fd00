// Package peers measures what it costs to import the SDK, beside other Go
// SDKs: the modules that come along, and by how much a small program that
// makes one call grows. Each program has a module of its own, so that none
// brings modules to another, or to the SDK.
//
//	cd internal/dev/bench/peers && go test -bench .
package peers
