package mockserver

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// WithDeterministicIDs makes all ids, client secrets and salts come from the
// seed of [WithSeed] instead of chance. Together with a clock that stands
// ([WithTime], [Clock.Fix]), the same story makes the same [Server.Snapshot]
// each time, also after a Reset. Environments don't influence each other, and
// neither do requests that make nothing. Ids are UUIDs nevertheless; secrets
// that can be foretold are for tests only.
func WithDeterministicIDs() Option {
	return func(o *options) error { o.deterministic = true; return nil }
}

// ids returns a new source of UUIDs for one purpose.
func (o *options) ids(purpose string) func() string {
	if !o.deterministic {
		return registry.RandomID
	}
	var made atomic.Uint64
	seed := strconv.FormatUint(o.seed, 10)
	return func() string {
		return registry.StableID("sequence", seed, purpose, strconv.FormatUint(made.Add(1), 10))
	}
}

// secrets returns a new source of client secrets for one environment, or nil,
// for random ones.
func (o *options) secrets(environment string) func() string {
	if !o.deterministic {
		return nil
	}
	ids := o.ids("secrets/" + environment)
	return func() string {
		sum := sha256.Sum256([]byte(ids()))
		return base32.StdEncoding.EncodeToString(sum[:])[:secretLength]
	}
}

// secretLength is how long random secrets are, too.
const secretLength = 26
