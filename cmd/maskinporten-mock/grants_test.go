package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// grant makes an assertion as a client would, with changes in its claims.
func (p *service) grant(c credential, changes object) string {
	p.t.Helper()
	return p.sign(c, p.claims(c, changes), jose.RS256, nil)
}

func (p *service) claims(c credential, changes object) object {
	p.t.Helper()
	now := p.now().Unix()
	return with(object{
		"aud": p.ready.Environments[c.Environment].Issuer, "iss": c.ClientID, "scope": strings.Join(c.Scopes, " "),
		"iat": now, "exp": now + 100, "jti": rand.Text(),
	}, changes)
}

// sign signs claims, which are an object or raw text, with the client's key.
// The header has the key's kid unless it says otherwise.
func (p *service) sign(c credential, claims any, alg jose.SignatureAlgorithm, header object) string {
	p.t.Helper()
	return signed(p.t, c.JWK.Key, claims, alg, with(object{"kid": c.JWK.KeyID}, header))
}

func signed(t *testing.T, key any, claims any, alg jose.SignatureAlgorithm, header object) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options))(t)
	text, isText := claims.(string)
	if !isText {
		text = jsonText(t, claims)
	}
	object := check.Got(signer.Sign([]byte(text)))(t)
	compact := check.Got(object.CompactSerialize())(t)
	return compact
}

// exchange posts an assertion to the token endpoint of an environment.
func (p *service) exchange(environment, assertion string) answer {
	p.t.Helper()
	return p.post(environment, url.Values{"grant_type": {jwtBearer}, "assertion": {assertion}})
}

func (p *service) post(environment string, form url.Values) answer {
	p.t.Helper()
	return p.send(http.MethodPost, p.ready.Environments[environment].Token,
		map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
}

// ask asks for a token with changes in the grant's claims.
func (p *service) ask(c credential, changes object) answer {
	p.t.Helper()
	return p.exchange(c.Environment, p.grant(c, changes))
}

// public is a key as it is registered, under a kid of choice.
func public(t *testing.T, jwk jose.JSONWebKey, kid string) object {
	t.Helper()
	key := jwk.Public()
	key.KeyID = kid
	text := check.Got(key.MarshalJSON())(t)
	var o object
	check.OK(t, json.Unmarshal(text, &o))
	return o
}

// asClient is a registered client that signs with a key under a kid.
func asClient(registered object, jwk jose.JSONWebKey, kid string) credential {
	jwk.KeyID = kid
	c := credential{Environment: "test", ClientID: text(registered, "client_id"), JWK: jwk}
	scopes, _ := registered["scopes"].([]any)
	for _, scope := range scopes {
		name, _ := scope.(string)
		c.Scopes = append(c.Scopes, name)
	}
	return c
}

// part decodes the header (0) or claims (1) of a JWT.
func part(t *testing.T, token any, number int) object {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %.100q", text)
	}
	decoded := check.Got(base64.RawURLEncoding.DecodeString(parts[number]))(t)
	var o object
	check.OK(t, json.Unmarshal(decoded, &o))
	return o
}

// certificate orders a business certificate.
func (p *service) certificate(orgno, kind string) (x5c []string, key *rsa.PrivateKey) {
	p.t.Helper()
	var issued struct {
		Chain []string `json:"chain"`
		Key   string   `json:"key"`
	}
	a := p.control(http.MethodPost, "certificates", object{"environment": "test", "orgno": orgno, "kind": kind})
	check.OK(p.t, json.Unmarshal([]byte(a.Body), &issued))
	for _, text := range issued.Chain {
		block, _ := pem.Decode([]byte(text))
		x5c = append(x5c, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	block, _ := pem.Decode([]byte(issued.Key))
	parsed := check.Got(x509.ParsePKCS8PrivateKey(block.Bytes))(p.t)
	key, _ = parsed.(*rsa.PrivateKey)
	return x5c, key
}

// unsigned is a JWT with alg none.
func unsigned(t *testing.T, claims object) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(jsonText(t, claims))) + "."
}
