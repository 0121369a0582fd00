package pages

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// maxPasted is how many accesses are given at once.
const maxPasted = 1000

func (v *visit) accessForm() *form {
	return v.form("access",
		&field{Name: "name", Kind: kindHidden},
		&field{Name: "consumer_orgno", Kind: kindText, Autocomplete: "off", Short: true},
		&field{Name: "many", Kind: kindArea, Optional: true, Rows: 6, Group: v.text("access.many")},
	)
}

func newAccess(v *visit, s *registry.Scope) {
	v.renderAccess(http.StatusOK, s, v.accessForm().set("name", s.Name))
}

func (v *visit) renderAccess(status int, s *registry.Scope, f *form) {
	v.under(v.adminCrumb(), v.scopesCrumb(), v.scopeCrumb(s.Name))
	v.renderTitled(status, "newaccess", v.text("newaccess.title", s.Name), f, s)
}

// grantAccess gives access to one organisation, to those that were pasted, or to
// both. Of a pasted list the lines that were refused are left to be mended.
func grantAccess(v *visit, s *registry.Scope) {
	f := v.read(v.accessForm())
	status, granted := http.StatusOK, 0
	if one := f.value("consumer_orgno"); one != "" || f.value("many") == "" {
		a, err := v.registry().GrantAccess(v.caller(), s.Name, one)
		if err != nil {
			v.renderAccess(v.refuse(f, err), s, f)
			return
		}
		v.say("said.access_granted", named(a.ConsumerOrganizationName, a.ConsumerOrgNo))
		granted++
	}
	lines, rest := f.lines("many"), ""
	if len(lines) > maxPasted {
		v.fail(f, "many", "error.too_many_lines", maxPasted)
		v.renderAccess(http.StatusBadRequest, s, f)
		return
	}
	for i, line := range lines {
		_, err := v.registry().GrantAccess(v.caller(), s.Name, line)
		if err == nil {
			granted++
			continue
		}
		if rest += line + "\n"; f.Field("many").Error == "" {
			r := refusalOf(err)
			status = r.status
			f.Field("many").Error = v.text("access.line", i+1, catalogues()[v.lang].first(r.keys...))
		}
	}
	if rest != "" {
		f.set("many", rest).set("consumer_orgno", "")
		v.flashes.put(v.browser, flash{Text: v.text("said.accesses_granted", granted)})
		v.renderAccess(status, s, f)
		return
	}
	if granted > 1 {
		v.say("said.accesses_granted", granted)
	}
	v.toScope(s.Name)
}

// revokeAccess is behind the bin to the right of an organisation.
func revokeAccess(v *visit, s *registry.Scope) {
	a, err := v.registry().RevokeAccess(v.caller(), s.Name, v.r.PostForm.Get("consumer_orgno"))
	if err != nil {
		v.failed(err)
		return
	}
	v.say("said.access_revoked", named(a.ConsumerOrganizationName, a.ConsumerOrgNo))
	v.toScope(s.Name)
}

// named is an organisation by its name, where it has one, and its number.
func named(name, orgno string) string {
	if name == "" {
		return orgno
	}
	return name + " (" + orgno + ")"
}
