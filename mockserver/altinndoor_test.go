package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// altinn signs in at Altinn's door, as a supplier that holds its scope.
func altinn(w *wire) session {
	w.Helper()
	token := w.srv.Token("test", map[string]any{"scope": "idporten:dcr.altinn", "consumer": object{"authority": "iso6523-actorid-upis", "ID": "0192:910753614"}})
	return session{w, "test", token}
}

func TestAltinnsDoorHasStatusesOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := altinn(w)
	const door = "/altinn/admin/clients"
	a.get(door).none()
	in := object{"client_name": "a", "integration_type": "maskinporten", "client_orgno": "889640782"}
	made := a.post(door, in).want(http.StatusCreated).has(object{"client_orgno": "889640782", "supplier_orgno": "910753614"}).object()
	client := door + "/" + made["client_id"].(string)
	a.put(client, changed(in, object{"client_name": "b"})).want(http.StatusOK).has(object{"client_name": "b"})
	a.get(client).want(http.StatusInternalServerError)
	check.Same(t, []string{"b"}, a.get(door).names("client_name"), "clients")
	a.get(client + "/jwks").want(http.StatusOK).has(object{"keys": []any{}})
	a.post(client+"/jwks", object{"keys": []any{publicKey(t, 0, "a", nil)}}).want(http.StatusCreated)
	a.put(client+"/jwks/b", publicKey(t, 1, "b", nil)).want(http.StatusOK)
	a.get(client + "/jwks/b").want(http.StatusOK).has(object{"kid": "b"})
	a.post(client+"/secret", nil).refused(http.StatusConflict, "secret")
	login := a.post(door, object{
		"client_name": "login", "integration_type": "idporten", "application_type": "web", "client_orgno": "889640782",
		"token_endpoint_auth_method": "client_secret_basic", "grant_types": []string{"authorization_code"},
		"redirect_uris": []string{"https://app.example/back"}, "scopes": []string{"openid"},
	}).want(http.StatusCreated).object()
	if renewed := a.post(door+"/"+login["client_id"].(string)+"/secret", nil).want(http.StatusCreated).object(); renewed["client_secret"] == login["client_secret"] {
		t.Error("the secret is the old one")
	}
	for _, path := range []string{client + "/jwks/b", client + "/jwks", client} {
		check.Same(t, "", a.del(path).want(http.StatusNoContent).body, path)
	}
	last := w.srv.Requests()
	check.Same(t, "DELETE /altinn/admin/clients/{id}", last[len(last)-1].Operation, "the journal calls it")
}

func TestAltinnsScopeIsForItsDoorAlone(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := altinn(w)
	a.get("/clients").refused(http.StatusForbidden, "idporten:dcr.read")
	w.as("supplier", dcrWrite).get("/altinn/admin/clients").refused(http.StatusForbidden, "idporten:dcr.altinn")
	own := w.as("consumer", dcrWrite).post("/clients", app("own")).want(http.StatusOK).object()["client_id"].(string)
	a.put("/altinn/admin/clients/"+own, app("own")).refused(http.StatusForbidden, "belongs to another")
	for _, path := range []string{"/altinn/admin/clients/x/onbehalfof", "/altinn/admin/scopes", "/altinn/clients", "/altinn/admin"} {
		a.get(path).refused(http.StatusNotFound, "no such resource")
	}
}

func TestAltinnsScopeCanBeGiven(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	made := w.steer(http.MethodPost, "credentials", `{"environment":"test","orgno":"910753614","scopes":["idporten:dcr.altinn"]}`).want(http.StatusOK)
	var c credential
	made.decode(&c)
	c.Environment = "test"
	session{w, "test", w.token(c, "idporten:dcr.altinn")}.get("/altinn/admin/clients").none()
}

func TestWithoutSignedTermsNoClientIsMadeByAnyWay(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	consumer, supplier, door := w.as("consumer", dcrWrite), w.as("supplier", dcrSupplier), altinn(w)
	bearer := map[string]string{"Authorization": "Bearer " + consumer.token}
	check.OK(t, w.srv.Portal().WithdrawTerms("889640782"))
	const text = "PRECONDITION_REQUIRED: Virksomheten har ikke signert de relevante bruksvilkårene. Ta kontakt med servicedesk@digdir.no"
	in := object{"client_name": "a", "integration_type": "maskinporten"}
	theirs := object{"client_name": "a", "integration_type": "maskinporten", "client_orgno": "889640782"}
	consumer.post("/clients", in).refused(http.StatusPreconditionRequired, text)
	supplier.post("/clients", theirs).refused(http.StatusPreconditionRequired, text)
	door.post("/altinn/admin/clients", theirs).refused(http.StatusPreconditionRequired, text)
	for _, path := range []string{"/external/api/v1/clients", "/portal/api/environments/test/clients"} {
		w.send(http.MethodPost, path, bearer, `{"client_name":"a","integration_type":"maskinporten"}`).refused(http.StatusPreconditionRequired, text)
	}
	if got := consumer.get("/clients").names("client_name"); len(got) != 1 {
		t.Errorf("clients: %v", got) // reading works, and nothing was made
	}
	supplier.post("/clients", in).want(http.StatusOK) // others are as ever
	check.OK(t, w.srv.Portal().SignTerms("889640782"))
	consumer.post("/clients", in).want(http.StatusOK)
}

func TestAnOrganizationThatWasOnlyRegisteredHasSignedNothing(t *testing.T) {
	t.Parallel()
	srv := start(t)
	signed := srv.AddOrganization("974760673", "Brreg")
	check.OK(t, srv.Portal().RegisterOrganization("974760673", "Brønnøysundregistrene")) // it is there, and stays as it was
	w := wireTo(t, srv, srv.Handler(base))
	make := func(orgno string) answer {
		token := srv.Token("test", map[string]any{"scope": dcrWrite, "consumer": object{"authority": "iso6523-actorid-upis", "ID": "0192:" + orgno}})
		return w.send(http.MethodPost, "/api/v1/clients", map[string]string{"Authorization": "Bearer " + token}, `{"client_name":"a","integration_type":"maskinporten"}`)
	}
	make(string(signed.OrgNo)).want(http.StatusOK)
	check.OK(t, srv.Portal().RegisterOrganization("971032081", "Statens vegvesen"))
	make("971032081").want(http.StatusPreconditionRequired)
}
