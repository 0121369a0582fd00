package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	timestamp     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$`)
	correlationID = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// fails checks a refusal of the self-service API in every member, and returns
// its text.
func (a answer) fails(status int) string {
	a.t.Helper()
	body := a.has(status)
	errors, _ := body["errors"].([]any)
	var want strings.Builder
	for _, e := range errors {
		e, _ := e.(object)
		fmt.Fprint(&want, ", ", e["errorMessage"])
		_, isBool := e["isFieldError"].(bool)
		if !isBool || e["isFieldError"] == true && (e["objectName"] == nil || e["fieldIdentifier"] == nil) {
			a.t.Errorf("%s: %v", a.what, e)
		}
	}
	if body["status"] != float64(status) || !timestamp.MatchString(text(body, "timestamp")) || !correlationID.MatchString(text(body, "correlation_id")) ||
		len(errors) == 0 || body["error"] != want.String() || body["error_description"] != want.String() || a.Header.Get("Content-Type") != "application/json" {
		a.t.Errorf("%s: %s", a.what, a.Body)
	}
	return want.String()
}

func TestAPIRefusesWhoMayNotCall(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	for name, authorization := range map[string]string{
		"no token": "", "no JWT": "Bearer xyz", "another scheme": "Basic eDp5", "empty": "Bearer ",
		"tampered": "Bearer " + p.token(provider, scopesRead) + "x", "5 MB": "Bearer " + strings.Repeat("a", 500_000),
	} {
		a := p.send(http.MethodGet, "/scopes", map[string]string{"Authorization": authorization}, "")
		a.fails(http.StatusUnauthorized)
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
	old := p.token(provider, scopesRead)
	p.control(http.MethodPost, "clock", object{"advance": "90s"}).ok()
	header := map[string]string{"Authorization": "bearer " + old}
	p.send(http.MethodGet, "/prefix", header, "").list()
	p.control(http.MethodPost, "clock", object{"advance": "31s"}).ok()
	p.send(http.MethodGet, "/prefix", header, "").fails(http.StatusUnauthorized)
}

// The table of the documentation: which OAuth scope allows what.
func TestEachCallNeedsItsOAuthScope(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("provider", nil)
	id := text(client, "client_id")
	login := p.newClient("provider", object{"integration_type": "api_klient", "token_endpoint_auth_method": "private_key_jwt", "redirect_uris": []string{"https://a.example/"}, "grant_types": []string{"authorization_code"}})
	loginID := text(login, "client_id")
	clients := map[string]credential{
		scopesRead: p.credential("provider"), scopesWrite: p.credential("scopes-only"), dcrRead: p.credential("provider"), dcrWrite: p.credential("provider"),
		dcrModify: p.credential("keys-only"), onBehalfOf: p.credential("onbehalfof-only"),
	}
	for _, c := range []struct {
		method, path string
		allowed      []string
	}{
		{"GET", "/scopes", []string{scopesRead, scopesWrite}},
		{"GET", "/scopes/scope?scope=difi:x", []string{scopesRead, scopesWrite}},
		{"POST", "/scopes", []string{scopesWrite}},
		{"PUT", "/scopes?scope=difi:x", []string{scopesWrite}},
		{"DELETE", "/scopes?scope=difi:x", []string{scopesWrite}},
		{"GET", "/prefix", []string{scopesRead, scopesWrite}},
		{"GET", "/scopes/access", []string{scopesRead, scopesWrite}},
		{"GET", "/scopes/access/all", []string{scopesRead, scopesWrite}},
		{"PUT", "/scopes/access/889640782?scope=difi:x", []string{scopesWrite}},
		{"DELETE", "/scopes/access/889640782?scope=difi:x", []string{scopesWrite}},
		{"GET", "/clients", []string{dcrRead, dcrWrite}},
		{"POST", "/clients", []string{dcrWrite}},
		{"GET", "/clients/" + id, []string{dcrRead, dcrWrite}},
		{"PUT", "/clients/" + id, []string{dcrWrite}},
		{"POST", "/clients/" + id + "/secret", []string{dcrWrite}},
		{"GET", "/clients/" + id + "/jwks", []string{dcrRead, dcrWrite}},
		{"POST", "/clients/" + id + "/jwks", []string{dcrWrite, dcrModify}},
		{"GET", "/clients/" + id + "/jwks/k", []string{dcrRead, dcrWrite}},
		{"PUT", "/clients/" + id + "/jwks/k", []string{dcrWrite, dcrModify}},
		{"DELETE", "/clients/" + id + "/jwks/k", []string{dcrWrite, dcrModify}},
		{"POST", "/api/v2/clients/" + id + "/key", []string{dcrWrite, dcrModify}},
		{"GET", "/clients/" + loginID + "/onbehalfof", []string{dcrRead, dcrWrite, dcrModify, onBehalfOf}},
		{"POST", "/clients/" + loginID + "/onbehalfof", []string{dcrWrite, dcrModify, onBehalfOf}},
		{"PUT", "/clients/" + loginID + "/onbehalfof/x", []string{dcrWrite, dcrModify, onBehalfOf}},
		{"DELETE", "/clients/" + loginID + "/onbehalfof/x", []string{dcrWrite, dcrModify, onBehalfOf}},
		{"GET", "/integrations", []string{dcrRead, dcrWrite}},
		{"GET", "/apis", []string{scopesRead, scopesWrite}},
	} {
		for scope, client := range clients {
			a := p.callAt(p.origin+c.path, client, scope, c.method, nil)
			may := false
			for _, allowed := range c.allowed {
				may = may || allowed == scope
			}
			if (a.Status != http.StatusForbidden) != may {
				t.Errorf("%s with %s: %d", a.what, scope, a.Status)
			}
			if !may {
				a.fails(http.StatusForbidden)
			}
		}
	}
	for _, path := range []string{"/scopes/all", "/prefix/all", "/delegationsources"} { // open to everybody
		p.get(path).list()
	}
	p.get("/organizations/" + nav).ok()
}

func TestEmptyListsAreLists(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for path, role := range map[string]string{"/prefix": "consumer", "/scopes": "provider", "/scopes/access": "provider", "/scopes/access/all": "provider"} {
		if none := p.call(p.credential(role), scopesRead, http.MethodGet, path, nil).list(); len(none) != 0 {
			t.Errorf("%s: %v", path, none)
		}
	}
	for _, path := range []string{"/scopes/all?delegated_sources=true", "/scopes/all"} {
		if none := p.get(path).list(); len(none) != 0 {
			t.Errorf("%s: %v", path, none)
		}
	}
}

func TestBentPathsAreRefusedAndNeverRedirected(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	provider := p.credential("provider")
	for _, method := range []string{"GET", "PUT", "DELETE", "POST"} {
		for _, path := range []string{
			"/scopes/access/..?scope=difi:api", "/scopes/access/%2e%2e?scope=difi:api", "/scopes/access/.?scope=difi:api", "/scopes/access/%2E./x?scope=difi:api",
			"/scopes//access/889640782?scope=difi:api", "//scopes?scope=difi:api", "/scopes//?scope=difi:api", "/scopes/access//?scope=difi:api", "/./scopes?scope=difi:api",
			"/scopes/access/..%2f..?scope=difi:api", "/scopes/access/889640782%2F..?scope=difi:api", "/scopes%2f?scope=difi:api", "/scopes/access/..%5c?scope=difi:api",
			"/scopes/access/%00?scope=difi:api", "/scopes/access/%ff?scope=difi:api", "/scopes/access/88964%0d%0a0782?scope=difi:api",
			"/ver2/../scopes?scope=difi:api", "/prod/%2e%2e/scopes?scope=difi:api", "/portal/../scopes?scope=difi:api", "/clients/../scopes?scope=difi:api", "/api/v1/../v1/scopes?scope=difi:api",
			"/_mock/../scopes?scope=difi:api", "/_mock//reset",
		} {
			a := p.callAt(p.origin+path, provider, scopesWrite, method, nil)
			if a.fails(http.StatusBadRequest); a.Header.Get("Location") != "" {
				t.Errorf("%s: redirected to %s", a.what, a.Header.Get("Location"))
			}
		}
	}
	for _, path := range []string{"/scopes/access/?scope=difi:api", "/scopes/access?scope=difi:api"} {
		p.callAt(p.origin+path, provider, scopesWrite, "DELETE", nil).fails(http.StatusMethodNotAllowed)
	}
	scope := p.call(provider, scopesRead, http.MethodGet, "/scopes/scope?scope=difi:api", nil).ok()
	if scope["active"] != true {
		t.Error("a bent path deactivated the scope")
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	for _, path := range []string{"/", "/nope", "/api/v1", "/api/v3/scopes", "/scopes/x/y/z", "/clients/a/b/c/d", "/ver2", "/ver3/scopes", "/integrations/x/merchant-data"} {
		if a := p.callAt(p.origin+path, provider, scopesWrite, http.MethodGet, nil); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", a.what, a.Status)
		}
	}
	a := p.callAt(p.origin+"/scopes", provider, scopesWrite, http.MethodPatch, nil)
	if a.fails(http.StatusMethodNotAllowed); a.Header.Get("Allow") != "GET, POST, PUT, DELETE" {
		t.Errorf("Allow: %s", a.Header.Get("Allow"))
	}
}

func TestHostileBodiesAreRefused(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	id := text(p.newClient("provider", nil), "client_id")
	bodies := map[string]string{
		"nothing": "", "cut": "{", "array": "[]", "null": "null", "text": `"x"`, "two": `{"a":1}{}`, "rest": `{"a":1} x`,
		"10,000 levels":         strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"10,000 arrays":         `{"prefix":"difi","subscope":"deep","description":"d","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}",
		"never closed":          strings.Repeat(`{"a":`, 100_000),
		"5 MB":                  `{"prefix":"difi","subscope":"big","description":"` + strings.Repeat("a", 5<<20) + `"}`,
		"invalid UTF-8":         "{\"prefix\":\"difi\",\"subscope\":\"utf\",\"description\":\"\xff\xfe\"}",
		"invalid UTF-8 in name": "{\"\xff\":1}",
	}
	for name, body := range bodies {
		for _, c := range []struct{ method, path, scope string }{
			{"POST", "/scopes", scopesWrite}, {"PUT", "/scopes?scope=difi:api", scopesWrite}, {"POST", "/clients", dcrWrite}, {"PUT", "/clients/" + id, dcrWrite},
			{"POST", "/clients/" + id + "/jwks", dcrWrite}, {"PUT", "/clients/" + id + "/jwks/k", dcrWrite}, {"POST", "/clients/" + id + "/onbehalfof", dcrWrite},
			{"POST", "/api/v2/clients/" + id + "/key", dcrWrite},
		} {
			a := p.callAt(p.origin+c.path, provider, c.scope, c.method, body)
			if a.fails(http.StatusBadRequest); len(a.Body) > 2000 {
				t.Errorf("%s: %s: an answer of %d bytes", name, a.what, len(a.Body))
			}
		}
	}
}

// What no HTTP client sends.
func TestBrokenRequestsBreakNothing(t *testing.T) {
	t.Parallel()
	p := serve(t)
	host := strings.TrimPrefix(p.origin, "http://")
	for _, request := range []string{
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "GET scopes HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", "\r\n\r\nnonsense\r\n\r\n",
		"GET http://evil.example/scopes/access/.. HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprint(conn, request)
		line, _ := bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		if line != "" && !strings.Contains(line, " 400 ") && !strings.HasPrefix(request, "OPTIONS") {
			t.Errorf("%q: %s", request, line)
		}
	}
	p.get("/prefix/all").list()
}
