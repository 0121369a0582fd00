package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// refusal is what the rules said, without its words: those are the API's.
type refusal struct {
	status int
	field  string
	keys   []string // of the texts that may explain it, the most telling first
	api    string
}

// refusalOf reads what the rules of portal and registry refused.
func refusalOf(err error) refusal {
	if e, ok := errors.AsType[*portal.Error](err); ok {
		return refusal{
			status: e.Code.Status(), field: e.Field, api: e.Message,
			keys: []string{"error." + string(e.Code) + "." + withoutIndex(e.Field), "error." + string(e.Code)},
		}
	}
	e, ok := errors.AsType[*registry.Error](err)
	if !ok {
		return refusal{status: http.StatusInternalServerError, api: err.Error(), keys: []string{"error.internal"}}
	}
	kind, status := kindOf(e.Kind)
	if e.Code != "" {
		return refusal{status: status, field: e.Field, api: e.Message, keys: []string{"error." + e.Code}}
	}
	return refusal{
		status: status, field: e.Field, api: e.Message,
		keys: []string{"error." + e.Object + "." + kind + "." + withoutIndex(e.Field), "error." + e.Object + "." + kind, "error." + kind},
	}
}

func kindOf(kind registry.Kind) (string, int) {
	switch kind {
	case registry.Invalid:
		return "invalid", http.StatusBadRequest
	case registry.Forbidden:
		return "forbidden", http.StatusForbidden
	case registry.Conflict:
		return "conflict", http.StatusConflict
	default:
		return "unknown", http.StatusNotFound
	}
}

// withoutIndex makes "persons[0].phone" "persons.phone".
func withoutIndex(field string) string {
	before, rest, found := strings.Cut(field, "[")
	if !found {
		return field
	}
	_, after, _ := strings.Cut(rest, "]")
	return before + after
}

// refuse shows a refusal at the field that it is about, and returns the status of
// the page. A field that the form hasn't got is told above it.
func (v *visit) refuse(f *form, err error) int {
	r := refusalOf(err)
	text := catalogues()[v.lang].first(r.keys...)
	f.API = strconv.Itoa(r.status) + ": " + r.api
	if text == "" { // the API's own words are better than none
		text = r.api
	}
	if field := f.Field(r.field); field != nil && r.field != "" && field.Kind != kindHidden {
		field.Error = text
	} else {
		f.Errors = append(f.Errors, text)
	}
	return r.status
}

// failed answers a refusal that no form can show: with the page that helps, or
// with one that says why.
func (v *visit) failed(err error) {
	if e, ok := errors.AsType[*portal.Error](err); ok {
		switch e.Code {
		case portal.CodeNotSignedIn:
			v.signInFirst()
			return
		case portal.CodeIDPortenRequired:
			v.redirect("/portal/idporten", "next", v.wanted())
			return
		default:
		}
	}
	r := refusalOf(err)
	v.problem(r.status, r.api, r.keys...)
}

// did goes on to a page that says what was done; where it wasn't, the refusal is
// answered.
func (v *visit) did(err error, path, said string, args ...any) {
	if err != nil {
		v.failed(err)
		return
	}
	v.say(said, args...)
	v.redirect(path)
}

// problem is the page of what can't be done.
func (v *visit) problem(status int, api string, keys ...string) {
	explained := catalogues()[v.lang].first(keys...)
	v.renderTitled(status, "problem", v.text("problem."+strconv.Itoa(status)), nil, struct{ Text, API string }{explained, api})
}

// signInFirst sends the visitor to the sign-in page, and back afterwards.
func (v *visit) signInFirst() {
	if v.session() != "" {
		v.say("said.session_ended")
	}
	v.redirect("/portal/login", "next", v.wanted())
}

// wanted is the page that the visitor should come back to: for a form that was
// sent, the one that it was on.
func (v *visit) wanted() string {
	if v.r.Method == http.MethodGet {
		return v.place.Base + v.r.URL.RequestURI()
	}
	return v.place.Base + v.r.URL.Path
}
