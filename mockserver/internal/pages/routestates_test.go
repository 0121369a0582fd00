package pages_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
)

// everyPageOf is an address of each page, as somebody asks for it who has a scope and
// a client of these names.
func everyPageOf(scope, client string) map[string]string {
	addresses := map[string]string{}
	for _, pattern := range pages.Routes() {
		path, ok := strings.CutPrefix(pattern, "GET ")
		if !ok || path == "/portal/language" {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{env}", "test", "{id}", client).Replace(path)
		if strings.Contains(pattern, "{env}/scope") && !strings.Contains(pattern, "/scopes") {
			path += "?name=" + url.QueryEscape(scope)
		}
		addresses[pattern] = path
	}
	return addresses
}

// forEverybody are the pages of the portal that need no session.
var forEverybody = []string{
	"GET /{$}", "GET /portal/{$}", "GET /portal/register", "GET /portal/registered", "GET /portal/confirm", "GET /portal/login", "GET /portal/help", "GET /portal/terms",
}

// ofAnObject reports whether a page is about one scope or client.
func ofAnObject(pattern string) bool {
	return strings.Contains(pattern, "{id}") || strings.Contains(pattern, "{env}/scope") && !strings.Contains(pattern, "/scopes")
}

// odd are pages that answer otherwise when all is well.
var odd = map[string]int{"GET /portal/confirm": 400, "GET /workbench/request": 404}

func TestEveryPageInEveryState(t *testing.T) {
	t.Parallel()
	session := func(pattern string) bool {
		return strings.HasPrefix(pattern, "GET /portal/") && !slices.Contains(forEverybody, pattern)
	}
	environment := func(pattern string) bool { return strings.Contains(pattern, "{env}") }
	for _, state := range []struct {
		name          string
		who           string // empty: nobody is signed in
		scope, client string
		later         time.Duration
		applies       func(pattern string) bool
		status        int
		says          string
	}{
		{"with what there is", boss, "difi:a", "innlogging", 0, func(string) bool { return true }, 200, ""},
		{"signed out", "", "difi:a", "innlogging", 0, session, 200, "Logg inn"},
		{"signed out in the middle", boss, "difi:a", "innlogging", 9 * time.Hour, session, 200, "Du er logget ut"},
		{"let in by nobody", kari, "difi:a", "innlogging", 0, environment, 403, "Du har ikke tilgang"},
		{"no manager", kari, "", "", 0, func(p string) bool {
			return strings.HasPrefix(p, "GET /portal/organization/")
		}, 403, "Bare en leder"},
		{"another's", boss, "nav:a", "navs", 0, ofAnObject, 403, ""},
		{"unknown", boss, "difi:ukjent", "ukjent", 0, ofAnObject, 404, ""},
		{"hostile", boss, `"><script>alert(1)</script>`, `%22%3E%3Cscript%3Ealert(1)`, 0, ofAnObject, 404, ""},
	} {
		t.Run(state.name, func(t *testing.T) {
			t.Parallel()
			for pattern, path := range everyPageOf(state.scope, state.client) {
				if !state.applies(pattern) {
					continue
				}
				p, server := stranger(t)
				if state.who != "" {
					p.signIn(state.who)
				}
				server.Clock().Advance(state.later)
				p.get(path)
				want := state.status
				if status, ok := odd[pattern]; ok && want == http.StatusOK {
					want = status
				}
				if pattern == "GET /portal/env/{env}/scope" && state.name == "another's" {
					want = p.page.status // another's scope is told apart by nobody: 403 or 404
					if want != http.StatusForbidden && want != http.StatusNotFound {
						t.Errorf("%s: %d", path, want)
					}
				}
				if p.page.status != want || !strings.Contains(visible(p.page.text), state.says) {
					t.Errorf("%s: %d, want %d and %q: %.300s", path, p.page.status, want, state.says, visible(p.page.text))
				}
				p.seesNot("<script>alert")
				whole(t, state.name+" "+path, strings.ReplaceAll(p.page.text, mockAddress, origin))
			}
		})
	}
}

func TestListsAreEmptyHaveOneRowOrMany(t *testing.T) {
	t.Parallel()
	lists := []string{
		"/portal/env/ver1/scopes", "/portal/env/ver1/integrations", "/portal/env/ver1/keys", "/portal/notifications", "/portal/organization",
		"/workbench/mail", "/workbench/digdir", "/workbench/world?env=ver1&list=scopes", "/workbench/world?env=ver1&list=clients", "/workbench/world?env=ver1&list=delegations",
		"/workbench/world?env=ver1&list=consents", "/workbench/world?env=ver1&list=system_users",
	}
	p, server := stranger(t)
	server.Clock().Reset()
	p.signIn(boss)
	for _, path := range lists {
		p.get(path)
		whole(t, path, strings.ReplaceAll(p.page.text, mockAddress, origin))
		p.get(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "q=finnes-ikke&page=7").sees(200)
		whole(t, path+" of which nothing is found", strings.ReplaceAll(p.page.text, mockAddress, origin))
	}
	one := crowded(t, 1)
	many := crowded(t, 1500)
	for _, m := range []*mock{one, many} {
		for _, path := range m.everyPage() {
			for _, page := range []string{"", "page=2", "page=99999", "page=-1", "page=x"} {
				address := path
				if page != "" {
					address += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + page
				}
				status, text := m.do(http.MethodGet, address, nil)
				if status >= http.StatusInternalServerError {
					t.Errorf("%s: %d", address, status)
				}
				whole(t, address, strings.ReplaceAll(text, mockAddress, origin))
			}
		}
	}
}

func TestFormThatSomebodyElseHasOvertakenIsRefused(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"POST /portal/env/{env}/scope/edit", "POST /portal/env/{env}/integrations/{id}/edit"} {
		e := examples()[pattern]
		p, server := visitor(t, boss)
		first, second := p.values(e), p.values(e)
		server.Clock().Advance(time.Minute)
		p.do(http.MethodPost, e.action, first).sees(200, "Endret")
		before := server.Snapshot()
		p.do(http.MethodPost, e.action, second).sees(409, "Noe må rettes")
		unchanged(t, server, before, pattern)
	}
}

// stranger is somebody who has not signed in.
func stranger(t *testing.T) (*person, *mockserver.Server) {
	t.Helper()
	server := check.Got(mockserver.New(mockserver.WithControl(), mockserver.WithWorld(routesWorld(t))))(t)
	server.Clock().Fix(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	jar := check.Got(cookiejar.New(nil))(t)
	m := &mock{tb: t, server: server}
	return &person{world: &world{t: t}, origin: mockAddress, client: &http.Client{Jar: jar, Transport: m}, header: http.Header{}}, server
}
