package pages

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"regexp"
	"sync"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are parsed once per language, when the first page is asked for.
var templates = map[string]func() (*template.Template, error){
	norwegian: sync.OnceValues(func() (*template.Template, error) { return parse(norwegian) }),
	english:   sync.OnceValues(func() (*template.Template, error) { return parse(english) }),
}

// namePieces are the parts of a scope's name, between which lines may break.
var namePieces = regexp.MustCompile(`[^:/.]*[:/.]?`)

func parse(lang string) (*template.Template, error) {
	texts := catalogues()[lang]
	return template.New("").Funcs(template.FuncMap{
		"t":      texts.text,
		"day":    func(t time.Time) string { return day(t, lang) },
		"at":     func(t time.Time) string { return moment(t, lang) },
		"pieces": func(name string) []string { return namePieces.FindAllString(name, -1) },
		"unix":   func(seconds int64) time.Time { return time.Unix(seconds, 0) },
	}).ParseFS(templateFiles, "templates/*.html")
}

// day writes a date as the language does; nothing for no time.
func day(t time.Time, lang string) string {
	switch {
	case t.IsZero():
		return ""
	case lang == english:
		return t.UTC().Format("2 Jan 2006")
	default:
		return t.UTC().Format("02.01.2006")
	}
}

// moment writes a date with the time of day, in UTC.
func moment(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	return day(t, lang) + t.UTC().Format(" 15:04:05")
}

// page is what every template is executed with.
type page struct {
	*visit
	Name   string // of the template, which says where in the menu we are
	Title  string
	Form   *form  // nil: the page has none that can fail
	Token  string // of the forms on the page
	Flash  flash
	Status int
	Data   any
}

// Base is the path below which everything lies.
func (p *page) Base() string { return p.place.Base }

// To is an address with query parameters.
func (p *page) To(path string, pairs ...string) string { return p.to(path, pairs...) }

// Lang is the visitor's language.
func (p *page) Lang() string { return p.lang }

// Profile is who is signed in; nil: nobody.
func (p *page) Profile() any {
	if p.profile == nil {
		return nil
	}
	return p.profile
}

// Places are all environments.
func (p *page) Places() []Environment { return p.place.Environments }

// Env is the environment at hand.
func (p *page) Env() Environment { return p.env }

// Workbench reports whether there is one.
func (p *page) Workbench() bool { return p.place.Calls != nil }

// Version marks the style sheet and script, so that browsers keep them until they
// change.
func (p *page) Version() string { return assetsVersion() }

// Here is the page's own address, for links back to it.
func (p *page) Here() string { return p.wanted() }

// render answers with a page. Its title is the text named after the template.
func (v *visit) render(status int, name string, f *form, data any) {
	v.renderTitled(status, name, v.text("title."+name), f, data)
}

func (v *visit) renderTitled(status int, name, title string, f *form, data any) {
	p := &page{visit: v, Name: name, Title: title, Form: f, Status: status, Data: data, Token: v.token()}
	p.Flash, _ = v.flashes.take(v.browser)
	set, err := templates[v.lang]()
	if err != nil {
		http.Error(v.w, "the page's template: "+err.Error(), http.StatusInternalServerError)
		return
	}
	var body bytes.Buffer
	if err := set.ExecuteTemplate(&body, name, p); err != nil {
		http.Error(v.w, "the page's template: "+err.Error(), http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.lang)
	v.w.WriteHeader(status)
	_, _ = body.WriteTo(v.w) // a browser that has gone away wants no answer
}
