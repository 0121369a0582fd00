package pages_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// developer is somebody at the workbench of a whole mock.
func developer(t *testing.T, options ...mockserver.Option) (*person, *mockserver.Server) {
	t.Helper()
	srv := mockserver.Start(t, append(options, mockserver.WithControl())...)
	jar := check.Got(cookiejar.New(nil))(t)
	return &person{world: &world{t: t}, origin: srv.URL(), client: &http.Client{Jar: jar}, header: http.Header{}}, srv
}

func TestEveryPageOfTheWorkbenchIsWhole(t *testing.T) {
	t.Parallel()
	p, srv := developer(t)
	srv.Fail(mockserver.Fault{Operation: "GET /scopes", Status: 503, Times: 1})
	answer, err := http.Get(srv.URL() + "/scopes")
	p.ok(err)
	_ = answer.Body.Close()
	for _, lang := range []string{"nb", "en"} {
		p.get("/portal/language?to=" + lang + "&next=/workbench/")
		for _, path := range []string{
			"/workbench/", "/workbench/?env=prod", "/workbench/token", "/workbench/requests", "/workbench/requests?q=x", "/workbench/world", "/workbench/world?list=clients&env=prod",
			"/workbench/world?list=organizations&q=nav", "/workbench/time", "/workbench/mail", "/workbench/digdir", "/workbench/altinn", "/workbench/request?number=x",
		} {
			p.get(path)
			text := strings.ReplaceAll(p.page.text, srv.URL(), origin)
			whole(t, lang+" "+path, text)
		}
	}
}

func TestTokenIsAskedForAndExplained(t *testing.T) {
	t.Parallel()
	p, _ := developer(t)
	p.get("/workbench/token")
	p.submit("/workbench/token", "scope", "idporten:scopes.read").sees(200, "Svar: 200", "access_token", `"consumer"`, "idporten:scopes.read", "curl -X POST")
	if strings.Contains(p.page.path, "ey") {
		t.Errorf("the token is in the address: %s", p.page.path)
	}
	p.get("/workbench/token").seesNot("access_token&#34;") // it is shown once
	p.submit("/workbench/token", "scope", "difi:ukjent").sees(200, "Svar: 400", "MP-200", "Klienten har ikke scopet")
	p.get("/workbench/requests?q=MP-200").sees(200, "POST /token", "MP-200", "Antall: 1")
	_, address, _ := strings.Cut(p.page.text, `href="/workbench/request?number=`)
	address, _, _ = strings.Cut(address, `"`)
	p.get("/workbench/request?number="+address).sees(200, "Claims i assertion", "difi:ukjent", "Klienten har ikke scopet")
	for field, said := range map[string]string{"client_id": "Lim inn klientens private nøkkel", "authorization_details": "authorization_details må være JSON"} {
		p.get("/workbench/token")
		p.submit("/workbench/token", field, "{").sees(400, said)
	}
	p.get("/workbench/token?env=prod")
	p.submit("/workbench/token", "scope", "idporten:dcr.read").sees(200, "Svar: 200", "/prod/")
}

