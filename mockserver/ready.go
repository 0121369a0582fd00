package mockserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// Ready says where everything is, and with which credentials: what the program
// prints when it serves. It holds private test keys.
type Ready struct {
	Environments map[string]ReadyEnvironment `json:"environments"`
	Portal       string                      `json:"portal"`
	Control      string                      `json:"control,omitzero"`
	Credentials  []ReadyCredentials          `json:"credentials"`
	// TLSCA is the certificate with which the server's is trusted, as PEM, where
	// it speaks TLS.
	TLSCA string `json:"tls_ca,omitzero"`
}

// ReadyEnvironment are the addresses of one environment.
type ReadyEnvironment struct {
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"token_endpoint"`
	JWKSURI       string `json:"jwks_uri"`
	API           string `json:"api"`
}

// ReadyCredentials are those of one admin client of the default world.
type ReadyCredentials struct {
	Environment string          `json:"environment"`
	Role        string          `json:"role"`
	OrgNo       string          `json:"orgno"`
	ClientID    string          `json:"client_id"`
	Scopes      []string        `json:"scopes"`
	JWK         json.RawMessage `json:"jwk"`
}

// WriteTo writes it as a line of JSON. It is what a [json.Encoder] writes, but
// the keys, which are JSON and make up most of it, are not read for that.
func (r Ready) WriteTo(w io.Writer) (int64, error) {
	const key, null = `"jwk":`, "null"
	without := r
	without.Credentials = slices.Clone(r.Credentials)
	for i := range without.Credentials {
		without.Credentials[i].JWK = nil
	}
	line, err := json.Marshal(without)
	if err != nil {
		return 0, err
	}
	var written bytes.Buffer
	for i, part := range bytes.Split(line, []byte(key+null)) {
		if i > 0 {
			written.WriteString(key)
			written.WriteString(cmp.Or(string(r.Credentials[i-1].JWK), null))
		}
		written.Write(part)
	}
	written.WriteByte('\n')
	return written.WriteTo(w)
}

// Ready describes the server as it is found below a base address.
func (s *Server) Ready(url string) (Ready, error) {
	a := addressesBelow(url)
	ready := Ready{Environments: map[string]ReadyEnvironment{}, Portal: a.base.String() + "/portal/"}
	if s.options.control {
		ready.Control = a.base.String() + "/_mock/"
	}
	if s.securely(url) {
		ready.TLSCA = string(s.TLSRootPEM())
	}
	for _, name := range s.options.environments {
		endpoints := a.endpoints[name]
		ready.Environments[name] = ReadyEnvironment{
			Issuer: endpoints.Issuer, TokenEndpoint: endpoints.Token, JWKSURI: endpoints.Issuer + "jwk", API: endpoints.API,
		}
		for i, role := range worldRoles {
			if !s.hasRole(name, role) {
				continue
			}
			jwk, err := testkeys.PrivateJWK(testkeys.Admins+i, role.kid(name))
			if err != nil {
				return Ready{}, err
			}
			ready.Credentials = append(ready.Credentials, ReadyCredentials{
				Environment: name, Role: role.name, OrgNo: role.orgno, ClientID: role.clientID(name), Scopes: slices.Clone(role.scopes), JWK: jwk,
			})
		}
	}
	return ready, nil
}

// hasRole reports whether an environment has a client of the default world. It
// looks only where [WithWorld] may have left it out.
func (s *Server) hasRole(environment string, role worldRole) bool {
	if _, seeded := s.options.world.environments[environment]; !seeded {
		return true
	}
	_, ok := s.environmentFor(environment).registry.IssuedClient(role.clientID(environment))
	return ok
}
