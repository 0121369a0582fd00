// Package bench measures what the mock costs beyond the work that it can't do
// without. Each benchmark runs a floor (bare RSA operations, a trivial handler,
// a bare httptest.Server) and the mock in turns, and reports the ratio of their
// medians, so that a busy machine slows both:
//
//	go test -bench . -timeout 30m ./mockserver/...
//
// What can be counted (allocations, bytes) is guarded by ordinary tests beside
// them. Other mocks and servers are measured in the same way in the module
// peers.
package bench
