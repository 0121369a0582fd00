package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// aForm is a form of the pages: where it is, where it goes, and what it needs.
type aForm struct {
	page, action string
	filled       []string
}

// forms are all of them, for the manager of Digdir, who has a scope and a client.
func forms(client string) []aForm {
	c := "/portal/env/test/integrations/" + client
	return []aForm{
		{"/portal/register", "/portal/register", []string{"name", "mail", "password", "pid"}},
		{"/portal/login", "/portal/login", []string{"mail", "password", "next"}},
		{"/portal/profile", "/portal/logout", nil},
		{"/portal/idporten", "/portal/idporten", []string{"pid", "next"}},
		{"/portal/organization/restrict", "/portal/organization/restrict", []string{"environment", "mails"}},
		{"/portal/organization/production", "/portal/organization/production", []string{"persons", "persons[0].name", "persons[0].mail", "persons[0].phone"}},
		{"/portal/organization/rights", "/portal/organization/rights", []string{"mail", "rights"}},
		{"/portal/terms", "/portal/terms", []string{"orgno", "mail"}},
		{"/portal/registered?mail=x", "/portal/resend", []string{"mail"}},
		{"/portal/profile/pid", "/portal/profile/pid", []string{"pid"}},
		{"/portal/profile/access", "/portal/profile/access", []string{"environment", "rights"}},
		{"/portal/prefixes/new", "/portal/prefixes/new", []string{"environment", "prefix", "purpose"}},
		{"/portal/env/test/scopes/new", "/portal/env/test/scopes/new", []string{
			"prefix", "subscope", "description", "long_description", "allowed_integration_types", "visibility", "delegation_source", "token_type",
			"at_max_age", "authorization_max_lifetime", "enforced_aud_for_access_token", "description#nn", "long_description#en",
		}},
		{"/portal/env/test/scope/edit?name=difi:a", "/portal/env/test/scope/edit", []string{"description", "long_description", "visibility", "at_max_age"}},
		{"/portal/env/test/scope/access?name=difi:a", "/portal/env/test/scope/access", []string{"consumer_orgno", "many"}},
		{"/portal/env/test/scope?name=difi:a", "/portal/env/test/scope/access/remove", []string{"consumer_orgno"}},
		{"/portal/env/test/scope/deactivate?name=difi:a", "/portal/env/test/scope/deactivate", []string{"name"}},
		{"/portal/env/test/integrations/new?type=api_klient", "/portal/env/test/integrations/new", []string{
			"client_name", "description", "type", "client_orgno", "access_token_lifetime", "application_type", "token_endpoint_auth_method",
			"grant_types", "redirect_uris", "post_logout_redirect_uris", "frontchannel_logout_uri", "scopes",
		}},
		{c + "/edit", c + "/edit", []string{"client_name", "description", "access_token_lifetime"}},
		{c + "/keys/new", c + "/keys/new", []string{"key"}},
		{c + "/scopes", c + "/scopes/add", []string{"scope"}},
		{c + "/onbehalfof", c + "/onbehalfof", []string{"onbehalfof", "name", "orgno", "description"}},
		{c + "/merchant-data", c + "/merchant-data", []string{"invoicing.recipient_orgno", "invoicing.recipient_name", "invoicing.email", "invoicing.address.city", "notification_points"}},
		{c + "/deactivate", c + "/deactivate", nil},
	}
}

// hostile is a world in which every form is on its page.
func hostileWorld(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.scope("a")
	w.scope("b")
	_, err := w.registries["test"].GrantAccess(caller, "difi:a", nav)
	w.ok(err)
	return w, w.client(registry.ClientInput{}).ClientID
}

func TestScriptsInAnyFieldStayText(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)'`
	for i := range forms("") {
		w, client := hostileWorld(t)
		form := forms(client)[i]
		p := w.signedIn(boss)
		p.get(form.page)
		var sent []string
		for _, name := range form.filled {
			sent = append(sent, name, evil)
		}
		p.submit(form.action, sent...)
		for _, path := range []string{"", "/portal/organization", "/portal/services", "/portal/env/test/scopes", "/portal/notifications", "/workbench/mail", "/portal/env/test/integrations/" + client} {
			if path != "" {
				p.get(path)
			}
			p.seesNot("<script>alert", "<img src=x", `href="javascript:`, "[error.")
		}
	}
}

func TestFormsThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	w, client := hostileWorld(t)
	for _, form := range forms(client) {
		p := w.signedIn(boss)
		p.get(form.page)
		p.submit(form.action, "description", strings.Repeat("a", 1<<20))
		p.sees(413, "Skjemaet er for stort")
	}
}

func TestFormsNeedATokenOfThisBrowserAndSession(t *testing.T) {
	t.Parallel()
	w, client := hostileWorld(t)
	stranger := w.signedIn(kari)
	stranger.get("/portal/profile")
	foreign := stranger.token()
	for _, form := range forms(client) {
		p := w.signedIn(boss)
		p.get(form.page)
		good := p.token()
		if good == "" {
			t.Errorf("%s has no token", form.page)
		}
		for _, token := range []string{"", "x", foreign, good + "x", strings.ToLower(good), "." + good} {
			p.do(http.MethodPost, form.action, url.Values{"form_token": {token}, "name": {"difi:a"}})
			p.sees(403, "Skjemaet er utdatert")
		}
		for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
			p.header = http.Header{name: {value}}
			if p.do(http.MethodPost, form.action, url.Values{"form_token": {good}, "name": {"difi:a"}}); p.page.status != http.StatusForbidden {
				t.Errorf("%s: %s: %s gets %d", form.action, name, value, p.page.status)
			}
			p.header = http.Header{}
		}
	}
	if s, err := w.registries["test"].Scope(digdir, "difi:a"); err != nil || !s.Active {
		t.Errorf("a forged form deactivated the scope: %v", err)
	}
}

func TestFormThatIsSentTwiceIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	const create = "/portal/env/test/integrations/new"
	p.get(create + "?type=maskinporten")
	sent := url.Values{"form_token": {p.token()}, "type": {"maskinporten"}, "client_name": {""}}
	p.do(http.MethodPost, create, sent)
	p.sees(400) // refused: it may be sent again
	sent.Set("client_name", "Ny")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			again := *p
			again.do(http.MethodPost, create, sent)
			again.sees(200, "Ny")
		})
	}
	group.Wait()
	p.do(http.MethodPost, create, sent)
	p.sees(200, "Ny")
	if all, err := w.registries["test"].Clients(caller, true); err != nil || len(all) != 1 {
		t.Errorf("%d clients, %v", len(all), err)
	}
}

func TestEveryAnswerIsKeptFromFramesCachesAndOtherHosts(t *testing.T) {
	t.Parallel()
	p := newWorld(t).person()
	for _, path := range []string{"/", "/portal/login", "/portal/nothing", "/workbench/mail"} {
		header := p.get(path).header
		policy := header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: %s", path, policy)
			}
		}
		if header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "same-origin" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, header)
		}
	}
	p.get("/portal/assets/style.css")
	if p.page.status != 200 || !strings.Contains(p.page.header.Get("Content-Type"), "text/css") {
		t.Errorf("the style sheet: %d %v", p.page.status, p.page.header)
	}
	p.get("/portal/assets/..%2Fpages.go")
	if p.page.status != 404 {
		t.Errorf("a file that is no asset: %d", p.page.status)
	}
}
