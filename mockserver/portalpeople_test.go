package mockserver_test

import (
	"net/http"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestPeopleOfTheWholePortalOverJSON(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	nobody := &browser{wire: w}
	check.OK(t, w.srv.Portal().RegisterOrganization("974760673", "Brønnøysundregistrene", "brreg.no"))
	check.OK(t, w.srv.Portal().AppointManager("974760673", "sjef@brreg.no"))
	nobody.do(http.MethodPost, "terms", object{"orgno": "974760673", "mail": "kari@brreg.no"}).want(http.StatusForbidden).has(object{"error": "not_manager"})
	nobody.do(http.MethodPost, "terms", object{"orgno": "974760673", "mail": "sjef@brreg.no"}).want(http.StatusOK).has(object{"terms_signed": true})
	nobody.do(http.MethodPost, "users", object{"name": "Ola", "mail": "ola@brreg.no", "password": portalPassword}).want(http.StatusOK)
	nobody.do(http.MethodPost, "confirmation-mails", object{"mail": "ola@brreg.no"}).want(http.StatusOK)
	nobody.do(http.MethodPost, "confirmation-mails", object{"mail": "per@brreg.no"}).want(http.StatusNotFound).has(object{"error": "unknown"})
	boss, kari := w.signUp("sjef@brreg.no"), w.signUp("kari@brreg.no")

	kari.do(http.MethodGet, "colleagues", nil).want(http.StatusForbidden)
	if list := boss.do(http.MethodGet, "colleagues", nil).want(http.StatusOK).list(); len(list) != 3 || list[1]["mail"] != "ola@brreg.no" || list[1]["confirmed"] != false || list[1]["pid"] != nil {
		t.Errorf("colleagues: %v", list)
	}
	boss.do(http.MethodPut, "restrictions/ver2", object{"mails": []string{boss.mail}}).want(http.StatusOK)
	boss.do(http.MethodGet, "restrictions", nil).want(http.StatusOK).has(object{"ver2": []any{boss.mail}})

	asked := kari.do(http.MethodPost, "rights-requests", object{"environment": "prod", "rights": []string{"apis", "integrations"}}).want(http.StatusOK).has(object{"state": "pending"}).object()
	boss.do(http.MethodPost, "rights-requests/"+asked["id"].(string), object{}).want(http.StatusBadRequest).has(object{"error": "invalid"})
	boss.do(http.MethodPost, "rights-requests/"+asked["id"].(string), object{"granted": true}).want(http.StatusOK).has(object{"state": "granted", "decided_by": boss.mail})
	for _, b := range []*browser{boss, kari} {
		if list := b.do(http.MethodGet, "rights-requests", nil).want(http.StatusOK).list(); len(list) != 1 || list[0]["state"] != "granted" {
			t.Errorf("requests: %v", list)
		}
	}
	kari.do(http.MethodPut, "session/pid", object{"pid": portalPID}).want(http.StatusOK)
	kari.do(http.MethodPut, "session/pid", object{"pid": "02020212345"}).want(http.StatusConflict)
	kari.do(http.MethodPost, "session/idporten", object{"pid": portalPID}).want(http.StatusOK)
	kari.do(http.MethodPost, "environments/prod/clients", app("x")).want(http.StatusOK)
	kari.do(http.MethodPut, "environments/prod/clients/x/jwks/k", publicKey(t, 0, "k", nil)).want(http.StatusOK)
	if list := kari.do(http.MethodGet, "environments/prod/key-status", nil).want(http.StatusOK).list(); len(list) != 1 || list[0]["kid"] != "k" || list[0]["state"] != "valid" {
		t.Errorf("keys: %v", list)
	}
}
