package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// SyntaxAt is where a text stops being JSON, counted in bytes from 0. The two
// ways in which encoding/json is made (GOEXPERIMENT=jsonv2) count an error's
// offset with and without the byte that is wrong.
func SyntaxAt(data []byte, err *json.SyntaxError) int {
	return max(min(int(err.Offset)-counted(), len(data)-1), 0)
}

// counted is how many wrong bytes an offset counts.
var counted = sync.OnceValue(func() int {
	syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal([]byte("?"), new(json.RawMessage)))
	if !ok {
		return 0
	}
	return int(syntax.Offset)
})

// Position is the line and the column of a byte of a text, both from 1;
// columns count characters.
func Position(text []byte, offset int) (line, column int) {
	before := text[:max(0, min(offset, len(text)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, len([]rune(string(before[start:]))) + 1
}
