package pages

import (
	"errors"
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// signedInRoutes are the pages for who is signed in, whatever the environment.
func signedInRoutes() []route {
	return []route{
		{"GET /portal/profile", signedIn(func(v *visit) { v.render(http.StatusOK, "profile", nil, v.wishes()) })},
		{"GET /portal/idporten", signedIn(func(v *visit) { v.render(http.StatusOK, "idporten", v.idportenForm(v.query("next")), nil) })},
		{"POST /portal/idporten", signedIn(idporten)},
		{"GET /portal/administration", signedIn(administration)},
		{"GET /portal/services", signedIn(services)},
		{"GET /portal/notifications", signedIn(notifications)},
	}
}

func (v *visit) idportenForm(next string) *form {
	return v.form("idporten",
		&field{Name: "pid", Kind: kindText, Autocomplete: "off", Short: true},
		&field{Name: "next", Kind: kindHidden, Values: []string{next}},
	)
}

// idporten raises the session to what production asks for.
func idporten(v *visit) {
	f := v.read(v.idportenForm(""))
	if err := v.portal().SignInWithIDPorten(v.session(), f.value("pid")); err != nil {
		v.render(v.refuse(f, err), "idporten", f, nil)
		return
	}
	v.say("said.idporten")
	v.redirect(v.local(f.value("next"), "/portal/profile"))
}

// openEnvironment is an environment as the person who is signed in finds it.
type openEnvironment struct {
	Name string
	Open bool
	// Why it isn't open, by the code of the refusal, and what helps.
	Why, Address string
}

// administration lets one pick an environment, and says of those that aren't open
// what helps.
func administration(v *visit) {
	var all []openEnvironment
	for _, e := range v.place.Environments {
		if !e.Served {
			continue
		}
		one := openEnvironment{Name: e.Name, Open: true}
		_, err := v.portal().Enter(v.session(), e.Name)
		if refusal, ok := errors.AsType[*portal.Error](err); ok {
			one.Open, one.Why, one.Address = false, string(portal.CodeNoAccess), "/portal/profile"
			if refusal.Code == portal.CodeIDPortenRequired {
				one.Why, one.Address = string(refusal.Code), "/portal/idporten?next=/portal/administration"
			}
		}
		all = append(all, one)
	}
	v.render(http.StatusOK, "administration", nil, all)
}
