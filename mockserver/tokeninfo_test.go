package mockserver_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestATokenByReferenceIsLookedUp(t *testing.T) {
	t.Parallel()
	w := newWire(t, atFixedTime())
	w.as("provider", scopesWrite).post("/scopes", scope("secret", object{"token_type": "OPAQUE", "accessible_for_all": true})).want(http.StatusOK)
	c := w.app(w.as("consumer", dcrWrite), "difi:secret")
	token := w.ask("test", w.grant(c, "difi:secret", nil)).want(http.StatusOK).object()["access_token"].(string)
	info := func(form url.Values) answer {
		return w.send(http.MethodPost, "/tokeninfo", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
	}
	form := url.Values{
		"token": {token}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {w.grant(w.role("test", "provider"), "", object{"scope": nil, "sub": w.role("test", "provider").ClientID})},
	}
	info(form).want(http.StatusOK).has(object{"active": true, "client_id": c.ClientID, "scope": "difi:secret", "expires_in": 120})
	form.Del("client_assertion")
	info(form).want(http.StatusUnauthorized).has(object{"error": "invalid_client"})
	form.Del("token")
	info(form).want(http.StatusBadRequest).has(object{"error": "invalid_request"})
	requests := w.srv.Requests()
	if last := requests[len(requests)-3]; last.Operation != "POST /tokeninfo" || last.ClientID != w.role("test", "provider").ClientID || last.OrgNo != "991825827" {
		t.Errorf("the journal has %+v", last)
	}
}
