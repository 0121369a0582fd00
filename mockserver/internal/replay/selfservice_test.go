package replay_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// digdirator signs in with its certificate: leaf and intermediate, and nbf. Each
// attempt has a token of its own.
func (c *consumer) digdirator(client, scope string) api {
	c.Helper()
	now := c.now()
	claims := fmt.Sprintf(`{"aud":"%s/","exp":%d,"iat":%d,"iss":%q,"jti":"%d","nbf":%d,"scope":%q}`, c.url, now+30, now, client, time.Now().UnixNano(), now, scope)
	token := c.form(escaped(c.sign(c.certKey, `{"alg":"RS256","x5c":`+c.chain(2)+`}`, claims))).want(http.StatusOK).object()["access_token"].(string)
	return api{c.mock, "/api/v1", token}
}

func TestNAVsDigdiratorReconciles(t *testing.T) {
	t.Parallel()
	c := newConsumer(t)
	// Its own client has no key: it is known by the certificate.
	const scopes = "idporten:dcr.write idporten:dcr.read idporten:scopes.write idporten:scopes.read"
	self := c.client("supplier", nil, strings.Fields(scopes)...)
	c.send(http.MethodPost, "/_mock/prefixes", map[string]string{"Content-Type": "application/json"}, `{"environment":"test","orgno":"910753614","prefix":"nav"}`).want(http.StatusOK)
	d := func() api { return c.digdirator(self, scopes) }

	// The client.
	d().call(http.MethodGet, "/clients", nil).want(http.StatusOK).list()
	in := object{
		"client_name": "team-app", "description": "dev-gcp:team:app", "integration_type": "maskinporten", "application_type": "web", "client_uri": "https://app.example.no",
		"token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{jwtBearer}, "scopes": []string{c.scope},
		"access_token_lifetime": 120, "refresh_token_lifetime": 0, "authorization_lifetime": 0, "refresh_token_usage": "ONETIME", "redirect_uris": []string{}, "post_logout_redirect_uris": []string{},
	}
	client := d().call(http.MethodPost, "/clients", in).want(http.StatusOK).object()["client_id"].(string)
	d().call(http.MethodPut, "/clients/"+client, in).want(http.StatusOK)
	// Its keys: the whole set, those of running programs kept.
	if keys := d().call(http.MethodGet, "/clients/"+client+"/jwks", nil).want(http.StatusOK).object()["keys"].([]any); len(keys) != 0 {
		t.Errorf("keys %v", keys)
	}
	first := jwk(c.testKey(1), "one", nil)
	kept := d().call(http.MethodPost, "/clients/"+client+"/jwks", object{"keys": []any{first}}).want(http.StatusOK).object()["keys"].([]any)
	d().call(http.MethodPost, "/clients/"+client+"/jwks", object{"keys": append(kept, jwk(c.testKey(2), "two", nil))}).want(http.StatusOK)
	// What it may consume.
	if accesses := d().call(http.MethodGet, "/scopes/access/all", nil).want(http.StatusOK).list(); len(accesses) != 1 || accesses[0]["state"] != "APPROVED" {
		t.Errorf("accesses %v", accesses)
	}
	d().call(http.MethodGet, "/scopes/all?accessible_for_all=true", nil).want(http.StatusOK).list()
	// What it exposes: a scope that was made just now has no accesses, and that is no error.
	d().call(http.MethodGet, "/scopes?inactive=true", nil).want(http.StatusOK).list()
	d().call(http.MethodPost, "/scopes", object{
		"prefix": "nav", "subscope": "team:api.read", "description": "nav:team:api.read", "allowed_integration_types": []string{"maskinporten"}, "at_max_age": 30, "active": true, "visibility": "PUBLIC", "token_type": "SELF_CONTAINED", "accessible_for_all": false,
	}).want(http.StatusOK)
	named := "?scope=" + url.QueryEscape("nav:team:api.read")
	if none := d().call(http.MethodGet, "/scopes/access"+named, nil).want(http.StatusOK).list(); len(none) != 0 {
		t.Errorf("accesses %v", none)
	}
	for _, step := range []struct{ method, state string }{{http.MethodPut, "APPROVED"}, {http.MethodDelete, "DENIED"}} {
		access := d().call(step.method, "/scopes/access/"+nav+named, nil).want(http.StatusOK).object()
		if access["consumer_orgno"] != nav || access["scope"] != "nav:team:api.read" || access["state"] != step.state {
			t.Errorf("%s answers %v", step.method, access)
		}
	}
	scope := d().call(http.MethodDelete, "/scopes"+named, nil).want(http.StatusOK).object()
	if scope["active"] != false || scope["name"] != "nav:team:api.read" {
		t.Errorf("DELETE answers %v", scope)
	}
	scope["active"] = true
	if again := d().call(http.MethodPut, "/scopes"+named, scope).want(http.StatusOK).object(); again["active"] != true {
		t.Errorf("PUT answers %v", again)
	}
	d().call(http.MethodDelete, "/clients/"+client, nil).want(http.StatusOK)
}

