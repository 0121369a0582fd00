package desired

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of states, for editors: name
// its place in the file's "$schema".
func Schema() []byte { return slices.Clone(schema) }
