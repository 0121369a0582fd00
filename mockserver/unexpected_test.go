package mockserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/expect"
)

// granted is a server where a scope was made and access to it was given.
func granted(t *testing.T) *mockserver.Server {
	t.Helper()
	srv := start(t)
	client := once(t, srv)
	check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
	check.Got(client.Access.Grant(t.Context(), "difi:a", "889640782"))(t)
	return srv
}

// complaints are what an assertion says to a test.
func complaints(assert func(t mockserver.TB)) string {
	double := &faultyTest{}
	assert(double)
	return strings.Join(double.errors, "\n")
}

const grantCall = "PUT /scopes/access/{consumer_orgno}"

func TestRequestsForWhatThereIsntAreUnexpected(t *testing.T) {
	t.Parallel()
	srv := granted(t)
	srv.Fail(mockserver.Fault{Status: 500, Times: 1})
	for _, url := range []string{openList, openList} { // the first meets the fault
		check.Got2(fetch(t, srv.HTTPClient(), url))(t)
	}
	srv.AssertNoUnexpected(t)
	const api = "https://api.test.samarbeid.digdir.no/api/v1"
	for _, url := range []string{
		api + "/scope", api + "//scopes?inactive=true", api + "/nothing/like/it", api + "/token", api + "/prefix",
		"https://test.maskinporten.no/.well-known/openid-configuration", "https://test.maskinporten.no/errors/MP-999", "https://example.com/a",
	} {
		_, _, _ = fetch(t, srv.HTTPClient(), url) // refused, or not sent
	}
	want := `mockserver: requests for what there isn't:
	GET test/api/v1/scope -> 404: There is no such resource (is it GET /scopes?)
	GET /api/v1//scopes?inactive=true -> 400: The path segment number 3 is empty, '.', '..', or holds a slash or control characters (is it GET /scopes?)
	GET test/api/v1/nothing/like/it -> 404: There is no such resource
	GET test/api/v1/token -> 404: There is no such resource (is it POST /token?)
	GET test/api/v1/prefix -> 401: Unauthorized: an access token is required
	GET /.well-known/openid-configuration -> 404: There is no such resource here: tokens come from https://test.maskinporten.no/token, self-service is at https://api.test.samarbeid.digdir.no/api/v1
	GET test/errors/MP-999 -> 404
	GET /a -> 0: https://example.com is not one of Maskinporten's addresses; in memory the mock answers for those, and for what was given to Handle`
	check.Same(t, want, complaints(func(t mockserver.TB) { srv.AssertNoUnexpected(t) }))
}

func TestWhatNothingCanBeMadeOfIsUnexpected(t *testing.T) {
	t.Parallel()
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, row := range map[string]struct {
		send       func(w *wire)
		unexpected bool
	}{
		"no JSON":                  {func(w *wire) { w.as("provider", scopesWrite).post("/scopes", `{`) }, true},
		"no parameter":             {func(w *wire) { w.as("provider", scopesWrite).del("/scopes") }, true},
		"neither true nor false":   {func(w *wire) { w.anybody().get("/prefix/all?inactive=1") }, true},
		"no method":                {func(w *wire) { w.as("provider", scopesWrite).call("PATCH", "/scopes", nil) }, true},
		"no token":                 {func(w *wire) { w.anybody().get("/clients") }, true},
		"a token that isn't good":  {func(w *wire) { session{w, "test", "x"}.get("/clients") }, false},
		"a token for other things": {func(w *wire) { w.as("provider", scopesWrite).get("/clients") }, false},
		"an unknown scope":         {func(w *wire) { w.as("provider", scopesWrite).get("/scopes/scope?scope=a:b") }, false},
		"a wrong value":            {func(w *wire) { w.as("provider", scopesWrite).post("/scopes", object{"prefix": 1}) }, false},
		"no grant":                 {func(w *wire) { w.ask("test", "") }, true},
		"no JWT":                   {func(w *wire) { w.ask("test", "a.b") }, true},
		"another grant":            {func(w *wire) { w.send("POST", "/token", form, "grant_type=client_credentials") }, true},
		"a GET for a token":        {func(w *wire) { w.send("GET", "/token", nil, "") }, true},
		"a claim that is wrong":    {func(w *wire) { w.ask("test", w.grant(w.role("test", "provider"), scopesRead, object{"exp": nil})) }, false},
		"a scope that isn't there": {func(w *wire) { w.ask("test", w.grant(w.role("test", "provider"), "a:b", nil)) }, false},
		"a POST for keys":          {func(w *wire) { w.send("POST", "/jwk", nil, "") }, true},
		"no control call":          {func(w *wire) { w.send("GET", "/_mock/nothing", nil, "") }, false},
		"no page of the portal":    {func(w *wire) { w.send("GET", "/portal/nothing", nil, "") }, false},
		"a call over the portal": {func(w *wire) {
			w.send("GET", "/portal/api/environments/test/x", map[string]string{"Authorization": "Bearer x"}, "")
		}, true},
	} {
		w := newWire(t)
		row.send(w)
		if last := lastRequest(w); last.Unexpected != row.unexpected || last.Status < 400 {
			t.Errorf("%s: %s is unexpected: %t", name, last, last.Unexpected)
		}
		if said := complaints(func(t mockserver.TB) { w.srv.AssertNoUnexpected(t) }); (said != "") != row.unexpected {
			t.Errorf("%s: %q", name, said)
		}
	}
}

