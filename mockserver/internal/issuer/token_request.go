package issuer

import (
	"crypto/rsa"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/lenient"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// tokenRequest is one token request on its way through the checks, each of which
// adds what it finds out.
type tokenRequest struct {
	*Issuer
	address string // the endpoint's issuer identifier
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

// read parses the grant and writes it down in the decision, as far as it can
// be read.
func (t *tokenRequest) read(assertion string, claims []claim, decision *Decision) (err error) {
	t.grant, err = parseGrant(assertion, claims, t.notes, t.in)
	if t.grant != nil {
		decision.Unexpected = false
		decision.ClientID, decision.Header, decision.Claims = t.grant.issuer, t.grant.header, t.grant.payload
	}
	return err
}

// parties are the organisations that a token speaks of, and by what right.
type parties struct {
	consumer         string
	supplier         string // empty: none
	delegationSource string // empty: the supplier needs none
	onBehalfOf       string // empty: nobody
}
