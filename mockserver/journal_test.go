package mockserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func newJSONLog(to io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(to, nil)) }

func TestJournalTellsOfEachRequestWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	provider := w.as("provider", scopesWrite)
	provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
	provider.put("/scopes/access/889640782?scope=difi:b", nil)
	w.anybody().get("/prefix")
	w.anybody().get("/nothing")
	w.send(http.MethodGet, "/ver2/jwk", nil, "")
	w.send(http.MethodGet, "/prod/.well-known/oauth-authorization-server", nil, "")
	w.send(http.MethodGet, "/errors/MP-100", nil, "")
	w.send(http.MethodGet, "/a//b", nil, "")
	id := w.role("test", "provider").ClientID
	want := []mockserver.Request{
		{Method: "POST", Path: "/token", Environment: "test", Operation: "POST /token", OrgNo: "991825827", ClientID: id, Status: 200},
		{Method: "POST", Path: "/api/v1/scopes", Environment: "test", Operation: "POST /scopes", OrgNo: "991825827", ClientID: id, Status: 200, Body: json.RawMessage(`{"description":"En beskrivelse","prefix":"difi","subscope":"a"}`)},
		{Method: "PUT", Path: "/api/v1/scopes/access/889640782", Query: "scope=difi%3Ab", Environment: "test", Operation: "PUT /scopes/access/{consumer_orgno}", OrgNo: "991825827", ClientID: id, Status: 404, Refusal: `Scope "difi:b" was not found`},
		{Method: "GET", Path: "/api/v1/prefix", Environment: "test", Operation: "GET /prefix", Status: 401, Refusal: "Unauthorized: an access token is required", Unexpected: true},
		{Method: "GET", Path: "/api/v1/nothing", Environment: "test", Status: 404, Refusal: "There is no such resource", Unexpected: true},
		{Method: "GET", Path: "/ver2/jwk", Environment: "ver2", Operation: "GET /jwk", Status: 200},
		{Method: "GET", Path: "/prod/.well-known/oauth-authorization-server", Environment: "prod", Operation: "GET /.well-known/oauth-authorization-server", Status: 200},
		{Method: "GET", Path: "/errors/MP-100", Environment: "test", Operation: "GET /errors/{code}", Status: 200},
		{Method: "GET", Path: "/a//b", Status: 400, Refusal: "The path segment number 2 is empty, '.', '..', or holds a slash or control characters", Unexpected: true},
	}
	got := w.srv.Requests()
	for i := range got {
		if got[i].Time.IsZero() || got[i].Host != "mock.example" {
			t.Errorf("time %v, host %q", got[i].Time, got[i].Host)
		}
		got[i].Time, got[i].Host, got[i].Grant = want[0].Time, "", nil
	}
	check.Same(t, want, got)
	if w.srv.Answered() != len(want) {
		t.Errorf("%d answered", w.srv.Answered())
	}
}

func TestJournalShowsGrantsDecodedAndNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.role("test", "provider")
	assertion := w.grant(c, "idporten:scopes.read difi:unknown", object{"jti": "one"})
	w.ask("test", assertion).want(http.StatusBadRequest)
	token := w.token(c, scopesRead)
	w.send(http.MethodPost, "/token?grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion="+w.grant(c, scopesRead, nil), nil, "").want(http.StatusOK)
	w.send(http.MethodGet, "/scopes?access_token="+token+"&inactive=true&%22"+token+"=1", map[string]string{"Authorization": "Bearer " + token}, "")
	secret := w.as("consumer", dcrWrite).post("/clients", login()).want(http.StatusOK).object()["client_secret"].(string)

	requests := w.srv.Requests()
	var claims, header object
	if grant := requests[0].Grant; grant == nil || grant.Code != "MP-200" || grant.Error != "invalid_scope" || json.Unmarshal(grant.Claims, &claims) != nil || json.Unmarshal(grant.Header, &header) != nil {
		t.Fatalf("grant %+v", grant)
	}
	if claims["jti"] != "one" || header["kid"] != c.JWK.KeyID || !strings.Contains(requests[0].Refusal, "difi:unknown") {
		t.Errorf("claims %v, header %v, refusal %s", claims, header, requests[0].Refusal)
	}
	if id := requests[1].Grant.TokenID; id == "" || id != claimsOf(t, token)["jti"] {
		t.Errorf("token id %q", id)
	}
	check.Same(t, "access_token=-&inactive=true", requests[3].Query, "query")
	everything := string(check.Got(json.Marshal(requests))(t)) + fmt.Sprintf("%+v", requests) + fmt.Sprint(w.srv.AuditLog())
	for what, hidden := range map[string]string{"token": token[len(token)-40:], "grant": assertion[len(assertion)-40:], "secret": secret} {
		if strings.Contains(everything, hidden) {
			t.Errorf("the journal holds a %s", what)
		}
	}
}

