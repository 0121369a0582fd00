package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// ids returns a new source of UUIDs for one purpose.
func (c *Config) ids(purpose string) func() string {
	if !c.Deterministic {
		return registry.RandomID
	}
	var made atomic.Uint64
	seed := strconv.FormatUint(c.Seed, 10)
	return func() string {
		return registry.StableID("sequence", seed, purpose, strconv.FormatUint(made.Add(1), 10))
	}
}

// secrets returns a new source of client secrets for one environment, or nil,
// for random ones.
func (c *Config) secrets(environment string) func() string {
	if !c.Deterministic {
		return nil
	}
	ids := c.ids("secrets/" + environment)
	return func() string {
		sum := sha256.Sum256([]byte(ids()))
		return base32.StdEncoding.EncodeToString(sum[:])[:secretLength]
	}
}

// secretLength is how long random secrets are, too.
const secretLength = 26
