package mockserver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const (
	scopesRead  = "idporten:scopes.read"
	scopesWrite = "idporten:scopes.write"
	dcrRead     = "idporten:dcr.read"
	dcrWrite    = "idporten:dcr.write"
	dcrModify   = "idporten:dcr.modify"
	dcrSupplier = "idporten:dcr.supplier"
)

func TestCallWithoutAGoodTokenIs401(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		good := w.as("provider", scopesRead).token
		other := w.in("prod", "provider", scopesRead).token
		tampered := good[:len(good)-8] + "AAAAAAAA"
		foreign := w.mint(object{"scope": scopesRead}, mockserver.FlawOtherKey)
		for name, header := range map[string]map[string]string{
			"none":                 nil,
			"empty":                {"Authorization": ""},
			"no scheme":            {"Authorization": good},
			"another scheme":       {"Authorization": "Basic " + good},
			"no token":             {"Authorization": "Bearer "},
			"nonsense":             {"Authorization": "Bearer x"},
			"tampered":             {"Authorization": "Bearer " + tampered},
			"another environment":  {"Authorization": "Bearer " + other},
			"signed by a stranger": {"Authorization": "Bearer " + foreign},
			"unsigned":             {"Authorization": "Bearer " + w.mint(object{"scope": scopesRead}, mockserver.FlawUnsigned)},
			"another issuer":       {"Authorization": "Bearer " + w.mint(object{"scope": scopesRead}, mockserver.FlawOtherIssuer)},
			"without a consumer":   {"Authorization": "Bearer " + w.mint(object{"scope": scopesRead}, mockserver.FlawMissingConsumer)},
			"expired":              {"Authorization": "Bearer " + w.mint(object{"scope": scopesRead}, mockserver.FlawExpired)},
			"two tokens":           {"Authorization": "Bearer " + good + " " + good},
		} {
			a := w.send(http.MethodGet, "/api/v1/prefix", header, "")
			a.what = name
			a.refused(http.StatusUnauthorized, "")
			check.Same(t, "Bearer", a.header.Get("WWW-Authenticate"), name, ": WWW-Authenticate")
			if strings.Contains(a.body, good[:20]) {
				t.Errorf("%s: the token is repeated in %s", name, a.body)
			}
		}
		w.send(http.MethodGet, "/api/v1/prefix", map[string]string{"Authorization": "bearer " + good}, "").want(http.StatusOK)
	})
}

func TestTokenLivesAsLongAsItSays(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesRead)
		w.advance(118 * time.Second)
		provider.get("/prefix").want(http.StatusOK)
		w.advance(2 * time.Second)
		provider.get("/prefix").refused(http.StatusUnauthorized, "expired")
	})
}

func TestTokensOfAnyDoorOfTheEnvironmentAreTaken(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		inMemory := w.mint(object{"scope": scopesRead})
		session{w, "test", inMemory}.get("/prefix").want(http.StatusOK)
		session{w, "ver2", inMemory}.get("/prefix").refused(http.StatusUnauthorized, "")
	})
}

func TestOpenCallNeedsNoTokenAndMindsNone(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		for _, path := range []string{"/scopes/all", "/prefix/all", "/delegationsources", "/organizations/889640782"} {
			w.anybody().get(path).want(http.StatusOK)
			session{w, "test", "nonsense"}.get(path).want(http.StatusOK)
		}
	})
}

