package mockserver

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
)

// Snapshot returns the world as indented JSON: all four environments with
// organisations, prefixes, scopes, accesses, clients, keys, delegations, system
// users and consents, and the portal with organisations, users, prefix orders
// and merchant data. Equal worlds make equal bytes, so that it can be kept as a
// golden file; see [WithDeterministicIDs]. Of client secrets and passwords it
// has digests only. Changes that the token endpoint doesn't know yet
// ([WithPropagation]) are part of it. Not part of it are the clock, faults, the
// journal and the audit log, mail, sessions at the portal, confirmation links
// that wait to be followed, tokens and spent grants.
func (s *Server) Snapshot() []byte {
	s.t.Helper()
	data, err := s.engine.Snapshot()
	s.must("Snapshot", err)
	return data
}

// Restore makes the world what a snapshot says: one of [Server.Snapshot], or
// one written by hand as [WithWorld] takes it. Everything that changed since is
// gone, and known to the token endpoint at once; users of the portal must sign
// in again. Clock, faults, mail, journal and listeners stay as they are, and
// tokens stay good, but a signing key that was rotated in is not used any more.
// When it fails nothing has changed; the error names the place.
func (s *Server) Restore(data []byte) error {
	if err := s.engine.Restore(data); err != nil {
		return fmt.Errorf("mockserver: Restore: %w", err)
	}
	return nil
}

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

// WriteTo writes it as a line of JSON.
func (r Ready) WriteTo(w io.Writer) (int64, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(line, '\n'))
	return int64(n), err
}

// Ready describes the server as it is found below a base address.
func (s *Server) Ready(url string) (Ready, error) {
	found, err := s.gateway.Ready(gateway.Below(url))
	if err != nil {
		return Ready{}, err
	}
	ready := Ready{Environments: map[string]ReadyEnvironment{}, Portal: found.Portal, Control: found.Control, TLSCA: found.TLSCA}
	for name, e := range found.Environments {
		ready.Environments[name] = ReadyEnvironment(e)
	}
	for _, c := range found.Credentials {
		ready.Credentials = append(ready.Credentials, ReadyCredentials(c))
	}
	return ready, nil
}
