package mockserver_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// takes is what a control call takes, by the name of the call.
type takes map[string][]string

// described reads the description of the API: members of bodies, and parameters.
func described(t *testing.T, w *wire) (bodies, parameters takes, values map[string]map[string]bool) {
	t.Helper()
	var document struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	w.send(http.MethodGet, "/openapi.json", nil, "").want(http.StatusOK).decode(&document)
	bodies, parameters, values = takes{}, takes{}, map[string]map[string]bool{}
	for path, methods := range document.Paths {
		name, ok := strings.CutPrefix(path, "/_mock/")
		for method, raw := range methods {
			if !ok || !slices.Contains([]string{"get", "post", "put", "delete"}, method) {
				continue
			}
			call := strings.ToUpper(method) + " " + name
			var operation struct {
				Parameters []struct {
					Name string `json:"name"`
				} `json:"parameters"`
				RequestBody struct {
					Content map[string]struct {
						Schema schema `json:"schema"`
					} `json:"content"`
				} `json:"requestBody"`
			}
			if err := json.Unmarshal(raw, &operation); err != nil {
				t.Fatalf("%s: %v", call, err)
			}
			values[call] = map[string]bool{}
			for _, p := range operation.Parameters {
				parameters[call] = append(parameters[call], p.Name)
			}
			for member, s := range operation.RequestBody.Content["application/json"].Schema.resolved(document.Components.Schemas).Properties {
				bodies[call] = append(bodies[call], member)
				s.resolved(document.Components.Schemas).note(values[call])
			}
		}
	}
	return bodies, parameters, values
}

// schema is as much of a JSON Schema as tells names and values.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Enum       []any             `json:"enum"`
	Const      any               `json:"const"`
}

func (s schema) resolved(all map[string]schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return all[name].resolved(all)
	}
	return s
}

func (s schema) note(values map[string]bool) {
	for _, value := range append(s.Enum, s.Const) {
		if text, ok := value.(string); ok {
			values[text] = true
		}
	}
	if s.Items != nil {
		s.Items.note(values)
	}
}

// namedByServer asks the server itself, which names what there is when something is
// unknown.
func namedByServer(t *testing.T, w *wire, call, of string) []string {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	body := `{"no_such_field":1}`
	if of == "parameter" {
		path, body = path+"?no_such_field=1", ""
	}
	text, _ := w.steer(method, path, body).want(http.StatusBadRequest).object()["error"].(string)
	_, names, ok := strings.Cut(text, `"no_such_field": `)
	if !ok {
		t.Fatalf("%s, an unknown %s: %s", call, of, text)
	}
	return strings.Split(strings.TrimPrefix(strings.TrimPrefix(names, "there are "), "use "), ", ")
}

func TestControlCallsTakeWhatTheirDescriptionHas(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	bodies, parameters, _ := described(t, w)
	open := []string{"PUT snapshot", "POST snapshot", "POST consents"} // WORLD.md has its own test; a consent takes any member
	for of, calls := range map[string]takes{"field": bodies, "parameter": parameters} {
		if len(calls) < 5 {
			t.Errorf("only %d calls take a %s", len(calls), of)
		}
		for call, names := range calls {
			if !slices.Contains(open, call) {
				sameNames(t, call+" of OpenAPI, and as served", names, namedByServer(t, w, call, of))
			}
		}
	}
}

func TestControlDocumentNamesWhatEachCallTakes(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	bodies, parameters, values := described(t, w)
	text := string(check.Got(os.ReadFile("CONTROL.md"))(t))
	word := regexp.MustCompile("`\\??([a-zA-Z_]+)[=`]|&([a-z_]+)=")
	left := map[string]bool{} // calls that take something, and have no row
	for _, calls := range []takes{bodies, parameters} {
		for call := range calls {
			left[call] = !strings.HasSuffix(call, " snapshot") // that takes a whole world, which WORLD.md has
		}
	}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) < 3 {
			continue
		}
		for _, call := range regexp.MustCompile("`([A-Z]+ [a-z-]+)`").FindAllStringSubmatch(cells[0], -1) {
			want := append(slices.Clone(bodies[call[1]]), parameters[call[1]]...)
			if strings.HasSuffix(call[1], " snapshot") {
				continue
			}
			left[call[1]] = false
			var got []string
			for _, found := range word.FindAllStringSubmatch(cells[1], -1) {
				name := cmp.Or(found[1], found[2])
				if !slices.Contains([]string{"true", "false", "null"}, name) && !values[call[1]][name] || slices.Contains(want, name) {
					got = append(got, name)
				}
			}
			sameNames(t, call[1]+" of OpenAPI, and in CONTROL.md", want, got)
		}
	}
	for call, missing := range left {
		if missing {
			t.Errorf("CONTROL.md doesn't say what %s takes", call)
		}
	}
}

func sameNames(t *testing.T, what string, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	check.Same(t, slices.Compact(want), slices.Compact(got), what)
}
