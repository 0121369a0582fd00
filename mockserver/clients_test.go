package mockserver_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// app is the body of an ordinary Maskinporten client.
func app(id string, scopes ...string) object {
	return object{
		"client_id": id, "client_name": "app", "description": "d", "integration_type": "maskinporten", "application_type": "web",
		"token_endpoint_auth_method": "private_key_jwt", "grant_types": []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "scopes": scopes,
	}
}

// login is the body of the client "login", which logs people in.
func login() object {
	return object{
		"client_id": "login", "client_name": "login", "integration_type": "idporten", "application_type": "web",
		"token_endpoint_auth_method": "client_secret_basic", "grant_types": []string{"authorization_code", "refresh_token"},
		"scopes": []string{"openid", "profile"}, "redirect_uris": []string{"https://login.example/cb"},
	}
}

// app registers the client x with a key, and returns its credentials.
func (w *wire) app(admin session, scopes ...string) credential {
	w.Helper()
	admin.post("/clients", app("x", scopes...)).want(http.StatusOK)
	admin.put("/clients/x/jwks/k", publicKey(w.T, 0, "k", nil)).want(http.StatusOK)
	return credential{Environment: admin.environment, ClientID: "x", Scopes: scopes, JWK: privateKey(w.T, 0, "k")}
}

func TestNewClientHasItsDefaults(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		a := consumer.post("/clients", object{"client_name": "app", "description": "d", "integration_type": "maskinporten"}).want(http.StatusOK)
		a.has(object{
			"client_name": "app", "client_orgno": "889640782", "active": true, "application_type": "web", "token_endpoint_auth_method": "private_key_jwt",
			"grant_types": []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "access_token_lifetime": 120, "scopes": []string{},
			"supplier_orgno": nil, "client_secret": nil, "jwks": nil, "onbehalfof": nil, "redirect_uris": nil,
		})
		id, _ := a.object()["client_id"].(string)
		if !uuid.MatchString(id) {
			t.Errorf("client_id %q", id)
		}
		if got := consumer.get("/clients/" + id).want(http.StatusOK); got.body != a.body {
			t.Errorf("read again it is %s, and was %s", got.body, a.body)
		}
		consumer.post("/clients", login()).want(http.StatusOK).has(object{
			"access_token_lifetime": 120, "refresh_token_lifetime": 600, "authorization_lifetime": 7200, "sso_disabled": false, "code_challenge_method": "S256",
		})
	})
}

func TestClientPutReplacesAndDeleteDeactivates(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		c := w.app(consumer)
		before := consumer.get("/clients/x").want(http.StatusOK).object()
		w.advance(time.Second)
		changed := maps.Clone(before)
		maps.Copy(changed, object{"description": "another", "created": "2001-01-01T00:00:00Z", "last_updated": nil, "jwks": object{"keys": []any{}}, "onbehalfof": []any{1}, "unknown": true})
		consumer.put("/clients/x", changed).want(http.StatusOK).has(object{"description": "another", "created": before["created"], "jwks": before["jwks"], "onbehalfof": nil})
		consumer.put("/clients/x", object{"client_name": "bare"}).want(http.StatusOK).has(object{"client_name": "bare", "description": nil, "active": true})
		for field, value := range map[string]string{"client_id": "y", "client_orgno": "991825827", "supplier_orgno": "910753614", "integration_type": "krr"} {
			consumer.put("/clients/x", object{"client_name": "a", field: value}).refused(http.StatusBadRequest, field)
		}
		check.Same(t, "", consumer.del("/clients/x").want(http.StatusOK).body, "DELETE")
		consumer.del("/clients/x").want(http.StatusOK)
		consumer.get("/clients/x").want(http.StatusOK).has(object{"active": false})
		if got := consumer.get("/clients").names("client_id"); slices.Contains(got, "x") {
			t.Errorf("the list shows %v", got)
		}
		if got := consumer.get("/clients?inactive=true").names("client_id"); !slices.Contains(got, "x") {
			t.Errorf("the list of all shows %v", got)
		}
		w.ask("test", w.grant(c, "difi:a", nil)).want(http.StatusBadRequest).has(object{"error": "invalid_grant", "error_uri": w.base + "/errors/MP-100"})
		consumer.post("/clients", app("x")).refused(http.StatusConflict, "x")
		consumer.put("/clients/x", app("x")).want(http.StatusOK).has(object{"active": false})
		active := app("x")
		active["active"] = true
		consumer.put("/clients/x", active).want(http.StatusOK).has(object{"active": true})
	})
}

