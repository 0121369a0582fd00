package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
)

// organizationRoutes are the pages of the organisation and of those who speak for
// it.
func organizationRoutes() []route {
	return []route{
		{"GET /portal/organization", signedIn(organization)},
		{"GET /portal/organization/restrict", managed(restrict)},
		{"POST /portal/organization/restrict", managed(saveRestriction)},
		{"GET /portal/organization/production", managed(production)},
		{"POST /portal/organization/production", managed(orderProduction)},
		{"GET /portal/organization/rights", managed(rights)},
		{"POST /portal/organization/rights", managed(changeRights)},
		{"GET /portal/prefixes/new", signedIn(newPrefix)},
		{"POST /portal/prefixes/new", signedIn(orderPrefix)},
	}
}

func organization(v *visit) {
	orders, err := v.portal().PrefixOrders(v.session())
	if err != nil {
		v.failed(err)
		return
	}
	slices.Reverse(orders)
	wanted := v.wantedPart()
	var colleagues []portal.Colleague
	var wishes []portal.RightsRequest
	if v.profile.Manager {
		colleagues, _ = v.portal().Colleagues(v.session()) // managers see them
		wishes = slices.DeleteFunc(v.wishes(), func(r portal.RightsRequest) bool { return r.State != portal.RequestPending })
	}
	v.render(http.StatusOK, "organization", nil, struct {
		Orders     listing[portal.PrefixOrder]
		Colleagues listing[portal.Colleague]
		Wishes     []portal.RightsRequest
	}{list(v, wanted, part(orders, wanted)), list(v, wanted, part(colleagues, wanted)), wishes})
}

func (v *visit) organizationCrumb() link {
	return link{Address: v.to("/portal/organization"), Label: v.text("title.organization")}
}

// testEnvironments are those that an organisation may restrict.
func (v *visit) testEnvironments() []string {
	return slices.DeleteFunc(v.served(), func(name string) bool { return name == "prod" })
}

// served are the environments that are, by name.
func (v *visit) served() []string {
	var names []string
	for _, e := range v.place.Environments {
		if e.Served {
			names = append(names, e.Name)
		}
	}
	return names
}

// renderBelow answers with a page that lies below another one.
func (v *visit) renderBelow(above link, status int, name string, f *form) {
	v.under(above)
	v.render(status, name, f, nil)
}

func (v *visit) restrictForm() *form {
	return v.form("restrict",
		&field{Name: "environment", Kind: kindSelect, Options: v.choices("env.", v.testEnvironments()...), Short: true},
		&field{Name: "mails", Kind: kindArea, Rows: 5, Optional: true},
	)
}

// restrict shows who is let in now.
func restrict(v *visit) {
	f := v.restrictForm()
	now, _ := v.portal().Restrictions(v.session()) // managers see them
	chosen := v.query("environment")
	if chosen == "" {
		chosen = f.Field("environment").Options[0].Value
	}
	f.set("environment", chosen).set("mails", strings.Join(now[chosen], "\n"))
	v.renderBelow(v.organizationCrumb(), http.StatusOK, "restrict", f)
}

func saveRestriction(v *visit) {
	f := v.read(v.restrictForm())
	environment, mails := f.value("environment"), f.lines("mails")
	if err := v.portal().Restrict(v.session(), environment, mails); err != nil {
		status := v.refuse(f, err)
		f.move("mail", "mails")
		v.renderBelow(v.organizationCrumb(), status, "restrict", f)
		return
	}
	if len(mails) == 0 {
		v.say("said.unrestricted", v.text("env."+environment))
	} else {
		v.say("said.restricted", v.text("env."+environment), len(mails))
	}
	v.redirect("/portal/organization")
}

// maxPersons is for how many persons one order is.
const maxPersons = 20

// productionForm has a few fields for each person.
func (v *visit) productionForm(persons int) *form {
	persons = min(max(1, persons), maxPersons)
	fields := []*field{{Name: "persons", Kind: kindHidden, Values: []string{strconv.Itoa(persons)}}}
	texts := catalogues()[v.lang]
	for i := range persons {
		for _, one := range []*field{
			{Name: "name", Kind: kindText, Group: v.text("production.person", i+1)}, {Name: "mail", Kind: kindEmail}, {Name: "phone", Kind: kindTel, Short: true}, {Name: "pid", Kind: kindText, Optional: true, Short: true},
		} {
			one.Label = texts.text("field.production." + one.Name)
			one.Hint = texts.optional("field.production." + one.Name + ".hint")
			one.Name, one.Autocomplete = fmt.Sprintf("persons[%d].%s", i, one.Name), "off"
			fields = append(fields, one)
		}
	}
	return v.form("production", fields...)
}