func TestEnvironmentsThatArentServedAreUnexpected(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithEnvironments(maskinporten.Test))
	inMemory(t, srv, "https://maskinporten.no/jwk").want(http.StatusNotFound)
	said := complaints(func(t mockserver.TB) { srv.AssertNoUnexpected(t) })
	if !strings.Contains(said, "GET prod/jwk -> 404: The mock was told to serve test only, and not prod") {
		t.Errorf("said %q", said)
	}
}

func TestFaultsMustComeAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	double := &faultyTest{} // whose end isn't waited for
	srv := mockserver.Start(double)
	srv.Fail(mockserver.Fault{Operation: "GET /prefix/all", Status: 503, Times: 2})
	srv.Fail(mockserver.Fault{Operation: "GET /jwk", Status: 503, Times: 3})
	srv.Fail(mockserver.Fault{Operation: "GET /prefix", Status: 503, Times: 3, Probability: 0.5})
	srv.Fail(mockserver.Fault{Operation: "GET /scopes", Status: 503})
	for range 2 {
		inMemory(t, srv, "https://api.test.samarbeid.digdir.no/api/v1/prefix/all").want(http.StatusServiceUnavailable)
	}
	inMemory(t, srv, "https://test.maskinporten.no/jwk").want(http.StatusServiceUnavailable)
	want := `mockserver: faults that didn't come as often as they should:
	{"operation":"GET /jwk","times":3,"status":503} came 1 of 3 times`
	check.Same(t, want, complaints(func(t mockserver.TB) { srv.AssertNoUnexpected(t) }))
}

func TestTheCallThatComesClosestIsNamed(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"GET /api/v1/scopes/acces/889640782":           "PUT /scopes/access/{consumer_orgno}",
		"DELETE /ver2/scope":                           "DELETE /scopes",
		"POST /prod/api/v1/client":                     "POST /clients",
		"PUT /api/v1/clients/x/jwk":                    "GET /clients/{id}/jwks",
		"GET /api/v1/clients/x/jwks/k/more":            "GET /clients/{id}/jwks/{kid}",
		"POST /api/v2/clients/x/keys":                  "POST /api/v2/clients/{id}/key",
		"POST /oauth/token":                            "POST /token",
		"GET /.well-known/openid-configuration":        "",
		"GET /x":                                       "",
		"GET /api/v1/organization/889640782":           "GET /organizations/{orgno}",
		"GET /completely/different/from/all/the/calls": "",
	} {
		w := newWire(t)
		method, path, _ := strings.Cut(asked, " ")
		w.send(method, path, nil, "").want(http.StatusNotFound)
		said := complaints(func(t mockserver.TB) { w.srv.AssertNoUnexpected(t) })
		if _, got, _ := strings.Cut(said, "(is it "); strings.TrimSuffix(got, "?)") != want {
			t.Errorf("%s: %s, want %s", asked, said, want)
		}
	}
}

