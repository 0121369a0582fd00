// Package replay holds tests that send what programs in production send to
// Maskinporten, in their shapes and in their order, over plain HTTP: what works
// there works against the mock. Nothing of those programs is here.
package replay
