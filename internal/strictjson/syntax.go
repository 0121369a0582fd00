package strictjson

import (
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
