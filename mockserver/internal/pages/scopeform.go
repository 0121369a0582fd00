package pages

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// The translations that the form has, beside bokmål.
var scopeTranslations = []string{"description#nn", "description#en", "long_description#nn", "long_description#en"}

// scopeTexts, scopeNumbers, scopeSwitches and scopeLists are the fields of a scope's
// form by what they hold in the API.
var (
	scopeTexts    = append([]string{"description", "long_description", "visibility", "token_type", "delegation_source", "enforced_aud_for_access_token"}, scopeTranslations...)
	scopeNumbers  = []string{"at_max_age", "authorization_max_lifetime"}
	scopeSwitches = []string{"accessible_for_all", "requires_user_consent", "requires_user_authentication", "requires_pseudonymous_tokens", "supports_european_businesses"}
	scopeLists    = []string{"allowed_integration_types"}
)

// scopeForm is the form of a scope; of a new one with the name that it will have.
func (v *visit) scopeForm(isNew bool) *form {
	var fields []*field
	if isNew {
		fields = []*field{
			{Name: "prefix", Kind: kindSelect, Options: plainChoices(v.prefixes()), Short: true},
			{Name: "subscope", Kind: kindText, Autocomplete: "off"},
		}
	} else {
		fields = []*field{
			{Name: "name", Kind: kindHidden},
			{Name: "version", Kind: kindHidden},
		}
	}
	fields = append(fields,
		&field{Name: "description", Kind: kindText},
		&field{Name: "long_description", Kind: kindArea, Optional: true, Rows: 4},
		&field{Name: "allowed_integration_types", Kind: kindChecks, Optional: true, Options: v.choices("type.", registry.Maskinporten, registry.KRR, registry.IDPorten, registry.Ansattporten, registry.APIKlient)},
		&field{Name: "visibility", Kind: kindRadios, Options: v.choices("visibility.", "PRIVATE", "PUBLIC"), Values: []string{"PRIVATE"}, Group: v.text("scopeform.access")},
		&field{Name: "accessible_for_all", Kind: kindCheck},
		&field{Name: "delegation_source", Kind: kindSelect, Optional: true, Options: v.delegationSources()},
		&field{Name: "token_type", Kind: kindRadios, Options: v.choices("tokentype.", "SELF_CONTAINED", "OPAQUE"), Values: []string{"SELF_CONTAINED"}, Group: v.text("scopeform.token")},
		&field{Name: "at_max_age", Kind: kindNumber, Optional: true, Short: true},
		&field{Name: "authorization_max_lifetime", Kind: kindNumber, Optional: true, Short: true},
		&field{Name: "enforced_aud_for_access_token", Kind: kindText, Optional: true},
		&field{Name: "requires_user_consent", Kind: kindCheck},
		&field{Name: "requires_user_authentication", Kind: kindCheck},
		&field{Name: "requires_pseudonymous_tokens", Kind: kindCheck},
		&field{Name: "supports_european_businesses", Kind: kindCheck},
		&field{Name: "description#nn", Kind: kindText, Optional: true, Group: v.text("scopeform.translations")},
		&field{Name: "description#en", Kind: kindText, Optional: true},
		&field{Name: "long_description#nn", Kind: kindArea, Optional: true, Rows: 3},
		&field{Name: "long_description#en", Kind: kindArea, Optional: true, Rows: 3},
	)
	return v.form("scope", fields...)
}

// choices are values whose labels, and hints if there are any, are texts.
func (v *visit) choices(prefix string, values ...string) []choice {
	var list []choice
	for _, value := range values {
		list = append(list, choice{value, v.text(prefix + value), catalogues()[v.lang].optional(prefix + value + ".hint")})
	}
	return list
}

// plainChoices are values that are their own labels.
func plainChoices(values []string) []choice {
	var list []choice
	for _, value := range values {
		list = append(list, choice{Value: value, Label: value})
	}
	return list
}

func (v *visit) delegationSources() []choice {
	list := []choice{{Label: v.text("scopeform.no_delegation")}}
	for _, s := range v.registry().DelegationSources() {
		list = append(list, choice{Value: s.Issuer, Label: s.Name + " (" + s.Issuer + ")"})
	}
	return list
}

