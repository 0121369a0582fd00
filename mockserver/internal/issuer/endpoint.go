package issuer

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Endpoint is one way to reach an issuer: its addresses, which are the audience
// of grants and the iss of tokens that go through it.
type Endpoint struct {
	issuer   *Issuer
	address  string // the issuer's identifier
	metadata []byte
}

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name that everybody knows

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

// Endpoint returns one with this issuer identifier and token endpoint. Tokens from
// it are accepted by [Issuer.Verify] from now on.
func (i *Issuer) Endpoint(identifier, tokenEndpoint string) (*Endpoint, error) {
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
	return &Endpoint{issuer: i, address: identifier, metadata: document}, nil
}

// Metadata answers GET <issuer>.well-known/oauth-authorization-server.
func (e *Endpoint) Metadata(w http.ResponseWriter, r *http.Request) {
	if e.reads(w, r) {
		write(w, http.StatusOK, e.metadata)
	}
}

// JWKS answers GET <issuer>jwk.
func (e *Endpoint) JWKS(w http.ResponseWriter, r *http.Request) {
	if !e.reads(w, r) {
		return
	}
	document, err := e.issuer.keys.document()
	if err != nil {
		e.refuse(w, &Decision{}, err)
		return
	}
	write(w, http.StatusOK, document)
}

// reads refuses everything but GET and HEAD.
func (e *Endpoint) reads(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	e.refuse(w, &Decision{}, refuse(methodNotAllowed, r.Method+" on a document"))
	return false
}

func (e *Endpoint) refuse(w http.ResponseWriter, decision *Decision, err error) {
	answer := decision.refused(err, e.issuer.config.NewID(), e.address, e.issuer.variants())
	body, _ := json.Marshal(answer) // strings can't fail
	write(w, decision.Status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // encoded JSON, and called so; a client that has gone away wants no answer
}
