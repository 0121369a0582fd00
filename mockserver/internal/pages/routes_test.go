package pages_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
)

// These tests go through the routes themselves: a page or a form that is new is
// tried, or fails for want of an example.

// example is a form as somebody fills it in, and the page that it is on.
type example struct {
	page, action string
	filled       []string
}

const (
	inTest   = "/portal/env/test"
	aClient  = inTest + "/integrations/vaer"
	aLogin   = inTest + "/integrations/innlogging"
	waiting  = "venter@digdir.no"
	aConsent = "6f2f6b4e-0d3c-4f0e-9d57-2b1f6f0c7a11"
)

// examples are one of every form.
func examples() map[string]example {
	public, private := aKey()
	all := map[string]example{
		"POST /portal/register":                                      {"/portal/register", "", []string{"name", "Ny", "mail", "ny@digdir.no", "password", password}},
		"POST /portal/login":                                         {"/portal/login", "", []string{"mail", boss, "password", password}},
		"POST /portal/logout":                                        {"/portal/profile", "", nil},
		"POST /portal/resend":                                        {"/portal/registered?mail=" + waiting, "", nil},
		"POST /portal/terms":                                         {"/portal/terms", "", []string{"orgno", digdir, "mail", boss}},
		"POST /portal/idporten":                                      {"/portal/idporten", "", []string{"pid", pid}},
		"POST /portal/organization/restrict":                         {"/portal/organization/restrict", "", []string{"environment", "ver1", "mails", boss}},
		"POST /portal/organization/production":                       {"/portal/organization/production", "", []string{"persons[0].name", "K", "persons[0].mail", kari, "persons[0].phone", "22222222"}},
		"POST /portal/organization/rights":                           {"/portal/organization/rights", "", []string{"mail", kari, "rights", "apis", "action", "delegate"}},
		"POST /portal/organization/decide":                           {"/portal/organization", "", []string{"granted", "yes"}},
		"POST /portal/prefixes/new":                                  {"/portal/prefixes/new", "", []string{"environment", "test", "prefix", "nytt", "purpose", "Vær"}},
		"POST /portal/profile/pid":                                   {"/portal/profile/pid", "", []string{"pid", pid}},
		"POST /portal/profile/access":                                {"/portal/profile/access", "", []string{"environment", "prod", "rights", "apis"}},
		"POST /portal/env/{env}/scopes/new":                          {inTest + "/scopes/new", "", []string{"subscope", "nytt", "description", "Nytt"}},
		"POST /portal/env/{env}/scope/edit":                          {inTest + "/scope/edit?name=difi:a", "", []string{"description", "Endret"}},
		"POST /portal/env/{env}/scope/deactivate":                    {inTest + "/scope/deactivate?name=difi:a", "", nil},
		"POST /portal/env/{env}/scope/reactivate":                    {inTest + "/scope?name=difi:gammelt", "", nil},
		"POST /portal/env/{env}/scope/access":                        {inTest + "/scope/access?name=difi:a", "", []string{"consumer_orgno", "974760673"}},
		"POST /portal/env/{env}/scope/access/remove":                 {inTest + "/scope?name=difi:a", "", []string{"consumer_orgno", nav}},
		"POST /portal/env/{env}/integrations/new":                    {inTest + "/integrations/new?type=maskinporten", "", []string{"client_name", "Ny"}},
		"POST /portal/env/{env}/integrations/{id}/edit":              {aClient + "/edit", "", []string{"client_name", "Endret"}},
		"POST /portal/env/{env}/integrations/{id}/deactivate":        {aClient + "/deactivate", "", nil},
		"POST /portal/env/{env}/integrations/{id}/reactivate":        {inTest + "/integrations/gammel", "", nil},
		"POST /portal/env/{env}/integrations/{id}/secret":            {aLogin, "", nil},
		"POST /portal/env/{env}/integrations/{id}/keys/new":          {aClient + "/keys/new", "", []string{"key", public.PEM}},
		"POST /portal/env/{env}/integrations/{id}/keys/remove":       {aClient + "/keys", "", []string{"kid", "min-nokkel"}},
		"POST /portal/env/{env}/integrations/{id}/scopes/add":        {aClient + "/scopes", "", []string{"scope", "difi:b"}},
		"POST /portal/env/{env}/integrations/{id}/scopes/remove":     {aClient + "/scopes", "", []string{"scope", "difi:a"}},
		"POST /portal/env/{env}/integrations/{id}/onbehalfof":        {aLogin + "/onbehalfof", "", []string{"onbehalfof", "ny"}},
		"POST /portal/env/{env}/integrations/{id}/onbehalfof/remove": {aLogin + "/onbehalfof", "", []string{"onbehalfof", "kommunen"}},
		"POST /portal/env/{env}/integrations/{id}/merchant-data":     {aClient + "/merchant-data", "", []string{"notification_points", "drift@digdir.no"}},
		"POST /workbench/token":                                      {"/workbench/token", "", []string{"client_id", "vaer", "kid", "min-nokkel", "key", private, "scope", "difi:a"}},
		"POST /workbench/do/advance":                                 {"/workbench/time", "", nil},
		"POST /workbench/do/set-clock":                               {"/workbench/time", "", nil},
		"POST /workbench/do/reset-clock":                             {"/workbench/time", "", nil},
		"POST /workbench/do/settings":                                {"/workbench/time", "", []string{"chaos", "1"}},
		"POST /workbench/do/fault":                                   {"/workbench/time", "", []string{"operation", "POST /token"}},
		"POST /workbench/do/remove-fault":                            {"/workbench/time", "", []string{"id", "1"}},
		"POST /workbench/do/reset":                                   {"/workbench/world", "", nil},
		"POST /workbench/do/restore":                                 {"/workbench/world", "", []string{"world", `{"version":1}`}},
		"POST /workbench/do/organization":                            {"/workbench/digdir", "", []string{"orgno", "974760673", "name", "Brreg"}},
		"POST /workbench/do/prefix":                                  {"/workbench/digdir", "", []string{"orgno", digdir, "prefix", "mer"}},
		"POST /workbench/do/decide":                                  {"/workbench/digdir", "", []string{"granted", "yes"}},
		"POST /workbench/do/delegation":                              {"/workbench/altinn", "", []string{"consumer", nav, "supplier", digdir, "scope", "difi:a"}},
		"POST /workbench/do/system-user":                             {"/workbench/altinn", "", []string{"orgno", nav, "vendor_orgno", digdir}},
		"POST /workbench/do/consent":                                 {"/workbench/altinn", "", []string{"id", aConsent}},
	}
	for pattern, e := range all {
		e.action = strings.NewReplacer("POST ", "", "{env}", "test").Replace(pattern)
		id, _, _ := strings.Cut(strings.TrimPrefix(e.page, inTest+"/integrations/"), "/")
		e.action = strings.Replace(e.action, "{id}", id, 1)
		all[pattern] = e
	}
	return all
}

