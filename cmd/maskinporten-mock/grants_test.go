package main

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// The OAuth scopes of the self-service API.
const (
	scopesRead  = "idporten:scopes.read"
	scopesWrite = "idporten:scopes.write"
	dcrRead     = "idporten:dcr.read"
	dcrWrite    = "idporten:dcr.write"
)

// ask asks for a token, as a client would, with changes in the grant's claims.
func (p *service) ask(c credential, changes object) answer {
	p.t.Helper()
	now := p.now().Unix()
	claims := object{
		"aud": p.ready.Environments[c.Environment].Issuer, "iss": c.ClientID, "scope": strings.Join(c.Scopes, " "),
		"iat": now, "exp": now + 100, "jti": rand.Text(),
	}
	maps.Copy(claims, changes)
	signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: c.JWK}, nil))(p.t)
	assertion := check.Got(jwt.Signed(signer).Claims(claims).Serialize())(p.t)
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	return p.send(http.MethodPost, p.ready.Environments[c.Environment].Token,
		map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
}

// consumerApp is the whole story: the scope difi:api, NAV's access to it, and a
// client of NAV's. Its key is that of an admin client, since the program makes
// no other.
func (p *service) consumerApp() credential {
	p.t.Helper()
	provider, consumer := p.credential("provider"), p.credential("consumer")
	p.call(provider, scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "api", "description": "d"}).ok()
	p.call(provider, scopesWrite, http.MethodPut, "/scopes/access/889640782?scope=difi:api", nil).ok()
	app := credential{"test", "app", []string{"difi:api"}, p.credential("keys-only").JWK}
	p.call(consumer, dcrWrite, http.MethodPost, "/clients", object{"client_id": app.ClientID, "client_name": "app", "integration_type": "maskinporten", "scopes": app.Scopes}).ok()
	p.call(consumer, dcrWrite, http.MethodPut, "/clients/app/jwks/"+app.JWK.KeyID, app.JWK.Public()).ok()
	return app
}

// text is a field of an object that holds text.
func text(o object, field string) string {
	value, _ := o[field].(string)
	return value
}