// calls are all that self-service has, with the OAuth scopes that allow each,
// beside idporten:dcr.supplier where clients are concerned.
var calls = []struct {
	call   string
	scopes []string
	client bool // idporten:dcr.supplier allows it too
}{
	{"GET /scopes", []string{scopesRead, scopesWrite}, false},
	{"GET /scopes/scope?scope=difi:x", []string{scopesRead, scopesWrite}, false},
	{"POST /scopes", []string{scopesWrite}, false},
	{"PUT /scopes?scope=difi:x", []string{scopesWrite}, false},
	{"DELETE /scopes?scope=difi:x", []string{scopesWrite}, false},
	{"GET /prefix", []string{scopesRead, scopesWrite}, false},
	{"GET /scopes/access", []string{scopesRead, scopesWrite}, false},
	{"GET /scopes/access/all", []string{scopesRead, scopesWrite}, false},
	{"PUT /scopes/access/889640782?scope=difi:x", []string{scopesWrite}, false},
	{"DELETE /scopes/access/889640782?scope=difi:x", []string{scopesWrite}, false},
	{"GET /clients", []string{dcrRead, dcrWrite}, true},
	{"POST /clients", []string{dcrWrite}, true},
	{"GET /clients/x", []string{dcrRead, dcrWrite}, true},
	{"PUT /clients/x", []string{dcrWrite}, true},
	{"DELETE /clients/x", []string{dcrWrite}, true},
	{"POST /clients/x/secret", []string{dcrWrite}, true},
	{"GET /clients/x/jwks", []string{dcrRead, dcrWrite}, true},
	{"POST /clients/x/jwks", []string{dcrWrite, dcrModify}, true},
	{"DELETE /clients/x/jwks", []string{dcrWrite, dcrModify}, true},
	{"GET /clients/x/jwks/k", []string{dcrRead, dcrWrite}, true},
	{"PUT /clients/x/jwks/k", []string{dcrWrite, dcrModify}, true},
	{"DELETE /clients/x/jwks/k", []string{dcrWrite, dcrModify}, true},
	{"POST /api/v2/clients/x/key", []string{dcrWrite, dcrModify}, true},
	{"GET /clients/x/onbehalfof", []string{dcrRead, dcrWrite, dcrModify, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write"}, true},
	{"POST /clients/x/onbehalfof", []string{dcrWrite, dcrModify, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write"}, true},
	{"GET /clients/x/onbehalfof/v", []string{dcrRead, dcrWrite, dcrModify, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write"}, true},
	{"PUT /clients/x/onbehalfof/v", []string{dcrWrite, dcrModify, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write"}, true},
	{"DELETE /clients/x/onbehalfof/v", []string{dcrWrite, dcrModify, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write"}, true},
	{"GET /integrations", []string{dcrRead, dcrWrite}, false},
	{"GET /apis", []string{scopesRead, scopesWrite}, false},
}

func TestTokenWithoutAFittingScopeIs403(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		for _, scope := range []string{
			scopesRead, scopesWrite, dcrRead, dcrWrite, dcrModify, dcrSupplier, "idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write",
			"difi:other", "idporten:scopes", "idporten:dcr.write.x",
		} {
			holder := session{w, "test", w.mint(object{"scope": "other:scope " + scope})}
			for _, c := range calls {
				method, path, _ := strings.Cut(c.call, " ")
				target := "/api/v1" + path
				if strings.HasPrefix(path, "/api/") {
					target = path
				}
				a := w.send(method, target, map[string]string{"Authorization": "Bearer " + holder.token}, "")
				a.what = c.call + " with " + scope
				missing := strings.Contains(a.body, "none of the scopes that allow this")
				if allowed := slices.Contains(c.scopes, scope) || c.client && scope == dcrSupplier; allowed == missing {
					t.Errorf("%s: %d %s", a.what, a.status, a.body)
				} else if missing {
					a.refused(http.StatusForbidden, c.scopes[0])
				}
			}
		}
	})
}

func TestUnknownPathIs404AndWrongMethod405(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", "idporten:scopes.write")
		for _, path := range []string{
			"/", "/nothing", "/scopes/x", "/scopes/scope/x", "/clients/a/b", "/clients/a/jwks/b/c", "/api/v1/scopes", "/api/v2/clients/a/key", "/v1/scopes", "/SCOPES", "/prefix/all/x", "/integrations/x/merchant-data",
		} {
			provider.get(path).refused(http.StatusNotFound, "no such resource")
		}
		for _, target := range []string{"/api/v2/scopes", "/api/v1/api/v2/clients/a/key", "/api", "/api/v1", "/api/v3/scopes", "/ver1", "/test/scopes", "/ver3/scopes"} {
			w.send(http.MethodPost, target, map[string]string{"Authorization": "Bearer " + provider.token}, "").refused(http.StatusNotFound, "no such resource")
		}
		for call, allow := range map[string]string{
			"PATCH /scopes":                 "GET, POST, PUT, DELETE",
			"POST /scopes/all":              "GET",
			"GET /scopes/access/889640782":  "PUT, DELETE",
			"POST /scopes/access/all":       "GET, PUT, DELETE",
			"DELETE /clients":               "GET, POST",
			"POST /clients/a":               "GET, PUT, DELETE",
			"GET /clients/a/secret":         "POST",
			"PUT /clients/a/jwks":           "GET, POST, DELETE",
			"POST /clients/a/jwks/b":        "GET, PUT, DELETE",
			"OPTIONS /clients/a/onbehalfof": "GET, POST",
			"HEAD /prefix":                  "GET",
			"BREW /integrations":            "GET",
		} {
			method, path, _ := strings.Cut(call, " ")
			a := w.anybody().call(method, path, nil)
			if method == http.MethodHead && w.srv == nil { // no body comes over a socket
				a.want(http.StatusMethodNotAllowed)
			} else {
				a.refused(http.StatusMethodNotAllowed, allow)
			}
			if got := a.header.Get("Allow"); got != allow {
				t.Errorf("%s: Allow: %q, want %q", call, got, allow)
			}
		}
	})
}

func TestEmptyListIs200(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider, consumer := w.as("provider", scopesRead), w.as("consumer", scopesRead)
		consumer.get("/prefix").none()
		provider.get("/scopes").none()
		provider.get("/scopes/access").none()
		provider.get("/scopes/access/all").none()
		w.anybody().get("/scopes/all?delegated_sources=true").none()
		for _, path := range []string{"/scopes/all", "/scopes/all?prefix=nobodys"} {
			check.Same(t, "[]", w.anybody().get(path).want(http.StatusOK).body, path)
		}
		admin := w.as("provider", dcrWrite)
		id := admin.post("/clients", object{"client_name": "a", "integration_type": "maskinporten"}).want(http.StatusOK).object()["client_id"].(string)
		if a := admin.get("/clients/" + id + "/jwks").want(http.StatusOK); a.body != `{"keys":[]}` {
			t.Errorf("a client without keys: %s", a.body)
		}
	})
}

func TestTheOlderAddressServesTheSameAPI(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		for environment, root := range map[string]string{"test": "", "prod": "/prod"} {
			header := map[string]string{"Authorization": "Bearer " + w.in(environment, "provider", "idporten:scopes.write idporten:dcr.write").token}
			check.Same(t, []string{"difi", "difitest"}, w.send(http.MethodGet, root+"/external/api/v1/prefix", header, "").names("prefix"), environment)
			w.send(http.MethodPost, root+"/external/api/v1/clients/", header, `{"client_name":"a","integration_type":"maskinporten"}`).want(http.StatusOK)
			w.send(http.MethodPost, root+"/external/api/v2/clients/unknown/key", header, "x").refused(http.StatusNotFound, "unknown")
			for _, path := range []string{"/external/prefix", "/external/api/prefix", "/external", "/external/external/api/v1/prefix"} {
				w.send(http.MethodGet, root+path, header, "").refused(http.StatusNotFound, "no such resource")
			}
		}
	})
}

func TestQueryBooleansAreTrueOrFalseInAnyCase(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		for _, path := range []string{"/prefix/all?inactive=", "/scopes/all?inactive=", "/scopes/all?accessible_for_all="} {
			for _, value := range []string{"true", "TRUE", "False", "false"} {
				w.anybody().get(path + value).want(http.StatusOK)
			}
			for _, value := range []string{"", "1", "yes", "tru", "true%20", "null", "true,false"} {
				w.anybody().get(path+value).refused(http.StatusBadRequest, "must be true or false")
			}
		}
		reader := w.as("provider", "idporten:scopes.write idporten:dcr.read")
		for _, path := range []string{"/scopes?inactive=x", "/scopes/access?inactive=x", "/scopes/access/all?inactive=x", "/clients?inactive=x", "/scopes/all?delegated_sources=x"} {
			reader.get(path).refused(http.StatusBadRequest, "must be true or false")
		}
	})
}

