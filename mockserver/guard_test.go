package mockserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestTheControlAPIIsOutOfReachForPagesOfOtherSites(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithControl("allowed.example"), mockserver.WithOrigins("http://app.example:3000"), mockserver.WithHostIssuers())
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"a program":                           {nil, 200},
		"by an IP address":                    {map[string]string{"Host": "192.0.2.7:8080"}, 200},
		"by an IPv6 address":                  {map[string]string{"Host": "[2001:db8::1]:8080"}, 200},
		"by localhost":                        {map[string]string{"Host": "localhost:8080"}, 200},
		"by a service's name":                 {map[string]string{"Host": "mock:8080"}, 200},
		"by an allowed name":                  {map[string]string{"Host": "Allowed.example."}, 200},
		"by a name that points here":          {map[string]string{"Host": "evil.example:8080"}, 403},
		"by a name that only ends as allowed": {map[string]string{"Host": "notallowed.example"}, 403},
		"its own page":                        {map[string]string{"Origin": "http://mock.example", "Sec-Fetch-Site": "same-origin"}, 200},
		"a page of an allowed origin":         {map[string]string{"Origin": "http://app.example:3000", "Sec-Fetch-Site": "cross-site"}, 200},
		"a page of another port":              {map[string]string{"Origin": "http://app.example", "Sec-Fetch-Site": "cross-site"}, 403},
		"a page of another site":              {map[string]string{"Origin": "https://evil.example", "Content-Type": "text/plain"}, 403},
		"a page without an origin":            {map[string]string{"Origin": "null"}, 403},
		"an image of another site":            {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"typed by a person":                   {map[string]string{"Sec-Fetch-Site": "none"}, 200},
	} {
		a := w.send(http.MethodPost, "/_mock/reset", c.header, "").want(c.want)
		if refused := a.header.Get("Mock-Refusal") != ""; refused != (c.want == 403) {
			t.Errorf("%s: %v", name, a.header)
		}
		if c.want == http.StatusForbidden {
			if leak := w.send(http.MethodGet, "/_mock/ready", c.header, ""); strings.Contains(leak.body, "jwk\"") {
				t.Errorf("%s: it gets the keys", name)
			}
		}
	}
	// Tokens and metadata are anybody's.
	w.send(http.MethodGet, "/jwk", map[string]string{"Host": "evil.example", "Origin": "https://evil.example"}, "").want(http.StatusOK)
}

func TestPagesOfAllowedOriginsMayReadAnswers(t *testing.T) {
	t.Parallel()
	const origin = "http://localhost:3000"
	w := newWire(t, mockserver.WithControl(), mockserver.WithOrigins(origin))
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/jwk", "/token", "/_mock/clock", "/api/v1/scopes"} {
		before := w.send(http.MethodOptions, path, map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}, "").want(http.StatusNoContent)
		if before.header.Get("Access-Control-Allow-Origin") != origin || before.header.Get("Access-Control-Allow-Headers") != "content-type" || !strings.Contains(before.header.Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("%s: %v", path, before.header)
		}
		a := w.send(http.MethodGet, path, map[string]string{"Origin": origin}, "")
		if a.header.Get("Access-Control-Allow-Origin") != origin || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Mock-Refusal") || a.header.Get("Vary") != "Origin" {
			t.Errorf("%s: %v", path, a.header)
		}
		check.Same(t, "", w.send(http.MethodGet, path, map[string]string{"Origin": "http://localhost:3001"}, "").header.Get("Access-Control-Allow-Origin"), path, " is readable by others")
	}
	check.Same(t, "", w.send(http.MethodGet, "/portal/api/session", map[string]string{"Origin": origin}, "").header.Get("Access-Control-Allow-Origin"), "the portal, which has sessions, is readable")
	for _, bad := range []string{"*", "localhost:3000", "http://localhost:3000/", ""} {
		if _, err := mockserver.New(mockserver.WithOrigins(bad)); err == nil {
			t.Errorf("%q is taken for an origin", bad)
		}
	}
}

