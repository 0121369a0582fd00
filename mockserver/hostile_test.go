package mockserver_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// bentPaths would be another path after cleaning, or hold what no segment may.
var bentPaths = []string{
	"/scopes/access/..?scope=difi:a", "/scopes/access/../?scope=difi:a", "/scopes/access/.?scope=difi:a", "/scopes/access/%2e%2e?scope=difi:a",
	"/scopes/access/%2E%2e/?scope=difi:a", "/scopes/access/.%2e?scope=difi:a", "/scopes/access/%2e?scope=difi:a", "/scopes/access/../../scopes?scope=difi:a",
	"/scopes/access//?scope=difi:a", "/scopes//?scope=difi:a", "/scopes//access/889640782?scope=difi:a", "//scopes?scope=difi:a", "/./scopes?scope=difi:a",
	"/scopes/access/889640782%2F..?scope=difi:a", "/scopes/access/..%2f..?scope=difi:a", "/scopes/access/%2f?scope=difi:a", "/scopes%2Faccess?scope=difi:a",
	"/scopes/access/889640782%5c?scope=difi:a", "/scopes/access/..%5C..?scope=difi:a", "/scopes/access/%00?scope=difi:a", "/scopes/access/889640782%0a?scope=difi:a",
	"/scopes/access/%0d%0aX:y?scope=difi:a", "/scopes/access/%7f?scope=difi:a", "/scopes/access/%c2%85?scope=difi:a", "/scopes/access/%ff?scope=difi:a", "/clients/../scopes?scope=difi:a",
	"/ver2/../scopes?scope=difi:a", "/ver2//scopes?scope=difi:a", "/portal/../scopes?scope=difi:a", "/portal//api", "/_mock/../scopes?scope=difi:a", "/_mock//clock",
	"/.well-known/../scopes?scope=difi:a", "/api/v1/../v1/scopes?scope=difi:a", "/token/..?scope=difi:a",
}

func TestBentPathIs400AndNeverRedirected(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	provider := w.as("provider", scopesWrite)
	provider.post("/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).want(http.StatusOK)
	header := map[string]string{"Authorization": "Bearer " + provider.token}
	for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodGet, http.MethodPost, http.MethodOptions} {
		for _, path := range bentPaths {
			targets := []string{path, "/prod" + path}
			if !strings.HasPrefix(path, "/portal") && !strings.HasPrefix(path, "/_mock") {
				targets = append(targets, "/api/v1"+path, "/portal/api/environments/test"+path)
			}
			for _, target := range targets {
				a := w.send(method, target, header, "")
				if a.refused(http.StatusBadRequest, ""); a.header.Get("Location") != "" {
					t.Errorf("%s: Location: %s", a.what, a.header.Get("Location"))
				}
				w.send(method, target, nil, "").refused(http.StatusBadRequest, "") // before anybody asks who it is
			}
		}
	}
	provider.get("/scopes/scope?scope=difi:a").want(http.StatusOK).has(object{"active": true})
}

func TestDeleteWithoutAnOrganisationNumberDeletesNothing(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		provider.post("/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).want(http.StatusOK)
		provider.del("/scopes/access/?scope=difi:a").refused(http.StatusMethodNotAllowed, "")
		provider.del("/scopes/access?scope=difi:a").refused(http.StatusMethodNotAllowed, "")
		provider.del("/scopes/access/%20?scope=difi:a").refused(http.StatusBadRequest, "organization number")
		provider.get("/scopes/scope?scope=difi:a").want(http.StatusOK).has(object{"active": true})
	})
}

func TestBentPathOverASocketIs400(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	address := strings.TrimPrefix(w.srv.URL(), "http://")
	for _, target := range append([]string{`/scopes/access/\..\?scope=difi:a`, `/scopes\..\x`}, bentPaths...) {
		var dialer net.Dialer
		conn := check.Got(dialer.DialContext(t.Context(), "tcp", address))(t)
		_, _ = fmt.Fprintf(conn, "DELETE %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, address)
		resp := check.Got(http.ReadResponse(bufio.NewReader(conn), nil))(t) //nolint:bodyclose // readAll does
		if a := readAll(t, target, resp); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
			t.Errorf("DELETE %s: %d, Location %q", target, a.status, a.header.Get("Location"))
		}
		_ = conn.Close()
	}
}

