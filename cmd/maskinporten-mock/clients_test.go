package main

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// loginClient is one that logs users in.
var loginClient = object{
	"client_name": "login", "integration_type": "api_klient", "application_type": "web", "token_endpoint_auth_method": "client_secret_basic",
	"grant_types": []any{"authorization_code"}, "redirect_uris": []any{"https://a.example/cb"}, "scopes": []any{"openid"},
}

// clientCall makes a call on a client as its organisation.
func (p *service) clientCall(role, method string, client object, below string, body any) answer {
	p.t.Helper()
	return p.call(p.credential(role), dcrWrite, method, "/clients/"+text(client, "client_id")+below, body)
}

func TestNewClientHasTheDefaults(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", object{"client_uri": "https://a.example", "unknown": 1})
	want := object{
		"client_name": "app", "client_orgno": nav, "active": true, "application_type": "web", "integration_type": "maskinporten",
		"token_endpoint_auth_method": "private_key_jwt", "grant_types": []any{jwtBearer}, "access_token_lifetime": 120.0, "client_uri": "https://a.example",
	}
	got := object{}
	for field := range want {
		got[field] = client[field]
	}
	if diff := cmp.Diff(want, got); diff != "" || !uuid.MatchString(text(client, "client_id")) || client["created"] == nil || client["last_updated"] == nil {
		t.Errorf("%s: %v", diff, client)
	}
	for _, field := range []string{"client_secret", "supplier_orgno", "jwks", "redirect_uris", "description", "unknown", "onbehalfof"} {
		if client[field] != nil {
			t.Errorf("%s is %v", field, client[field])
		}
	}
	login := p.newClient("provider", loginClient)
	want = object{"access_token_lifetime": 120.0, "refresh_token_lifetime": 600.0, "authorization_lifetime": 7200.0, "code_challenge_method": "S256", "sso_disabled": false}
	got = object{}
	for field := range want {
		got[field] = login[field]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if ansattporten := p.newClient("provider", with(loginClient, object{"integration_type": "ansattporten"})); ansattporten["sso_disabled"] != true {
		t.Errorf("ansattporten: %v", ansattporten["sso_disabled"])
	}
}

func TestClientIsListedReadReplacedDeactivatedAndReactivated(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", object{"client_id": "my-own.id"})
	consumer := p.credential("consumer")
	listed := func(query string) (found bool) {
		for _, c := range p.call(consumer, dcrRead, http.MethodGet, "/clients"+query, nil).list() {
			found = found || c["client_id"] == "my-own.id"
		}
		return found
	}
	if diff := cmp.Diff(client, p.clientCall("consumer", http.MethodGet, client, "", nil).ok()); diff != "" || !listed("") {
		t.Error(diff)
	}
	p.clientCall("consumer", http.MethodPut, client, "/jwks/k1", public(t, p.appKey(), "k1")).ok()
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	body := with(client, object{"client_name": "new", "description": "d", "created": "2000-01-01T00:00:00Z", "jwks": object{"keys": []any{}}, "onbehalfof": []any{object{"onbehalfof": "x"}}})
	changed := p.clientCall("consumer", http.MethodPut, client, "", body).ok()
	keys, _ := changed["jwks"].(object)
	if diff := cmp.Diff(with(client, object{"client_name": "new", "description": "d", "last_updated": changed["last_updated"], "jwks": keys}), changed); diff != "" || keys == nil {
		t.Error(diff)
	}
	if small := p.clientCall("consumer", http.MethodPut, client, "", object{"client_name": "small", "integration_type": "maskinporten"}).ok(); small["description"] != nil {
		t.Errorf("PUT did not replace: %v", small)
	}
	p.clientCall("consumer", http.MethodPut, client, "", with(client, object{"integration_type": "krr"})).fails(http.StatusBadRequest)

	if a := p.clientCall("consumer", http.MethodDelete, client, "", nil); a.Status != http.StatusOK || a.Body != "" {
		t.Errorf("DELETE: %d %s", a.Status, a.Body)
	}
	if listed("") || !listed("?inactive=true") {
		t.Error("an inactive client is listed wrongly")
	}
	p.call(consumer, dcrWrite, http.MethodPost, "/clients", object{"client_name": "x", "integration_type": "maskinporten", "client_id": "my-own.id"}).fails(http.StatusConflict)
	if on := p.clientCall("consumer", http.MethodPut, client, "", with(client, object{"active": true})).ok(); on["active"] != true {
		t.Errorf("reactivated: %v", on)
	}
	p.call(consumer, dcrWrite, http.MethodPost, "/clients", object{"client_name": "x", "integration_type": "maskinporten", "client_id": "my-own.id"}).fails(http.StatusConflict)
}

func TestClientsOfOthersAreForbidden(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("provider", nil)
	for _, c := range []struct {
		method, below string
		body          any
	}{
		{http.MethodGet, "", nil}, {http.MethodPut, "", client}, {http.MethodDelete, "", nil}, {http.MethodPost, "/secret", nil},
		{http.MethodGet, "/jwks", nil}, {http.MethodPost, "/jwks", object{"keys": []any{public(t, p.appKey(), "k")}}}, {http.MethodDelete, "/jwks", nil},
		{http.MethodGet, "/jwks/k", nil}, {http.MethodPut, "/jwks/k", public(t, p.appKey(), "k")}, {http.MethodDelete, "/jwks/k", nil},
		{http.MethodGet, "/onbehalfof", nil}, {http.MethodPost, "/onbehalfof", object{"onbehalfof": "x"}},
		{http.MethodGet, "/onbehalfof/x", nil}, {http.MethodPut, "/onbehalfof/x", object{"onbehalfof": "x"}}, {http.MethodDelete, "/onbehalfof/x", nil},
	} {
		p.clientCall("consumer", c.method, client, c.below, c.body).fails(http.StatusForbidden)
		p.clientCall("provider", c.method, object{"client_id": "nobody"}, c.below, c.body).fails(http.StatusNotFound)
	}
	p.callAt(p.origin+"/api/v2/clients/"+text(client, "client_id")+"/key", p.credential("consumer"), dcrWrite, http.MethodPost, jsonText(t, public(t, p.appKey(), "k"))).fails(http.StatusForbidden)
}

// The table of legal combinations, and the fields of login clients.
func TestClientsOfWrongMakeAreRefused(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	p.newScope("krronly", object{"allowed_integration_types": []string{"krr"}})
	maskinporten := object{"client_name": "app", "integration_type": "maskinporten"}
	browser := with(loginClient, object{"application_type": "browser", "token_endpoint_auth_method": "none"})
	for _, c := range []struct {
		make   object
		change object
		status int
	}{
		{maskinporten, object{"client_name": remove}, 400},
		{maskinporten, object{"integration_type": "nope"}, 400},
		{maskinporten, object{"integration_type": "eformidling"}, 403},
		{maskinporten, object{"integration_type": "idporten_saml2"}, 403},
		{maskinporten, object{"client_orgno": supplier}, 403},
		{maskinporten, object{"client_orgno": "123"}, 400},
		{maskinporten, object{"token_endpoint_auth_method": "client_secret_post"}, 400},
		{maskinporten, object{"token_endpoint_auth_method": "none"}, 400},
		{maskinporten, object{"application_type": "native"}, 400},
		{maskinporten, object{"application_type": "browser"}, 400},
		{maskinporten, object{"grant_types": []string{"authorization_code"}}, 400},
		{maskinporten, object{"access_token_lifetime": -1}, 400},
		{maskinporten, object{"access_token_lifetime": "120s"}, 400},
		{maskinporten, object{"scopes": []string{"difi:none"}}, 400},
		{maskinporten, object{"scopes": []string{"difi:krronly"}}, 400},
		{maskinporten, object{"scopes": "difi:api"}, 400},
		{maskinporten, object{"client_id": "a/b"}, 400},
		{maskinporten, object{"integration_type": "krr", "scopes": []string{"difi:api"}}, 400},
		{loginClient, object{"application_type": "browser"}, 400},
		{loginClient, object{"application_type": "native"}, 400},
		{loginClient, object{"token_endpoint_auth_method": "none"}, 400},
		{browser, object{"token_endpoint_auth_method": "client_secret_post"}, 400},
		{browser, object{"token_endpoint_auth_method": "private_key_jwt"}, 400},
		{loginClient, object{"grant_types": []string{"x"}}, 400},
		{loginClient, object{"grant_types": []string{jwtBearer}}, 400},
		{loginClient, object{"integration_type": "idporten", "scopes": []string{"openid", "difi:api"}}, 400},
		{loginClient, object{"redirect_uris": []string{}}, 400},
		{loginClient, object{"redirect_uris": remove}, 400},
		{loginClient, object{"redirect_uris": []string{"https://a.example/#x"}}, 400},
		{loginClient, object{"redirect_uris": []string{"myapp:/x"}}, 400},
		{loginClient, object{"redirect_uris": []string{"https:///x"}}, 400},
		{loginClient, object{"redirect_uris": []string{"https://localhost/x"}}, 400},
		{loginClient, object{"frontchannel_logout_uri": "https://b.example/x"}, 400},
		{loginClient, object{"frontchannel_logout_uri": "https://a.example:8443/x"}, 400},
		{loginClient, object{"frontchannel_logout_uri": "http://a.example/x"}, 400},
		{loginClient, object{"access_token_lifetime": 0}, 400},
		{loginClient, object{"authorization_lifetime": 0}, 400},
		{loginClient, object{"refresh_token_lifetime": 0}, 400},
		{loginClient, object{"refresh_token_lifetime": -1}, 400},
		{loginClient, object{"refresh_token_usage": "X"}, 400},
		{loginClient, object{"code_challenge_method": "plain"}, 400},
		{maskinporten, object{"scopes": []string{"difi:api"}}, 200},
		{loginClient, object{"frontchannel_logout_uri": "https://a.example/out"}, 200},
		{loginClient, object{"redirect_uris": []string{"http://localhost:8080/cb", "http://a.example/cb"}}, 200},
		{loginClient, object{"grant_types": []string{"authorization_code", "refresh_token"}, "scopes": []string{"openid", "profile", "difi:api"}}, 200},
		{loginClient, object{"integration_type": "idporten", "scopes": []string{"openid", "profile"}}, 200},
		{loginClient, object{"integration_type": "ansattporten", "scopes": []string{"openid", "difi:api"}}, 200},
		{loginClient, object{"token_endpoint_auth_method": "client_secret_post"}, 200},
		{loginClient, object{"token_endpoint_auth_method": "private_key_jwt"}, 200},
		{browser, nil, 200},
		{browser, object{"application_type": "native", "redirect_uris": []string{"myapp:/x"}}, 200},
	} {
		a := p.call(p.credential("provider"), dcrWrite, http.MethodPost, "/clients", with(c.make, c.change))
		if a.Status != c.status {
			t.Errorf("%v: %d %s", c.change, a.Status, a.Body)
		} else if c.status != http.StatusOK {
			a.fails(c.status)
		}
	}
}

func TestRedirectURIsOfProductionAreStricter(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider", "prod")
	for uri, status := range map[string]int{"https://a.example/cb": 200, "http://a.example/cb": 400, "http://localhost:8080/cb": 400, "https://localhost/cb": 400} {
		if a := p.call(provider, dcrWrite, http.MethodPost, "/clients", with(loginClient, object{"redirect_uris": []string{uri}})); a.Status != status {
			t.Errorf("%s: %d %s", uri, a.Status, a.Body)
		}
	}
	native := with(loginClient, object{"application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": []string{"http://localhost:8080/cb", "myapp://x"}})
	p.call(provider, dcrWrite, http.MethodPost, "/clients", native).ok()
}

func TestScopesOfAClientNeedAccess(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("closed", nil)
	p.newScope("open", object{"accessible_for_all": true})
	p.newScope("delegable", object{"delegation_source": "https://tt02.altinn.no/"})
	create := func(scope string) answer {
		return p.call(p.credential("consumer"), dcrWrite, http.MethodPost, "/clients", object{"client_name": "x", "integration_type": "maskinporten", "scopes": []string{scope}})
	}
	create("difi:closed").fails(http.StatusBadRequest)
	create("difi:open").ok()
	create("difi:delegable").ok()
	p.access(http.MethodPut, "difi:closed", nav).ok()
	create("difi:closed").ok()
	p.access(http.MethodDelete, "difi:closed", nav).ok()
	create("difi:closed").fails(http.StatusBadRequest)
}

func TestKRRClientsGetTheirFixedScopes(t *testing.T) {
	t.Parallel()
	p := serve(t)
	want := []any{"krr:global/digitalpost.read", "krr:global/kontaktinformasjon.read"}
	for _, sent := range []any{remove, []string{}, want} {
		client := p.newClient("consumer", object{"integration_type": "krr", "scopes": sent})
		got, _ := client["scopes"].([]any)
		if !cmp.Equal(want, got) && !cmp.Equal([]any{want[1], want[0]}, got) {
			t.Errorf("%v: %v", sent, got)
		}
	}
}

func TestSecretIsShownOnceAndGoesWithItsMethod(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("provider", loginClient)
	first := text(client, "client_secret")
	if read := p.clientCall("provider", http.MethodGet, client, "", nil).ok(); first == "" || read["client_secret"] != nil {
		t.Errorf("secret of %d bytes, read: %v", len(first), read["client_secret"])
	}
	if put := p.clientCall("provider", http.MethodPut, client, "", client).ok(); put["client_secret"] != nil {
		t.Error("PUT shows the secret")
	}
	second := p.clientCall("provider", http.MethodPost, client, "/secret", nil).ok()
	if text(second, "client_secret") == "" || second["client_secret"] == first || second["client_id"] != client["client_id"] {
		t.Error("the secret was not rotated")
	}
	p.clientCall("provider", http.MethodPut, client, "", with(client, object{"token_endpoint_auth_method": "private_key_jwt"})).ok()
	p.clientCall("provider", http.MethodPost, client, "/secret", nil).fails(http.StatusConflict)
	p.clientCall("provider", http.MethodPost, p.newClient("provider", nil), "/secret", nil).fails(http.StatusConflict)
}

func TestSuppliersRegisterClientsForOthers(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("open", object{"accessible_for_all": true})
	s := p.credential("supplier")
	body := object{"client_name": "s", "integration_type": "maskinporten", "scopes": []string{"difi:open"}, "client_orgno": nav}
	p.call(s, dcrWrite, http.MethodPost, "/clients", body).fails(http.StatusForbidden)
	client := p.call(s, dcrSupplier, http.MethodPost, "/clients", body).ok()
	if client["client_orgno"] != nav || client["supplier_orgno"] != supplier {
		t.Errorf("%v", client)
	}
	path := "/clients/" + text(client, "client_id")
	own := p.newClient("supplier", nil)
	listed := names(p.call(s, dcrSupplier, http.MethodGet, "/clients", nil).list(), "client_id")
	if diff := cmp.Diff([]string{text(client, "client_id")}, listed); diff != "" {
		t.Errorf("the supplier's scope lists %s", diff)
	}
	p.call(s, dcrSupplier, http.MethodGet, path, nil).ok()
	p.call(s, dcrSupplier, http.MethodPut, path, with(client, object{"client_name": "t"})).ok()
	p.call(s, dcrSupplier, http.MethodPut, path+"/jwks/k1", public(t, p.appKey(), "k1")).ok()
	p.call(s, dcrSupplier, http.MethodGet, path+"/jwks", nil).ok()
	p.call(s, dcrSupplier, http.MethodGet, "/clients/"+text(own, "client_id"), nil).fails(http.StatusForbidden)
	p.call(s, dcrSupplier, http.MethodGet, "/clients/"+text(p.newClient("consumer", nil), "client_id"), nil).fails(http.StatusForbidden)
	p.call(p.credential("provider"), dcrRead, http.MethodGet, path, nil).fails(http.StatusForbidden)
	p.call(s, dcrSupplier, http.MethodDelete, path, nil).has(http.StatusOK)
}