// overlay puts what was filled in into the JSON that the API takes, which checks
// it: what isn't in the form stays as it is.
func (f *form) overlay(object map[string]any, texts, numbers, switches, lists []string) {
	put := func(name string, value any, empty bool) {
		if delete(object, name); !empty {
			object[name] = value
		}
	}
	for _, name := range texts {
		if f.Field(name) != nil {
			put(name, f.value(name), f.value(name) == "")
		}
	}
	for _, name := range numbers {
		if f.Field(name) == nil {
			continue
		}
		var value any = f.value(name) // no number: the API says so
		if number, err := strconv.Atoi(f.value(name)); err == nil {
			value = number
		}
		put(name, value, f.value(name) == "")
	}
	for _, name := range switches {
		if f.Field(name) != nil {
			object[name] = f.checked(name)
		}
	}
	for _, name := range lists {
		if f.Field(name) != nil {
			put(name, f.values(name), len(f.values(name)) == 0)
		}
	}
}

// show fills the form with what the API answers.
func (f *form) show(value any) {
	object := objectOf(value)
	for _, field := range f.Fields {
		switch sent := object[field.Name].(type) {
		case string:
			field.Values = []string{sent}
		case bool:
			field.Values = nil
			if sent {
				field.Values = []string{"on"}
			}
		case float64:
			field.Values = []string{strconv.FormatFloat(sent, 'f', -1, 64)}
		case []any:
			field.Values = nil
			for _, element := range sent {
				if text, ok := element.(string); ok {
					field.Values = append(field.Values, text)
				}
			}
			if field.Kind == kindArea {
				field.Values = []string{strings.Join(field.Values, "\n")}
			}
		}
	}
}

// objectOf is something as the API answers it.
func objectOf(value any) map[string]any {
	object := map[string]any{}
	if data, err := json.Marshal(value); err == nil {
		_ = json.Unmarshal(data, &object) // it is what was just written
	}
	return object
}

// scopeInput is what the form asks of the API.
func (f *form) scopeInput(object map[string]any) (registry.ScopeInput, error) {
	f.overlay(object, scopeTexts, scopeNumbers, scopeSwitches, scopeLists)
	var in registry.ScopeInput
	data, err := json.Marshal(object)
	if err == nil {
		err = in.UnmarshalJSON(data)
	}
	return in, err
}

func newScope(v *visit) { v.renderNewScope(http.StatusOK, v.scopeForm(true)) }

func (v *visit) renderNewScope(status int, f *form) {
	v.under(v.adminCrumb(), v.scopesCrumb())
	v.render(status, "newscope", f, len(f.Field("prefix").Options))
}

func createScope(v *visit) {
	f := v.read(v.scopeForm(true))
	in, err := f.scopeInput(map[string]any{"prefix": f.value("prefix"), "subscope": f.value("subscope")})
	if err == nil {
		var s *registry.Scope
		if s, err = v.registry().CreateScope(v.caller(), in); err == nil {
			v.say("said.scope_created", s.Name)
			v.toScope(s.Name)
			return
		}
	}
	v.renderNewScope(v.refuse(f, err), f)
}

func editScope(v *visit, s *registry.Scope) {
	f := v.scopeForm(false)
	f.show(s)
	f.set("name", s.Name).set("version", version(s.LastUpdated))
	v.renderEditScope(http.StatusOK, s, f)
}

func (v *visit) renderEditScope(status int, s *registry.Scope, f *form) {
	v.under(v.adminCrumb(), v.scopesCrumb(), v.scopeCrumb(s.Name))
	v.renderTitled(status, "editscope", v.text("editscope.title", s.Name), f, s)
}

// version tells whether somebody changed a thing in the meantime.
func version(lastUpdated time.Time) string { return lastUpdated.UTC().Format(time.RFC3339Nano) }

// changeScope refuses to overwrite what somebody else changed in the meantime.
func changeScope(v *visit, s *registry.Scope) {
	f := v.read(v.scopeForm(false))
	if f.value("version") != version(s.LastUpdated) {
		v.fail(f, "", "error.changed_meanwhile")
		f.set("version", version(s.LastUpdated))
		v.renderEditScope(http.StatusConflict, s, f)
		return
	}
	in, err := f.scopeInput(maps.Clone(objectOf(s)))
	if err == nil {
		_, err = v.registry().ReplaceScope(v.caller(), s.Name, in)
	}
	if err != nil {
		v.renderEditScope(v.refuse(f, err), s, f)
		return
	}
	v.say("said.scope_changed", s.Name)
	v.toScope(s.Name)
}

// reactivateScope takes a scope into use again, as it was.
func reactivateScope(v *visit, s *registry.Scope) {
	_, err := v.registry().ReplaceScope(v.caller(), s.Name, registry.ScopeInput{ScopeFields: s.ScopeFields, Active: new(true)})
	v.did(err, v.scopePath(s.Name), "said.scope_reactivated", s.Name)
}
