package desired_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestWhatIsWrongWithAStateIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	scope := func(more string) string {
		return `{"scopes": [{"prefix": "skatt", "subscope": "a", "description": "d"` + more + `}]}`
	}
	client := func(more string) string { return `{"clients": [{"name": "a"` + more + `}]}` }
	for text, want := range map[string]string{
		``:                                 "is empty: the state that wants nothing is {}",
		" \n ":                             "is empty: the state that wants nothing is {}",
		`scopes: []`:                       "line 1, column 1: is no JSON: invalid character 's'",
		"{\n \"scopes\": [\n]]}":           "line 3, column 2: is no JSON: invalid character ']'",
		`{} {}`:                            "line 1, column 4: is no JSON: invalid character '{'",
		`{"scopes": [`:                     "is no JSON: unexpected end",
		`[]`:                               "line 1, column 1: must be an object, not a list",
		`null`:                             "line 1, column 1: must be an object, not null",
		`{"Scopes": []}`:                   `line 1, column 2: there is no "Scopes": is "scopes" meant?`,
		`{"scopes": [], "scopes": []}`:     `line 1, column 16: "scopes" is there twice`,
		`{"scopes": null}`:                 "line 1, column 12: scopes: must be a list, not null: leave it out",
		`{"scopes": {}}`:                   "scopes: must be a list, not an object",
		`{"scopes": ["skatt:a"]}`:          "line 1, column 13: scopes[0]: must be an object, not a text",
		`{"owns": ["skatt"]}`:              "owns: must be an object, not a list",
		`{"owns": {"prefix": []}}`:         `line 1, column 11: owns: there is no "prefix": is "prefixes" meant?`,
		`{"owns": {"prefixes": "a"}}`:      "owns.prefixes: must be a list of texts, not a text",
		`{"owns": {"prefixes": ["a:*"]}}`:  `line 1, column 24: owns.prefixes[0]: "a:*" is no prefix`,
		`{"owns": {"clients": ["a", ""]}}`: "line 1, column 28: owns.clients[1]: is empty",
		scope(`, "acess": []`):             `line 1, column 70: scopes[0]: there is no "acess": is "access" meant?`,
		scope(`, "zebra": 1`):              `scopes[0]: there is no "zebra"; there are access, accessible_for_all`,
		scope(`, "active": false`):         `scopes[0]: there is no "active"`,
		scope(`, "protected": true`):       `scopes[0]: there is no "protected"`,
		scope(`, "access": [889640782]`):   "line 1, column 81: scopes[0].access[0]: must be a text, not a number",
		scope(`, "access": ["889640782", "889640783"]`):                          "line 1, column 94: scopes[0].access[1]:",
		scope(`, "access": ["889640782", "889640782"]`):                          "line 1, column 94: scopes[0].access[1]: 889640782 is already access[0]",
		scope(`, "at_max_age": "120"`):                                           "scopes[0].at_max_age: must be a whole number, not a text",
		scope(`, "at_max_age": 1.5`):                                             "scopes[0].at_max_age: must be a whole number, not a number",
		scope(`, "at_max_age": -1`):                                              "scopes[0].at_max_age: is -1: seconds can't be negative",
		scope(`, "accessible_for_all": 1`):                                       "scopes[0].accessible_for_all: must be true or false, not a number",
		scope(`, "accessible_for_all": null`):                                    "must be true or false, not null: leave it out",
		scope(`, "visibility": "public"`):                                        `scopes[0].visibility: is "public": is "PUBLIC" meant?`,
		scope(`, "allowed_integration_types": ["KRR"]`):                          `scopes[0].allowed_integration_types[0]: is "KRR": is "krr" meant?`,
		scope(`, "description#en": 1`):                                           "scopes[0].description#en: must be a text, not a number",
		scope(`, "title#en": "x"`):                                               `scopes[0]: there is no "title#en"`,
		`{"scopes": [{"subscope": "a"}]}`:                                        `line 1, column 13: scopes[0].prefix: "" is no prefix`,
		`{"scopes": [{"prefix": "a:b", "subscope": "c d", "description": "d"}]}`: `scopes[0].subscope: "c d" is no subscope`,
		`{"scopes": [{"prefix": "a", "subscope": "b", "description": "d"}, {"prefix": "a", "subscope": "b", "description": "e"}]}`: `line 1, column 67: scopes[1]: "a:b" is already scopes[0]`,
		`{"clients": [{"client_name": "a"}]}`:         `clients[0]: there is no "client_name": is "name" meant?`,
		`{"clients": [{"name": ""}]}`:                 "line 1, column 23: clients[0].name: is missing or empty",
		`{"clients": [{"name": "a"}, {"name": "a"}]}`: `clients[1]: "a" is already clients[0]`,
		client(`, "scopes": ["a:b", "a:b"]`):          `clients[0].scopes[1]: "a:b" is already scopes[0]`,
		client(`, "client_orgno": "1"`):               "clients[0].client_orgno:",
		client(`, "active": false`):                   `clients[0]: there is no "active"`,
		client(`, "sso_disabled": "no"`):              "clients[0].sso_disabled: must be true or false, not a text",
		client(`, "description": "\ud800"`):           "",
		client(`, "nam\u0065": "b"`):                  `"name" is there twice`,
	} {
		_, err := desired.Parse([]byte(text))
		if want == "" {
			continue // what it is doesn't matter, as long as it doesn't panic
		}
		problem, ok := errors.AsType[*desired.StateError](err)
		if !ok || !errors.Is(err, maskinporten.ErrInvalidArgument) || !strings.HasPrefix(err.Error(), "maskinporten: desired state: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
			continue
		}
		if strings.HasPrefix(want, "line") && problem.Problems[0].Line == 0 {
			t.Errorf("%s: no place", text)
		}
	}
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := desired.Parse([]byte(`{
  "scopes": [
    {"prefix": "skatt", "subscope": "æ", "descripton": "d"},
    {"prefix": "skatt", "subscop": "a", "access": [1, 2, 3, 4]}
  ]
}`))
	problem, ok := errors.AsType[*desired.StateError](err)
	if !ok || len(problem.Problems) != 6 || !strings.HasSuffix(err.Error(), "; and 1 more") {
		t.Fatalf("error %v", err)
	}
	if first := problem.Problems[0]; first.Line != 3 || first.Column != 42 {
		t.Errorf("place %d:%d", first.Line, first.Column)
	}
}

func TestAStateIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	text := `{"$schema":"./schema.json","owns":{"prefixes":["skatt"],"clients":["a*"]},` +
		`"scopes":[{"prefix":"skatt","subscope":"a","description":"d","allowed_integration_types":[],"at_max_age":60,"description#en":"e","access":[]},{"prefix":"skatt","subscope":"b","description":"d"}],` +
		`"clients":[{"name":"a","scopes":["skatt:a"],"sso_disabled":false},{"name":"b"}]}`
	state := parse(t, "\ufeff"+text)
	written, err := json.Marshal(state)
	if err != nil || string(written) != text {
		t.Errorf("%s, %v", written, err)
	}
	var again desired.State
	check.OK(t, json.Unmarshal(written, &again))
	check.Same(t, *state, again, "read again (-first +second)")
	if empty, err := json.Marshal(desired.State{}); err != nil || string(empty) != "{}" {
		t.Errorf("%s, %v", empty, err)
	}
}

func TestAStateMadeInGoIsCheckedBeforeAnythingIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scope := desired.Scope{ScopeCreate: maskinporten.ScopeCreate{Prefix: "skatt", Subscope: "a", Description: "d", Extra: map[string]json.RawMessage{"new_field": nil}}}
	client := desired.Client{ClientCreate: maskinporten.ClientCreate{Name: "a", Extra: map[string]json.RawMessage{"new_field": nil}}}
	_, err := desired.Plan(t.Context(), w.client, &desired.State{Scopes: []desired.Scope{scope}, Clients: []desired.Client{client}}, desired.Options{})
	idle := &desired.State{Clients: []desired.Client{{ClientCreate: maskinporten.ClientCreate{Name: "a", Active: new(bool)}}, {ClientCreate: maskinporten.ClientCreate{Name: "b", SupplierOrgNo: vendor}}}}
	if problem, ok := errors.AsType[*desired.StateError](idle.Check()); !ok || len(problem.Problems) != 2 {
		t.Errorf("out of use, and for a supplier: %v", problem)
	}
	if err == nil || !strings.Contains(err.Error(), "scopes[0]") || !strings.Contains(err.Error(), "clients[0]") || len(w.srv.Requests()) != 0 {
		t.Errorf("error %v", err)
	}
	if _, err := desired.Plan(t.Context(), nil, nil, desired.Options{}); err == nil {
		t.Error("nothing was planned for nobody")
	}
	if _, err := (&desired.ChangeSet{}).Apply(t.Context(), desired.ApplyOptions{}); !errors.Is(err, maskinporten.ErrInvalidArgument) {
		t.Errorf("error %v", err)
	}
}

