package maskinporten_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// storedScope has what a read-modify-write could lose: unknown members at
// every depth, numbers that no float64 holds, explicit nothing, a time in an
// old shape, members twice known.
const storedScope = `{
	"prefix":"difi","subscope":"api","name":"difi:api","description":"old","long_description":null,
	"active":true,"visibility":"FUTURE","allowed_integration_types":[],"token_type":null,
	"at_max_age":0,"accessible_for_all":false,"requires_user_consent":null,
	"created":"2018-01-02T09:30:00.000+0100","last_updated":"2018-01-02T09:30:00.123456789123+01:00",
	"description#en":"old & \"<quoted>\"","exact":12345678901234567890.123456789,"big":1e400,"zero":-0.0,
	"nothing":null,"no":false,"none":[],"deep":{"a":[1,{"b":null}],"å":"\u2028"}}`

// putAfter updates the stored scope and returns what was put.
func putAfter(t *testing.T, change func(*maskinporten.Scope)) (put map[string]any, b *backend) {
	t.Helper()
	b = &backend{api: func(_ int, r *http.Request) reply {
		if r.Method == http.MethodPut {
			return reply{}
		}
		return reply{body: storedScope}
	}}
	check.Got(b.client(t).Scopes.Update(t.Context(), "difi:api", func(s *maskinporten.Scope) error { change(s); return nil }))(t)
	bodies := b.seenBodies()
	if len(bodies) == 2 {
		put, _ = anyJSON(t, bodies[1]).(map[string]any)
	}
	return put, b
}

func TestAReadModifyWriteLosesNothingAndChangesJustWhatWasChanged(t *testing.T) {
	t.Parallel()
	put, _ := putAfter(t, func(s *maskinporten.Scope) {
		s.AccessibleForAll, s.AtMaxAge, s.Visibility = true, 60, maskinporten.VisibilityPrivate
		s.AllowedIntegrationTypes = []maskinporten.IntegrationType{"maskinporten"}
		s.SetTranslation(maskinporten.FieldDescription, "en", "")
		s.SetTranslation(maskinporten.FieldDescription, "nn", "ny")
		s.Extra["exact"] = []byte("7")
		delete(s.Extra, "nothing")
	})
	want, _ := anyJSON(t, storedScope).(map[string]any)
	for name, value := range map[string]string{
		"accessible_for_all": "true", "at_max_age": "60", "visibility": `"PRIVATE"`, "allowed_integration_types": `["maskinporten"]`,
		"description#nn": `"ny"`, "exact": "7",
	} {
		want[name] = anyJSON(t, value)
	}
	delete(want, "description#en")
	delete(want, "nothing")
	check.Same(t, want, put, "put")
}

func TestAFieldThatIsEmptiedIsLeftOut(t *testing.T) {
	t.Parallel()
	put, _ := putAfter(t, func(s *maskinporten.Scope) { s.Visibility = "" })
	if _, there := put["visibility"]; there || len(put) == 0 {
		t.Errorf("put %v", put)
	}
}

