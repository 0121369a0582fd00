package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// steering is something that the workbench can do: a call of the control API, made
// of a form.
type steering struct {
	method, call string
	back         string // the page that it is on
	// build makes the body of what was sent; nil: the form's values, those that are
	// empty left out.
	build func(url.Values) map[string]any
	query string // the one value that is a parameter, where there is no body
}

// steerings are all of them, by name.
var steerings = map[string]steering{
	"advance":      {http.MethodPost, "clock", "/workbench/time", nil, ""},
	"set-clock":    {http.MethodPost, "clock", "/workbench/time", nil, ""},
	"reset-clock":  {http.MethodPost, "clock", "/workbench/time", func(url.Values) map[string]any { return map[string]any{"reset": true} }, ""},
	"settings":     {http.MethodPost, "settings", "/workbench/time", settingsBody, ""},
	"fault":        {http.MethodPost, "faults", "/workbench/time", faultBody, ""},
	"remove-fault": {http.MethodDelete, "faults", "/workbench/time", nil, "id"},
	"reset":        {http.MethodPost, "reset", "/workbench/world", func(url.Values) map[string]any { return nil }, ""},
	"restore":      {http.MethodPut, "snapshot", "/workbench/world", nil, ""},
	"organization": {http.MethodPost, "organizations", "/workbench/digdir", organizationBody, ""},
	"prefix":       {http.MethodPost, "prefixes", "/workbench/digdir", nil, ""},
	"decide":       {http.MethodPost, "prefix-orders", "/workbench/digdir", decisionBody, ""},
	"delegation":   {http.MethodPost, "delegations", "/workbench/altinn", nil, ""},
	"system-user":  {http.MethodPost, "system-users", "/workbench/altinn", nil, ""},
	"consent":      {http.MethodPost, "consents", "/workbench/altinn", nil, ""},
}

// sent is what was filled in, as JSON: without the token and what is empty.
func sent(values url.Values) map[string]any {
	body := map[string]any{}
	for name := range values {
		if value := strings.TrimSpace(values.Get(name)); value != "" && name != tokenField {
			body[name] = value
		}
	}
	return body
}

func settingsBody(values url.Values) map[string]any {
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

func faultBody(values url.Values) map[string]any {
	body := sent(values)
	for _, name := range []string{"status", "times"} {
		if number, err := strconv.Atoi(values.Get(name)); err == nil {
			body[name] = number
		}
	}
	return body
}

func organizationBody(values url.Values) map[string]any {
	body := sent(values)
	for _, name := range []string{"domains", "managers"} {
		if list := strings.Fields(values.Get(name)); len(list) > 0 {
			body[name] = list
		}
	}
	body["terms_signed"] = values.Get("terms_signed") != ""
	return body
}

func decisionBody(values url.Values) map[string]any {
	return map[string]any{"id": values.Get("id"), "granted": values.Get("granted") == "yes", "reason": values.Get("reason")}
}

// doControl carries one out, and says on the page that it is on what came of it.
func doControl(v *visit) {
	name := v.r.PathValue("what")
	s, ok := steerings[name]
	if !ok {
		noPage(v)
		return
	}
	call, body := s.call, any(nil)
	switch {
	case s.query != "":
		call += "?" + url.Values{s.query: {v.r.PostForm.Get(s.query)}}.Encode()
	case name == "restore":
		body = json.RawMessage(v.r.PostForm.Get("world"))
	case s.build != nil:
		if built := s.build(v.r.PostForm); built != nil {
			body = built
		}
	default:
		body = sent(v.r.PostForm)
	}
	if err := v.control(s.method, call, body, nil); err != nil {
		v.flashes.put(v.browser, flash{Text: v.text("said.refused") + " " + err.Error(), Bad: true})
	} else {
		v.say("said.done")
	}
	v.redirect(s.back)
}

// timePage is where the clock is moved and trouble made.
func timePage(v *visit) {
	var clock struct{ Now time.Time }
	var settings inForce
	var faults []fault
	for call, to := range map[string]any{"clock": &clock, "settings": &settings, "faults": &faults} {
		if err := v.control(http.MethodGet, call, nil, to); err != nil {
			v.broken(err)
			return
		}
	}
	var choices []variantChoice
	for _, row := range variants.Rows() {
		choices = append(choices, variantChoice{row.Name, settings.Variants[row.Name], []string{row.Default, row.Other}})
	}
	v.render(http.StatusOK, "time", nil, struct {
		Now      time.Time
		Settings inForce
		Chaos    string
		Variants []variantChoice
		Faults   []fault
	}{clock.Now, settings, settings.seed(), choices, faults})
}

// variantChoice is a variant with the value that is in force, and those that it
// may have.
type variantChoice struct {
	Name, Value string
	Values      []string
}

// digdirPage is Digdir's desk: orders to decide, organisations to register.
func digdirPage(v *visit) {
	orders := v.portal().PendingPrefixOrders()
	wanted := v.wantedPart()
	v.render(http.StatusOK, "digdir", nil, list(v, wanted, part(orders, wanted)))
}

// altinnPage is where delegations, system users and consents are made.
func altinnPage(v *visit) {
	v.chosenEnvironment()
	v.render(http.StatusOK, "altinn", nil, nil)
}