func production(v *visit) {
	v.renderBelow(v.organizationCrumb(), http.StatusOK, "production", v.productionForm(1))
}

// orderProduction is the manager's order for named persons. A form that is asked
// for one more person comes back with one.
func orderProduction(v *visit) {
	n, _ := strconv.Atoi(v.r.PostForm.Get("persons"))
	if v.r.PostForm.Get("more") != "" {
		f := v.read(v.productionForm(n + 1))
		f.set("persons", strconv.Itoa(min(n+1, maxPersons)))
		v.renderBelow(v.organizationCrumb(), http.StatusOK, "production", f)
		return
	}
	f := v.read(v.productionForm(n))
	var persons []portal.Person
	for i := range (len(f.Fields) - 1) / 4 {
		place := fmt.Sprintf("persons[%d].", i)
		persons = append(persons, portal.Person{Name: f.value(place + "name"), Mail: f.value(place + "mail"), Phone: f.value(place + "phone"), PID: f.value(place + "pid")})
	}
	if err := v.portal().OrderProduction(v.session(), persons); err != nil {
		v.renderBelow(v.organizationCrumb(), v.refuse(f, err), "production", f)
		return
	}
	v.say("said.production_ordered", len(persons))
	v.redirect("/portal/organization")
}

func (v *visit) rightsForm() *form {
	return v.form("rights",
		&field{Name: "mail", Kind: kindEmail, Autocomplete: "off"},
		&field{Name: "rights", Kind: kindChecks, Options: v.choices("right.", string(portal.RightAPIs), string(portal.RightIntegrations), string(portal.RightSupplier))},
	)
}

func rights(v *visit) {
	v.renderBelow(v.organizationCrumb(), http.StatusOK, "rights", v.rightsForm().set("mail", v.query("mail")))
}

// rights are those that were ticked.
func (f *form) rights() []portal.Right {
	var rights []portal.Right
	for _, right := range f.values("rights") {
		rights = append(rights, portal.Right(right))
	}
	return rights
}

// changeRights delegates rights to a colleague, or takes them back.
func changeRights(v *visit) {
	f := v.read(v.rightsForm())
	mail, said := f.value("mail"), "said.rights_delegated"
	var err error
	if v.r.PostForm.Get("take") != "" {
		said = "said.rights_taken"
		err = v.portal().TakeBack(v.session(), mail, f.rights()...)
	} else {
		err = v.portal().DelegateRights(v.session(), mail, f.rights())
	}
	if err != nil {
		v.renderBelow(v.organizationCrumb(), v.refuse(f, err), "rights", f)
		return
	}
	v.say(said, mail)
	v.redirect("/portal/organization")
}

func (v *visit) prefixForm() *form {
	return v.form("prefix",
		&field{Name: "environment", Kind: kindSelect, Options: v.choices("env.", v.served()...), Short: true},
		&field{Name: "prefix", Kind: kindText, Autocomplete: "off", Short: true},
		&field{Name: "purpose", Kind: kindArea, Rows: 4},
	)
}

func newPrefix(v *visit) {
	v.renderBelow(v.organizationCrumb(), http.StatusOK, "newprefix", v.prefixForm().set("environment", v.query("environment")))
}

// orderPrefix orders by mail in test environments, with the form in production.
func orderPrefix(v *visit) {
	f := v.read(v.prefixForm())
	order, err := v.portal().OrderPrefix(v.session(), f.value("environment"), f.value("prefix"), f.value("purpose"))
	if err != nil {
		if r := refusalOf(err); r.field == "" && r.status == http.StatusForbidden {
			v.failed(err)
			return
		}
		v.renderBelow(v.organizationCrumb(), v.refuse(f, err), "newprefix", f)
		return
	}
	v.say("said.prefix_"+order.State, order.Prefix, v.text("env."+order.Environment))
	v.redirect("/portal/organization")
}

// move shows the error of one field at another, which has it in this form.
func (f *form) move(from, to string) {
	if f.Field(from) == nil && len(f.Errors) > 0 && strings.TrimSpace(f.Errors[0]) != "" {
		f.Field(to).Error, f.Errors = f.Errors[0], f.Errors[1:]
	}
}
