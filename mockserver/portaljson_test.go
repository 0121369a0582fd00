package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// browser is a user's browser at the portal.
type browser struct {
	*wire
	mail, cookie, csrf string
}

// signUp makes a user, follows the link in the mail, and signs in.
func (w *wire) signUp(mail string) *browser {
	w.Helper()
	b := &browser{wire: w, mail: mail}
	b.do(http.MethodPost, "users", object{"name": mail, "mail": mail, "password": portalPassword, "pid": portalPID}).want(http.StatusOK)
	mails := w.srv.Mailbox(mail)
	_, token, _ := strings.Cut(mails[len(mails)-1].Body, "?token=")
	b.do(http.MethodPost, "confirmations", object{"token": strings.TrimSpace(token)}).want(http.StatusOK)
	signedIn := b.do(http.MethodPost, "session", object{"mail": mail, "password": portalPassword}).want(http.StatusOK)
	b.cookie, _, _ = strings.Cut(signedIn.header.Get("Set-Cookie"), ";")
	b.csrf, _ = signedIn.object()["csrf_token"].(string)
	return b
}

// do makes a call below /portal/api/.
func (b *browser) do(method, path string, body any) answer {
	b.Helper()
	header := map[string]string{"Cookie": b.cookie, "X-CSRF-Token": b.csrf, "Content-Type": "application/json"}
	text := ""
	if body != nil {
		text = jsonOf(b.T, body)
	}
	return b.send(method, "/portal/api/"+path, header, text)
}

func TestPortalOverJSONFromSignUpToProduction(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	check.OK(t, w.srv.Portal().AppointManager("991825827", "direktor@digdir.no"))
	boss, kari := w.signUp("direktor@digdir.no"), w.signUp("kari@digdir.no")
	boss.do(http.MethodGet, "session", nil).want(http.StatusOK).has(object{"mail": "direktor@digdir.no", "manager": true, "idporten": false})

	boss.do(http.MethodPut, "restrictions/ver1", object{"mails": []string{boss.mail}}).want(http.StatusOK)
	kari.do(http.MethodGet, "environments/ver1/prefix", nil).want(http.StatusForbidden).has(object{"error": "no_access"})
	kari.do(http.MethodGet, "environments/test/prefix", nil).want(http.StatusOK)

	kari.do(http.MethodPost, "production", object{"persons": []object{}}).want(http.StatusForbidden).has(object{"error": "not_manager"})
	boss.do(http.MethodPost, "production", object{"persons": []object{{"name": "Kari", "mail": kari.mail, "phone": "+47 22 22 22 22"}}}).want(http.StatusOK)
	kari.do(http.MethodGet, "environments/prod/prefix", nil).want(http.StatusForbidden).has(object{"error": "idporten_required"})
	kari.do(http.MethodPost, "session/idporten", object{"pid": "99999999999"}).want(http.StatusUnauthorized).has(object{"error": "wrong_credentials"})
	kari.do(http.MethodPost, "session/idporten", object{"pid": portalPID}).want(http.StatusOK)
	kari.do(http.MethodGet, "environments/prod/prefix", nil).want(http.StatusOK)

	ordered := kari.do(http.MethodPost, "prefix-orders", object{"environment": "prod", "prefix": "weather", "purpose": "Weather"}).want(http.StatusOK)
	ordered.has(object{"state": "pending", "means": "form", "ordered_by": kari.mail})
	w.steer(http.MethodPost, "prefix-orders", jsonOf(t, object{"id": ordered.object()["id"], "granted": false, "reason": "Taken"})).want(http.StatusOK)
	if list := kari.do(http.MethodGet, "prefix-orders", nil).want(http.StatusOK).list(); len(list) != 1 || list[0]["state"] != "refused" || list[0]["reason"] != "Taken" {
		t.Errorf("orders: %v", list)
	}

	boss.do(http.MethodPost, "rights/"+kari.mail, object{"rights": []string{"supplier"}}).want(http.StatusOK)
	boss.do(http.MethodDelete, "rights/"+kari.mail+"?right=integrations", nil).want(http.StatusOK)
	kari.do(http.MethodGet, "environments/prod/clients", nil).want(http.StatusForbidden)
	kari.do(http.MethodGet, "environments/prod/scopes/all", nil).want(http.StatusOK)

	signedOut := kari.do(http.MethodDelete, "session", nil).want(http.StatusOK)
	if cookie := signedOut.header.Get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=0") {
		t.Errorf("the cookie stays: %s", cookie)
	}
	kari.do(http.MethodGet, "session", nil).want(http.StatusUnauthorized).has(object{"error": "not_signed_in"})
}

func TestPortalsUserKeepsMerchantDataAndPicksScopes(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	kari := w.signUp("kari@digdir.no")
	const data = "environments/test/integrations/api-tilbyder-991825827/merchant-data"
	kari.do(http.MethodGet, data, nil).want(http.StatusOK).has(object{"notification_points": []any{}, "invoicing": nil})
	kari.do(http.MethodPut, data, object{
		"invoicing":           object{"recipient_orgno": "991825827", "peppol_id": "0192:991825827"},
		"notification_points": []string{"drift@digdir.no"},
	}).want(http.StatusOK).has(object{"notification_points": []any{"drift@digdir.no"}})
	kari.do(http.MethodPut, data, object{"notification_points": []string{"nobody"}}).want(http.StatusBadRequest)
	kari.do(http.MethodGet, "environments/nowhere/available-scopes", nil).want(http.StatusNotFound).has(object{"error": "unknown"})
	if scopes := kari.do(http.MethodGet, "environments/test/available-scopes", nil).want(http.StatusOK).list(); len(scopes) != 0 {
		t.Errorf("scopes: %v", scopes)
	}
	check.Got(portalClient(t, signedIn(t, w.srv, "ola@digdir.no"), maskinporten.Test).Scopes.Create(t.Context(), newScope("picked")))(t)
	if scopes := kari.do(http.MethodGet, "environments/test/available-scopes", nil).want(http.StatusOK).list(); len(scopes) != 1 {
		t.Errorf("scopes: %v", scopes)
	}
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	return string(check.Got(json.Marshal(value))(t))
}
