package pages_test

import (
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pages"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal/portaltest"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const (
	digdir   = portaltest.Digdir
	nav      = portaltest.NAV
	kari     = "kari@digdir.no"
	boss     = "sjef@digdir.no"
	ola      = "ola@nav.no"
	password = "korrekt hest"
	pid      = "01010112345"
	origin   = "http://pages.example"
)

// world is the pages over a portal, in which Digdir has a prefix and a manager.
type world struct {
	*portaltest.World
	t     testing.TB
	site  *pages.Site
	place pages.Place
}

func newWorld(t testing.TB, change ...func(*pages.Place)) *world {
	t.Helper()
	w := &world{World: portaltest.New(t, origin+"/portal/confirm"), t: t, place: pages.Place{Calls: http.NotFoundHandler()}}
	for _, name := range []string{"test", "ver1", "ver2", "prod"} {
		w.ok(w.Registries[name].AssignPrefix(digdir, "difi"))
		w.place.Environments = append(w.place.Environments, pages.Environment{
			Name: name, Issuer: origin + "/" + name + "/", Token: origin + "/" + name + "/token", API: origin + "/" + name + "/api/v1", Served: true,
		})
	}
	w.ok(w.AppointManager(digdir, boss))
	for _, f := range change {
		f(&w.place)
	}
	w.site = pages.New(pages.Config{
		Portal: func() *portal.Portal { return w.Portal }, Registry: w.Registry, Now: w.Now, Mail: w.mailPart,
	})
	return w
}

// mailPart is what the pages see of the mail.
func (w *world) mailPart(offset, limit int, wanted func(string) bool) (part []portal.Mail, total int) {
	for _, m := range slices.Backward(w.MailTo("")) {
		if !wanted(m.To) {
			continue
		}
		if total >= offset && len(part) < limit {
			part = append(part, m)
		}
		total++
	}
	return part, total
}

func (w *world) ok(err error) { w.t.Helper(); check.OK(w.t, err) }

// caller is Digdir, in the registry's terms.
var caller = registry.Caller{OrgNo: digdir, Own: true, Supplier: true}

// scope makes a scope in test.
func (w *world) scope(subscope string) *registry.Scope {
	w.t.Helper()
	s := check.Got(w.Registries["test"].CreateScope(caller, registry.ScopeInput{ScopeFields: registry.ScopeFields{Prefix: "difi", Subscope: subscope, Description: "Beskrivelse av " + subscope}}))(w.t)
	return s
}

// client makes a client in test.
func (w *world) client(fields registry.ClientFields) *registry.Client {
	w.t.Helper()
	fields.ClientName = "Klienten"
	c, _ := check.Got2(w.Registries["test"].CreateClient(caller, registry.ClientInput{ClientFields: fields}))(w.t)
	return c
}

// RoundTrip lets an http.Client speak to the pages.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	served := r.Clone(r.Context())
	served.Host = r.URL.Host
	w.site.Serve(rec, served, w.place)
	answer := rec.Result()
	answer.Request = r
	return answer, nil
}

// person looks at pages and presses what is on them. Redirects are followed.
type person struct {
	*world
	origin string
	client *http.Client
	header http.Header
	page   page
}

// page is what a person has before their eyes.
type page struct {
	status int
	path   string
	text   string
	header http.Header
}

func (w *world) person() *person {
	jar := check.Got(cookiejar.New(nil))(w.t)
	return &person{world: w, origin: origin, client: &http.Client{Transport: w, Jar: jar}, header: http.Header{}}
}

// signedIn is somebody who has registered, confirmed and signed in.
func (w *world) signedIn(mail string) *person {
	w.t.Helper()
	p := w.person()
	if err := w.SignUp(portal.SignUp{Name: "Kari " + mail, Mail: mail, Password: password, PID: pid}); err == nil {
		mails := w.MailTo(mail)
		_, token, _ := strings.Cut(mails[len(mails)-1].Body, "?token=")
		w.ok(w.Confirm(strings.TrimSpace(token)))
	}
	p.get("/portal/login")
	p.submit("/portal/login", "mail", mail, "password", password).sees(200, "Kari "+mail)
	return p
}

func (p *person) do(method, path string, form url.Values) *person {
	p.t.Helper()
	return p.send(method, path, strings.NewReader(form.Encode()))
}

// post sends a body of any kind: the header says of which.
func (p *person) post(path string, body io.Reader) *person {
	p.t.Helper()
	return p.send(http.MethodPost, path, body)
}

