package strictjson_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

func TestThePlaceOfASyntaxErrorIsTheWrongByte(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"?": 0, "{} {}": 3, "[1]]": 3, `{"a":x}`: 5, `{"a":`: 4, "[": 0} {
		syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal([]byte(text), new(json.RawMessage)))
		if !ok {
			t.Fatalf("%s is JSON", text)
		}
		if got := strictjson.SyntaxAt([]byte(text), syntax); got != want {
			t.Errorf("%s: at %d, want %d", text, got, want)
		}
	}
}
