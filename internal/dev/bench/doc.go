// Package bench measures what the SDK costs beyond the work itself. Each
// benchmark runs a floor (bare net/http with encoding/json, a bare signature,
// a bare wait) and the SDK in turns, and reports the ratio of their medians,
// so that a busy machine slows both:
//
//	go test -bench . ./internal/dev/bench
//
// What can be counted (requests, allocations, bytes) is guarded by ordinary
// tests beside them. The cost of importing the SDK, compared with others, is
// measured in the module peers.
package bench
