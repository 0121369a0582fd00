// Package servers are token endpoints made of other libraries, for the client
// that the mock's benchmarks ask as. They keep everything in memory, and check
// no more than the libraries do.
package servers

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// All are the servers by name. Each is made for a base address; tokens are
// found at <base>/token.
var All = map[string]func(base string) (http.Handler, error){
	"zitadel": zitadelOIDC,
	"fosite":  oryFosite,
}

// signingKey is the number of the key that signs tokens.
const signingKey = testkeys.Issuers

// lifetime is that of the tokens, in seconds.
const lifetime = 120

// clientAt is the client that asks a server with this base address.
func clientAt(base string) (*grants.Client, error) {
	ready, err := grants.ReadyAt(base)
	if err != nil {
		return nil, err
	}
	return grants.Of(ready)
}