func TestMockIsSteeredFromTheWorkbench(t *testing.T) {
	t.Parallel()
	p, srv := developer(t)
	before := srv.Clock().Now()
	do := func(page, what string, pairs ...string) {
		t.Helper()
		p.get(page)
		p.submit("/workbench/do/"+what, pairs...)
	}
	do("/workbench/time", "advance", "advance", "8784h")
	p.sees(200, "Utført")
	if moved := srv.Clock().Now().Sub(before); moved.Hours() < 8784 {
		t.Errorf("the clock moved by %s", moved)
	}
	do("/workbench/time", "set-clock", "set", "i morgen")
	p.sees(400, "Noe må rettes", "is no time")
	p.hasFieldError("f-set-clock-set")
	do("/workbench/time", "reset-clock")
	do("/workbench/time", "fault", "operation", "POST /token", "status", "503", "times", "1")
	p.sees(200, "operation: POST /token", "status: 503")
	p.submit("/workbench/do/remove-fault", "id", between(p.page.text, `name="id" value="`, `"`)).sees(200, "Ingen. Alt går som det skal")
	do("/workbench/time", "settings", "chaos", "7", "lenient", "on", "variant.statuses", "created")
	p.sees(200, "Utført")
	do("/workbench/time", "settings", "chaos", "seks")
	p.sees(400, "give a whole number")
	p.hasFieldError("f-settings-chaos")
	p.get("/workbench/").sees(200, "På, med frø 7")
	do("/workbench/digdir", "organization", "orgno", "974760673", "name", "Brreg", "domains", "brreg.no", "managers", "sjef@brreg.no")
	p.sees(200, "Utført")
	do("/workbench/digdir", "prefix", "orgno", "974760673", "prefix", "brreg")
	do("/workbench/digdir", "prefix", "orgno", "974760673", "prefix", "difi")
	p.sees(400, "belongs to another organization")
	p.hasFieldError("f-prefix-prefix")
	p.get("/workbench/world?list=prefixes").sees(200, "brreg", "974760673")
	do("/workbench/altinn", "delegation", "consumer", "123")
	p.sees(400, "Dette er ikke et gyldig organisasjonsnummer")
	p.hasFieldError("f-delegation-consumer")
	do("/workbench/altinn", "delegation", "consumer", "889640782", "supplier", "910753614", "scope", "difi:a")
	p.sees(200, "Utført")
	do("/workbench/altinn", "system-user", "orgno", "889640782", "vendor_orgno", "910753614")
	p.sees(200, "Utført")
	do("/workbench/altinn", "consent", "id", "6f2f6b4e-0d3c-4f0e-9d57-2b1f6f0c7a11")
	p.sees(200, "Utført")
	p.get("/workbench/world?list=delegations").sees(200, "difi:a")
	do("/workbench/world", "restore", "world", "{")
	p.sees(400, "line 1, column 1")
	p.hasFieldError("f-restore-world")
	do("/workbench/world", "reset")
	p.get("/workbench/world?list=delegations").sees(200, "Ingenting her")
	p.do(http.MethodPost, "/workbench/do/nothing", url.Values{"form_token": {p.token()}})
	if p.page.status != 403 && p.page.status != 404 {
		t.Errorf("an unknown call: %d", p.page.status)
	}
}

func TestTokensForSystemUsersAndConsentsArePicked(t *testing.T) {
	t.Parallel()
	p, _ := developer(t)
	do := func(what string, pairs ...string) {
		t.Helper()
		p.get("/workbench/altinn")
		p.submit("/workbench/do/"+what, pairs...).sees(200, "Utført")
	}
	do("system-user", "orgno", nav, "vendor_orgno", digdir, "external_ref", "avdeling 1")
	const id = "6f2f6b4e-0d3c-4f0e-9d57-2b1f6f0c7a11"
	do("consent", "id", id, "from", "urn:altinn:person:identifier-no:01010112345", "to", digdir, "validTo", "2031-01-02T03:04:05Z", "consentRights", `[{"action":["read"]}]`, "others", `{"handledBy":"noen"}`)
	p.get("/workbench/world?list=consents").sees(200, id, "02.01.2031")
	ask := func(field, label string) {
		t.Helper()
		p.get("/workbench/token").sees(200, label)
		value := optionWith(p.page.text, label)
		if value == "" {
			t.Fatalf("there is no %s to pick", field)
		}
		p.submit("/workbench/token", "scope", "idporten:scopes.read", field, value)
	}
	ask("system_user", "avdeling 1")
	p.sees(200, "Svar: 200", "urn:altinn:systemuser", "systemuser_id", "avdeling 1")
	ask("consent", id)
	p.sees(200, "Svar: 200", "urn:altinn:consent", "handledBy", "consentRights")
	for field, value := range map[string]string{"to": "1", "consented": "i går", "others": "[", "consentRights": "{}"} {
		p.get("/workbench/altinn")
		p.submit("/workbench/do/consent", "id", id, field, value).sees(400, "Noe må rettes")
		p.hasFieldError("f-consent-" + field)
		if !strings.Contains(p.page.text, `value="`+id+`"`) {
			t.Errorf("with %s what was filled in is gone", field)
		}
	}
}

