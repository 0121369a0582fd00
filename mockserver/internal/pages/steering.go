package pages

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/orgno"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// steering is something that the workbench can do: a form, and the call of the
// control API that is made of it.
type steering struct {
	method, call string
	// page shows the page that the form is on, with what became of it.
	page func(v *visit, status int, f *form)
	back string // the address of that page
	// fields of the form; nil: it has none.
	fields func(v *visit) []*field
	// body makes the body of what was sent; nil: the form's values, those that are
	// empty left out.
	body func(v *visit) any
	// about is the field that a refusal is about which names none.
	about string
}

// steerings are all of them, by name.
func steerings() map[string]steering {
	const times, world, digdir, altinn = "/workbench/time", "/workbench/world", "/workbench/digdir", "/workbench/altinn"
	return map[string]steering{
		"advance":      {http.MethodPost, "clock", (*visit).renderTime, times, advanceFields, nil, ""},
		"set-clock":    {http.MethodPost, "clock", (*visit).renderTime, times, setClockFields, nil, "set"},
		"reset-clock":  {http.MethodPost, "clock", (*visit).renderTime, times, nil, func(*visit) any { return map[string]bool{"reset": true} }, ""},
		"settings":     {http.MethodPost, "settings", (*visit).renderTime, times, settingsFields, settingsBody, ""},
		"fault":        {http.MethodPost, "faults", (*visit).renderTime, times, faultFields, faultBody, ""},
		"remove-fault": {http.MethodDelete, "faults?id=", (*visit).renderTime, times, nil, nil, ""},
		"reset":        {http.MethodPost, "reset", (*visit).renderWorld, world, nil, func(*visit) any { return nil }, ""},
		"restore":      {http.MethodPut, "snapshot", (*visit).renderWorld, world, worldFields, worldBody, "world"},
		"organization": {http.MethodPost, "organizations", (*visit).renderDigdir, digdir, organizationFields, organizationBody, ""},
		"prefix":       {http.MethodPost, "prefixes", (*visit).renderDigdir, digdir, prefixFields, nil, "prefix"},
		"decide":       {http.MethodPost, "prefix-orders", (*visit).renderDigdir, digdir, nil, decisionBody, ""},
		"delegation":   {http.MethodPost, "delegations", (*visit).renderAltinn, altinn, delegationFields, nil, ""},
		"system-user":  {http.MethodPost, "system-users", (*visit).renderAltinn, altinn, systemUserFields, nil, ""},
		"consent":      {http.MethodPost, "consents", (*visit).renderAltinn, altinn, consentFields, consentBody, "id"},
	}
}

// steeringForm is the form of one. There are several on a page, so that ids of fields
// begin with its name.
func (v *visit) steeringForm(name string) *form {
	var fields []*field
	if s := steerings()[name]; s.fields != nil {
		fields = s.fields(v)
	}
	f := v.form(name, fields...)
	for _, field := range fields {
		field.of = name + "-"
	}
	return f
}

// Steer is a form of the workbench on the page at hand: as it failed, or new.
func (p *page) Steer(name string) *form {
	if p.Form != nil && p.Form.Name == name {
		return p.Form
	}
	return p.steeringForm(name)
}

// doControl carries one out. What is refused is shown in the form, at the field that
// it is about.
func doControl(v *visit) {
	name := v.r.PathValue("what")
	s, ok := steerings()[name]
	if !ok {
		noPage(v)
		return
	}
	f := v.read(v.steeringForm(name))
	call, body := s.call, any(nil)
	switch {
	case s.method == http.MethodDelete:
		call += url.QueryEscape(v.r.PostForm.Get("id"))
	case s.body != nil:
		body = s.body(v)
	default:
		body = sent(v.r.PostForm)
	}
	if err := v.control(s.method, call, body, nil); err != nil {
		v.refusedBy(f, err, s.about)
		s.page(v, http.StatusBadRequest, f)
		return
	}
	v.say("said.done")
	v.redirect(s.back)
}

// organizationFieldNames are fields that hold the number of one.
var organizationFieldNames = []string{"orgno", "vendor_orgno", "consumer", "supplier", "to"}

