package registry

import (
	"reflect"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
)

// decodeInput reads a JSON object, and tells in the words of the API what is
// wrong with it. Names count to the letter: a field in another case is one
// that is unknown, and passed over. Of one that is there twice the last counts.
// The texts never repeat a value: it may be a secret.
func decodeInput(object string, data []byte, v any) error {
	if !utf8.Valid(data) {
		return invalid(object, "", "The body is not valid UTF-8")
	}
	err := exactjson.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	place, want, ok := exactjson.WrongType(err)
	switch {
	case !ok:
		return invalid(object, "", "The body is not valid JSON")
	case place == "":
		return invalid(object, "", "%s must be a JSON object", object)
	default:
		return invalid(object, place, "%s must be %s", place, jsonType(want))
	}
}

// jsonType says what JSON has for a Go type.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	default:
		return "of another type"
	}
}