func TestRequestsThatAFaultAnswersAreExpectedLikeOthers(t *testing.T) {
	t.Parallel()
	srv := start(t)
	client := once(t, srv)
	check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	for _, fault := range []mockserver.Fault{{Status: 500}, {Reset: mockserver.ResetAfter}, {Truncate: true}, {Delay: 1}} {
		handle := srv.Fail(fault)
		_, _ = maskinporten.Collect(client.Scopes.Prefixes(t.Context()))
		handle.Remove()
	}
	id := string(srv.Requests()[0].ClientID)
	want := expect.Request{Operation: "GET /prefix", OrgNo: "991825827", ClientID: id}
	expect.Requests(t, srv, want, want, want, want, want)
	for target, operation := range map[string]string{
		"POST https://test.maskinporten.no/token": "POST /token", "GET https://test.maskinporten.no/jwk": "GET /jwk",
		"GET https://test.maskinporten.no/errors/MP-100":                              "GET /errors/{code}",
		"GET https://test.maskinporten.no/.well-known/oauth-authorization-server":     "GET /.well-known/oauth-authorization-server",
		"GET https://api.test.samarbeid.digdir.no/api/v1/nothing":                     "",
		"PUT https://api.test.samarbeid.digdir.no/api/v1/scopes/access/1?scope=a%3Ab": grantCall,
	} {
		handle := srv.Fail(mockserver.Fault{Status: 500})
		method, url, _ := strings.Cut(target, " ")
		resp, err := srv.HTTPClient().Do(check.Got(http.NewRequestWithContext(t.Context(), method, url, nil))(t))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		handle.Remove()
		requests := srv.Requests()
		check.Same(t, operation, requests[len(requests)-1].Operation, target)
	}
	srv.AssertNoUnexpected(t)
}

func TestAnswersAreKeptWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.anybody().get("/delegationsources").want(http.StatusOK)
	if got := lastRequest(w).Answer; got != nil {
		t.Errorf("without the option there is %s", got)
	}
	w = newWire(t, mockserver.WithAnswers(), mockserver.WithControl())
	a := w.as("provider", scopesWrite+" "+dcrWrite)
	if got := string(lastRequest(w).Answer); got != `{"access_token":"***","expires_in":120,"scope":"`+scopesWrite+" "+dcrWrite+`","token_type":"Bearer"}` {
		t.Errorf("of a token: %s", got)
	}
	a.post("/clients", login()).want(http.StatusOK)
	if got := string(lastRequest(w).Answer); !strings.Contains(got, `"client_secret":"***"`) {
		t.Errorf("of a client with a secret: %s", got)
	}
	got := a.get("/clients/login").want(http.StatusOK)
	check.Same(t, plain(t, got.object()), plain(t, lastRequest(w).Answer))
	a.del("/clients/login").want(http.StatusOK)
	if got := lastRequest(w).Answer; got != nil {
		t.Errorf("of nothing: %s", got)
	}
	for range 60 {
		a.post("/clients", object{"client_name": strings.Repeat("n", 200)}).want(http.StatusOK)
	}
	if a.get("/clients").want(http.StatusOK); lastRequest(w).Answer != nil {
		t.Error("a long list is kept")
	}
	for _, hidden := range []string{"/_mock/snapshot", "/portal/"} {
		if w.send(http.MethodGet, hidden, nil, ""); lastRequest(w).Answer != nil {
			t.Errorf("the answer of %s is kept", hidden)
		}
	}
	requests := w.srv.Requests()
	requests[0].Answer[0] = 'x'
	if w.srv.Requests()[0].Answer[0] != '{' {
		t.Error("the journal is no copy")
	}
}

func TestAnAnswerThatFaultsSpoilIsKeptAsFarAsItIsJSON(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithAnswers())
	for _, row := range []struct {
		fault mockserver.Fault
		want  string
	}{
		{mockserver.Fault{Status: 503, Body: `{"busy":true}`}, `{"busy":true}`},
		{mockserver.Fault{Status: 502, Body: "<html>"}, ""},
		{mockserver.Fault{SlowBody: 1}, `{"keys":`},
	} {
		handle := w.srv.Fail(row.fault)
		w.send(http.MethodGet, "/jwk", nil, "")
		handle.Remove()
		if got := string(lastRequest(w).Answer); !strings.HasPrefix(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%s: %s", row.fault, got)
		}
	}
}
