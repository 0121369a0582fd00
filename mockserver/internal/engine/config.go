package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

var names = [...]string{"test", "ver1", "ver2", "prod"}

// Names are those of the environments.
func Names() []string { return slices.Clone(names[:]) }

// IsName reports whether there is an environment of this name.
func IsName(name string) bool { return slices.Contains(names[:], name) }

// Config says what a mock is like.
type Config struct {
	// Now is what the clock goes by.
	Now func() time.Time
	// Deterministic makes ids, secrets and salts come from Seed.
	Deterministic bool
	Seed          uint64
	// World is what it starts with, and goes back to.
	World World
	// Settings are those it starts with, likewise.
	Settings Settings
	// ConfirmURL is where confirmation mails link to.
	ConfirmURL func() string
	// OnEvent is called with each change. Nil: nothing is.
	OnEvent func(environment string, event registry.Event)
}

// ids returns a new source of UUIDs for one purpose, in an environment where
// there is one of each.
func (c *Config) ids(purpose, environment string) func() string {
	if !c.Deterministic {
		return registry.RandomID
	}
	if environment != "" {
		purpose += "/" + environment
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
	ids := c.ids("secrets", environment)
	return func() string {
		sum := sha256.Sum256([]byte(ids()))
		return base32.StdEncoding.EncodeToString(sum[:])[:secretLength]
	}
}

// secretLength is how long random secrets are, too.
const secretLength = 26
