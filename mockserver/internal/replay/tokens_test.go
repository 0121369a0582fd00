package replay_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// consumer has what every token request of these tests needs: a client with a
// key, one for a certificate, and a scope that both may use.
type consumer struct {
	*mock
	scope, withKey, withCertificate string
	key, certKey                    *rsa.PrivateKey
	x5c                             []string
}

func newConsumer(t *testing.T) *consumer {
	t.Helper()
	c := &consumer{mock: start(t)}
	c.scope = c.mock.scope("replay/read", object{"delegation_source": "https://tt02.altinn.no/"})
	c.key = c.testKey(0)
	c.withKey = c.client("supplier", c.key, c.scope)
	c.withCertificate = c.client("supplier", nil, c.scope)
	c.certKey, c.x5c = c.certificate(supplier)
	c.srv.Altinn().Delegate(nav, supplier, c.scope)
	return c
}

// chain is the header x5c with so many certificates.
func (c *consumer) chain(length int) string {
	text := check.Got(json.Marshal(c.x5c[:length]))(c.T)
	return string(text)
}

// escaped is a form with the grant's type percent-encoded, as most write it.
func escaped(assertion string) string { return escapedType + "&assertion=" + assertion }

func TestAltinnsDotNetClient(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := func(client, more string) string {
		return fmt.Sprintf(`{"aud":"%s/","scope":%q,"iss":%q,"exp":%d,"iat":%d,"jti":"b7d5d8f1-%d"%s}`, c.url, c.scope, client, c.now()+10, c.now(), time.Now().UnixNano(), more)
	}
	const header = `{"alg":"RS256","typ":"JWT","kid":"the-key"}`
	got := c.form(escaped(c.sign(c.key, header, claims(c.withKey, `,"resource":"https://tt02.altinn.no/maskinporten-api/"`)))).want(http.StatusOK)
	check.Same(t, []any{"https://tt02.altinn.no/maskinporten-api/"}, got.claims()["aud"])
	if o := got.object(); o["scope"] != c.scope || o["expires_in"] != 120.0 || o["token_type"] != "Bearer" {
		t.Errorf("the answer is %v", o)
	}
	check.Same(t, "0192:889640782", c.form(escaped(c.sign(c.key, header, claims(c.withKey, `,"consumer_org":"889640782"`)))).claims()["consumer"].(object)["ID"], "the consumer")
	user := `,"authorization_details":[{"systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:889640782"},"externalRef":"51554df1","type":"urn:altinn:systemuser"}]`
	details := c.form(escaped(c.sign(c.key, header, claims(c.withKey, user)))).claims()["authorization_details"].([]any)
	check.Same(t, "51554df1", details[0].(object)["externalRef"], "details ", details)
	// With a certificate: the leaf alone, no typ and no kid.
	check.Same(t, "virksomhetssertifikat", c.form(escaped(c.sign(c.certKey, `{"alg":"RS256","x5c":`+c.chain(1)+`}`, claims(c.withCertificate, "")))).claims()["client_amr"], "client_amr")
}

func TestKSFiksKotlinClient(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := func(client string) string {
		return fmt.Sprintf(`{"aud":"%s/","resource":"https://api.fiks.test.ks.no/","scope":%q,"iss":%q,"pid":"01017012345","consumer_org":"889640782","exp":%d,"iat":%d,"jti":"%d"}`,
			c.url, c.scope, client, c.now()+120, c.now(), time.Now().UnixNano())
	}
	for client, assertion := range map[string]string{
		c.withKey:         c.sign(c.key, `{"kid":"the-key","alg":"RS256"}`, claims(c.withKey)),
		c.withCertificate: c.sign(c.certKey, `{"x5c":`+c.chain(1)+`,"alg":"RS256"}`, claims(c.withCertificate)),
	} {
		header := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Charset": "utf-8"}
		got := c.send(http.MethodPost, "/token", header, escaped(assertion)).claims()
		if got["client_id"] != client || got["pid"] != "01017012345" || got["supplier"] == nil {
			t.Errorf("claims %v", got)
		}
	}
}

