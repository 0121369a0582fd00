package gateway

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
)

// Ready says where everything is, and with which credentials.
type Ready struct {
	Environments map[string]ReadyEnvironment `json:"environments"`
	Portal       string                      `json:"portal"`
	Control      string                      `json:"control,omitzero"`
	Credentials  []Credentials               `json:"credentials"`
	TLSCA        string                      `json:"tls_ca,omitzero"`
}

// ReadyEnvironment are the addresses of one environment.
type ReadyEnvironment struct {
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"token_endpoint"`
	JWKSURI       string `json:"jwks_uri"`
	API           string `json:"api"`
}

// Credentials are those of one client.
type Credentials struct {
	Environment string          `json:"environment"`
	Role        string          `json:"role"`
	OrgNo       string          `json:"orgno"`
	ClientID    string          `json:"client_id"`
	Scopes      []string        `json:"scopes"`
	JWK         json.RawMessage `json:"jwk"`
}

// Ready describes the mock as it is found at these addresses.
func (g *Gateway) Ready(a *Addresses) (Ready, error) {
	ready := Ready{Environments: map[string]ReadyEnvironment{}, Portal: a.Base + "/portal/"}
	if g.config.Control != nil {
		ready.Control = a.Base + "/_mock/"
	}
	if g.Secures(a.Base) {
		root, err := pki.ServerRoot()
		if err != nil {
			return Ready{}, err
		}
		ready.TLSCA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
	}
	for _, name := range g.config.Served {
		endpoints := a.Endpoints[name]
		ready.Environments[name] = ReadyEnvironment{
			Issuer: endpoints.Issuer, TokenEndpoint: endpoints.Token, JWKSURI: endpoints.Issuer + "jwk", API: endpoints.API,
		}
		roles, clients, err := g.config.Engine.RoleClients(name)
		if err != nil {
			return Ready{}, err
		}
		for i, c := range clients {
			jwk, err := c.JWK()
			if err != nil {
				return Ready{}, err
			}
			ready.Credentials = append(ready.Credentials, Credentials{name, roles[i], c.OrgNo, c.ID, c.Scopes, jwk})
		}
	}
	return ready, nil
}

// Secures reports whether the mock itself speaks TLS at a base address, and not a
// proxy before it, or nobody.
func (g *Gateway) Secures(base string) bool {
	u, err := url.Parse(base)
	return g.config.TLS && err == nil && u.Scheme == "https"
}

// Ready describes the mock as the sender of a request finds it.
func (s *Site) Ready(r *http.Request) (Ready, error) { return s.gateway.Ready(s.AddressesFor(r)) }