// everyForm goes through all routes of forms, each with its example.
func everyForm(t *testing.T, try func(t *testing.T, pattern string, e example)) {
	t.Helper()
	all := examples()
	for _, pattern := range pages.Routes() {
		if !strings.HasPrefix(pattern, "POST ") {
			continue
		}
		patterns := []string{pattern}
		if before, ok := strings.CutSuffix(pattern, "{what}"); ok {
			patterns = nil
			for _, name := range pages.Steerings() {
				patterns = append(patterns, before+name)
			}
		}
		for _, one := range patterns {
			e, ok := all[one]
			if !ok {
				t.Errorf("%s has no example: add one", one)
				continue
			}
			t.Run(strings.TrimPrefix(one, "POST "), func(t *testing.T) {
				t.Parallel()
				try(t, one, e)
			})
		}
	}
}

// routesWorld is one in which every form can be filled in.
func routesWorld(t *testing.T) []byte {
	t.Helper()
	public, _ := aKey()
	type object = map[string]any
	world := check.Got(json.Marshal(object{
		"version": 1,
		"environments": object{"test": object{
			"organizations": []object{{"orgno": digdir, "name": "Digitaliseringsdirektoratet"}, {"orgno": nav, "name": "Arbeids- og velferdsetaten"}},
			"prefixes":      []object{{"prefix": "difi", "owner_orgno": digdir}, {"prefix": "nav", "owner_orgno": nav}},
			"scopes":        []object{{"name": "difi:a", "description": "A"}, {"name": "difi:b", "description": "B"}, {"name": "difi:gammelt", "description": "G", "active": false}, {"name": "nav:a", "description": "N"}},
			"accesses":      []object{{"scope": "difi:a", "consumer_orgno": nav}},
			"clients": []object{
				{"client_id": "vaer", "client_name": "Vær", "client_orgno": digdir, "scopes": []string{"difi:a"}, "jwks": object{"keys": []any{json.RawMessage(public.JWK)}}},
				{"client_id": "gammel", "client_name": "Gammel", "client_orgno": digdir, "active": false},
				{"client_id": "innlogging", "client_name": "Innlogging", "client_orgno": digdir, "integration_type": "api_klient", "redirect_uris": []string{"https://a.example/"}, "token_endpoint_auth_method": "client_secret_post", "onbehalfof": []object{{"onbehalfof": "kommunen", "name": "Kommunen"}}},
				{"client_id": "navs", "client_name": "NAVs", "client_orgno": nav},
			},
		}},
		"portal": object{
			"organizations": []object{{"orgno": digdir, "name": "Digitaliseringsdirektoratet", "domains": []string{"digdir.no"}, "managers": []string{boss}, "restricted": object{"test": []string{boss}}}},
			"users": []object{
				{"mail": boss, "name": "Sjefen", "password": password, "pid": pid}, {"mail": kari, "name": "Kari", "password": password},
				{"mail": waiting, "name": "Venter", "password": password, "confirmed": false},
			},
			"prefix_orders":   []object{{"id": "o1", "environment": "prod", "prefix": "venter", "orgno": digdir, "ordered_by": boss, "purpose": "Vær", "means": "form", "state": "pending"}},
			"rights_requests": []object{{"id": "r1", "environment": "prod", "mail": kari, "rights": []string{"apis"}, "state": "pending"}},
		},
	}))(t)
	return world
}

