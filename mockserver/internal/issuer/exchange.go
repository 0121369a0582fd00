package issuer

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// exchange is one token request on its way through the checks, each of which
// adds what it finds out.
type exchange struct {
	*Issuer
	address string // the door's issuer identifier
	now     time.Time
	notes   *lenient.Notes // nil: strict
	in      variants.Set   // those in force

	grant     *grant
	client    *registry.Client
	publicKey *rsa.PublicKey
	method    string // client_amr: how the client showed who it is
	scopes    []*registry.Scope
	party     parties
	details   []any // the token's authorization_details
}

// checks are all checks of a well-formed grant, in the order in which the
// service makes them: the first that fails decides.
var checks = [...]func(*exchange) error{
	(*exchange).checkClient,
	(*exchange).checkAudience,
	(*exchange).checkKey,
	(*exchange).checkSignature,
	(*exchange).checkTimes,
	(*exchange).checkUnspent,
	(*exchange).checkScopes,
	(*exchange).checkIntegrationType,
	(*exchange).checkAccess,
	(*exchange).checkOnBehalfOf,
	(*exchange).checkDetails,
	(*exchange).spend, // last: a refused grant spends nothing
}

// read parses the grant and writes it down in the decision, as far as it can
// be read.
func (e *exchange) read(assertion string, claims []claim, decision *Decision) (err error) {
	e.grant, err = parseGrant(assertion, claims, e.notes, e.in)
	if e.grant != nil {
		decision.Unexpected = false
		decision.ClientID, decision.Header, decision.Claims = e.grant.issuer, e.grant.header, e.grant.payload
	}
	return err
}

func (e *exchange) checkClient() error {
	client, ok := e.config.Registry.IssuedClient(e.grant.issuer)
	if !ok {
		return refuse(clientNotFound, "in "+e.config.Environment+" there is no active client "+quote(e.grant.issuer))
	}
	e.client = client
	return nil
}

func (e *exchange) checkAudience() error {
	if len(e.grant.audience) != 1 || e.grant.audience[0] != e.address {
		return refuse(wrongAudience, "the aud is "+quote(strings.Join(e.grant.audience, " "))+", not "+quote(e.address))
	}
	return nil
}

// hashes are those of the algorithms that a grant may be signed with.
var hashes = map[string]struct {
	id   crypto.Hash
	make func() hash.Hash
}{
	"RS256": {crypto.SHA256, sha256.New},
	"RS384": {crypto.SHA384, sha512.New384},
	"RS512": {crypto.SHA512, sha512.New},
}

func (e *exchange) checkSignature() error {
	algorithm := hashes[e.grant.algorithm]
	digest := algorithm.make()
	digest.Write([]byte(e.grant.signed))
	if err := rsa.VerifyPKCS1v15(e.publicKey, algorithm.id, digest.Sum(nil), e.grant.signature); err != nil {
		return refuse(invalidSignature, "the signature is not that of the key")
	}
	return nil
}

func (e *exchange) checkUnspent() error {
	if e.spent.contains(e.client.ClientID, e.grant.id, e.now.Unix()) {
		return grantUsed(e.grant.id)
	}
	return nil
}

// spend lets exactly one of several equal grants through that have come as
// far as this at the same time.
func (e *exchange) spend() error {
	if !e.spent.add(e.client.ClientID, e.grant.id, e.grant.expires+e.grant.grace(), e.now.Unix()) {
		return grantUsed(e.grant.id)
	}
	return nil
}

func grantUsed(id string) error { return refuse(usedBefore, "the jti "+quote(id)+" was used before") }

// checkScopes wants every scope to exist and to be registered on the client.
func (e *exchange) checkScopes() error {
	var bad []string
	for _, name := range e.grant.scopes {
		scope, ok := e.config.Registry.IssuedScope(name)
		if !ok || !slices.Contains(e.client.Scopes, name) {
			bad = append(bad, name)
			continue
		}
		e.scopes = append(e.scopes, scope)
	}
	if len(bad) > 0 {
		names := strings.Join(bad, " ")
		return refuse(invalidScopes, "not registered on the client, or unknown: "+quote(names), names)
	}
	return nil
}

func (e *exchange) checkIntegrationType() error {
	for _, scope := range e.scopes {
		types := scope.AllowedIntegrationTypes
		if len(types) > 0 && !slices.Contains(types, e.client.IntegrationType) {
			return refuse(wrongIntegrationType, scope.Name+" is for "+strings.Join(types, ", ")+", and the client is "+e.client.IntegrationType)
		}
	}
	return nil
}