func TestClientsThatCannotBeToldApartAreAProblemOfTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, create := range []maskinporten.ClientCreate{{Name: "twin"}, {Name: "twin"}, {Name: "login", IntegrationType: "idporten", Scopes: []string{"openid"}, RedirectURIs: []string{"https://a.example.no/b"}}} {
		check.Got(w.client.Clients.Create(t.Context(), create))(t)
	}
	_, err := desired.Plan(t.Context(), w.client, parse(t, `{"clients": [{"name": "twin"}, {"name": "login"}]}`), desired.Options{})
	id := w.named("twin")[0].ClientID
	if err == nil || !strings.Contains(err.Error(), `clients[0]: "twin": several clients are called so: `) || !strings.Contains(err.Error(), id) ||
		!strings.Contains(err.Error(), "clients[1]: \"login\": client "+w.named("login")[0].ClientID+" of this name is of type idporten, not maskinporten") {
		t.Errorf("error %v", err)
	}
	changes := w.plan(parse(t, `{"owns": {"clients": ["twin"]}, "clients": [{"name": "twin", "client_id": "`+id+`", "description": "this one"}]}`))
	if len(changes.Changes) != 2 || changes.Changes[0].ClientID != id || changes.Changes[1].Action != desired.ActionDeactivate {
		t.Errorf("plan:\n%s", changes)
	}
	changes = w.plan(parse(t, `{"clients": [{"name": "renamed", "client_id": "`+id+`"}]}`))
	if !strings.Contains(changes.String(), `client_name: "twin" -> "renamed"`) {
		t.Errorf("plan:\n%s", changes)
	}
}

func TestPatternsOfNames(t *testing.T) {
	t.Parallel()
	names := []string{"weather-a", "weather-", "weather", "a-weather-b", "web/a", "Weather-a", "ab", "aab", "aXb", "ø*"}
	for pattern, want := range map[string][]string{
		"weather-*": {"weather-a", "weather-"}, "*": names, "**": names, "weather": {"weather"}, "*-b": {"a-weather-b"}, "*ea*": {"weather-a", "weather-", "weather", "a-weather-b", "Weather-a"},
		"a*b": {"a-weather-b", "ab", "aab", "aXb"}, "a*a*b": {"a-weather-b", "aab"}, "web*": {"web/a"}, "ab*b": nil, "w?b*": nil, "[a]b": nil,
	} {
		w := newWorld(t)
		state := &desired.State{Owns: desired.Owns{Clients: []string{pattern}}}
		for _, name := range names {
			check.Got(w.client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: name}))(t)
		}
		var got []string
		for _, change := range w.plan(state).Changes {
			got = append(got, change.Name)
		}
		check.Same(t, slices.Sorted(slices.Values(want)), got, pattern)
	}
}

// members are the names that a struct has in JSON.
func members(t reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" && name != "" {
			all[name] = field.Type
		}
	}
	return all
}

// Fields that the SDK comes to know must not be left uncompared: they are
// shared with what there is, by name and type.
func TestAllFieldsOfScopesAndClientsAreCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wanted, there reflect.Type }{
		{reflect.TypeFor[maskinporten.ScopeCreate](), reflect.TypeFor[maskinporten.Scope]()},
		{reflect.TypeFor[maskinporten.ClientCreate](), reflect.TypeFor[maskinporten.ClientRegistration]()},
	} {
		there := members(c.there)
		for name, wanted := range members(c.wanted) {
			if there[name] != wanted && name != "active" { // all that a state names is in use
				t.Errorf("%s of %s is %v, and %v in %s", name, c.wanted, wanted, there[name], c.there)
			}
		}
	}
}

