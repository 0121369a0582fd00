package issuer

import (
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Registry is what the token endpoint asks of self-service.
// [*registry.Registry] satisfies it.
type Registry interface {
	IssuedClient(id string) (*registry.Client, bool)
	IssuedScope(name string) (*registry.Scope, bool)
	IssuedAccess(scope, orgno string) bool
	Delegated(consumer, supplier, scope string) bool
	DelegationSources() []registry.DelegationSource
	SystemUser(vendor, orgno, externalRef string) (registry.SystemUser, bool)
}

// Config says what an issuer works with. All fields are required unless they
// name a default.
type Config struct {
	// Environment is part of the names of the signing keys.
	Environment string
	// Production decides which certificates are trusted.
	Production bool
	Registry   Registry
	PKI        *pki.CA
	// Now is the clock that everything goes by.
	Now func() time.Time
	// NewID makes UUIDs, for tokens and traces.
	NewID func() string
	// Keys are the numbers of two test keys that take turns in signing.
	Keys [2]int
	// Variants are those in force. Nil: none.
	Variants variants.Source
	// Lenient reports whether refusals that rest on assumptions are noted in the
	// [Decision] instead of made. Nil: never.
	Lenient func() bool
	// KeyOverlap is how long a key stays in the key set after another has
	// taken its turn; default one day.
	KeyOverlap time.Duration
}

const defaultKeyOverlap = 24 * time.Hour