func TestJournalKeepsTheLastRequestsOnly(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for i := range 2500 {
		w.send(http.MethodGet, fmt.Sprintf("/number/%d", i), nil, "")
	}
	requests := w.srv.Requests()
	if len(requests) != 1000 || requests[0].Path != "/number/1500" || requests[999].Path != "/number/2499" || w.srv.Answered() != 2500 {
		t.Errorf("%d requests, from %s, %d answered", len(requests), requests[0].Path, w.srv.Answered())
	}
	large := w.grant(w.role("test", "provider"), scopesRead, object{"large": strings.Repeat("x", 100_000)})
	w.ask("test", large)
	requests = w.srv.Requests()
	if last := requests[len(requests)-1]; last.Grant == nil || last.Grant.Claims != nil {
		t.Error("a huge grant is kept")
	}
}

func TestJournalIsACopy(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.token(w.role("test", "provider"), scopesRead)
	first := w.srv.Requests()
	first[0].Path = "changed"
	first[0].Grant.Claims[0] = 'x'
	if again := w.srv.Requests()[0]; again.Path != "/token" || again.Grant.Claims[0] != '{' {
		t.Errorf("got %+v", again)
	}
}

func TestAuditLogTellsWhoChangedWhat(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	provider := w.as("provider", scopesWrite)
	provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
	provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
	provider.del("/scopes/access/889640782?scope=difi:a").want(http.StatusOK)
	w.in("prod", "keys-only", dcrModify) // changes nothing
	by := mockserver.Change{Environment: "test", Scope: "difi:a", Actor: w.role("test", "provider").ClientID, ActorOrgNo: "991825827"}
	var want []mockserver.Change
	for _, step := range []struct{ kind, orgno, consumer string }{
		{"scope_created", "991825827", ""}, {"access_granted", "889640782", "889640782"}, {"access_revoked", "889640782", "889640782"},
	} {
		change := by
		change.Kind, change.OrgNo, change.ConsumerOrgNo = step.kind, step.orgno, step.consumer
		want = append(want, change)
	}
	got := w.srv.AuditLog()
	for i := range got {
		if got[i].Time.IsZero() {
			t.Error("a change without a time")
		}
		got[i].Time = want[0].Time
	}
	check.Same(t, want, got)
}

// failingTest is a test that has failed.
type failingTest struct {
	faultyTest
	log []string
}

func (f *failingTest) Failed() bool { return true }
func (f *failingTest) Logf(format string, args ...any) {
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func TestFailedTestShowsTheLastRequestsAndTheirRefusals(t *testing.T) {
	t.Parallel()
	double := &failingTest{}
	srv := mockserver.Start(double)
	for range 30 {
		inMemory(t, srv, openList+"?inactive=maybe").want(http.StatusBadRequest)
	}
	client := srv.Client(srv.AddOrganization("889640782", "Arbeids- og velferdsetaten"))
	if _, err := client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "a", Description: "d"}); err == nil {
		t.Fatal("no refusal")
	}
	for _, cleanup := range double.cleanups {
		cleanup()
	}
	text := strings.Join(double.log, "\n")
	if len(double.log) != 20 || !strings.Contains(text, "POST test/api/v1/scopes -> 403 for client ") || !strings.Contains(text, "889640782 has no prefix") || !strings.Contains(text, "?inactive=maybe -> 400: The parameter inactive must be true or false") {
		t.Errorf("%d lines:\n%s", len(double.log), text)
	}
}

func TestTestThatPassesShowsNothing(t *testing.T) {
	t.Parallel()
	double := &failingTest{}
	srv := mockserver.Start(&double.faultyTest)
	inMemory(t, srv, openList).want(http.StatusOK)
	for _, cleanup := range double.cleanups {
		cleanup()
	}
	if len(double.log) > 0 {
		t.Errorf("got %v", double.log)
	}
}