func TestEveryEnvironmentServesItsAPIBelowVersionAndRoot(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		for environment, root := range map[string]string{"test": "", "ver1": "/ver1", "ver2": "/ver2", "prod": "/prod"} {
			header := map[string]string{"Authorization": "Bearer " + w.in(environment, "provider", "idporten:scopes.write idporten:dcr.write").token}
			for _, path := range []string{"/api/v1/prefix", "/api/v1/prefix/", "/prefix", "/prefix/"} {
				if got := w.send(http.MethodGet, root+path, header, "").names("prefix"); !slices.Equal(got, []string{"difi", "difitest"}) {
					t.Errorf("%s%s: %v", root, path, got)
				}
			}
			for _, path := range []string{"/api/v1/clients", "/api/v1/clients/", "/clients", "/clients/"} {
				if got := w.send(http.MethodGet, root+path, header, "").names("client_orgno"); len(got) != 4 || got[0] != "991825827" {
					t.Errorf("%s%s: %v", root, path, got)
				}
			}
			w.send(http.MethodPost, root+"/api/v2/clients/unknown/key", header, "x").refused(http.StatusNotFound, "unknown")
			w.send(http.MethodPost, root+"/api/v2/clients/unknown/key/", header, "x").refused(http.StatusNotFound, "unknown")
		}
	})
}

func TestEveryAnswerHasADateByTheMocksClock(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
		w.fix(at)
		for _, target := range []string{"/jwk", "/prefix/all", "/nothing", "/a//b", "/portal/api/session", "/_mock/clock"} {
			check.Same(t, "Tue, 06 May 2031 07:08:09 GMT", w.send(http.MethodGet, target, nil, "").header.Get("Date"), target, ": Date")
		}
	})
}

func TestClientsAndKeysAreCreatedWith201AndRemovedWith204(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithVariants(mockserver.VariantStatusesCreated))
	provider := w.as("provider", "idporten:scopes.write idporten:dcr.write")
	provider.post("/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).want(http.StatusOK).has(object{"name": "difi:a"})
	provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
	provider.del("/scopes/access/889640782?scope=difi:a").want(http.StatusOK).has(object{"state": "DENIED"})
	provider.del("/scopes?scope=difi:a").want(http.StatusOK).has(object{"active": false})
	id := provider.post("/clients", object{"client_name": "a", "integration_type": "maskinporten"}).want(http.StatusCreated).object()["client_id"].(string)
	provider.post("/clients/"+id+"/jwks", object{"keys": []any{publicKey(t, 0, "a", nil)}}).want(http.StatusCreated)
	provider.put("/clients/"+id+"/jwks/b", publicKey(t, 1, "b", nil)).want(http.StatusOK)
	for _, path := range []string{"/jwks/b", "/jwks", ""} {
		check.Same(t, "", provider.del("/clients/"+id+path).want(http.StatusNoContent).body, path)
	}
	provider.del("/clients/unknown").refused(http.StatusNotFound, "unknown")
}
