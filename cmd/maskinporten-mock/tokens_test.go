package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestTokenSaysWhatTheRealOneSays(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	answer := p.ask(admin, nil)
	body := answer.ok()
	if cc := answer.Header.Get("Cache-Control"); cc != "no-store" || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		t.Errorf("headers: %v", answer.Header)
	}
	token := body["access_token"]
	delete(body, "access_token")
	if diff := cmp.Diff(object{"token_type": "Bearer", "expires_in": 120.0, "scope": strings.Join(admin.Scopes, " ")}, body); diff != "" {
		t.Error(diff)
	}
	header, claims := part(t, token, 0), part(t, token, 1)
	iat, _ := claims["iat"].(float64)
	if len(header) != 2 || header["alg"] != "RS256" || header["kid"] == nil {
		t.Errorf("header: %v", header)
	}
	want := object{
		"iss": p.origin + "/", "client_id": admin.ClientID, "client_amr": "private_key_jwt", "token_type": "Bearer", "scope": strings.Join(admin.Scopes, " "),
		"consumer": object{"authority": "iso6523-actorid-upis", "ID": "0192:" + digdir}, "iat": iat, "exp": iat + 120, "jti": claims["jti"],
	}
	if diff := cmp.Diff(want, claims); diff != "" || claims["jti"] == nil {
		t.Error(diff)
	}
}

func TestTokenIsSignedWithAPublishedKey(t *testing.T) {
	t.Parallel()
	p := serve(t)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(p.get("/jwk").Body), &set); err != nil {
		t.Fatal(err)
	}
	token := p.token(p.credential("provider"), scopesRead)
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys := set.Key(parsed.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		t.Fatalf("key %s is published %d times", parsed.Signatures[0].Header.KeyID, len(keys))
	}
	if _, err := parsed.Verify(keys[0]); err != nil {
		t.Error(err)
	}
}

