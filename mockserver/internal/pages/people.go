package pages

import (
	"net/http"
	"slices"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// peopleRoutes are about who may do what: identity numbers, wishes, terms.
func peopleRoutes() []route {
	return []route{
		{"POST /portal/resend", resend},
		{"GET /portal/terms", func(v *visit) { v.render(http.StatusOK, "terms", v.termsForm().set("mail", v.query("mail")), nil) }},
		{"POST /portal/terms", signTerms},
		{"GET /portal/profile/pid", signedIn(func(v *visit) { v.renderBelow(v.profileCrumb(), http.StatusOK, "addpid", v.pidForm()) })},
		{"POST /portal/profile/pid", signedIn(setPID)},
		{"GET /portal/profile/access", signedIn(func(v *visit) {
			v.renderBelow(v.profileCrumb(), http.StatusOK, "wish", v.wishForm().set("environment", v.query("environment")))
		})},
		{"POST /portal/profile/access", signedIn(askForAccess)},
		{"POST /portal/organization/decide", managed(decideWish)},
	}
}

// resend sends the confirmation mail again.
func resend(v *visit) {
	mail := v.r.PostForm.Get("mail")
	if err := v.portal().ResendConfirmation(mail); err != nil {
		v.failed(err)
		return
	}
	v.say("said.resent")
	v.redirect("/portal/registered", "mail", mail)
}

func (v *visit) termsForm() *form {
	return v.form("terms",
		&field{Name: "orgno", Kind: kindText, Autocomplete: "off", Short: true},
		&field{Name: "mail", Kind: kindEmail, Autocomplete: "email"},
	)
}

// signTerms comes before anybody of the organisation can sign in.
func signTerms(v *visit) {
	f := v.read(v.termsForm())
	o, err := v.portal().SignTermsAs(f.value("orgno"), f.value("mail"))
	if err != nil {
		v.render(v.refuse(f, err), "terms", f, nil)
		return
	}
	v.say("said.terms_signed", o.Name)
	v.redirect("/portal/register")
}

func (v *visit) profileCrumb() link {
	return link{Address: v.to("/portal/profile"), Label: v.text("title.profile")}
}

func (v *visit) pidForm() *form {
	return v.form("idporten", &field{Name: "pid", Kind: kindText, Autocomplete: "off", Short: true})
}

// setPID adds the identity number, which is never shown again.
func setPID(v *visit) {
	f := v.read(v.pidForm())
	if err := v.portal().SetPID(v.session(), f.value("pid")); err != nil {
		status := v.refuse(f, err)
		v.renderBelow(v.profileCrumb(), status, "addpid", f.set("pid"))
		return
	}
	v.say("said.pid_added")
	v.redirect("/portal/profile")
}

func (v *visit) wishForm() *form {
	names := v.served()
	slices.Reverse(names) // production is what is mostly asked for
	return v.form("wish",
		&field{Name: "environment", Kind: kindSelect, Options: v.choices("env.", names...), Short: true},
		&field{Name: "rights", Kind: kindChecks, Optional: true, Options: v.choices("right.", string(portal.RightAPIs), string(portal.RightIntegrations), string(portal.RightSupplier))},
	)
}

// askForAccess is "Be om tilgang".
func askForAccess(v *visit) {
	f := v.read(v.wishForm())
	if _, err := v.portal().RequestRights(v.session(), f.value("environment"), f.rights()); err != nil {
		v.renderBelow(v.profileCrumb(), v.refuse(f, err), "wish", f)
		return
	}
	v.say("said.access_asked", v.text("env."+f.value("environment")))
	v.redirect("/portal/profile")
}

// decideWish is the manager's answer.
func decideWish(v *visit) {
	granted := v.r.PostForm.Get("granted") == "yes"
	said := "said.wish_refused"
	if granted {
		said = "said.wish_granted"
	}
	request, err := v.portal().DecideRights(v.session(), v.r.PostForm.Get("id"), granted)
	v.did(err, "/portal/organization", said, request.Mail)
}

// wishes are those that the visitor sees, the newest first: a manager all of the
// organisation, others their own.
func (v *visit) wishes() []portal.RightsRequest {
	all, _ := v.portal().RightsRequests(v.session()) // the visitor is signed in
	slices.Reverse(all)
	return all[:min(len(all), perPage)]
}