type schemaNode struct {
	Type                 string                `json:"type"`
	Properties           map[string]schemaNode `json:"properties"`
	PatternProperties    map[string]schemaNode `json:"patternProperties"`
	AdditionalProperties *bool                 `json:"additionalProperties"`
	Items                *schemaNode           `json:"items"`
	AnyOf                []struct {
		Enum []string `json:"enum"`
	} `json:"anyOf"`
	Description string `json:"description"`
}

func TestTheSchemaDescribesEveryFieldAndNoOther(t *testing.T) {
	t.Parallel()
	var root schemaNode
	check.OK(t, json.Unmarshal(desired.Schema(), &root))
	scope, client := members(reflect.TypeFor[maskinporten.ScopeCreate]()), members(reflect.TypeFor[maskinporten.ClientCreate]())
	delete(scope, "protected")
	scope["access"] = reflect.TypeFor[[]maskinporten.OrgNo]()
	delete(client, "client_name")
	delete(client, "active") // all that a state names is in use
	delete(client, "supplier_orgno")
	client["name"] = reflect.TypeFor[string]()
	for what, c := range map[string]struct {
		node   schemaNode
		fields map[string]reflect.Type
	}{
		"scope": {*root.Properties["scopes"].Items, scope}, "client": {*root.Properties["clients"].Items, client}, "owns": {root.Properties["owns"], members(reflect.TypeFor[desired.Owns]())},
	} {
		if c.node.AdditionalProperties == nil || *c.node.AdditionalProperties {
			t.Errorf("%s takes any field", what)
		}
		check.Same(t, slices.Sorted(maps.Keys(c.fields)), slices.Sorted(maps.Keys(c.node.Properties)), what, " (-have +described)")
		for name, field := range c.fields {
			node := c.node.Properties[name]
			if node.Description == "" {
				t.Errorf("%s.%s is not described", what, name)
			}
			kinds := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Slice: "array", reflect.Pointer: "boolean"}
			if len(node.AnyOf) == 0 && node.Type != kinds[field.Kind()] {
				t.Errorf("%s.%s is %s, of %s", what, name, node.Type, field)
			}
			checkSpellings(t, what, name, node, field)
		}
	}
}

// checkSpellings looks that a value in other letters is refused, for each that
// the schema suggests: so both know the same.
func checkSpellings(t *testing.T, what, name string, node schemaNode, field reflect.Type) {
	t.Helper()
	if node.Items != nil {
		node, field = *node.Items, field.Elem()
	}
	if len(node.AnyOf) == 0 {
		if field.Kind() == reflect.String && field.Name() != "string" && field.Name() != "OrgNo" {
			t.Errorf("%s.%s: values of %s are not suggested", what, name, field)
		}
		return
	}
	for _, value := range node.AnyOf[0].Enum {
		other := strings.ToUpper(value)
		if other == value {
			other = strings.ToLower(value)
		}
		written := fmt.Sprintf("%q", other)
		if node.Type == "" && strings.HasSuffix(name, "s") && name != "" && field.Kind() == reflect.String && isList(what, name) {
			written = "[" + written + "]"
		}
		_, err := desired.Parse(fmt.Appendf(nil, `{"%ss": [{%q: %s}]}`, what, name, written))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("is %q meant?", value)) {
			t.Errorf("%s.%s: %s: %v", what, name, written, err)
		}
	}
}

func isList(what, name string) bool {
	of := members(reflect.TypeFor[maskinporten.ScopeCreate]())
	if what == "client" {
		of = members(reflect.TypeFor[maskinporten.ClientCreate]())
	}
	return of[name].Kind() == reflect.Slice
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(weather))
	f.Add([]byte(`{"scopes":[{"prefix":"a","subscope":"b","description":"c","description#en":"\u00e6","access":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		state, err := desired.Parse(data)
		if err != nil {
			if _, ok := errors.AsType[*desired.StateError](err); !ok {
				t.Errorf("%T", err)
			}
			return
		}
		written := check.Got(json.Marshal(state))(t)
		again, err := desired.Parse(written)
		if err != nil {
			t.Fatalf("%s is written as %s, and not read: %v", data, written, err)
		}
		check.Same(t, state, again, data, " (-first +again)")
	})
}
