package pages

import (
	"encoding/json"
	"net/http"
	"strings"
)

// The forms of Digdir's desk and of Altinn.

func organizationFields(*visit) []*field {
	return []*field{
		{Name: "orgno", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "name", Kind: kindText, Autocomplete: "off"},
		{Name: "domains", Kind: kindText, Autocomplete: "off", Optional: true},
		{Name: "managers", Kind: kindText, Autocomplete: "off", Optional: true},
		{Name: "terms_signed", Kind: kindCheck, Values: []string{"on"}},
	}
}

func organizationBody(v *visit) any {
	body := sent(v.r.PostForm)
	for _, name := range []string{"domains", "managers"} {
		if list := strings.FieldsFunc(v.r.PostForm.Get(name), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) }); len(list) > 0 {
			body[name] = list
		}
	}
	body["terms_signed"] = v.r.PostForm.Get("terms_signed") != ""
	return body
}

func prefixFields(v *visit) []*field {
	return []*field{
		{Name: "orgno", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "prefix", Kind: kindText, Autocomplete: "off", Short: true},
		v.whereField(true),
	}
}

func decisionBody(v *visit) any {
	values := v.r.PostForm
	return map[string]any{"id": values.Get("id"), "granted": values.Get("granted") == "yes", "reason": values.Get("reason")}
}

func delegationFields(v *visit) []*field {
	return []*field{
		{Name: "consumer", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "supplier", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "scope", Kind: kindText, Autocomplete: "off"},
		v.whereField(true),
	}
}

func systemUserFields(v *visit) []*field {
	return []*field{
		{Name: "orgno", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "vendor_orgno", Kind: kindText, Autocomplete: "off", Short: true},
		{Name: "external_ref", Kind: kindText, Autocomplete: "off", Optional: true},
		{Name: "system_id", Kind: kindText, Autocomplete: "off", Optional: true},
		v.whereField(false),
	}
}

// consentMembers are those that the form asks for in fields of their own.
var consentMembers = []string{"from", "to", "consented", "validTo"}

func consentFields(v *visit) []*field {
	fields := []*field{{Name: "id", Kind: kindText, Autocomplete: "off"}}
	for _, name := range consentMembers {
		fields = append(fields, &field{Name: name, Kind: kindText, Autocomplete: "off", Optional: true, Short: true})
	}
	return append(fields,
		&field{Name: "consentRights", Kind: kindArea, Rows: 4, Optional: true},
		&field{Name: "others", Kind: kindArea, Rows: 3, Optional: true},
		v.whereField(true),
	)
}

// consentBody puts the members that the mock doesn't know beside those that it does.
func consentBody(v *visit) any {
	body := sent(v.r.PostForm)
	if rights, ok := body["consentRights"].(string); ok {
		var list []any
		if err := json.Unmarshal([]byte(rights), &list); err != nil {
			return &controlError{Field: "consentRights", Text: "consentRights: a JSON array is expected"}
		}
		body["consentRights"] = json.RawMessage(rights)
	}
	if to, ok := body["to"].(string); ok {
		body["to"] = map[string]string{"authority": "iso6523-actorid-upis", "ID": "0192:" + to}
	}
	text, ok := body["others"].(string)
	if !ok {
		return body
	}
	delete(body, "others")
	var others map[string]any
	if err := json.Unmarshal([]byte(text), &others); err != nil {
		return &controlError{Field: "others", Text: "others: a JSON object is expected"}
	}
	for name, value := range others {
		if _, there := body[name]; !there {
			body[name] = value
		}
	}
	return body
}

// whereField picks the environment; with every, all of them to begin with.
func (v *visit) whereField(every bool) *field {
	f := &field{Name: "environment", Kind: kindSelect, Short: true}
	if every {
		f.Options = []choice{{Label: v.text("scopes.every_prefix")}}
	}
	for _, e := range v.place.Environments {
		f.Options = append(f.Options, choice{Value: e.Name, Label: v.text("env." + e.Name)})
	}
	return f
}

// renderDigdir is Digdir's desk: orders to decide, organisations to register.
func (v *visit) renderDigdir(status int, f *form) {
	wanted := v.wantedPart()
	v.render(status, "digdir", f, list(v, wanted, part(v.portal().PendingPrefixOrders(), wanted)))
}

// renderAltinn is where delegations, system users and consents are made.
func (v *visit) renderAltinn(status int, f *form) {
	v.choose(v.query("env"))
	v.render(status, "altinn", f, nil)
}

func digdirPage(v *visit) { v.renderDigdir(http.StatusOK, nil) }

func altinnPage(v *visit) { v.renderAltinn(http.StatusOK, nil) }
