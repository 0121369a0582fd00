package mockserver_test

import (
	"net/http"
	"testing"
)

// supplierScene is a supplier's app with a scope that NAV may use and delegate.
func supplierScene(t *testing.T) (*wire, credential) {
	t.Helper()
	w := newSteered(t)
	provider := w.as("provider", scopesWrite)
	provider.post("/scopes", scope("a", object{"delegation_source": "https://tt02.altinn.no/"})).want(http.StatusOK)
	for _, consumer := range []string{"889640782", "910753614"} {
		provider.put("/scopes/access/"+consumer+"?scope=difi:a", nil).want(http.StatusOK)
	}
	return w, w.app(w.as("supplier", dcrWrite), "difi:a")
}

func TestControlTakesDelegationsBack(t *testing.T) {
	t.Parallel()
	w, c := supplierScene(t)
	const delegation = `{"consumer":"889640782","supplier":"910753614","scope":"difi:a"}`
	const parameters = "consumer=889640782&supplier=910753614&scope=difi:a"
	asked := func(status int) {
		t.Helper()
		w.ask("test", w.grant(c, "difi:a", object{"consumer_org": "889640782"})).want(status)
	}
	asked(http.StatusForbidden)
	w.steer(http.MethodPost, "delegations", delegation).want(http.StatusOK).has(object{"scope": "difi:a", "environment": nil})
	asked(http.StatusOK)
	w.steer(http.MethodDelete, "delegations?environment=ver1&"+parameters, "").want(http.StatusOK)
	asked(http.StatusOK)
	for range 2 {
		w.steer(http.MethodDelete, "delegations?"+parameters, "").want(http.StatusOK)
		asked(http.StatusForbidden)
	}
	for call, text := range map[string]string{
		"delegations": "organisation number", "delegations?consumer=889640782&supplier=1&scope=a": "organisation number",
		"delegations?consumer=889640782&supplier=910753614": "scope", "delegations?environment=mars&" + parameters: "environment",
		"delegations?org=1": "no parameter",
	} {
		w.refuses(http.MethodDelete, call, "", text)
	}
}

func TestControlRegistersSystemUsers(t *testing.T) {
	t.Parallel()
	w, c := supplierScene(t)
	detail := func(orgno, ref string) answer {
		t.Helper()
		return w.ask("test", w.grant(c, "difi:a", object{"authorization_details": []object{{
			"type": "urn:altinn:systemuser", "systemuser_org": object{"authority": "iso6523-actorid-upis", "ID": "0192:" + orgno}, "externalRef": ref,
		}}}))
	}
	w.steer(http.MethodPost, "system-users", `{"orgno":"889640782","vendor_orgno":"910753614","external_ref":"r","system_id":"s"}`).
		want(http.StatusOK).has(object{"orgno": "889640782", "vendor_orgno": "910753614", "external_ref": "r", "system_id": "s"})
	token, _ := detail("889640782", "r").want(http.StatusOK).object()["access_token"].(string)
	if got := claimsOf(t, token)["authorization_details"].([]any)[0].(object); got["system_id"] != "s" || !uuid.MatchString(got["systemuser_id"].([]any)[0].(string)) {
		t.Errorf("got %v", got)
	}
	detail("889640782", "other").want(http.StatusBadRequest)
	only := `{"environment":"prod","orgno":"974760673","vendor_orgno":"910753614","id":"2f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c"}`
	w.steer(http.MethodPost, "system-users", only).want(http.StatusOK).has(object{"id": "2f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c", "system_id": "910753614_system"})
	detail("974760673", "").want(http.StatusBadRequest)
	for body, text := range map[string]string{
		only:                                 "already",
		`{"orgno":"889640782"}`:              "vendor_orgno",
		`{"orgno":"1","vendor_orgno":"1"}`:   "orgno",
		`{"environment":"mars"}`:             "environment",
		`{"orgno":"889640782","vendor":"9"}`: "unknown field",
	} {
		if text == "vendor_orgno" || text == "orgno" {
			text = "Invalid organization number"
		}
		w.refuses(http.MethodPost, "system-users", body, text)
	}
}

func TestControlTellsOfConsents(t *testing.T) {
	t.Parallel()
	w, c := supplierScene(t)
	const id, from = "6f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c", "urn:altinn:organization:identifier-no:889640782"
	body := `{"environment":"test","id":"` + id + `","validTo":"2027-01-02T03:04:05Z","consentRights":[{"action":["read"]}],"handledBy":{"ID":"0192:910753614"}}`
	w.steer(http.MethodPost, "consents", body).want(http.StatusOK).has(object{"id": id, "validTo": "2027-01-02T03:04:05Z"})
	a := w.ask("test", w.grant(c, "difi:a", object{"authorization_details": []object{{"type": "urn:altinn:consent", "id": id, "from": from}}}))
	token, _ := a.want(http.StatusOK).object()["access_token"].(string)
	got := claimsOf(t, token)["authorization_details"].([]any)[0].(object)
	if got["handledBy"].(object)["ID"] != "0192:910753614" || got["to"].(object)["ID"] != "0192:910753614" || got["environment"] != nil {
		t.Errorf("got %v", got)
	}
	if got["validTo"] != "2027-01-02T03:04:05Z" || got["consentRights"].([]any)[0].(object)["action"].([]any)[0] != "read" {
		t.Errorf("got %v", got)
	}
	for body, text := range map[string]string{
		`{}`: "has an id", `{"id":"x","consentRights":{}}`: "JSON array", `{"id":"x","environment":"mars"}`: "environment",
		`{"id":"x","consented":"today"}`: "consented: a time such as", `{"id":"x","to":"889640782"}`: "to: an organisation such as",
	} {
		w.refuses(http.MethodPost, "consents", body, text)
	}
}