func (p *person) send(method, path string, body io.Reader) *person {
	p.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = p.origin + path
	}
	r := check.Got(http.NewRequestWithContext(p.t.Context(), method, path, body))(p.t)
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", p.origin)
	}
	maps.Copy(r.Header, p.header)
	answer, err := p.client.Do(r)
	p.ok(err)
	text := check.Got(io.ReadAll(answer.Body))(p.t)
	_ = answer.Body.Close()
	p.page = page{status: answer.StatusCode, path: answer.Request.URL.RequestURI(), text: string(text), header: answer.Header}
	if p.page.status == http.StatusInternalServerError {
		p.t.Fatalf("%s %s: %s", method, path, text)
	}
	return p
}

func (p *person) get(path string) *person { p.t.Helper(); return p.do(http.MethodGet, path, nil) }

var tokenPattern = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// token is that of the page's forms.
func (p *person) token() string {
	match := tokenPattern.FindStringSubmatch(p.page.text)
	if match == nil {
		return ""
	}
	return match[1]
}

// submit sends a form of the page: what the page has filled in, and pairs of what
// the person does. An empty value unticks or empties a field.
func (p *person) submit(action string, pairs ...string) *person {
	p.t.Helper()
	return p.do(http.MethodPost, action, p.fill(action, pairs...))
}

// fill is what submit sends.
func (p *person) fill(action string, pairs ...string) url.Values {
	p.t.Helper()
	at := strings.Index(p.page.text, `method="post" action="`+html.EscapeString(action)+`"`)
	if at < 0 {
		p.t.Fatalf("there is no form for %s on %s:\n%s", action, p.page.path, p.page.text)
	}
	text, _, _ := strings.Cut(p.page.text[at:], "</form>")
	values := filled(text)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	return values
}

var (
	inputPattern  = regexp.MustCompile(`<input ([^>]*)>`)
	areaPattern   = regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>`)
	selectPattern = regexp.MustCompile(`(?s)<select [^>]*name="([^"]*)".*?</select>`)
	optionPattern = regexp.MustCompile(`<option value="([^"]*)"( selected)?>`)
	attrPattern   = regexp.MustCompile(`(name|value|type)="([^"]*)"`)
)

// filled is what a form sends when nothing was touched.
func filled(text string) url.Values {
	values := url.Values{}
	for _, input := range inputPattern.FindAllStringSubmatch(text, -1) {
		attrs := map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(input[1], -1) {
			attrs[a[1]] = html.UnescapeString(a[2])
		}
		if ticked := attrs["type"] == "radio" || attrs["type"] == "checkbox"; !ticked || strings.HasSuffix(input[1], " checked") || strings.Contains(input[1], " checked ") {
			values.Add(attrs["name"], attrs["value"])
		}
	}
	for _, area := range areaPattern.FindAllStringSubmatch(text, -1) {
		values.Set(area[1], html.UnescapeString(area[2]))
	}
	for _, sel := range selectPattern.FindAllStringSubmatch(text, -1) {
		for i, option := range optionPattern.FindAllStringSubmatch(sel[0], -1) {
			if i == 0 || option[2] != "" {
				values.Set(sel[1], html.UnescapeString(option[1]))
			}
		}
	}
	return values
}

// sees checks the status and texts of the page that the person came to.
func (p *person) sees(status int, texts ...string) *person {
	p.t.Helper()
	if p.page.status != status {
		p.t.Errorf("%s: got %d, want %d: %s", p.page.path, p.page.status, status, visible(p.page.text))
	}
	seen := visible(p.page.text)
	for _, text := range texts {
		if !strings.Contains(seen, text) {
			p.t.Errorf("%s doesn't show %q: %s", p.page.path, text, seen)
		}
	}
	return p
}

// seesNot checks that texts aren't on the page.
func (p *person) seesNot(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.page.text, text) {
			p.t.Errorf("%s shows %q", p.page.path, text)
		}
	}
}

var (
	tagPattern   = regexp.MustCompile(`(?s)<[^>]*>`)
	blankPattern = regexp.MustCompile(`\s+`)
)

// visible is a page's text, without its tags.
func visible(text string) string {
	_, body, _ := strings.Cut(text, "<main")
	body = tagPattern.ReplaceAllString("<main"+body, " ")
	return strings.TrimSpace(blankPattern.ReplaceAllString(html.UnescapeString(body), " "))
}