func TestRefusalsSayWhyInAHeader(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.send(http.MethodGet, "/scopes", nil, "").want(http.StatusUnauthorized)
	w.send(http.MethodPost, "/token", nil, "").want(http.StatusBadRequest)
	w.send(http.MethodGet, "/a//b", nil, "").want(http.StatusBadRequest)
	for _, target := range []string{"/scopes", "/a//b"} {
		a := w.send(http.MethodGet, target, nil, "")
		requests := w.srv.Requests()
		if got := a.header.Get("Mock-Refusal"); got == "" || got != requests[len(requests)-1].Refusal {
			t.Errorf("%s: the header says %q, the journal %q", target, got, requests[len(requests)-1].Refusal)
		}
	}
	check.Same(t, "", w.send(http.MethodGet, "/jwk", nil, "").want(http.StatusOK).header.Get("Mock-Refusal"), "what worked is refused")
	a := w.steer(http.MethodPost, "organizations", `{"orgno":"991825827","name":"Æ","domains":["å\u0001"]}`).want(http.StatusBadRequest)
	for _, c := range []byte(a.header.Get("Mock-Refusal")) {
		if c < ' ' || c > '~' {
			t.Errorf("a header that not everybody can read: %q", a.header.Get("Mock-Refusal"))
		}
	}
}

func TestErrorPagesSayWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for _, code := range []string{"MP-011", "MP-012", "MP-100", "MP-110", "MP-120", "MP-121", "MP-122", "MP-123", "MP-124", "MP-130", "MP-200", "MP-201", "MP-250", "MP-251", "MP-301", "MP-302", "MP-303"} {
		text := w.send(http.MethodGet, "/errors/"+code, nil, "").want(http.StatusOK).body
		first, remedy, _ := strings.Cut(text, "\n\n")
		if !strings.HasPrefix(first, code+" ") || len(strings.TrimSpace(remedy)) < 40 {
			t.Errorf("%s: %s", code, text)
		}
	}
}

func TestControlCallsAreRefusedInWordsForPeople(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for call, c := range map[string]struct{ body, want string }{
		"faults":         {`{"reset":true}`, "reset: text is expected, and not true or false"},
		"clock":          {`{"advance":5}`, "advance: text is expected, and not the number"},
		"tokens":         {`{"environment":"test","flaws":"expired"}`, "flaws: a list is expected"},
		"organizations":  {`{"orgno":991825827}`, "orgno: text is expected"},
		"system-users":   {`[]`, "a JSON object is expected"},
		"consents":       {`{}`, "a consent has an id"},
		"prefix-orders":  {"{\n\"id\": }", "line 2, column 7"},
		"certificates":   {`{"environment":"test","orgno":"991825827","kind":"golden"}`, "golden"},
		"url":            {`{"url":"localhost"}`, "no base address such as"},
		"credentials":    {`{"Environment":"test"}`, `unknown field "Environment"`},
		"settings":       {`{"propagation":5}`, "propagation: text is expected"},
		"delegations":    {`{"consumer":"1"}`, "organi"},
		"snapshot":       {`{"version":2}`, "version: it must be 1"},
		"signing-keys":   {`{"environment":"staging"}`, "use test, ver1, ver2 or prod"},
		"prefixes":       {`{"orgno":"991825827","prefix":"Not A Prefix"}`, "prefix"},
		"faults?x":       {`{"status":503,"operation":"GET /nothing"}`, "nothing here answers"},
		"clock?advance=": {`{"advance":"9999999h"}`, "up to 2562047h"},
	} {
		name, _, _ := strings.Cut(call, "?")
		said, _ := w.steer(http.MethodPost, name, c.body).want(http.StatusBadRequest).object()["error"].(string)
		if !strings.Contains(said, c.want) {
			t.Errorf("%s %s: %q should say %q", name, c.body, said, c.want)
		}
		for _, words := range []string{"pki:", "issuer:", "registry:", "Go ", "unmarshal", "mockserver", "WithWorld"} {
			if strings.Contains(said, words) {
				t.Errorf("%s speaks Go: %s", name, said)
			}
		}
	}
}

func TestTheClockNeverComesToAWrongTime(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodPost, "clock", `{"set":"9000-01-02T03:04:05Z"}`).want(http.StatusOK)
	check.Same(t, 9000, w.srv.Clock().Now().UTC().Year())
	w.steer(http.MethodPost, "clock", `{"set":"0001-01-02T03:04:05Z"}`).want(http.StatusOK)
	check.Same(t, 1, w.srv.Clock().Now().UTC().Year())
	w.refuses(http.MethodPost, "clock", `{"advance":"-2562047h"}`, "the clock goes from year 1")
	w.steer(http.MethodPost, "clock", `{"advance":"2562047h"}`).want(http.StatusOK) // 292 years
	check.Same(t, 293, w.srv.Clock().Now().UTC().Year())
	w.refuses(http.MethodPost, "clock", `{"set":"9999-12-31T23:59:59Z"}`, "the clock goes from year 1")
	w.refuses(http.MethodPost, "clock", `{}`, "give one of advance")
	w.refuses(http.MethodPost, "clock", `{"set":null}`, "give one of advance")
	w.refuses(http.MethodPost, "clock", `{"advance":"1h","reset":true}`, "give one of advance")
}