// refusedBy shows what the control API refused at the field that its refusal names,
// else at the one that it is about. A malformed organisation number is refused in
// the visitor's language, all else in the API's words.
func (v *visit) refusedBy(f *form, err *controlError, about string) {
	for _, name := range []string{err.field(), about} {
		field := f.Field(name)
		switch {
		case field == nil:
			continue
		case slices.Contains(organizationFieldNames, name) && !orgno.Valid(field.Value()):
			field.Error, f.API = v.text("error.Access.invalid.consumer_orgno"), err.Text
		default:
			field.Error, field.Foreign = err.Text, true
		}
		return
	}
	f.Errors = append(f.Errors, err.Text)
}

func advanceFields(v *visit) []*field {
	return []*field{{Name: "advance", Kind: kindSelect, Short: true, Values: []string{"24h"}, Options: []choice{
		{Value: "1m", Label: v.text("time.minute")}, {Value: "1h", Label: v.text("time.hour")}, {Value: "24h", Label: v.text("time.day")},
		{Value: "720h", Label: v.text("time.month")}, {Value: "8784h", Label: v.text("time.year")},
	}}}
}

func setClockFields(v *visit) []*field {
	return []*field{{Name: "set", Kind: kindText, Short: true, Autocomplete: "off", Values: []string{v.config.Now().UTC().Format("2006-01-02T15:04:05Z")}}}
}

func faultFields(*visit) []*field {
	return []*field{
		{Name: "operation", Kind: kindText, Autocomplete: "off", Optional: true},
		{Name: "client_id", Kind: kindText, Autocomplete: "off", Optional: true},
		{Name: "status", Kind: kindNumber, Autocomplete: "off", Optional: true, Short: true, Values: []string{"503"}},
		{Name: "delay", Kind: kindText, Autocomplete: "off", Optional: true, Short: true},
		{Name: "times", Kind: kindNumber, Autocomplete: "off", Optional: true, Short: true},
	}
}

func faultBody(v *visit) any {
	body := sent(v.r.PostForm)
	for _, name := range []string{"status", "times"} {
		if number, err := strconv.Atoi(v.r.PostForm.Get(name)); err == nil {
			body[name] = number
		}
	}
	return body
}

// settingsFields are what can be changed, with what is in force.
func settingsFields(v *visit) []*field {
	var now inForce
	_ = v.control(http.MethodGet, "settings", nil, &now) // its page has asked for it already
	fields := []*field{
		{Name: "chaos", Kind: kindNumber, Autocomplete: "off", Optional: true, Short: true, Values: []string{now.seed()}},
		{Name: "propagation", Kind: kindText, Autocomplete: "off", Short: true, Values: []string{now.Propagation}},
		{Name: "lenient", Kind: kindCheck},
	}
	if now.Lenient {
		fields[2].Values = []string{"on"}
	}
	for _, row := range variants.Rows() {
		fields = append(fields, &field{
			Name: "variant." + row.Name, Label: row.Name, Kind: kindSelect, Short: true,
			Options: plainChoices([]string{row.Default, row.Other}), Values: []string{now.Variants[row.Name]},
		})
	}
	return fields
}

func settingsBody(v *visit) any {
	values := v.r.PostForm
	body := map[string]any{"lenient": values.Get("lenient") != "", "propagation": values.Get("propagation")}
	body["chaos"] = nil
	if seed, err := strconv.ParseUint(strings.TrimSpace(values.Get("chaos")), 10, 64); err == nil {
		body["chaos"] = seed
	} else if text := strings.TrimSpace(values.Get("chaos")); text != "" {
		body["chaos"] = text // the control API says what is wrong with it
	}
	chosen := map[string]string{}
	for name := range values {
		if variant, ok := strings.CutPrefix(name, "variant."); ok {
			chosen[variant] = values.Get(name)
		}
	}
	body["variants"] = chosen
	return body
}

func worldFields(*visit) []*field {
	return []*field{
		{Name: "file", Kind: kindFile, Optional: true},
		{Name: "world", Kind: kindArea, Rows: 6, Optional: true},
	}
}

// worldBody is the file that was chosen, or what was pasted.
func worldBody(v *visit) any {
	if file, _, err := v.r.FormFile("file"); err == nil {
		defer func() { _ = file.Close() }() // it is in memory
		if data, err := io.ReadAll(file); err == nil && len(data) > 0 {
			return json.RawMessage(data)
		}
	}
	return json.RawMessage(v.r.PostForm.Get("world"))
}
