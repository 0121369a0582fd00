package openapicheck_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
)

// proven makes sure that a good answer would not have passed with a member that
// isn't described, nor with none at all, nor with another status or content
// type: that it was looked at. It returns whether there was something to alter.
func (d described) proven(t *testing.T, e recording.Exchange, at place) bool {
	t.Helper()
	if e.Status != http.StatusOK || e.Apart != "" || at.path == "/openapi.json" || !strings.HasPrefix(e.Header.Get("Content-Type"), "application/json") {
		return false
	}
	object, list := member(e.Body)
	if len(object) == 0 {
		return false
	}
	more := maps.Clone(object)
	more["undescribed"] = 1
	bad := map[string]recording.Exchange{"one more member": e, "no members": e, "another status": e, "another content type": e}
	bad["one more member"] = withBody(e, more, list)
	bad["no members"] = withBody(e, map[string]any{}, list)
	isMap, isOpen := d.otherMembers(at, e.Method)
	if isMap {
		delete(bad, "no members") // which says that there is nothing
	}
	if isOpen {
		delete(bad, "one more member") // which the description allows
	}
	teapot, text := e, e
	teapot.Status = http.StatusTeapot
	text.Header = http.Header{"Content-Type": {"text/html"}}
	bad["another status"], bad["another content type"] = teapot, text
	for what, mutant := range bad {
		if d.validate(t.Context(), mutant, at) == nil {
			t.Errorf("%s %s: an answer with %s passes: %.200s", e.Method, at.path, what, mutant.Body)
		}
	}
	return true
}

// otherMembers tells whether an operation answers an object whose names are
// data, and whether one that may have members which aren't described: for both
// the description says so itself.
func (d described) otherMembers(at place, method string) (isMap, isOpen bool) {
	content := route(d.published, at, method).Operation.Responses.Status(http.StatusOK).Value.Content["application/json"]
	if content == nil || content.Schema == nil {
		return false, false
	}
	others := content.Schema.Value.AdditionalProperties
	return others.Schema != nil, others.Has != nil && *others.Has
}

// member is the object that a body is, or the first in the list that it is.
func member(body []byte) (object map[string]any, list bool) {
	if json.Unmarshal(body, &object) == nil {
		return object, false
	}
	var objects []map[string]any
	if json.Unmarshal(body, &objects) != nil || len(objects) == 0 {
		return nil, true
	}
	return objects[0], true
}

func withBody(e recording.Exchange, object map[string]any, list bool) recording.Exchange {
	var value any = object
	if list {
		value = []any{object}
	}
	e.Body, _ = json.Marshal(value) // it came out of JSON
	return e
}

func TestRequestsAndTokensAreLookedAtToo(t *testing.T) {
	t.Parallel()
	d := describe(t)
	const scope = `{"prefix":"difi","subscope":"api","description":"d","token_type":"SELF_CONTAINED","visibility":"PRIVATE","requires_user_consent":false,` +
		`"requires_user_authentication":false,"requires_pseudonymous_tokens":false,"at_max_age":0,"authorization_max_lifetime":0,"accessible_for_all":false,` +
		`"protected":false,"supports_european_businesses":false,"name":"difi:api","owner_orgno":"991825827",` +
		`"active":true,"created":"2025-05-22T08:30:00Z","last_updated":"2025-05-22T08:30:00Z"}`
	good := recording.Exchange{
		Method: http.MethodPost, Path: "/api/v1/scopes", Type: "application/json", Sent: []byte(`{"prefix":"difi","subscope":"api","description":"d","new":1}`),
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(scope),
	}
	check := func(e recording.Exchange) error {
		at, ok := find(d.published, "example.com", e.Path)
		if !ok {
			t.Fatalf("%s isn't found", e.Path)
		}
		return d.validate(t.Context(), e, at)
	}
	if err := check(good); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	for what, change := range map[string]func(e *recording.Exchange){
		"a request without a description":  func(e *recording.Exchange) { e.Sent = []byte(`{"prefix":"difi","subscope":"api"}`) },
		"a request with a wrong type":      func(e *recording.Exchange) { e.Sent = []byte(`{"prefix":"difi","subscope":"api","description":1}`) },
		"a time that is none":              replace("2025-05-22T08:30:00Z", "yesterday"),
		"a number for an organisation":     replace(`"991825827"`, `991825827`),
		"an unknown value of an enum":      replace("PRIVATE", "SECRET"),
		"a wrong translation":              replace(`"active"`, `"description#en":1,"active"`),
		"a member that is almost a known":  replace(`"active"`, `"Active":true,"active"`),
		"no body":                          func(e *recording.Exchange) { e.Body = nil },
		"a body where none is described":   func(e *recording.Exchange) { e.Method, e.Path = http.MethodDelete, "/ver2/clients/x" },
		"an error that isn't self-service": func(e *recording.Exchange) { e.Status, e.Body = http.StatusConflict, []byte(`{"error":"no"}`) },
		"a token that is none": func(e *recording.Exchange) {
			e.Path, e.Body = "/token", []byte(`{"access_token":"a.e30.c","token_type":"Bearer","expires_in":1,"scope":"x"}`)
			e.Type, e.Header = "application/x-www-form-urlencoded", http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
			e.Sent = []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.e30.c")
		},
	} {
		bad := good
		if change(&bad); check(bad) == nil {
			t.Errorf("%s passes", what)
		}
	}
}

// replace changes the answer.
func replace(old, replacement string) func(*recording.Exchange) {
	return func(e *recording.Exchange) { e.Body = []byte(strings.Replace(string(e.Body), old, replacement, 1)) }
}