// takers are calls that take a JSON object.
var takers = []string{
	"POST /scopes", "PUT /scopes?scope=difi:a", "POST /clients", "PUT /clients/x", "POST /clients/x/jwks", "PUT /clients/x/jwks/k", "POST /clients/x/onbehalfof", "PUT /clients/x/onbehalfof/v",
}

func TestBodyThatIsNoJSONObjectIs400(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", "idporten:scopes.write idporten:dcr.write")
		provider.post("/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).want(http.StatusOK)
		provider.post("/clients", object{"client_id": "x", "client_name": "x", "integration_type": "api_klient", "scopes": []string{"openid"}, "redirect_uris": []string{"https://x.example/"}}).want(http.StatusOK)
		provider.post("/clients/x/onbehalfof", object{"onbehalfof": "v"}).want(http.StatusOK)
		for name, body := range map[string]string{
			"empty":            "",
			"blank":            " \r\n\t ",
			"array":            `[{"prefix":"difi","subscope":"b","description":"d"}]`,
			"null":             "null",
			"string":           `"difi:b"`,
			"number":           "1",
			"true":             "true",
			"broken":           `{"prefix":"difi","subscope":"b","description":"d"`,
			"trailing":         `{"prefix":"difi","subscope":"b","description":"d"}{}`,
			"trailing garbage": `{"prefix":"difi","subscope":"b","description":"d"};DROP`,
			"comment":          `{"prefix":"difi",/*x*/"subscope":"b","description":"d"}`,
			"single quotes":    `{'prefix':'difi'}`,
			"form":             "prefix=difi&subscope=b",
			"byte order mark":  "\xef\xbb\xbf" + `{"prefix":"difi","subscope":"b","description":"d"}`,
			"invalid UTF-8":    `{"prefix":"difi","subscope":"b","description":"` + "\xff\xfe" + `"}`,
			"UTF-16":           "\xfe\xff\x00{\x00}",
			"deep objects":     strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
			"deep arrays":      `{"prefix":"difi","subscope":"b","description":"d","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}",
			"deep and open":    `{"x":` + strings.Repeat("[", 10_000),
			"65 deep":          `{"prefix":"difi","subscope":"b","description":"d","x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}",
			"5 MB":             `{"prefix":"difi","subscope":"b","description":"` + strings.Repeat("d", 5<<20) + `"}`,
			"5 MB of blanks":   strings.Repeat(" ", 5<<20),
		} {
			for _, call := range takers {
				method, path, _ := strings.Cut(call, " ")
				a := provider.call(method, path, body)
				a.what = call + " with " + name
				a.refused(http.StatusBadRequest, "")
			}
		}
		w.anybody().get("/scopes/all?inactive=true").want(http.StatusOK)
		if got := provider.get("/scopes?inactive=true").names("name"); len(got) != 1 {
			t.Errorf("scopes: %v", got)
		}
	})
}

func TestBodyAtTheLimitsIsTaken(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		provider.post("/scopes", `{"prefix":"difi","subscope":"deep","description":"æøå \"[{\\","x":`+strings.Repeat("[", 63)+strings.Repeat("]", 63)+"}").want(http.StatusOK)
		large := `{"prefix":"difi","subscope":"large","description":"d","x":"`
		large += strings.Repeat("x", 1<<20-len(large)-2) + `"}`
		provider.post("/scopes", large).want(http.StatusOK)
		provider.post("/scopes", " "+large).refused(http.StatusBadRequest, "larger than")
	})
}

func TestContentTypeOfABodyIsNotLookedAt(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		token := w.as("provider", scopesWrite).token
		for i, contentType := range []string{"", "application/json", "application/json;charset=UTF-8", "text/plain", "application/octet-stream"} {
			header := map[string]string{"Authorization": "Bearer " + token, "Content-Type": contentType}
			body := fmt.Sprintf(`{"prefix":"difi","subscope":"s%d","description":"d"}`, i)
			w.send(http.MethodPost, "/api/v1/scopes", header, body).want(http.StatusOK)
		}
	})
}

