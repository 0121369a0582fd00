package statefile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/statefile"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const yamlState = `owns:
  prefixes: [difi]
scopes:
  - &first
    prefix: difi
    subscope: weather.read
    description: Read the weather
    description#en: "Read it"
    access: [889640782, "974760673"]
  - <<: *first
    subscope: weather.write
    at_max_age: 120
    accessible_for_all: true
clients:
  - name: weather-reader
    description: 2026-01-01
    scopes: [difi:weather.read]
`

const jsonState = `{"owns":{"prefixes":["difi"]},"scopes":[
 {"prefix":"difi","subscope":"weather.read","description":"Read the weather","description#en":"Read it","access":["889640782","974760673"]},
 {"prefix":"difi","subscope":"weather.write","description":"Read the weather","description#en":"Read it","access":["889640782","974760673"],"at_max_age":120,"accessible_for_all":true}],
 "clients":[{"name":"weather-reader","description":"2026-01-01","scopes":["difi:weather.read"]}]}`

func asJSON(t *testing.T, state *desired.State) string {
	t.Helper()
	data := check.Got(json.MarshalIndent(state, "", " "))(t)
	return string(data)
}

func TestYAMLSaysWhatJSONSays(t *testing.T) {
	t.Parallel()
	fromYAML := check.Got(statefile.Read([]byte(yamlState)))(t)
	fromJSON := check.Got(statefile.Read([]byte(jsonState)))(t)
	if diff := cmp.Diff(asJSON(t, fromJSON), asJSON(t, fromYAML)); diff != "" {
		t.Error(diff)
	}
	written := check.Got(statefile.YAML(fromJSON))(t)
	again, err := statefile.Read(written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if diff := cmp.Diff(asJSON(t, fromJSON), asJSON(t, again)); diff != "" {
		t.Errorf("%s\n%s", diff, written)
	}
}

func TestWhatIsWrongIsToldWithItsPlaceInTheYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"scopes:\n  - prefix: difi\n    subscope: a\n    descripton: x\n":                           "line 4, column 5",
		"scopes:\n  - prefix: difi\n    subscope: a\n    description: x\n    access: [123456789]\n": "line 5, column 14",
		"scopes:\n  - prefix: difi\n    prefix: digdir\n    subscope: a\n    description: x\n":      "line 3, column 5",
		"scopes: hello\n":            "line 1",
		"scopes: [\n":                "line ",
		"hello\n":                    "line 1",
		"a: 1\n---\nb: 2\n":          "single document",
		"? [a]\n: b\n":               "must be text",
		"scopes: [{prefix: .nan}]\n": "no number",
		"":                           "no documents",
	} {
		_, err := statefile.Read([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestAliasesInAliasesDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 10 {
		last, next := string(rune('0'+i)), string(rune('a'+i))
		if i > 0 {
			last = string(rune('a' + i - 1))
		}
		b.WriteString("b" + next + ": &a" + next + " [" + strings.Repeat("*a"+last+", ", 9) + "*a" + last + "]\n")
	}
	if _, err := statefile.Read([]byte(b.String())); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
	if _, err := statefile.Read([]byte("a: &a\n  b: *a\n")); err == nil {
		t.Error("a state that holds itself")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(yamlState)
	f.Add(jsonState)
	f.Fuzz(func(t *testing.T, text string) {
		state, err := statefile.Read([]byte(text))
		if err != nil {
			return
		}
		if _, err := statefile.YAML(state); err != nil {
			t.Error(err)
		}
	})
}