func TestNothingIsPutWhenNothingChanged(t *testing.T) {
	t.Parallel()
	_, b := putAfter(t, func(s *maskinporten.Scope) {
		s.Description += "x"
		s.Description = strings.TrimSuffix(s.Description, "x")
	})
	if n := len(b.seenCalls()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

func TestAnUpdateThatAnswersNothingGivesWhatWasPut(t *testing.T) {
	t.Parallel()
	b := &backend{api: func(_ int, r *http.Request) reply {
		if r.Method == http.MethodPut {
			return reply{status: 204}
		}
		return reply{body: storedScope}
	}}
	scope, err := b.client(t).Scopes.Update(t.Context(), "difi:api", func(s *maskinporten.Scope) error { s.Description = "new"; return nil })
	if err != nil || scope.Description != "new" || scope.Name != "difi:api" {
		t.Errorf("%+v, error %v", scope, err)
	}
}

func TestAnUpdateThatCannotBe(t *testing.T) {
	t.Parallel()
	mind := errors.New("changed my mind")
	for what, test := range map[string]struct {
		get, put reply
		change   func(*maskinporten.Scope) error
		want     error
		calls    int
	}{
		"unknown":                  {get: reply{status: 404}, want: maskinporten.ErrNotFound, calls: 1},
		"no object":                {get: reply{body: `[]`}, want: maskinporten.ErrBadAnswer, calls: 1},
		"changed my mind":          {get: reply{body: storedScope}, change: func(*maskinporten.Scope) error { return mind }, want: mind, calls: 1},
		"extra that is no JSON":    {get: reply{body: storedScope}, change: func(s *maskinporten.Scope) error { s.Extra["x"] = []byte("{"); return nil }, want: maskinporten.ErrInvalidArgument, calls: 1},
		"refused":                  {get: reply{body: storedScope}, put: reply{status: 409}, want: maskinporten.ErrConflict, calls: 2},
		"answer makes no sense":    {get: reply{body: storedScope}, put: reply{body: "7"}, want: maskinporten.ErrBadAnswer, calls: 2},
		"an error comes for good":  {get: reply{body: storedScope}, put: reply{body: `{"error":"no"}`}, want: maskinporten.ErrBadAnswer, calls: 2},
		"the stored one is no one": {get: reply{body: `{"name":7}`}, want: maskinporten.ErrBadAnswer, calls: 1},
	} {
		b := &backend{api: func(_ int, r *http.Request) reply {
			if r.Method == http.MethodPut {
				return test.put
			}
			return test.get
		}}
		change := test.change
		if change == nil {
			change = func(s *maskinporten.Scope) error { s.Description = "new"; return nil }
		}
		_, err := b.client(t).Scopes.Update(t.Context(), "difi:api", change)
		if !errors.Is(err, test.want) || len(b.seenCalls()) != test.calls {
			t.Errorf("%s: error %v after %d calls", what, err, len(b.seenCalls()))
		}
	}
}

func TestExtraFieldsNeverReplaceKnownOnes(t *testing.T) {
	t.Parallel()
	b := &backend{}
	check.Got(b.client(t).Scopes.Create(t.Context(), maskinporten.ScopeCreate{
		Prefix: "difi", Subscope: "api", Description: "mine",
		Extra: map[string]json.RawMessage{"description": []byte(`"theirs"`), "prefix": []byte(`"other"`), "new": []byte(`1`)},
	}))(t)
	sameJSON(t, `{"prefix":"difi","subscope":"api","description":"mine","new":1}`, b.seenBodies()[0])
	_, err := b.client(t).Scopes.Create(t.Context(), maskinporten.ScopeCreate{
		Prefix: "difi", Subscope: "api", Description: "mine", Extra: map[string]json.RawMessage{"new": []byte(`{`)},
	})
	mustBeArgumentError(t, err)
}

func TestUnknownFieldsAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]map[string]string{
		`{}`:           nil,
		`{"name":"x"}`: nil,
		`{"name":"unknown\":","description":"a:\"b\":{"}`: nil,
		`{"new":1}`: {"new": "1"},
		`{ "name" : "x" , "new" : [ {"name":2} ] }`:           {"new": `[ {"name":2} ]`},
		`{"allowed_integration_types":["a","b"],"n\"ew":"x"}`: {`n"ew`: `"x"`},
		`{"n\u0061me":"x"}`:                                      nil, // name in another spelling
		`{"name":"x","":{}}`:                                     {"": "{}"},
		`{"description":"\\","new":"\\\""}`:                      {"new": `"\\\""`},
		`{"allowed_integration_types":null,"deep":{"name":"x"}}`: {"deep": `{"name":"x"}`},
	} {
		scope, err := apiMock(t, 200, jsonType, document).Scopes.Get(t.Context(), "difi:api")
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		var got map[string]string
		for name, value := range scope.Extra {
			if got == nil {
				got = map[string]string{}
			}
			got[name] = string(value)
		}
		check.Same(t, want, got, document)
	}
}