func TestClientOfAnotherOrganisationIs403AndAnUnknownOne404(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		w.app(w.as("consumer", dcrWrite))
		for _, c := range calls {
			if !c.client || !strings.Contains(c.call, "/x") {
				continue
			}
			method, path, _ := strings.Cut(c.call, " ")
			body := ""
			if method == http.MethodPost || method == http.MethodPut {
				body = "{}"
			}
			header := map[string]string{"Authorization": "Bearer " + w.token(w.role("test", "provider"), dcrWrite)}
			w.send(method, path, header, body).refused(http.StatusForbidden, "belongs to another organization")
			w.send(method, strings.Replace(path, "/x", "/unknown", 1), header, body).refused(http.StatusNotFound, "unknown")
		}
	})
}

func TestSupplierActsForCustomersOnly(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		customers := app("x")
		customers["client_orgno"] = "889640782"
		w.as("provider", dcrWrite).post("/clients", customers).refused(http.StatusForbidden, "")
		supplier, customer := w.as("supplier", dcrSupplier), w.as("consumer", dcrWrite)
		supplier.post("/clients", customers).want(http.StatusOK).has(object{"client_orgno": "889640782", "supplier_orgno": "910753614"})
		customer.post("/clients", app("own")).want(http.StatusOK)
		supplier.get("/clients/own").refused(http.StatusForbidden, "")
		check.Same(t, []string{"x"}, supplier.get("/clients").names("client_id"), "the supplier")
		supplier.put("/clients/x/jwks/k", publicKey(t, 0, "k", nil)).want(http.StatusOK)
		customer.get("/clients/x").want(http.StatusOK)
	})
}

func TestSecretIsShownOnceAndReplacedByTheNext(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		first, _ := consumer.post("/clients", login()).want(http.StatusOK).object()["client_secret"].(string)
		second, _ := consumer.post("/clients/login/secret", nil).want(http.StatusOK).object()["client_secret"].(string)
		if first == "" || second == "" || first == second {
			t.Errorf("secrets %q and %q", first, second)
		}
		consumer.get("/clients/login").want(http.StatusOK).has(object{"client_secret": nil})
		consumer.put("/clients/login", login()).want(http.StatusOK).has(object{"client_secret": nil})
		consumer.post("/clients", app("x")).want(http.StatusOK).has(object{"client_secret": nil})
		consumer.post("/clients/x/secret", nil).refused(http.StatusConflict, "")
		if got := w.send(http.MethodGet, "/clients", map[string]string{"Authorization": "Bearer " + consumer.token}, "").body; strings.Contains(got, second) {
			t.Error("the list shows the secret")
		}
	})
}

func TestOnBehalfOfIsKeptOnLoginClients(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", dcrWrite)
		provider.post("/clients", login()).want(http.StatusOK)
		provider.post("/clients", app("x")).want(http.StatusOK)
		narrow := w.as("onbehalfof-only", "idporten:dcr/onbehalfof.write")
		check.Same(t, "[]", narrow.get("/clients/login/onbehalfof").want(http.StatusOK).body)
		body := object{"onbehalfof": "kommune", "name": "En kommune", "orgno": "974760673", "description": "d", "uri": "https://k.example/", "logo_uri": "https://k.example/l.png", "organization_name": "K"}
		narrow.post("/clients/login/onbehalfof", body).want(http.StatusOK).has(body)
		narrow.post("/clients/login/onbehalfof", body).refused(http.StatusConflict, "kommune")
		narrow.post("/clients/x/onbehalfof", body).refused(http.StatusBadRequest, "")
		narrow.post("/clients/login/onbehalfof", object{"onbehalfof": "a::b"}).refused(http.StatusBadRequest, "onbehalfof")
		narrow.get("/clients/login/onbehalfof/kommune").want(http.StatusOK).has(body)
		narrow.put("/clients/login/onbehalfof/kommune", object{"name": "Ny"}).want(http.StatusOK).has(object{"onbehalfof": "kommune", "name": "Ny", "orgno": nil})
		narrow.put("/clients/login/onbehalfof/unknown", body).refused(http.StatusNotFound, "unknown")
		if got := narrow.get("/clients/login/onbehalfof").names("name"); !slices.Equal(got, []string{"Ny"}) {
			t.Errorf("got %v", got)
		}
		narrow.del("/clients/login/onbehalfof/kommune").want(http.StatusOK)
		narrow.del("/clients/login/onbehalfof/kommune").refused(http.StatusNotFound, "kommune")
		narrow.get("/clients/login").refused(http.StatusForbidden, "")
	})
}

