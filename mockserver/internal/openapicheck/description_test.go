package openapicheck_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

// base is where the described server is.
const base = "http://127.0.0.1:8080"

var environments = []string{"test", "ver1", "ver2", "prod"}

// described is the description in three strengths.
type described struct {
	published *openapi3.T // as it is served
	strict    *openapi3.T // members that aren't described are an error
	lenient   *openapi3.T // nothing is required, as under chaos
}

func describe(t *testing.T) described {
	t.Helper()
	return described{
		published: load(t, func(map[string]any) {}),
		strict: load(t, func(object map[string]any) {
			if _, said := object["additionalProperties"]; !said && isObjectSchema(object) {
				object["additionalProperties"] = false
			}
		}),
		lenient: load(t, func(object map[string]any) {
			if _, list := object["required"].([]any); list {
				delete(object, "required")
			}
			if either, ok := object["oneOf"]; ok { // without required members they are all alike
				delete(object, "oneOf")
				object["anyOf"] = either
			}
		}),
	}
}

// isObjectSchema reports whether a schema names the members of an object.
func isObjectSchema(schema map[string]any) bool {
	_, named := schema["properties"].(map[string]any)
	kinds, _ := schema["type"].([]any)
	return named && (schema["type"] == "object" || slices.Contains(kinds, any("object")))
}

// load reads the description after changing each of its objects.
func load(t *testing.T, change func(map[string]any)) *openapi3.T {
	t.Helper()
	data, err := openapi.Document(base, environments, true)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	everyObject(document, change)
	if data, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	loaded, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func everyObject(node any, change func(map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		change(node)
		for name, member := range node {
			if name != "example" && name != "examples" {
				everyObject(member, change)
			}
		}
	case []any:
		for _, element := range node {
			everyObject(element, change)
		}
	}
}

func TestDescriptionIsValidOpenAPI31(t *testing.T) {
	t.Parallel()
	for _, control := range []bool{true, false} {
		data, err := openapi.Document(base, environments, control)
		if err != nil {
			t.Fatal(err)
		}
		document, err := openapi3.NewLoader().LoadFromData(data)
		if err != nil {
			t.Fatal(err)
		}
		if !document.IsOpenAPI31OrLater() || !strings.HasPrefix(document.OpenAPI, "3.1.") {
			t.Errorf("it is OpenAPI %s", document.OpenAPI)
		}
		if err := document.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()); err != nil {
			t.Errorf("control %t: %v", control, err)
		}
	}
}
