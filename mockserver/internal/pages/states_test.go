package pages_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// allPages are the addresses of every page, for the manager of Digdir with a scope
// and two clients.
func allPages(client, login string) []string {
	pages := []string{
		"/", "/portal/", "/portal/register", "/portal/registered?mail=a@digdir.no", "/portal/confirm?token=x", "/portal/login", "/portal/help",
		"/portal/profile", "/portal/profile/pid", "/portal/profile/access", "/portal/terms", "/portal/idporten", "/portal/organization", "/portal/organization/restrict", "/portal/organization/production",
		"/portal/organization/rights", "/portal/prefixes/new", "/portal/services", "/portal/administration", "/portal/notifications",
		"/portal/env/test/scopes", "/portal/env/test/scopes/new", "/portal/env/test/scope?name=difi:a", "/portal/env/test/scope/edit?name=difi:a",
		"/portal/env/test/scope/deactivate?name=difi:a", "/portal/env/test/scope/access?name=difi:a", "/portal/env/test/keys",
		"/portal/env/test/integrations", "/portal/env/test/integrations/new", "/portal/env/test/integrations/api-tilbyder-" + digdir,
		"/workbench/mail", "/workbench/digdir", "/workbench/altinn", "/portal/nothing", "/portal/env/prod/scopes",
	}
	for _, kind := range []string{"maskinporten", "krr", "idporten", "ansattporten", "api_klient"} {
		pages = append(pages, "/portal/env/test/integrations/new?type="+kind)
	}
	for _, id := range []string{client, login} {
		for _, tab := range []string{"", "/edit", "/deactivate", "/keys", "/keys/new", "/scopes", "/onbehalfof", "/merchant-data"} {
			pages = append(pages, "/portal/env/test/integrations/"+id+tab)
		}
	}
	return pages
}

var (
	idPattern      = regexp.MustCompile(` id="([^"]*)"`)
	forPattern     = regexp.MustCompile(` (?:for|aria-describedby|aria-labelledby)="([^"]*)"`)
	addressPattern = regexp.MustCompile(` (?:href|src|action)="([^"]*)"`)
	missingPattern = regexp.MustCompile(`\[[a-z]+\.[A-Za-z_.#]+\]|%!|ZgotmplZ`)
)

func TestEveryPageIsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope("a")
	check.Got(w.Registries["test"].GrantAccess(caller, "difi:a", nav))(t)
	client := w.client(registry.ClientFields{Scopes: []string{"difi:a"}})
	public, _ := aKey()
	check.Got(w.Registries["test"].AddKeyText(caller, client.ClientID, []byte(public.JWK)))(t)
	login := w.client(registry.ClientFields{IntegrationType: registry.APIKlient, RedirectURIs: []string{"https://a.example/"}, TokenEndpointAuthMethod: "client_secret_post"})
	check.Got(w.Registries["test"].OnBehalfOfCreate(caller, login.ClientID, registry.OnBehalfOfInput{OnBehalfOf: "b"}))(t)
	for _, lang := range []string{"nb", "en"} {
		p := w.signedIn(boss)
		p.get("/portal/language?to=" + lang + "&next=/portal/profile")
		for _, path := range allPages(client.ClientID, login.ClientID) {
			p.get(path)
			whole(t, lang+" "+path, p.page.text)
		}
		for _, path := range []string{"/portal/register", "/portal/login", "/portal/profile"} { // for who isn't signed in
			stranger := w.person()
			stranger.get("/portal/language?to=" + lang + "&next=" + path)
			whole(t, lang+" "+path, stranger.page.text)
		}
	}
}

// whole checks what can be seen from a page's text alone.
func whole(t *testing.T, name, text string) {
	t.Helper()
	if n := strings.Count(text, "<h1>"); n != 1 {
		t.Errorf("%s has %d headings of the first rank", name, n)
	}
	check.Same(t, "", missingPattern.FindString(text), name)
	if len(text) > 30<<10 {
		t.Errorf("%s has %d bytes", name, len(text))
	}
	if !strings.HasSuffix(strings.TrimSpace(text), "</html>") {
		t.Errorf("%s ends early", name)
	}
	ids := map[string]bool{}
	for _, id := range idPattern.FindAllStringSubmatch(text, -1) {
		if ids[id[1]] {
			t.Errorf("%s: the id %s is there twice", name, id[1])
		}
		ids[id[1]] = true
	}
	for _, list := range forPattern.FindAllStringSubmatch(text, -1) {
		for id := range strings.FieldsSeq(list[1]) {
			if !ids[id] {
				t.Errorf("%s: nothing has the id %s", name, id)
			}
		}
	}
	for _, address := range addressPattern.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(address[1], "/") && !strings.HasPrefix(address[1], "#") && !strings.HasPrefix(address[1], "?") && !strings.HasPrefix(address[1], origin) {
			t.Errorf("%s leads to %s", name, address[1])
		}
	}
}

// crowd fills a world with n scopes, accesses to one of them, clients and orders.
func crowd(w *world, n int) (client string) {
	r := w.Registries["test"]
	for i := range n {
		w.scope(fmt.Sprintf("scope-%05d", i))
		c := w.client(registry.ClientFields{Description: fmt.Sprint("Klient ", i)})
		client = c.ClientID
	}
	s := w.scope("a")
	given := 0
	for i := 800_000_000; given < n; i++ {
		if _, err := r.GrantAccess(caller, s.Name, fmt.Sprint(i)); err == nil {
			given++
		}
	}
	return client
}

func TestPagesOfLongListsStaySmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := crowd(w, 2000)
	p := w.signedIn(boss)
	for _, path := range allPages(client, client) {
		p.get(path)
		whole(t, path, p.page.text)
	}
	p.get("/portal/env/test/scope?name=difi:a&q=80000001").sees(200, "80000001")
	p.get("/portal/env/test/integrations?q=klient+1999").sees(200, "Antall: 1")
	p.get("/portal/env/test/integrations/"+client+"/scopes?q=00042").sees(200, "difi:scope-00042", "Antall: 1")
}

// BenchmarkPage asks for each list page with few rows and with 10,000.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{20, 10_000} {
		w := newWorld(b)
		client := crowd(w, n)
		p := w.signedIn(boss)
		for _, path := range []string{
			"/portal/env/test/scopes", "/portal/env/test/scope?name=difi:a", "/portal/env/test/integrations", "/portal/services",
			"/portal/env/test/integrations/" + client + "/scopes", "/portal/env/test/keys", "/portal/notifications",
		} {
			b.Run(fmt.Sprintf("rows=%d%s", n, strings.ReplaceAll(strings.ReplaceAll(path, "?name=difi:a", ""), client, "id")), func(b *testing.B) {
				for b.Loop() {
					p.get(path)
				}
				b.ReportMetric(float64(len(p.page.text)), "bytes/page")
			})
		}
	}
}