func TestIntegrationsAndAPIsAreListed(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", "idporten:scopes.write idporten:dcr.write")
		types := provider.get("/integrations").names("integration_type")
		if slices.Contains(types, "API_TILBYDER") || !slices.Contains(types, "MASKINPORTEN") {
			t.Errorf("types: %v", types)
		}
		bearer := map[string]string{"Authorization": "Bearer " + provider.token}
		if inPortal := w.send(http.MethodGet, "/portal/api/environments/test/integrations", bearer, "").names("integration_type"); !slices.Contains(inPortal, "API_TILBYDER") {
			t.Errorf("types in the portal: %v", inPortal)
		}
		if got := provider.get("/integrations?org_number=910753614").names("id"); len(got) != 0 {
			t.Errorf("of another organisation: %v", got)
		}
		provider.get("/integrations?org_number=1").refused(http.StatusBadRequest, "org_number")
		w.advance(time.Hour)
		since := w.now().UTC().Format(time.RFC3339)
		provider = w.as("provider", "idporten:dcr.write idporten:scopes.write")
		provider.post("/clients", app("x")).want(http.StatusOK)
		check.Same(t, []string{"x"}, provider.get("/integrations?updated_since="+since).names("id"), "since then")
		provider.get("/integrations?updated_since=yesterday").refused(http.StatusBadRequest, "RFC 3339")
		provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
		provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
		apis := provider.get("/apis").want(http.StatusOK)
		apis.compare(apis.list()[0], object{"customer_organization_number": "991825827", "prefix": []string{"difi", "difitest"}, "consumer_count": 1})
		check.Same(t, "[]", w.as("consumer", scopesRead).get("/apis").want(http.StatusOK).body, "of the consumer")
	})
}

func TestMerchantDataAreServedAtThePortalsAddressOnly(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer, other := w.as("consumer", dcrWrite), w.as("supplier", dcrWrite)
		consumer.post("/clients", app("x")).want(http.StatusOK)
		at := func(method string, s session, body string) answer {
			return w.send(method, "/portal/api/environments/test/integrations/x/merchant-data", map[string]string{"Authorization": "Bearer " + s.token}, body)
		}
		at(http.MethodGet, consumer, "").want(http.StatusOK).has(object{"notification_points": []any{}, "last_updated": nil, "invoicing": nil})
		data := object{"invoicing": object{"recipient_orgno": "889640782", "peppol_id": "0192:889640782"}, "notification_points": []any{"drift@nav.no"}}
		at(http.MethodPut, consumer, string(check.Got(json.Marshal(data))(t))).want(http.StatusOK).has(data)
		at(http.MethodGet, consumer, "").want(http.StatusOK).has(data)
		at(http.MethodPut, consumer, `{"notification_points":["none"]}`).refused(http.StatusBadRequest, "notification_points")
		at(http.MethodPut, consumer, `{"notification_points":5}`).refused(http.StatusBadRequest, "notification_points")
		at(http.MethodPut, consumer, `[]`).refused(http.StatusBadRequest, "")
		at(http.MethodGet, other, "").refused(http.StatusForbidden, "")
		at(http.MethodGet, w.as("scopes-only", scopesWrite), "").refused(http.StatusForbidden, dcrRead)
		consumer.get("/integrations/x/merchant-data").refused(http.StatusNotFound, "")
		w.send(http.MethodGet, "/portal/api/environments/mars/integrations/x/merchant-data", map[string]string{"Authorization": "Bearer x"}, "").want(http.StatusNotFound)
	})
}
