package mockserver

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
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
		return randomID
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

// randomID makes a UUID of version 4 (RFC 9562).
func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