func TestBodyOfACallThatTakesNoneIsIgnored(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		provider.post("/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).want(http.StatusOK)
		for _, body := range []any{nil, "", "nonsense", object{"state": "DENIED"}, strings.Repeat("x", 2<<20)} {
			provider.put("/scopes/access/889640782?scope=difi:a", body).want(http.StatusOK).has(object{"state": "APPROVED"})
			provider.call(http.MethodDelete, "/scopes/access/889640782?scope=difi:a", body).want(http.StatusOK).has(object{"state": "DENIED"})
		}
	})
}

func TestFieldOfTheWrongTypeIsNamed(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", "idporten:scopes.write idporten:dcr.write")
		provider.post("/clients", object{"client_id": "x", "client_name": "x", "integration_type": "maskinporten"}).want(http.StatusOK)
		for field, call := range map[string]struct {
			path, object, body string
		}{
			"description":                {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":5}`},
			"description#en":             {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":"d","description#en":5}`},
			"active":                     {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":"d","active":"true"}`},
			"at_max_age":                 {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":"d","at_max_age":1.5}`},
			"authorization_max_lifetime": {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":"d","authorization_max_lifetime":1e400}`},
			"allowed_integration_types":  {"/scopes", "Scope", `{"prefix":"difi","subscope":"b","description":"d","allowed_integration_types":"maskinporten"}`},
			"scopes":                     {"/clients", "Client", `{"client_name":"a","scopes":{"a":1}}`},
			"access_token_lifetime":      {"/clients", "Client", `{"client_name":"a","access_token_lifetime":"two minutes"}`},
			"keys":                       {"/clients/x/jwks", "", `{"keys":"none"}`},
		} {
			a := provider.post(call.path, call.body)
			a.what = field
			a.refused(http.StatusBadRequest, field)
			one := a.object()["errors"].([]any)[0].(object)
			if one["isFieldError"] != true || one["fieldIdentifier"] != field || call.object != "" && one["objectName"] != call.object {
				t.Errorf("%s: %v", field, one)
			}
		}
	})
}

func TestOf100WritersOfOneScopeOneWins(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		statuses := make([]int, 100)
		var writers sync.WaitGroup
		for i := range statuses {
			writers.Go(func() {
				statuses[i] = provider.post("/scopes", fmt.Sprintf(`{"prefix":"difi","subscope":"one","description":"writer %d"}`, i)).status
			})
		}
		writers.Wait()
		count := map[int]int{}
		for _, status := range statuses {
			count[status]++
		}
		if count[http.StatusOK] != 1 || count[http.StatusConflict] != 99 {
			t.Errorf("statuses: %v", count)
		}
	})
}

func TestLargeBodyOverASocketGetsItsRefusal(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	token := w.srv.Token("test", map[string]any{"scope": scopesWrite})
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		r := check.Got(http.NewRequestWithContext(t.Context(), method, w.srv.URL()+"/scopes?scope=difi:a", strings.NewReader(strings.Repeat("x", 5<<20))))(t)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Close = true
		readAll(t, method, check.Got(http.DefaultClient.Do(r))(t)).refused(http.StatusBadRequest, "larger than") //nolint:bodyclose // readAll does
	}
}

func TestStrangeParametersAreHarmless(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		for _, query := range []string{"?scope=", "", "?scope", "?Scope=difi:a", "?scope=%zz", "?scope=difi:a;b=c"} {
			provider.del("/scopes"+query).refused(http.StatusBadRequest, "scope is required")
		}
		for _, query := range []string{"?scope=%ff%fe", "?scope=%00", "?scope=" + strings.Repeat("x", 10_000), "?scope=../../etc", "?scope=difi:a%0d%0aX-Evil:%201"} {
			a := provider.del("/scopes" + query)
			a.refused(http.StatusNotFound, "")
			if len(a.body) > 2000 || a.header.Get("X-Evil") != "" {
				t.Errorf("%.100s: %d bytes, %v", query, len(a.body), a.header)
			}
		}
	})
}
