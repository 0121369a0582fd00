package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

const (
	schemaPrefix  = "#/components/schemas/"
	schemaDialect = "https://json-schema.org/draft/2020-12/schema"
)

var schemaRef = regexp.MustCompile(`"` + schemaPrefix + `([A-Za-z0-9]+)"`)

// WorldSchema is the JSON Schema of a world: that of the description, with all it
// refers to, as a document of its own.
func WorldSchema() ([]byte, error) {
	doc, err := join(files, names(true))
	if err != nil {
		return nil, err
	}
	definitions := map[string]json.RawMessage{}
	for todo := []string{"World"}; len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if definitions[name] != nil {
			continue
		}
		schema, ok := doc.Components["schemas"][name]
		if !ok {
			return nil, fmt.Errorf("openapi: there is no schema %s", name)
		}
		for _, ref := range schemaRef.FindAllSubmatch(schema, -1) {
			todo = append(todo, string(ref[1]))
		}
		definitions[name] = bytes.ReplaceAll(schema, []byte(schemaPrefix), []byte("#/$defs/"))
	}
	written, err := json.MarshalIndent(map[string]any{
		"$schema": schemaDialect, "title": "The world of the Maskinporten mock", "$ref": "#/$defs/World", "$defs": definitions,
	}, "", "  ")
	return append(written, '\n'), err
}