// visitor is somebody at a mock with a world in which every form can be filled in,
// whose clock stands.
func visitor(t *testing.T, mail string) (*person, *mockserver.Server) {
	t.Helper()
	p, server := stranger(t)
	server.Fail(mockserver.Fault{Operation: "GET /scopes", Status: 503})
	p.signIn(mail)
	return p, server
}

func (p *person) signIn(mail string) {
	p.t.Helper()
	p.get("/portal/login")
	p.submit("/portal/login", "mail", mail, "password", password).sees(200, "Min profil")
}

// values are what an example sends, from its page.
func (p *person) values(e example) url.Values {
	p.t.Helper()
	p.get(e.page)
	return p.fill(e.action, e.filled...)
}

// unchanged checks that the world is as it was.
func unchanged(t *testing.T, server *mockserver.Server, before []byte, why string) {
	t.Helper()
	check.Same(t, string(before), string(server.Snapshot()), why, ": something was done")
}

func TestEveryFormWorksAndIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	everyForm(t, func(t *testing.T, _ string, e example) {
		p, server := visitor(t, boss)
		sent := p.values(e)
		p.do(http.MethodPost, e.action, sent)
		if p.page.status != http.StatusOK {
			t.Fatalf("the example gets %d: %s", p.page.status, visible(p.page.text))
		}
		first, mails := server.Snapshot(), len(server.Mailbox(""))
		p.do(http.MethodPost, e.action, sent)
		unchanged(t, server, first, "sent again")
		if now := len(server.Mailbox("")); now != mails {
			t.Errorf("sent again: %d mails, %d before", now, mails)
		}
	})
}