// optionWith is the value of the option of which the label has a text.
func optionWith(text, label string) string {
	for _, option := range regexp.MustCompile(`<option value="([^"]+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(text, -1) {
		if strings.Contains(html.UnescapeString(option[2]), label) {
			return html.UnescapeString(option[1])
		}
	}
	return ""
}

func TestWorldIsTakenAsAFile(t *testing.T) {
	t.Parallel()
	p, srv := developer(t)
	send := func(content string) {
		t.Helper()
		p.get("/workbench/world")
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		p.ok(parts.WriteField("form_token", p.token()))
		file := check.Got(parts.CreateFormFile("file", "world.json"))(t)
		check.Got(file.Write([]byte(content)))(t)
		p.ok(parts.Close())
		p.header = http.Header{"Content-Type": {parts.FormDataContentType()}}
		p.post("/workbench/do/restore", &body)
		p.header = http.Header{}
	}
	send(strings.ReplaceAll(string(srv.Snapshot()), "Digitaliseringsdirektoratet", "Direktoratet for filer"))
	p.sees(200, "Utført")
	p.get("/workbench/world?list=organizations").sees(200, "Direktoratet for filer")
	send(`{"version": 1, "environments": {"test": {"scopes": 7}}}`)
	p.sees(400, "Noe må rettes", "scopes")
	p.hasFieldError("f-restore-world")
	p.get("/workbench/world?list=organizations").sees(200, "Direktoratet for filer")
}

func TestRequestThatIsNoCallNamesTheNearest(t *testing.T) {
	t.Parallel()
	p, srv := developer(t)
	answer, err := http.Get(srv.URL() + "/api/v1/scope")
	p.ok(err)
	_ = answer.Body.Close()
	p.get("/workbench/requests")
	p.get("/workbench/request?number="+between(p.page.text, `href="/workbench/request?number=`, `"`)).sees(200, "Det nærmeste kallet som finnes", "GET /scopes")
}

func TestDigdirDecidesOrdersFromItsDesk(t *testing.T) {
	t.Parallel()
	p, srv := developer(t)
	portal := srv.Portal()
	p.ok(portal.AppointManager("991825827", boss))
	for _, mail := range []string{boss} {
		p.get("/portal/register")
		p.submit("/portal/register", "name", "Sjefen", "mail", mail, "password", password, "pid", pid)
		p.get("/workbench/mail?to=" + mail)
		p.get(strings.TrimPrefix(between(p.page.text, `<a href="`+srv.URL(), `"`), srv.URL())).sees(200, "Brukeren er bekreftet")
		p.get("/portal/login")
		p.submit("/portal/login", "mail", mail, "password", password)
	}
	p.get("/portal/organization/production")
	p.submit("/portal/organization/production", "persons[0].name", "Sjefen", "persons[0].mail", boss, "persons[0].phone", "22222222")
	p.get("/portal/idporten")
	p.submit("/portal/idporten", "pid", pid)
	for _, prefix := range []string{"ja", "nei"} {
		p.get("/portal/prefixes/new?environment=prod")
		p.submit("/portal/prefixes/new", "prefix", prefix, "purpose", "Vær").sees(200, "er sendt", "Venter på svar")
		p.get("/workbench/digdir").sees(200, prefix)
		p.submit("/workbench/do/decide", "granted", map[bool]string{true: "yes", false: "no"}[prefix == "ja"], "reason", "For kort").sees(200, "Ingen bestillinger venter")
	}
	p.get("/portal/organization").sees(200, "Innvilget", "Avslått For kort")
}

// hasFieldError checks that the field of this id is marked, tells its error and is
// led to from the list of errors.
func (p *person) hasFieldError(id string) {
	p.t.Helper()
	for _, want := range []string{`id="` + id + `-error"`, `href="#` + id + `"`} {
		if !strings.Contains(p.page.text, want) {
			p.t.Errorf("%s has no %s", p.page.path, want)
		}
	}
	_, field, _ := strings.Cut(p.page.text, ` id="`+id+`"`)
	field, _, _ = strings.Cut(field, ">")
	if !strings.Contains(field, `aria-invalid="true"`) || !strings.Contains(field, id+"-error") {
		p.t.Errorf("%s: the field %s isn't marked: %s", p.page.path, id, field)
	}
}

// between is what stands between two texts, the first time.
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
