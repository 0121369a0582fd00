package openapi_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

func TestEveryFileIsPartOfTheDocument(t *testing.T) {
	t.Parallel()
	data := check.Got(openapi.Document("http://mock.example/", []string{"test"}, true))(t)
	var whole struct {
		Paths      map[string]json.RawMessage            `json:"paths"`
		Components map[string]map[string]json.RawMessage `json:"components"`
	}
	check.OK(t, json.Unmarshal(data, &whole))
	entries := check.Got(os.ReadDir("."))(t)
	files := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		files++
		text := check.Got(os.ReadFile(entry.Name()))(t)
		part := whole
		part.Paths, part.Components = nil, nil
		if err := json.Unmarshal(text, &part); err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		for path := range part.Paths {
			if whole.Paths[path] == nil {
				t.Errorf("%s: the path %s is missing", entry.Name(), path)
			}
		}
		for kind, components := range part.Components {
			for name := range components {
				if whole.Components[kind][name] == nil {
					t.Errorf("%s: %s.%s is missing", entry.Name(), kind, name)
				}
			}
		}
	}
	if files < 10 {
		t.Errorf("only %d files", files)
	}
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, control := range []bool{true, false} { // without control nothing may refer to its components
		data := check.Got(openapi.Document("http://mock.example", []string{"test"}, control))(t)
		var whole any
		check.OK(t, json.Unmarshal(data, &whole))
		references := regexp.MustCompile(`"\$ref":"#/([^"]*)"`).FindAllStringSubmatch(string(data), -1)
		if len(references) < 100 {
			t.Errorf("only %d references", len(references))
		}
		for _, reference := range references {
			node := whole
			for name := range strings.SplitSeq(reference[1], "/") {
				object, _ := node.(map[string]any)
				node = object[name]
			}
			if node == nil {
				t.Errorf("control %t: %s leads nowhere", control, reference[1])
			}
		}
	}
}

func TestOperationsHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	data := check.Got(openapi.Document("http://mock.example", []string{"test"}, true))(t)
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(`"operationId":\s*"([^"]*)"`).FindAllStringSubmatch(string(data), -1) {
		if seen[id[1]] {
			t.Errorf("%s is there twice", id[1])
		}
		seen[id[1]] = true
	}
	operations := check.Got(openapi.Operations())(t)
	if len(seen) != len(operations) {
		t.Errorf("%d names of %d operations", len(seen), len(operations))
	}
}
