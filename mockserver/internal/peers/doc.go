// Package peers runs client libraries of others against the mock: at its own
// address, behind a forwarded port, and by TLS. It is a module of its own, so
// that nobody else depends on them.
package peers
