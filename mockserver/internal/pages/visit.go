package pages

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const (
	// browserCookie tells browsers apart, signed in or not: forms and messages
	// belong to one.
	browserCookie  = "maskinporten_mock_browser"
	languageCookie = "maskinporten_mock_language"
	// tokenField carries a form's token.
	tokenField = "form_token"
)

// visit is one request for a page, and who makes it.
type visit struct {
	*Site
	w    http.ResponseWriter
	r    *http.Request
	lang string

	place   *Place
	browser string          // value of browserCookie
	profile *portal.Profile // nil: nobody is signed in
	actor   portal.Actor    // within an environment
	env     Environment     // likewise
	crumbs  []link          // above the page at hand
	sent    string          // where a redirect went
}

func (s *Site) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{Site: s, w: w, r: r, lang: norwegian, browser: cookieOf(r, browserCookie)}
	v.place, _ = r.Context().Value(placeKey{}).(*Place) // Serve put it there
	if cookieOf(r, languageCookie) == english {
		v.lang = english
	}
	if v.browser == "" {
		v.browser = rand.Text()
		v.setCookie(browserCookie, v.browser, v.place.Base+"/", 0)
	}
	if cookie := v.session(); cookie != "" {
		if profile, err := s.config.Portal().Profile(cookie); err == nil {
			v.profile = &profile
		}
	}
	return v
}

// session is the cookie's value, be it worth something or not.
func (v *visit) session() string { return cookieOf(v.r, portal.CookieName) }

func cookieOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setCookie: a maxAge of 0 lets it live as long as the browser does.
func (v *visit) setCookie(name, value, path string, maxAge int) {
	//nolint:gosec // Secure follows the connection: on plain loopback a secure cookie would never come back
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: maxAge,
		HttpOnly: true, Secure: v.r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

// text is a text in the visitor's language.
func (v *visit) text(key string, args ...any) string { return catalogues()[v.lang].text(key, args...) }

// portal is the portal.
func (v *visit) portal() *portal.Portal { return v.config.Portal() }

// registry is that of the environment at hand.
func (v *visit) registry() *registry.Registry { return v.config.Registry(v.env.Name) }

// caller is who is signed in, in the registry's terms.
func (v *visit) caller() registry.Caller {
	return registry.Caller{
		OrgNo: v.actor.OrgNo, Actor: v.actor.Mail,
		Own: v.actor.Has(portal.RightIntegrations), Supplier: v.actor.Has(portal.RightSupplier),
	}
}

// to is an address of these pages: its path, and pairs of query parameters.
func (v *visit) to(path string, pairs ...string) string {
	address := v.place.Base + path
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// redirect sends the visitor on with GET, after something was done.
func (v *visit) redirect(path string, pairs ...string) {
	v.sent = v.to(path, pairs...)
	v.w.Header().Set("Location", v.sent)
	v.w.WriteHeader(http.StatusSeeOther)
}

// inEnvironment is a path below the environment at hand.
func (v *visit) inEnvironment(path string) string { return "/portal/env/" + v.env.Name + path }

// say tells the visitor something on the next page.
func (v *visit) say(key string, args ...any) {
	v.flashes.put(v.browser, flash{Text: v.text(key, args...)})
}

// token is a new token for a form: only this browser, in this session, can use
// it, and once.
func (v *visit) token() string {
	nonce := rand.Text()
	return nonce + "." + v.sign(nonce)
}

func (v *visit) sign(nonce string) string {
	mac := hmac.New(sha256.New, v.key)
	_, _ = mac.Write([]byte(v.browser + "\n" + v.session() + "\n" + nonce)) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// tokenIsGood reports whether a form's token was made for this browser and
// session.
func (v *visit) tokenIsGood(token string) bool {
	nonce, signature, ok := strings.Cut(token, ".")
	return ok && hmac.Equal([]byte(signature), []byte(v.sign(nonce)))
}

// query is a parameter of the address.
func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// local is an address of these pages that came from outside, as a path; one that
// leads elsewhere is the other path instead.
func (v *visit) local(given, otherwise string) string {
	path, ok := strings.CutPrefix(given, v.place.Base)
	u, err := url.Parse(path)
	if !ok || err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return otherwise
	}
	return path
}

// environment finds an environment that is served.
func (v *visit) environment(name string) (Environment, bool) {
	for _, e := range v.place.Environments {
		if e.Name == name && e.Served {
			return e, true
		}
	}
	return Environment{}, false
}

// link is a link in a menu.
type link struct {
	Address, Label string
	Current        string // "page": this is it; "true": this is below it
}