func TestNoFormBreaksInTwoTabs(t *testing.T) {
	t.Parallel()
	everyForm(t, func(t *testing.T, _ string, e example) {
		p, _ := visitor(t, boss)
		one, other := p.values(e), p.values(e)
		p.do(http.MethodPost, e.action, one)
		p.do(http.MethodPost, e.action, other)
		if p.page.status >= http.StatusInternalServerError {
			t.Errorf("the second tab gets %d", p.page.status)
		}
		whole(t, e.action, strings.ReplaceAll(p.page.text, mockAddress, origin))
	})
}

func TestNoFormIsTakenFromElsewhere(t *testing.T) {
	t.Parallel()
	everyForm(t, func(t *testing.T, _ string, e example) {
		p, server := visitor(t, boss)
		sent := p.values(e)
		before := server.Snapshot()
		try := func(why string, form url.Values, header http.Header) {
			p.header = header
			if p.do(http.MethodPost, e.action, form); p.page.status != http.StatusForbidden {
				t.Errorf("%s: %d", why, p.page.status)
			}
			p.header = http.Header{}
			unchanged(t, server, before, why)
		}
		without := url.Values{}
		for name, values := range sent {
			if name != "form_token" {
				without[name] = values
			}
		}
		try("no token", without, http.Header{})
		try("from another site", sent, http.Header{"Origin": {"https://evil.example"}})
		try("from another site, as the browser says", sent, http.Header{"Sec-Fetch-Site": {"cross-site"}})
		stranger, _ := visitor(t, kari)
		stranger.get("/portal/profile")
		good := sent.Get("form_token")
		for _, token := range []string{"", "x", stranger.token(), good + "x", strings.ToLower(good), "." + good} {
			without.Set("form_token", token)
			try("with the token "+token, without, http.Header{})
		}
	})
}

func TestNoFormTakesScriptsOrMegabytes(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)'`
	everyForm(t, func(t *testing.T, pattern string, e example) {
		p, server := visitor(t, boss)
		sent := p.values(e)
		token := sent.Get("form_token")
		for _, content := range []string{evil, strings.Repeat("a", 1<<20)} {
			hostile := url.Values{"form_token": {token}}
			for name := range sent {
				if name != "form_token" {
					hostile.Set(name, content)
				}
			}
			hostile.Set("unknown", content)
			before := server.Snapshot()
			p.do(http.MethodPost, e.action, hostile)
			if large := content != evil; large && pattern != "POST /workbench/do/restore" {
				check.Same(t, http.StatusRequestEntityTooLarge, p.page.status, "a megabyte")
				unchanged(t, server, before, "a megabyte")
			}
			for _, path := range []string{"", "/portal/organization", "/portal/profile", inTest + "/scopes", inTest + "/integrations?inactive=on", "/workbench/", "/workbench/time", "/workbench/world", "/workbench/mail", "/workbench/requests"} {
				if path != "" {
					p.get(path)
				}
				p.seesNot("<script>alert", "<img src=x", `href="javascript:`, "[error.")
			}
			p.get("/portal/login")
			token = p.token()
		}
	})
}

func TestNothingIsDoneAfterTheSessionEnded(t *testing.T) {
	t.Parallel()
	everyForm(t, func(t *testing.T, pattern string, e example) {
		if !strings.HasPrefix(pattern, "POST /portal/") || slices.Contains([]string{"register", "login", "logout", "resend", "terms"}, strings.TrimPrefix(pattern, "POST /portal/")) {
			t.Skip("it needs no session")
		}
		p, server := visitor(t, boss)
		sent := p.values(e)
		server.Clock().Fix(time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
		before := server.Snapshot()
		p.do(http.MethodPost, e.action, sent).sees(200, "Du er logget ut")
		unchanged(t, server, before, "after the session ended")
	})
}
