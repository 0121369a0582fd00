package portal_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// browser speaks to a portal over HTTP and keeps its cookie.
type browser struct {
	t       *testing.T
	handler http.Handler
	cookie  *http.Cookie
	csrf    string
	header  http.Header // sent in addition
}

func (w *world) browser() *browser {
	w.t.Helper()
	return &browser{t: w.t, header: http.Header{}, handler: w.Handler("/portal/", func(rw http.ResponseWriter, r *http.Request, environment, path string, actor portal.Actor) {
		_, _ = io.WriteString(rw, strings.Join([]string{r.Method, environment, path, actor.OrgNo}, " "))
	})}
}

// do sends a request, and returns the status, the refusal's code and the body.
func (b *browser) do(method, path string, body any) (int, string, string) {
	b.t.Helper()
	var in io.Reader
	if body != nil {
		data := check.Got(json.Marshal(body))(b.t)
		in = strings.NewReader(string(data))
	}
	r := httptest.NewRequestWithContext(b.t.Context(), method, "https://portal.example"+path, in)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	maps.Copy(r.Header, b.header)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	if b.csrf != "" {
		r.Header.Set(portal.CSRFHeader, b.csrf)
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, r)
	answer := rec.Result()
	for _, cookie := range answer.Cookies() {
		b.cookie = cookie
	}
	text := rec.Body.String()
	var refusal struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal([]byte(text), &refusal)
	return answer.StatusCode, refusal.Error, text
}

func (b *browser) wants(status int, code portal.Code, method, path string, body any) {
	b.t.Helper()
	gotStatus, gotCode, text := b.do(method, path, body)
	if gotStatus != status || gotCode != string(code) {
		b.t.Errorf("%s %s: got %d %s", method, path, gotStatus, text)
	}
}

// signsIn signs a new user up and in, over HTTP all the way.
func (b *browser) signsIn(w *world, mail string) {
	b.t.Helper()
	b.wants(200, "", "POST", "/api/users", portal.SignUp{Name: mail, Mail: mail, Password: password, PID: pid})
	b.wants(200, "", "GET", "/confirm?token="+w.lastLink(mail), nil)
	status, _, text := b.do("POST", "/api/session", map[string]string{"mail": mail, "password": password})
	var profile portal.Profile
	if err := json.Unmarshal([]byte(text), &profile); err != nil || status != 200 {
		b.t.Fatalf("sign-in: %d %s", status, text)
	}
	b.csrf = profile.CSRFToken
}

func TestSessionCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signsIn(w, kari)
	want := http.Cookie{Name: portal.CookieName, Path: "/portal/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode}
	got := *b.cookie
	got.Value, got.Raw = "", ""
	check.Same(t, want, got)
}

func TestUserCanDoEverythingOverJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manager, b := w.browser(), w.browser()
	w.ok(w.AppointManager(digdir, boss))
	manager.signsIn(w, boss)
	b.signsIn(w, kari)
	b.wants(200, "", "GET", "/api/session", nil)
	manager.wants(200, "", "PUT", "/api/restrictions/ver2", map[string]any{"mails": []string{boss}})
	b.wants(403, portal.CodeNoAccess, "GET", "/api/environments/ver2/scopes", nil)
	manager.wants(200, "", "POST", "/api/production", map[string]any{"persons": []portal.Person{{Name: "Kari", Mail: kari, Phone: "22222222"}}})
	manager.wants(200, "", "POST", "/api/rights/"+kari, map[string]any{"rights": []string{"supplier"}})
	b.wants(403, portal.CodeIDPortenRequired, "GET", "/api/environments/prod/scopes", nil)
	b.wants(200, "", "POST", "/api/session/idporten", map[string]string{"pid": pid})
	b.wants(200, "", "POST", "/api/prefix-orders", map[string]string{"environment": "prod", "prefix": "digdir", "purpose": "API"})
	b.wants(200, "", "GET", "/api/prefix-orders", nil)
	if _, _, got := b.do("GET", "/api/environments/prod/scopes/all?x=1", nil); got != "GET prod /scopes/all "+digdir {
		t.Errorf("workspace got %q", got)
	}
	manager.wants(200, "", "DELETE", "/api/rights/"+kari+"?right=supplier", nil)
	manager.wants(200, "", "DELETE", "/api/rights/"+kari, nil)
	b.wants(403, portal.CodeNoAccess, "GET", "/api/environments/prod/scopes", nil)
}

func TestReplayedCookieAfterSignOutGetsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signsIn(w, kari)
	stolen := *b.cookie
	b.wants(200, "", "DELETE", "/api/session", nil)
	if b.cookie.MaxAge >= 0 || b.cookie.Value != "" {
		t.Error("the cookie is not cleared")
	}
	b.cookie = &stolen
	b.wants(401, portal.CodeNotSignedIn, "GET", "/api/session", nil)
	b.wants(401, portal.CodeNotSignedIn, "POST", "/api/environments/test/scopes", map[string]string{})
}

func TestChangesNeedTheSessionsOwnCSRFToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.browser(), w.browser()
	b.signsIn(w, kari)
	other.signsIn(w, ola)
	for _, csrf := range []string{"", "x", other.csrf} {
		b.csrf = csrf
		for method, path := range map[string]string{
			"POST": "/api/prefix-orders", "PUT": "/api/restrictions/test", "DELETE": "/api/session", "PATCH": "/api/environments/test/scopes",
		} {
			b.wants(403, portal.CodeForgedRequest, method, path, map[string]string{})
		}
	}
	b.wants(200, "", "GET", "/api/session", nil)
}

func TestRequestsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if status, _, _ := b.do("POST", "/api/session", map[string]string{"mail": kari, "password": password}); status != http.StatusForbidden {
		t.Errorf("status %d", status)
	}
}

func TestBadRequestsAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.wants(404, portal.CodeUnknown, "GET", "/api/nothing", nil)
	b.wants(400, portal.CodeUnknownDomain, "POST", "/api/users", portal.SignUp{Name: "K", Mail: "k@x.no", Password: password})
	b.wants(401, portal.CodeWrongCredentials, "POST", "/api/session", map[string]string{"mail": kari, "password": "x"})
	b.wants(400, portal.CodeLinkInvalid, "POST", "/api/confirmations", map[string]string{"token": "x"})
	b.wants(401, portal.CodeNotSignedIn, "GET", "/api/session", nil)
	b.wants(401, portal.CodeNotSignedIn, "GET", "/api/environments/test/scopes", nil)
	for _, path := range []string{"/api/users", "/api/session", "/api/confirmations"} {
		b.wants(400, portal.CodeInvalid, "POST", path, []string{"not", "an", "object"})
		b.wants(400, portal.CodeInvalid, "POST", path, map[string]string{"name": strings.Repeat("a", 70<<10)})
	}
	fits := strings.Repeat("a", 64<<10-len(`{"token":""}`))
	b.wants(400, portal.CodeLinkInvalid, "POST", "/api/confirmations", map[string]string{"token": fits})
	b.wants(400, portal.CodeInvalid, "POST", "/api/confirmations", map[string]string{"token": fits + "a"})
	b.signsIn(w, kari)
	for _, call := range [][2]string{{"POST", "/api/session/idporten"}, {"PUT", "/api/restrictions/test"}, {"POST", "/api/production"}, {"POST", "/api/rights/" + ola}, {"POST", "/api/prefix-orders"}} {
		b.wants(400, portal.CodeInvalid, call[0], call[1], "text")
	}
	b.header.Set("Content-Type", "text/plain")
	b.wants(400, portal.CodeInvalid, "POST", "/api/session", map[string]string{})
}

func TestPrefixTakenByOthersIsAConflictOverJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ok(w.Registries["test"].AssignPrefix(nav, "nav"))
	b := w.browser()
	b.signsIn(w, kari)
	b.wants(409, portal.CodeConflict, "POST", "/api/prefix-orders", map[string]string{"environment": "test", "prefix": "nav", "purpose": "API"})
}
