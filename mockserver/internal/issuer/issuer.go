// Package issuer is the mock's authorization server: the token endpoint, its
// metadata and its key set, for one environment. It knows of clients, scopes
// and accesses what the registry lets the token endpoint know.
//
// An issuer is reached through doors, each with addresses of its own; signing
// keys and spent grants are the same behind all of them.
package issuer

import (
	"sync"
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

// Issuer is the authorization server of one environment. It may be used from
// many goroutines.
type Issuer struct {
	config     Config
	keys       *keyring
	spent      *spentGrants
	verified   *verifiedTokens
	references *referencedTokens

	mu       sync.RWMutex // guards what follows
	issuers  []string     // of all doors
	consents map[string]Consent
}

// New returns an issuer without doors. No key is parsed before the first
// token.
func New(config Config) *Issuer {
	if config.KeyOverlap == 0 {
		config.KeyOverlap = defaultKeyOverlap
	}
	return &Issuer{
		config:     config,
		keys:       newKeyring(config),
		spent:      &spentGrants{},
		verified:   newVerifiedTokens(),
		references: &referencedTokens{},
		consents:   map[string]Consent{},
	}
}

// variants are those in force.
func (i *Issuer) variants() variants.Set {
	if i.config.Variants == nil {
		return 0
	}
	return i.config.Variants()
}

// Reset forgets spent grants, consents and key rotations. The doors stay, and
// so does the first signing key with the tokens that it signed.
func (i *Issuer) Reset() {
	i.keys.reset()
	i.spent.reset()
	i.verified.reset()
	i.references.reset()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.consents = map[string]Consent{}
}