func TestKSFiksDotNetClient(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := func(client, more string) string {
		return fmt.Sprintf(`{"iss":%q,"aud":"%s/","scope":%q,"resource":"https://api.fiks.test.ks.no/","iat":%d,"exp":%d,"jti":"%d"%s}`, client, c.url, c.scope, c.now(), c.now()+120, time.Now().UnixNano(), more)
	}
	for _, grant := range []string{
		c.sign(c.key, `{"typ":"JWT","alg":"RS256","kid":"the-key"}`, claims(c.withKey, `,"pid":"01017012345"`)),
		c.sign(c.certKey, `{"typ":"JWT","alg":"RS256","x5c":`+c.chain(1)+`}`, claims(c.withCertificate, "")),
		c.sign(c.key, `{"typ":"JWT","alg":"RS256","x5c":`+c.chain(1)+`,"kid":"the-key"}`, claims(c.withKey, "")), // both: the kid counts
	} {
		c.form(escaped(grant)).want(http.StatusOK)
	}
	owner := api{c.mock, "/api/v1", c.token("supplier", "idporten:dcr.write")}
	id := owner.call(http.MethodPost, "/clients", object{"client_name": "krr", "integration_type": "krr"}).want(http.StatusOK).object()["client_id"].(string)
	owner.call(http.MethodPut, "/clients/"+id+"/jwks/the-key", jwk(c.key, "the-key", nil)).want(http.StatusOK)
	owner.call(http.MethodPost, "/clients/"+id+"/onbehalfof", object{"onbehalfof": "kommune", "name": "Kommune", "orgno": nav}).want(http.StatusOK)
	grant := strings.Replace(claims(id, `,"iss_onbehalfof":"kommune"`), c.scope, "krr:global/kontaktinformasjon.read", 1)
	check.Same(t, "kommune", c.form(escaped(c.sign(c.key, `{"typ":"JWT","alg":"RS256","kid":"the-key"}`, grant))).claims()["onbehalfof"], "claims")
}

func TestNAVsKotlinClientSendsBareColons(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := fmt.Sprintf(`{"aud":"%s/","resource":"https://api.example.no/","scope":%q,"iss":%q,"exp":%d,"iat":%d,"jti":"%d"}`, c.url, c.scope, c.withKey, c.now()+120, c.now(), time.Now().UnixNano())
	grant := c.sign(c.key, `{"kid":"the-key","typ":"JWT","alg":"RS256"}`, claims)
	c.form("grant_type=" + jwtBearer + "&assertion=" + grant).want(http.StatusOK)
}

func TestNAVsTexasSendsNbfAndPassesErrorsOn(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := func(scope string) string {
		return fmt.Sprintf(`{"aud":"%s/","exp":%d,"iat":%d,"iss":%q,"jti":"%d","nbf":%d,"scope":%q,"resource":"https://api.example.no/"}`, c.url, c.now()+30, c.now(), c.withKey, time.Now().UnixNano(), c.now(), scope)
	}
	const header = `{"typ":"JWT","alg":"RS256","kid":"the-key"}`
	c.form(escaped(c.sign(c.key, header, claims(c.scope)))).want(http.StatusOK)
	refused := c.form(escaped(c.sign(c.key, header, claims("difi:unknown")))).want(http.StatusBadRequest).object()
	if refused["error"] != "invalid_scope" || !strings.Contains(refused["error_description"].(string), "difi:unknown") {
		t.Errorf("refused with %v", refused)
	}
}

func TestOslosServiceSendsTheLeafAlone(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	metadata := c.send(http.MethodGet, "/.well-known/oauth-authorization-server", nil, "").want(http.StatusOK).object()
	endpoint, issuer := metadata["token_endpoint"].(string), metadata["issuer"].(string)
	if !strings.HasPrefix(endpoint, issuer) {
		t.Errorf("the token endpoint %s isn't below the issuer %s", endpoint, issuer)
	}
	for _, more := range []string{"", `,"consumer_org":"889640782"`} {
		claims := fmt.Sprintf(`{"aud":%q,"iss":%q,"iat":%d,"exp":%d,"scope":%q,"jti":"%d"%s}`, issuer, c.withCertificate, c.now(), c.now()+120, c.scope, time.Now().UnixNano(), more)
		grant := c.sign(c.certKey, `{"x5c":`+c.chain(1)+`,"alg":"RS256","typ":"JWT"}`, claims)
		c.form(url.Values{"grant_type": {jwtBearer}, "assertion": {grant}}.Encode()).want(http.StatusOK)
	}
}

func TestAltinnsOperatorSendsTheFormInTheQuery(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	claims := fmt.Sprintf(`{"aud":"%s/","exp":%d,"iat":%d,"iss":%q,"jti":"%d","scope":%q}`, c.url, c.now()+60, c.now(), c.withKey, time.Now().UnixNano(), c.scope)
	query := url.Values{"grant_type": {jwtBearer}, "assertion": {c.sign(c.key, `{"alg":"RS256","kid":"the-key"}`, claims)}}.Encode()
	c.send(http.MethodPost, "/token?"+query, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "").want(http.StatusOK)
	c.send(http.MethodPost, "/token?"+strings.ReplaceAll(query, "assertion=", "assertion=x"), nil, "").want(http.StatusBadRequest)
}

func TestGosOwnJWTConfigWorks(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	der := check.Got(x509.MarshalPKCS8PrivateKey(c.key))(t)
	config := &jwt.Config{
		Email: c.withKey, Subject: c.withKey, PrivateKeyID: "the-key", PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		Scopes: []string{c.scope}, TokenURL: c.url + "/token", Audience: c.url + "/", Expires: time.Minute,
	}
	for range 3 { // its iat is 10 s old, and time goes on
		token := check.Got(config.TokenSource(t.Context()).Token())(t)
		if token.AccessToken == "" || token.TokenType != "Bearer" {
			t.Errorf("token %+v", token)
		}
		c.srv.Clock().Advance(500 * time.Millisecond)
	}
}
