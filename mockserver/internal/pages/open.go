package pages

import (
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// openRoutes are the pages that everybody sees.
func openRoutes() []route {
	return []route{
		{"GET /{$}", front},
		{"GET /portal/{$}", front},
		{"GET /portal/language", language},
		{"GET /portal/register", func(v *visit) { v.render(http.StatusOK, "register", v.registerForm(), nil) }},
		{"POST /portal/register", register},
		{"GET /portal/registered", func(v *visit) { v.render(http.StatusOK, "registered", nil, v.query("mail")) }},
		{"GET /portal/confirm", confirm},
		{"GET /portal/login", func(v *visit) { v.render(http.StatusOK, "login", v.loginForm(v.query("next")), nil) }},
		{"POST /portal/login", login},
		{"POST /portal/logout", logout},
		{"GET /portal/help", help},
	}
}

// front is the first page: what this is, and the two ways in.
func front(v *visit) {
	v.render(http.StatusOK, "front", nil, struct{ Environments []Environment }{v.place.Environments})
}

// language changes the language, and goes back to where the visitor was.
func language(v *visit) {
	lang := norwegian
	if v.query("to") == english {
		lang = english
	}
	v.setCookie(languageCookie, lang, v.place.Base+"/", int(365*24*time.Hour/time.Second))
	v.redirect(v.local(v.query("next"), "/portal/"))
}

func (v *visit) registerForm() *form {
	return v.form("register",
		&field{Name: "name", Kind: kindText, Autocomplete: "name"},
		&field{Name: "mail", Kind: kindEmail, Autocomplete: "email"},
		&field{Name: "password", Kind: kindPassword, Autocomplete: "new-password"},
		&field{Name: "pid", Kind: kindText, Optional: true, Autocomplete: "off", Short: true},
	)
}

func register(v *visit) {
	f := v.read(v.registerForm())
	mail := f.value("mail")
	err := v.portal().SignUp(portal.SignUp{Name: f.value("name"), Mail: mail, Password: f.value("password"), PID: f.value("pid")})
	if err != nil {
		v.render(v.refuse(f, err), "register", f, nil)
		return
	}
	v.redirect("/portal/registered", "mail", mail)
}

// confirmed is what became of a confirmation link.
type confirmed struct{ Text, API string }

// confirm is where the link in the mail leads. It works once.
func confirm(v *visit) {
	if err := v.portal().Confirm(v.query("token")); err != nil {
		r := refusalOf(err)
		v.renderTitled(r.status, "unconfirmed", v.text("title.unconfirmed"), nil, confirmed{catalogues()[v.lang].first(r.keys...), r.api})
		return
	}
	v.render(http.StatusOK, "confirmed", nil, nil)
}

func (v *visit) loginForm(next string) *form {
	return v.form("login",
		&field{Name: "mail", Kind: kindEmail, Autocomplete: "username"},
		&field{Name: "password", Kind: kindPassword, Autocomplete: "current-password"},
		&field{Name: "next", Kind: kindHidden, Values: []string{next}},
	)
}

// login begins a session in the place of whatever there was.
func login(v *visit) {
	f := v.read(v.loginForm(""))
	signed, err := v.portal().SignIn(f.value("mail"), f.value("password"))
	if err != nil {
		v.render(v.refuse(f, err), "login", f, nil)
		return
	}
	v.setCookie(portal.CookieName, signed.Cookie, v.place.Base+"/portal/", 0)
	v.redirect(v.local(f.value("next"), "/portal/profile"))
}

func logout(v *visit) {
	_ = v.portal().SignOut(v.session()) // a session that has ended is what was wanted
	v.setCookie(portal.CookieName, "", v.place.Base+"/portal/", -1)
	v.say("said.signed_out")
	v.redirect("/portal/login")
}
