// Package grants asks servers for tokens, the way the mock's benchmarks and
// those of its peers need it: requests made beforehand, sent over many
// connections to a program that has one core to itself.
package grants

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// Type is the grant type of RFC 7523.
const Type = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name that everybody knows

// Client is one that asks for tokens with JWT grants.
type Client struct {
	ID, Kid, Scope string
	// Audience is the issuer that it asks, Endpoint where.
	Audience, Endpoint string
	Key                *rsa.PrivateKey
}

// scope is that of the client which Of chooses.
const scope = "idporten:scopes.write"

// Of returns the client of the default world that may do the least: it has a
// single scope.
func Of(ready mockserver.Ready) (*Client, error) {
	for _, c := range ready.Credentials {
		if c.Environment != "test" || !slices.Equal(c.Scopes, []string{scope}) {
			continue
		}
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(c.JWK); err != nil {
			return nil, err
		}
		key, ok := jwk.Key.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("the key is a %T", jwk.Key)
		}
		at := ready.Environments["test"]
		return &Client{ID: c.ClientID, Kid: jwk.KeyID, Scope: scope, Audience: at.Issuer, Endpoint: at.TokenEndpoint, Key: key}, nil
	}
	return nil, errors.New("nobody has the scope " + scope + " alone")
}

type header struct {
	Algorithm string `json:"alg"`
	Kid       string `json:"kid"`
}

type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Scope    string `json:"scope"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// Lifetime is that of the grants, in seconds.
const Lifetime = 100

// Request is the body of a token request with a new grant, issued at now. It
// names the scope in the grant, as Maskinporten wants it, and beside it, as RFC
// 7521 has it.
func (c *Client) Request(now time.Time) (string, error) {
	first, err := encode(header{Algorithm: "RS256", Kid: c.Kid})
	if err != nil {
		return "", err
	}
	second, err := encode(claims{
		Issuer: c.ID, Subject: c.ID, Audience: c.Audience, Scope: c.Scope,
		IssuedAt: now.Unix(), Expires: now.Unix() + Lifetime, ID: rand.Text(),
	})
	if err != nil {
		return "", err
	}
	signed := first + "." + second
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, c.Key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	assertion := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
	return url.Values{"grant_type": {Type}, "assertion": {assertion}, "scope": {c.Scope}}.Encode(), nil
}

// Requests are so many, each with a grant of its own.
func (c *Client) Requests(now time.Time, count int) ([]string, error) {
	requests := make([]string, count)
	for i := range requests {
		var err error
		if requests[i], err = c.Request(now); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

func encode(part any) (string, error) {
	text, err := json.Marshal(part)
	return base64.RawURLEncoding.EncodeToString(text), err
}