func TestOslosServiceKeepsItsKeys(t *testing.T) {
	t.Parallel()
	m := start(t)
	a := api{m, "/api/v1", m.token("consumer", "idporten:dcr.write")}
	client := a.call(http.MethodPost, "/clients", object{"client_name": "freg", "description": "d", "integration_type": "maskinporten", "application_type": "web", "scopes": []string{}, "token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{jwtBearer}}).want(http.StatusOK).object()["client_id"].(string)
	keys := func() []any {
		t.Helper()
		read, _ := a.call(http.MethodGet, "/clients/"+client+"/jwks", nil).want(http.StatusOK).object()["keys"].([]any)
		return read
	}
	add := func(number int, statuses ...int) {
		t.Helper()
		set := keys() // before the first key too
		for _, key := range set {
			if o := key.(object); o["use"] == nil {
				o["use"] = "sig"
			}
		}
		a.call(http.MethodPost, "/clients/"+client+"/jwks", object{"keys": append(set, jwk(m.testKey(number), fmt.Sprint("freg-", number), nil))}).want(statuses...)
	}
	for number := range 5 {
		add(number, http.StatusOK, http.StatusCreated)
	}
	add(5, http.StatusBadRequest)
	if got := keys(); len(got) != 5 {
		t.Errorf("%d keys", len(got))
	}
	for number := range 4 {
		a.call(http.MethodDelete, fmt.Sprintf("/clients/%s/jwks/freg-%d", client, number), nil).want(http.StatusOK, http.StatusNoContent)
	}
	a.call(http.MethodDelete, "/clients/"+client+"/jwks", nil).want(http.StatusOK, http.StatusNoContent) // the last
	if got := keys(); len(got) != 0 {
		t.Errorf("keys %v", got)
	}
	a.call(http.MethodDelete, "/clients/"+client, nil).want(http.StatusOK, http.StatusNoContent)
}

func TestAltinnsOperatorUsesItsDoor(t *testing.T) {
	t.Parallel()
	m := start(t)
	made := m.send(http.MethodPost, "/_mock/credentials", map[string]string{"Content-Type": "application/json"}, `{"environment":"test","orgno":"910753614","scopes":["idporten:dcr.altinn"]}`).want(http.StatusOK)
	var c admin
	m.ok(json.Unmarshal(made.body, &c))
	a := api{m, "/api/v1/altinn/admin", m.tokenOf(c.ClientID, private(c), c.JWK.KeyID, "idporten:dcr.altinn")}
	a.call(http.MethodGet, "/clients", nil).want(http.StatusOK).list()
	in := object{"client_name": "altinn-operator-app", "description": "d", "integration_type": "maskinporten", "client_orgno": nav, "token_endpoint_auth_method": "private_key_jwt", "scopes": []string{}}
	client := a.call(http.MethodPost, "/clients", in).want(http.StatusCreated).object()["client_id"].(string)
	if keys := a.call(http.MethodGet, "/clients/"+client+"/jwks", nil).want(http.StatusOK).object()["keys"].([]any); len(keys) != 0 {
		t.Errorf("keys %v", keys)
	}
	exp := m.now() + 30*24*3600
	set := a.call(http.MethodPost, "/clients/"+client+"/jwks", object{"keys": []any{jwk(m.testKey(0), "app.1", object{"exp": exp})}}).want(http.StatusCreated).object()
	if got := set["keys"].([]any)[0].(object)["exp"]; got != float64(exp) {
		t.Errorf("exp %v, want %d", got, exp)
	}
	a.call(http.MethodPut, "/clients/"+client, in).want(http.StatusOK)
	if list := a.call(http.MethodGet, "/clients", nil).want(http.StatusOK).list(); len(list) != 1 || list[0]["client_id"] != client {
		t.Errorf("clients %v", list)
	}
	a.call(http.MethodDelete, "/clients/"+client, nil).want(http.StatusNoContent)
}

func TestAltinnCorrespondenceRotatesItsOwnKey(t *testing.T) {
	t.Parallel()
	m := start(t, mockserver.WithPropagation(timeToPropagate))
	self, old := m.admins["consumer"], private(m.admins["consumer"])
	base := "/external/api/v1/clients/" + self.ClientID
	a := api{m, base, m.token("consumer", "idporten:dcr.write")}
	set := a.call(http.MethodGet, "/jwks", nil).want(http.StatusOK).object()["keys"].([]any)
	fresh := m.testKey(3)
	a.call(http.MethodPost, "/jwks", object{"keys": append(set, jwk(fresh, "rotated", nil))}).want(http.StatusOK, http.StatusCreated)
	ask := func() answer {
		claims := fmt.Sprintf(`{"aud":"%s/","iss":%q,"scope":"idporten:dcr.write","iat":%d,"exp":%d,"jti":"%d"}`, m.url, self.ClientID, m.now(), m.now()+60, time.Now().UnixNano())
		return m.form(escaped(m.sign(fresh, `{"alg":"RS256","kid":"rotated"}`, claims)))
	}
	tries := 0
	for got := ask(); got.status != http.StatusOK; got = ask() { // 12 times, 15 s between, as long as it reads this
		if text := fmt.Sprint(got.object()["error_description"]); !strings.Contains(text, "Unknown key identifier (kid)") || tries == 12 {
			t.Fatalf("after %d tries: %s", tries, text)
		}
		tries++
		m.srv.Clock().Advance(15 * time.Second)
	}
	if tries < 2 {
		t.Errorf("known after %d tries", tries)
	}
	a.token = m.tokenOf(self.ClientID, fresh, "rotated", "idporten:dcr.write")
	a.call(http.MethodPost, "/jwks", object{"keys": []any{jwk(fresh, "rotated", nil)}}).want(http.StatusOK, http.StatusCreated) // the old one goes
	m.srv.Clock().Advance(timeToPropagate)
	claims := fmt.Sprintf(`{"aud":"%s/","iss":%q,"scope":"idporten:dcr.write","iat":%d,"exp":%d}`, m.url, self.ClientID, m.now(), m.now()+60)
	m.form(escaped(m.sign(old, fmt.Sprintf(`{"alg":"RS256","kid":%q}`, self.JWK.KeyID), claims))).want(http.StatusBadRequest)
}

func TestKartverketsServiceGivesAndTakesAccess(t *testing.T) {
	t.Parallel()
	m := start(t)
	scope := m.scope("kart/tinglysing.read", nil)
	a := api{m, "/api/v1", m.token("scopes-only", "idporten:scopes.write")}
	named := "?scope=" + strings.ReplaceAll(strings.ReplaceAll(scope, ":", "%3A"), "/", "%2F")
	if list := a.call(http.MethodGet, "/scopes/access"+named, nil).want(http.StatusOK).list(); len(list) != 2 {
		t.Errorf("accesses %v", list)
	}
	a.call(http.MethodPut, "/scopes/access/974760673"+named, nil).want(http.StatusOK).object()
	a.call(http.MethodDelete, "/scopes/access/974760673"+named, nil).want(http.StatusOK).object()
	a.call(http.MethodDelete, "/scopes/access/.."+named, nil).want(http.StatusBadRequest) // never a redirect
}

func TestAltinnStudioListsScopes(t *testing.T) {
	t.Parallel()
	m := start(t)
	const filter = "inactive=false&integration_type=maskinporten"
	m.send(http.MethodGet, "/api/v1/scopes/all?"+filter, nil, "").want(http.StatusOK).list()
	a := api{m, "/api/v1", m.token("consumer", "idporten:scopes.read")}
	a.call(http.MethodGet, "/scopes/access/all?"+filter, nil).want(http.StatusOK).list()
}

func TestDigdirsWebClientPutsBackWhatItGot(t *testing.T) {
	t.Parallel()
	m := start(t)
	m.scope("web", nil)
	a := api{m, "/api/v1", m.token("consumer", "idporten:dcr.write")}
	made := a.call(http.MethodPost, "/clients/", object{
		"client_name": "Fra skjema", "description": "d", "integration_type": "maskinporten", "application_type": "web", "token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{jwtBearer},
		"scopes": []string{"difi:web", "krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}, "access_token_lifetime": "120", "refresh_token_lifetime": "600", "authorization_lifetime": "7200",
	}).want(http.StatusOK).object()
	client := "/clients/" + made["client_id"].(string)
	text := func(path, body string) answer {
		return m.send(http.MethodPost, path, map[string]string{"Authorization": "Bearer " + a.token, "Content-Type": "text/plain"}, body)
	}
	jwkText := fmt.Sprintf(`{"kty":"RSA","kid":"pasted","use":"sig","alg":"RS256","n":%q,"e":"AQAB"}`, jwk(m.testKey(0), "", nil)["n"])
	text("/api/v2"+client+"/key", jwkText).want(http.StatusOK)
	text("/api/v2"+client+"/key", publicPEM(m.testKey(1))).want(http.StatusOK)

	whole := a.call(http.MethodGet, client, nil).want(http.StatusOK).object() // with created, last_updated, jwks
	if whole["jwks"] == nil || whole["created"] == nil {
		t.Errorf("client %v", whole)
	}
	whole["description"], whole["access_token_lifetime"] = "endret", fmt.Sprint(whole["access_token_lifetime"])
	whole["onbehalfof"] = []any{object{"onbehalfof": "ignored"}}
	put := a.call(http.MethodPut, client, whole).want(http.StatusOK).object()
	if diff := cmp.Diff(whole["jwks"], put["jwks"]); diff != "" || put["description"] != "endret" || put["created"] != whole["created"] || put["onbehalfof"] != nil {
		t.Errorf("PUT answers %v: %s", put, diff)
	}
	krr := a.call(http.MethodPost, "/clients", object{"client_name": "krr", "integration_type": "krr"}).want(http.StatusOK).object()["client_id"].(string)
	a.call(http.MethodPost, "/clients/"+krr+"/onbehalfof", object{"onbehalfof": "kommune", "name": "Kommune"}).want(http.StatusOK)

	s := api{m, "/api/v1", m.token("provider", "idporten:scopes.write")}
	scope := s.call(http.MethodGet, "/scopes/scope?scope=difi%3Aweb", nil).want(http.StatusOK).object()
	scope["at_max_age"], scope["authorization_max_lifetime"], scope["protected"] = "60", "0", true
	if changed := s.call(http.MethodPut, "/scopes?scope=difi%3Aweb", scope).want(http.StatusOK).object(); changed["at_max_age"] != 60.0 || changed["protected"] != false {
		t.Errorf("PUT answers %v", changed)
	}
}

func TestDigdirsWebClientTakesErrorsForEmptyLists(t *testing.T) {
	t.Parallel()
	m := start(t, mockserver.WithVariants(mockserver.VariantEmptyListsError))
	reader := api{m, "/api/v1", m.token("consumer", "idporten:scopes.read")}
	for _, path := range []string{"/prefix", "/scopes", "/scopes/access", "/scopes/access/all", "/scopes/all?delegated_sources=true"} {
		if text := fmt.Sprint(reader.call(http.MethodGet, path, nil).want(http.StatusNotFound).object()["error_description"]); !strings.Contains(text, "does not have any") {
			t.Errorf("%s: %s", path, text)
		}
	}
	client := m.client("consumer", nil)
	api{m, "/api/v1", m.token("consumer", "idporten:dcr.write")}.call(http.MethodGet, "/clients/"+client+"/jwks", nil).want(http.StatusNotFound)
	reader.call(http.MethodGet, "/scopes/all", nil).want(http.StatusOK).list() // this one is a list always
}
