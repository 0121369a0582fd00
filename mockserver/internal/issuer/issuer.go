// Package issuer is the mock's authorization server: the token endpoint, its
// metadata and its key set, for one environment. It knows of clients, scopes
// and accesses what the registry lets the token endpoint know.
//
// An issuer is reached at endpoints, each with addresses of its own; signing keys
// and spent grants are the same behind all of them.
//
// One token request goes through these files: token_endpoint (the whole of it),
// form (its parameters), token_request (what is known of it so far), jwt, grant
// and grant_times (whether the grant is well-formed), checks and check_… (whether
// it is good, in the service's order), token and token_claims (the token that it
// gets), signer; or refusal (all texts of refusals). decision is what the journal
// is told.
package issuer

import (
	"cmp"
	"slices"
	"sync"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Issuer is the authorization server of one environment. It may be used from
// many goroutines.
type Issuer struct {
	config     Config
	keys       *keyring
	spent      *spentGrants
	verified   *verifiedTokens
	references *referencedTokens

	mu       sync.RWMutex // guards what follows
	issuers  []string     // of all endpoints
	consents map[string]Consent
}

// New returns an issuer without endpoints. No key is parsed before the first
// token.
func New(config Config) *Issuer {
	config.KeyOverlap = cmp.Or(config.KeyOverlap, defaultKeyOverlap)
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

// Reset forgets spent grants, consents and key rotations. The endpoints stay, and
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

// knows reports whether one of the endpoints has this issuer identifier.
func (i *Issuer) knows(issuer string) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return slices.Contains(i.issuers, issuer)
}

// RotateKey lets the other signing key take its turn at once. The key that
// signed until now stays in the key set for Config.KeyOverlap of the clock,
// and so long its tokens are good. The answer is the kid of the new one.
func (i *Issuer) RotateKey() string {
	kid := i.keys.rotate()
	i.verified.reset()
	return kid
}

// sign makes a JWT of claims with the key whose turn it is.
func (i *Issuer) sign(claims any) (string, error) {
	signer, err := i.keys.signer()
	if err != nil {
		return "", err
	}
	return signer.sign(claims)
}
