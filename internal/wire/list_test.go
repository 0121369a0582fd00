package wire_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// listed has a short name and a long one, with all letters that have disguises
// beyond ASCII.
type listed struct {
	Kind string `json:"kind"`
	Long string `json:"a_rather_long_name_with_kinds"`
	Note string `json:"note"`
}

// decodeListed reads a list of one element.
func decodeListed(t *testing.T, element string) error {
	t.Helper()
	body := io.NopCloser(strings.NewReader("[" + element + "]"))
	list := wire.NewList(t.Context(), &http.Response{StatusCode: http.StatusOK, Body: body}, "")
	if !list.Next() {
		t.Fatalf("%s: no element", element)
	}
	return list.Decode(&listed{})
}

// disguises are names that encoding/json takes for the given one.
func disguises(name string) (all []string) {
	for i, c := range name {
		others := []string{strings.ToUpper(string(c)), fmt.Sprintf(`\u%04x`, c-'a'+'A')}
		switch c {
		case '_':
			continue
		case 'k':
			others = append(others, "\u212a") // the sign for kelvin
		case 's':
			others = append(others, "\u017f") // the long s
		}
		for _, other := range others {
			all = append(all, name[:i]+other+name[i+1:])
		}
	}
	return all
}

func TestANameInDisguiseIsFoundWhereverItStandsInAListedElement(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"kind", "a_rather_long_name_with_kinds"} {
		for _, disguise := range disguises(name) {
			for length := range 20 { // names are looked at several bytes at a time
				note := strings.Repeat("n", length)
				for _, form := range []string{
					`{"note":"` + note + `","%s":"x"}`, `{"%s":"` + note + `"}`,
					`{"more":["A",{"b":"C"}],"note":"` + note + `", "%s" : "x","last":"\\"}`,
				} {
					if err := decodeListed(t, fmt.Sprintf(form, name)); err != nil {
						t.Fatalf("%s in %s: %v", name, form, err)
					}
					if decodeListed(t, fmt.Sprintf(form, disguise)) == nil {
						t.Fatalf("%s in %s: no error", disguise, form)
					}
				}
			}
		}
	}
}

func TestTextsThatLookLikeNamesInDisguiseAreTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Kind", `\"Kind\":`, `Kind\":1`, `\\`, `[Kind]`, "Ærlig", "2025-07-02T08:30:00Z"} {
		if err := decodeListed(t, `{"note":"`+text+`","kind":"`+text+`"}`); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