func TestGrantMayVaryWithinItsRules(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	issuer, now := p.origin+"/", p.now().Unix()
	for name, changes := range map[string]object{
		"aud in an array":         {"aud": []string{issuer}},
		"no jti":                  {"jti": remove},
		"issued 8 s ahead":        {"iat": now + 8, "exp": now + 60},
		"issued 8 s back":         {"iat": now - 8, "exp": now + 60},
		"lives 120 s":             {"iat": now, "exp": now + 120},
		"issued 100 s back":       {"iat": now - 100, "exp": now + 20},
		"claims of other clients": {"sub": "x", "nbf": now},
		"times with fractions":    {"iat": float64(now) - 0.5, "exp": float64(now) + 60.25},
	} {
		if a := p.ask(admin, changes); a.Status != http.StatusOK {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	for _, alg := range []jose.SignatureAlgorithm{jose.RS384, jose.RS512} { // the key is registered for RS256
		if a := p.exchange("test", p.sign(admin, p.claims(admin, nil), alg, nil)); a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", alg, a.Status)
		}
	}
}

func TestKeyIsForItsAlgorithm(t *testing.T) {
	t.Parallel()
	p := serve(t)
	_, app := p.consumerApp()
	for _, alg := range []jose.SignatureAlgorithm{jose.RS384, jose.RS512} {
		kid := "key-" + string(alg)
		key := with(public(t, p.appKey(), kid), object{"alg": string(alg)})
		p.call(p.credential("consumer"), dcrWrite, http.MethodPut, "/clients/"+app.ClientID+"/jwks/"+kid, key).ok()
		p.exchange("test", p.sign(app, p.claims(app, nil), alg, object{"kid": kid})).ok()
		if a := p.exchange("test", p.sign(app, p.claims(app, nil), jose.RS256, object{"kid": kid})); a.Status != http.StatusBadRequest {
			t.Errorf("RS256 with a key for %s: %d", alg, a.Status)
		}
	}
}

func TestScopesComeBackInTheOrderAskedWithoutDoubles(t *testing.T) {
	t.Parallel()
	p := serve(t)
	asked := strings.Join([]string{dcrWrite, scopesRead, dcrWrite, scopesRead}, " ")
	body := p.ask(p.credential("provider"), object{"scope": asked}).ok()
	if want := dcrWrite + " " + scopesRead; body["scope"] != want || part(t, body["access_token"], 1)["scope"] != want {
		t.Errorf("%v", body)
	}
}

func TestResourceAndPIDReachTheToken(t *testing.T) {
	t.Parallel()
	p := serve(t)
	claims := part(t, p.ask(p.credential("provider"), object{"resource": []string{"https://api.example", "https://b.example"}, "pid": "12345678901"}).ok()["access_token"], 1)
	if diff := cmp.Diff([]any{"https://api.example", "https://b.example"}, claims["aud"]); diff != "" || claims["pid"] != "12345678901" {
		t.Errorf("%v", claims)
	}
}

func TestLifetimeIsTheClientsOrTheLowestOfItsScopes(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("long", object{"at_max_age": 3600})
	p.newScope("longer", object{"at_max_age": 7200})
	p.newScope("any", nil)
	app := p.withKey("provider", p.newClient("provider", object{"scopes": []string{"difi:long", "difi:longer", "difi:any"}, "access_token_lifetime": 300}))
	for scope, want := range map[string]float64{"difi:any": 300, "difi:long": 3600, "difi:longer difi:long difi:any": 3600} {
		body := p.ask(app, object{"scope": scope}).ok()
		claims := part(t, body["access_token"], 1)
		iat, _ := claims["iat"].(float64)
		if body["expires_in"] != want || claims["exp"] != iat+want {
			t.Errorf("%s: expires in %v, %v to %v", scope, body["expires_in"], claims["iat"], claims["exp"])
		}
	}
}

func TestSystemUserAndConsentReachTheToken(t *testing.T) {
	t.Parallel()
	p := serve(t)
	org := object{"authority": "iso6523-actorid-upis", "ID": "0192:" + nav}
	user := func(detail object) object {
		claims := part(t, p.ask(p.credential("provider"), object{"authorization_details": []any{detail}}).ok()["access_token"], 1)
		details, _ := claims["authorization_details"].([]any)
		if len(details) != 1 {
			t.Fatalf("%v", claims)
		}
		got, _ := details[0].(object)
		return got
	}
	got := user(object{"type": "urn:altinn:systemuser", "systemuser_org": org, "externalRef": "ref"})
	ids, _ := got["systemuser_id"].([]any)
	if diff := cmp.Diff(object{"type": "urn:altinn:systemuser", "systemuser_org": org, "systemuser_id": ids, "system_id": got["system_id"], "externalRef": "ref"}, got); diff != "" || len(ids) != 1 || got["system_id"] == "" {
		t.Errorf("%v: %s", got, diff)
	}
	p.control(http.MethodPost, "consents", object{"id": "7e540335-d82f-41e9-8b8f-619336d792b4"}).ok()
	consent := user(object{"type": "urn:altinn:consent", "id": "7e540335-d82f-41e9-8b8f-619336d792b4", "from": "urn:altinn:organization:identifier-no:" + nav})
	for _, field := range []string{"id", "from", "to", "consented", "validTo", "consentRights"} {
		if consent[field] == nil {
			t.Errorf("consent without %s: %v", field, consent)
		}
	}
}

func TestAccessDecidesAboutTokens(t *testing.T) {
	t.Parallel()
	p := serve(t)
	scope, app := p.consumerApp()
	const text = "Consumer has not been granted access to the scope difi:api."
	claims := part(t, p.ask(app, nil).ok()["access_token"], 1)
	if diff := cmp.Diff(object{"authority": "iso6523-actorid-upis", "ID": "0192:" + nav}, claims["consumer"]); diff != "" || claims["supplier"] != nil {
		t.Errorf("%v", claims)
	}
	p.access(http.MethodDelete, "difi:api", nav).ok()
	p.ask(app, nil).refused("MP-250", "forbidden", text)
	p.access(http.MethodPut, "difi:api", nav).ok()
	p.ask(app, nil).ok()
	p.call(p.credential("provider"), scopesWrite, http.MethodDelete, "/scopes?scope=difi:api", nil).ok()
	p.ask(app, nil).refused("MP-250", "forbidden", text) // deactivated
	p.putScope(scope, object{"active": true}).ok()
	p.ask(app, nil).ok()
	p.putScope(scope, object{"allowed_integration_types": []string{"krr"}}).ok()
	p.ask(app, nil).refused("MP-201", "invalid_scope", "Token request contains scopes not allowed for maskinporten")
	p.putScope(scope, object{"accessible_for_all": true}).ok()
	p.access(http.MethodDelete, "difi:api", nav).ok()
	p.ask(app, nil).ok() // open to all

	p.call(p.credential("consumer"), dcrWrite, http.MethodDelete, "/clients/"+app.ClientID, nil).ok()
	p.ask(app, nil).refused("MP-100", "invalid_grant", "Client not found")
}

func TestKeyLivesAYear(t *testing.T) {
	t.Parallel()
	p := serve(t)
	_, app := p.consumerApp()
	p.control(http.MethodPost, "clock", object{"advance": "8750h"}).ok() // ten hours less than a year
	p.ask(app, nil).ok()
	p.call(p.credential("consumer"), dcrWrite, http.MethodPut, "/clients/"+app.ClientID+"/jwks/renewed", public(t, p.appKey(), "renewed")).ok()
	p.control(http.MethodPost, "clock", object{"advance": "11h"}).ok()
	p.ask(app, nil).refused("MP-121", "invalid_grant", "Expired key.")
	p.ask(p.credential("consumer"), nil).refused("MP-121", "invalid_grant", "Expired key.")
	p.exchange("test", p.sign(app, p.claims(app, nil), jose.RS256, object{"kid": "renewed"})).ok()
}

func TestKeyExpiresAtItsOwnExp(t *testing.T) {
	t.Parallel()
	p := serve(t)
	_, app := p.consumerApp()
	key := with(public(t, p.appKey(), "short"), object{"exp": p.now().Unix() + 3600})
	p.call(p.credential("consumer"), dcrWrite, http.MethodPut, "/clients/"+app.ClientID+"/jwks/short", key).ok()
	short := func() answer {
		return p.exchange("test", p.sign(app, p.claims(app, nil), jose.RS256, object{"kid": "short"}))
	}
	short().ok()
	p.control(http.MethodPost, "clock", object{"advance": "61m"}).ok()
	short().refused("MP-121", "invalid_grant", "Expired key.")
}

func TestBusinessCertificatesAuthenticateClientsWithoutKeys(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", object{"accessible_for_all": true})
	client := p.newClient("consumer", object{"scopes": []string{"difi:api"}})
	app := credential{Environment: "test", ClientID: text(client, "client_id"), Scopes: []string{"difi:api"}}
	good, goodKey := p.certificate(nav, "valid")
	ask := func(c credential, chain any, key any) answer {
		return p.exchange("test", signed(t, key, p.claims(c, nil), jose.RS256, object{"x5c": chain}))
	}
	if claims := part(t, ask(app, good, goodKey).ok()["access_token"], 1); claims["client_amr"] != "virksomhetssertifikat" {
		t.Errorf("%v", claims)
	}
	for _, kind := range []string{"expired", "revoked", "production"} {
		chain, key := p.certificate(nav, kind)
		ask(app, chain, key).refused("MP-120", "invalid_grant", "The JWT is signed with an invalid certificate.")
	}
	ask(app, good[:1], goodKey).ok() // the leaf alone
	foreign, foreignKey := p.certificate(digdir, "valid")
	ask(app, foreign, foreignKey).refused("MP-122", "invalid_grant", "Invalid JWT. Invalid organization number for client. Does not match certificate orgno")
	for name, x5c := range map[string]any{"text": good[0], "no certificate": []string{"AAAA"}, "no base64": []string{"%"}, "empty": []string{}} {
		t.Log(name)
		ask(app, x5c, goodKey).refused("MP-123", "invalid_grant", "Invalid JWT header x5c")
	}
	ask(app, good, foreignKey).refused("MP-124", "invalid_grant", "Invalid JWT signature.")
	if kid := p.exchange("test", signed(t, goodKey, p.claims(app, nil), jose.RS256, nil)); kid.Status != http.StatusBadRequest {
		t.Errorf("neither kid nor x5c: %d", kid.Status)
	}
	keyed := p.withKey("consumer", client)
	ask(keyed, good, goodKey).refused("", "invalid_grant", "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided")
}

// A consumer delegates a scope to a supplier in Altinn.
func TestSupplierActsForConsumersThatDelegated(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("del", object{"delegation_source": "https://tt02.altinn.no/"})
	app := p.withKey("supplier", p.newClient("supplier", object{"scopes": []string{"difi:del"}}))
	forNAV := object{"consumer_org": nav}
	p.ask(app, forNAV).refused("MP-251", "forbidden", "Consumer 889640782 has not delegated access to the scope difi:del to supplier 910753614.")
	delegation := object{"environment": "test", "consumer": nav, "supplier": supplier, "scope": "difi:del"}
	p.control(http.MethodPost, "delegations", delegation).ok()
	p.ask(app, forNAV).refused("MP-250", "forbidden", "Consumer has not been granted access to the scope difi:del.")
	p.access(http.MethodPut, "difi:del", nav).ok()
	claims := part(t, p.ask(app, forNAV).ok()["access_token"], 1)
	party := func(orgno string) object { return object{"authority": "iso6523-actorid-upis", "ID": "0192:" + orgno} }
	got := object{"consumer": claims["consumer"], "supplier": claims["supplier"], "delegation_source": claims["delegation_source"]}
	if diff := cmp.Diff(object{"consumer": party(nav), "supplier": party(supplier), "delegation_source": "https://tt02.altinn.no/"}, got); diff != "" {
		t.Error(diff)
	}
	p.ask(app, nil).refused("MP-250", "forbidden", "Consumer has not been granted access") // for itself
	p.ask(app, object{"consumer_org": digdir}).refused("MP-251", "forbidden", "Consumer "+digdir)
}

// A client with a supplier_orgno yields a supplier, and no delegation source.
func TestClientOfASupplierNamesBoth(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", object{"accessible_for_all": true})
	s := p.credential("supplier")
	client := p.call(s, dcrSupplier, http.MethodPost, "/clients", object{"client_name": "s", "integration_type": "maskinporten", "client_orgno": nav, "scopes": []string{"difi:api"}}).ok()
	p.call(s, dcrSupplier, http.MethodPut, "/clients/"+text(client, "client_id")+"/jwks/k1", public(t, p.appKey(), "k1")).ok()
	claims := part(t, p.ask(asClient(client, p.appKey(), "k1"), nil).ok()["access_token"], 1)
	consumer, _ := claims["consumer"].(object)
	acting, _ := claims["supplier"].(object)
	if consumer["ID"] != "0192:"+nav || acting["ID"] != "0192:"+supplier || claims["delegation_source"] != nil {
		t.Errorf("%v", claims)
	}
}

func TestOnBehalfOfReachesTheToken(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	client := p.newClient("provider", object{
		"integration_type": "api_klient", "token_endpoint_auth_method": "private_key_jwt", "redirect_uris": []string{"https://a.example/cb"},
		"grant_types": []string{"authorization_code"}, "scopes": []string{"difi:api"},
	})
	app := p.withKey("provider", client)
	p.call(p.credential("provider"), dcrWrite, http.MethodPost, "/clients/"+app.ClientID+"/onbehalfof", object{"onbehalfof": "kunde", "name": "K"}).ok()
	a := p.ask(app, object{"iss_onbehalfof": "kunde"})
	if claims := part(t, a.ok()["access_token"], 1); claims["onbehalfof"] != "kunde" {
		t.Errorf("%v", claims)
	}
	p.ask(app, object{"iss_onbehalfof": "other"}).refused("MP-011", "invalid_request", "")
}
