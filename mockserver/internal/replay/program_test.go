package replay_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const (
	digdir   = "991825827"
	nav      = "889640782"
	supplier = "910753614"

	jwtBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	escapedType = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
)

type object = map[string]any

// mock is the mock as a program meets it: at an address.
type mock struct {
	*testing.T
	srv    *mockserver.Server
	url    string
	admins map[string]admin // by role
}

type admin struct {
	ClientID string          `json:"client_id"`
	JWK      jose.JSONWebKey `json:"jwk"`
}

func start(t *testing.T, options ...mockserver.Option) *mock {
	t.Helper()
	srv := mockserver.Start(t, append(options, mockserver.WithControl())...)
	m := &mock{T: t, srv: srv, url: srv.URL(), admins: map[string]admin{}}
	ready := check.Got(srv.Ready(m.url))(t)
	line := check.Got(json.Marshal(ready))(t)
	var read struct {
		Credentials []struct {
			admin
			Environment string `json:"environment"`
			Role        string `json:"role"`
		}
	}
	m.ok(json.Unmarshal(line, &read)) //nolint:musttag // the embedded admin has tags of its own
	for _, c := range read.Credentials {
		if c.Environment == "test" {
			m.admins[c.Role] = c.admin
		}
	}
	return m
}

func (m *mock) ok(err error) { m.Helper(); check.OK(m.T, err) }

func (m *mock) now() int64 { return m.srv.Clock().Now().Unix() }

// sign makes a JWT of header and claims as they are written.
func (m *mock) sign(key *rsa.PrivateKey, header, claims string) string {
	m.Helper()
	encoding := base64.RawURLEncoding
	signed := encoding.EncodeToString([]byte(header)) + "." + encoding.EncodeToString([]byte(claims))
	digest := sha256.Sum256([]byte(signed))
	signature := check.Got(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]))(m.T)
	return signed + "." + encoding.EncodeToString(signature)
}

// answer is what came back.
type answer struct {
	*testing.T
	what   string
	status int
	body   []byte
}

// send sends a request as it is. Redirects are answers.
func (m *mock) send(method, target string, header map[string]string, body string) answer {
	m.Helper()
	r := check.Got(http.NewRequestWithContext(m.Context(), method, m.url+target, strings.NewReader(body)))(m.T)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	m.ok(err)
	defer func() { _ = resp.Body.Close() }()
	read := check.Got(io.ReadAll(resp.Body))(m.T)
	return answer{m.T, method + " " + target, resp.StatusCode, read}
}

func (a answer) want(statuses ...int) answer {
	a.Helper()
	if slices.Contains(statuses, a.status) {
		return a
	}
	a.Fatalf("%s: %d %s, want %v", a.what, a.status, a.body, statuses)
	return a
}

