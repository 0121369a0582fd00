package issuer

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Door is one way to reach an issuer: its addresses, which are the audience
// of grants and the iss of tokens that go through it.
type Door struct {
	issuer   *Issuer
	address  string // the issuer's identifier
	metadata []byte
}

// metadata is the document of RFC 8414.
type metadata struct {
	Issuer                   string   `json:"issuer"`
	TokenEndpoint            string   `json:"token_endpoint"`
	JWKSURI                  string   `json:"jwks_uri"`
	AuthMethods              []string `json:"token_endpoint_auth_methods_supported"`
	GrantTypes               []string `json:"grant_types_supported"`
	SigningAlgorithms        []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	AuthorizationDetailTypes []string `json:"authorization_details_types_supported"`
}

// Door returns a door with this issuer identifier and token endpoint. Tokens from
// it are accepted by [Issuer.Verify] from now on.
func (i *Issuer) Door(identifier, tokenEndpoint string) (*Door, error) {
	document, err := json.Marshal(metadata{
		Issuer:                   identifier,
		TokenEndpoint:            tokenEndpoint,
		JWKSURI:                  identifier + "jwk",
		AuthMethods:              []string{methodKey},
		GrantTypes:               []string{jwtBearer},
		SigningAlgorithms:        []string{"RS256", "RS384", "RS512"},
		AuthorizationDetailTypes: []string{typeSystemUser, typeConsent},
	})
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.issuers, identifier) {
		i.issuers = append(i.issuers, identifier)
	}
	return &Door{issuer: i, address: identifier, metadata: document}, nil
}

// knows reports whether one of the doors has this issuer identifier.
func (i *Issuer) knows(issuer string) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return slices.Contains(i.issuers, issuer)
}

// Metadata answers GET <issuer>.well-known/oauth-authorization-server.
func (d *Door) Metadata(w http.ResponseWriter, r *http.Request) {
	if d.reads(w, r) {
		write(w, http.StatusOK, d.metadata)
	}
}

// JWKS answers GET <issuer>jwk.
func (d *Door) JWKS(w http.ResponseWriter, r *http.Request) {
	if !d.reads(w, r) {
		return
	}
	document, err := d.issuer.keys.document()
	if err != nil {
		d.refuse(w, &Decision{}, err)
		return
	}
	write(w, http.StatusOK, document)
}

// reads refuses everything but GET and HEAD.
func (d *Door) reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	d.refuse(w, &Decision{}, refuse(methodNotAllowed, r.Method+" on a document"))
	return false
}

func (d *Door) refuse(w http.ResponseWriter, decision *Decision, err error) {
	answer := decision.refused(err, d.issuer.config.NewID(), d.address, d.issuer.variants())
	body, err := json.Marshal(answer)
	if err != nil { // strings can't fail
		body = nil
	}
	write(w, decision.Status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // encoded JSON, and called so; a client that has gone away wants no answer
}
