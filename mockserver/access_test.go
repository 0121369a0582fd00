package mockserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestAccessIsGivenTakenAndGivenAgain(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider, consumer := w.as("provider", scopesWrite), w.as("consumer", scopesRead)
		provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
		given := object{
			"scope": "difi:a", "owner_orgno": "991825827", "owner_organization_name": "Digitaliseringsdirektoratet",
			"consumer_orgno": "889640782", "consumer_organization_name": "Arbeids- og velferdsetaten", "state": "APPROVED",
		}
		first := provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK).has(given)
		again := provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
		if first.body != again.body {
			t.Errorf("once more changed something: %s", again.body)
		}
		for _, list := range []answer{provider.get("/scopes/access"), consumer.get("/scopes/access/all")} {
			list.want(http.StatusOK).compare(list.list()[0], given)
		}
		for range 2 {
			provider.del("/scopes/access/889640782?scope=difi:a").want(http.StatusOK).has(object{"state": "DENIED"})
		}
		provider.get("/scopes/access").none()
		consumer.get("/scopes/access/all").none()
		for _, list := range []answer{provider.get("/scopes/access?inactive=true"), consumer.get("/scopes/access/all?inactive=true")} {
			check.Same(t, []string{"DENIED"}, list.names("state"), list.what)
		}
		provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK).has(given).has(object{"created": first.object()["created"]})
	})
}

func TestAccessOfWhatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
		for _, orgno := range []string{"123", "889640783", "8896407820", "0192:889640782", "NO889640782", "all", "%C3%A6", "88964078%20"} {
			for _, method := range []string{http.MethodPut, http.MethodDelete} {
				provider.call(method, "/scopes/access/"+orgno+"?scope=difi:a", nil).refused(http.StatusBadRequest, "organization number")
			}
		}
		provider.get("/scopes/access?consumer_orgno=1").refused(http.StatusBadRequest, "organization number")
		provider.put("/scopes/access/889640782?scope=difi:unknown", nil).refused(http.StatusNotFound, "difi:unknown")
		provider.put("/scopes/access/889640782", nil).refused(http.StatusBadRequest, "scope is required")
		provider.del("/scopes/access/889640782?scope=difi:a").refused(http.StatusNotFound, "")
		provider.del("/scopes?scope=difi:a").want(http.StatusOK)
		provider.put("/scopes/access/889640782?scope=difi:a", nil).refused(http.StatusConflict, "")
	})
}

func TestAccessListIsFiltered(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		for _, name := range []string{"a", "b"} {
			provider.post("/scopes", scope(name, nil)).want(http.StatusOK)
			for _, orgno := range []string{"889640782", "910753614"} {
				provider.put("/scopes/access/"+orgno+"?scope=difi:"+name, nil).want(http.StatusOK)
			}
		}
		for query, want := range map[string]int{
			"": 4, "?scope=difi:a": 2, "?consumer_orgno=910753614": 2, "?scope=difi:b&consumer_orgno=889640782": 1,
		} {
			check.Same(t, want, len(provider.get("/scopes/access"+query).names("state")), query)
		}
		provider.get("/scopes/access?scope=difi:unknown").refused(http.StatusNotFound, "difi:unknown")
		provider.get("/scopes/access?consumer_orgno=974760673").none()
	})
}

func TestAccessDecidesAboutTokens(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider, consumer := w.as("provider", scopesWrite), w.as("consumer", dcrWrite)
		provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
		consumer.post("/clients", app("x", "difi:a")).refused(http.StatusBadRequest, "has not been granted access")
		provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
		c := w.app(consumer, "difi:a")
		w.token(c, "difi:a")
		for _, call := range []string{"DELETE /scopes/access/889640782?scope=difi:a", "DELETE /scopes?scope=difi:a"} {
			method, path, _ := strings.Cut(call, " ")
			provider.call(method, path, nil).want(http.StatusOK)
			refusal := w.ask("test", w.grant(c, "difi:a", nil)).want(http.StatusForbidden).object()
			if refusal["error"] != "forbidden" || !strings.HasPrefix(refusal["error_description"].(string), "Consumer has not been granted access to the scope difi:a. (trace_id: ") || refusal["error_uri"] != w.base+"/errors/MP-250" {
				t.Errorf("after %s: %v", call, refusal)
			}
		}
		w.ask("test", w.grant(c, "difi:unknown", nil)).want(http.StatusBadRequest).has(object{"error": "invalid_scope"})
		provider.put("/scopes?scope=difi:a", scope("a", object{"active": true})).want(http.StatusOK)
		provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
		w.ask("test", w.grant(c, "difi:a", nil)).want(http.StatusOK).has(object{"token_type": "Bearer", "expires_in": 120, "scope": "difi:a"})
	})
}

func TestEnvironmentsAreIsolated(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		ver2 := w.in("ver2", "provider", "idporten:scopes.write idporten:dcr.write")
		prod := w.in("prod", "provider", "idporten:scopes.write idporten:dcr.write")
		ver2.post("/scopes", scope("a", nil)).want(http.StatusOK)
		ver2.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
		c := w.app(ver2, "difi:a")
		prod.get("/scopes/scope?scope=difi:a").refused(http.StatusNotFound, "difi:a")
		prod.get("/clients/x").refused(http.StatusNotFound, "x")
		w.in("prod", "consumer", scopesRead).get("/scopes/access/all").none()
		w.ask("ver2", w.grant(c, "difi:a", nil)).want(http.StatusOK)
		refusal := w.ask("prod", w.grant(c, "difi:a", object{"aud": base + "/prod/"})).want(http.StatusBadRequest).object()
		if refusal["error"] != "invalid_grant" || !strings.Contains(refusal["error_description"].(string), "Client not found") || refusal["error_uri"] != w.base+"/prod/errors/MP-100" {
			t.Errorf("got %v", refusal)
		}
	})
}