func (a answer) object() object {
	a.Helper()
	var o object
	if err := json.Unmarshal(a.body, &o); err != nil {
		a.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
	return o
}

func (a answer) list() []object {
	a.Helper()
	var list []object
	if err := json.Unmarshal(a.body, &list); err != nil || list == nil {
		a.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
	return list
}

// form posts an encoded form to the token endpoint.
func (m *mock) form(body string) answer {
	m.Helper()
	return m.send(http.MethodPost, "/token", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body)
}

// token gets an access token of an admin client.
func (m *mock) token(role, scope string) string {
	m.Helper()
	a := m.admins[role]
	return m.tokenOf(a.ClientID, private(a), a.JWK.KeyID, scope)
}

func (m *mock) tokenOf(client string, key *rsa.PrivateKey, kid, scope string) string {
	m.Helper()
	claims := fmt.Sprintf(`{"aud":%q,"iss":%q,"scope":%q,"iat":%d,"exp":%d,"jti":%q}`, m.url+"/", client, scope, m.now(), m.now()+60, rand.Text())
	assertion := m.sign(key, fmt.Sprintf(`{"kid":%q,"alg":"RS256"}`, kid), claims)
	token, _ := m.form(escapedType + "&assertion=" + assertion).want(http.StatusOK).object()["access_token"].(string)
	return token
}

// api is self-service with one token, at one base.
type api struct {
	*mock
	base, token string
}

func (a api) call(method, path string, body any) answer {
	a.Helper()
	header, text := map[string]string{"Authorization": "Bearer " + a.token, "Accept": "application/json"}, ""
	if body != nil {
		encoded := check.Got(json.Marshal(body))(a.T)
		header["Content-Type"], text = "application/json", string(encoded)
	}
	return a.send(method, a.base+path, header, text)
}

// certificate orders a business certificate with its chain.
func (m *mock) certificate(orgno string) (key *rsa.PrivateKey, x5c []string) {
	m.Helper()
	ordered := m.send(http.MethodPost, "/_mock/certificates", map[string]string{"Content-Type": "application/json"}, fmt.Sprintf(`{"environment":"test","orgno":%q,"kind":"valid"}`, orgno)).want(http.StatusOK)
	var certificate struct {
		Chain []string `json:"chain"`
		Key   string   `json:"key"`
	}
	m.ok(json.Unmarshal(ordered.body, &certificate))
	for _, text := range certificate.Chain {
		block, _ := pem.Decode([]byte(text))
		x5c = append(x5c, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	block, _ := pem.Decode([]byte(certificate.Key))
	parsed := check.Got(x509.ParsePKCS8PrivateKey(block.Bytes))(m.T)
	return parsed.(*rsa.PrivateKey), x5c
}

// testKey is the private half of one of the mock's free test keys.
func (m *mock) testKey(number int) *rsa.PrivateKey {
	m.Helper()
	var jwk jose.JSONWebKey
	m.ok(json.Unmarshal(m.srv.JWK(number, "k"), &jwk))
	return jwk.Key.(*rsa.PrivateKey)
}

// private is an admin client's key.
func private(a admin) *rsa.PrivateKey { return a.JWK.Key.(*rsa.PrivateKey) }

// publicPEM is the public half of a key as people paste it.
func publicPEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err.Error()
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// jwk is the public half of a key, as programs register it.
func jwk(key *rsa.PrivateKey, kid string, more object) object {
	encoding := base64.RawURLEncoding
	o := object{"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": encoding.EncodeToString(key.N.Bytes()), "e": "AQAB"}
	for name, value := range more {
		if o[name] = value; value == nil {
			delete(o, name)
		}
	}
	return o
}

// scope makes one of Digdir's and grants it to NAV and the supplier.
func (m *mock) scope(subscope string, more object) string {
	m.Helper()
	provider := api{m, "/api/v1", m.token("provider", "idporten:scopes.write")}
	in := object{"prefix": "difi", "subscope": subscope, "description": "For replays"}
	maps.Copy(in, more)
	provider.call(http.MethodPost, "/scopes", in).want(http.StatusOK)
	for _, orgno := range []string{nav, supplier} {
		provider.call(http.MethodPut, "/scopes/access/"+orgno+"?scope="+url.QueryEscape("difi:"+subscope), nil).want(http.StatusOK)
	}
	return "difi:" + subscope
}

// client makes a client of the role's organisation, with a key or without.
func (m *mock) client(role string, key *rsa.PrivateKey, scopes ...string) string {
	m.Helper()
	owner := api{m, "/api/v1", m.token(role, "idporten:dcr.write")}
	made := owner.call(http.MethodPost, "/clients/", object{"client_name": "Replay", "description": "d", "integration_type": "maskinporten", "scopes": scopes}).want(http.StatusOK).object()
	id := made["client_id"].(string)
	if key != nil {
		owner.call(http.MethodPut, "/clients/"+id+"/jwks/the-key", jwk(key, "the-key", nil)).want(http.StatusOK)
	}
	return id
}

// claims decodes a token without checking it.
func (a answer) claims() object {
	a.Helper()
	token, _ := a.want(http.StatusOK).object()["access_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		a.Fatalf("%s: no JWT: %q", a.what, token)
	}
	payload := check.Got(base64.RawURLEncoding.DecodeString(parts[1]))(a)
	var claims object
	check.OK(a, json.NewDecoder(bytes.NewReader(payload)).Decode(&claims))
	return claims
}

const timeToPropagate = 90 * time.Second
