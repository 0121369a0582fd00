package registry

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
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
	place, want, ok := exactjson.WrongType(err)
	for ok && isWhole(want) { // forms send numbers as text
		unquoted, found := unquote(data, place)
		if !found {
			break
		}
		data = unquoted
		err = exactjson.Unmarshal(data, v)
		place, want, ok = exactjson.WrongType(err)
	}
	if err == nil {
		return nil
	}
	switch {
	case !ok:
		return invalid(object, "", "The body is not valid JSON")
	case place == "":
		return invalid(object, "", "%s must be a JSON object", object)
	default:
		return invalid(object, place, "%s must be %s", place, jsonType(want))
	}
}

func isWhole(t reflect.Type) bool { return t.Kind() == reflect.Int || t.Kind() == reflect.Int64 }

// unquote makes a number of an object's member that is the text of one, and
// reports whether there was such a member.
func unquote(data []byte, name string) (unquoted []byte, found bool) {
	if !json.Valid(data) {
		return nil, false
	}
	c := strictjson.Cursor{Data: data}
	for c.Enter(); c.More(); {
		quoted := c.Name()
		value := c.Skip()
		known, err := strictjson.Name(quoted)
		text, isText := strings.CutPrefix(string(value), `"`)
		text = strings.TrimSuffix(text, `"`)
		if _, wrong := strconv.ParseInt(text, 10, 64); err != nil || string(known) != name || !isText || wrong != nil {
			continue
		}
		if unquoted == nil {
			unquoted = bytes.Clone(data)
		}
		copy(unquoted[c.At-len(value):c.At], " "+text+" ") // as long as it was
	}
	return unquoted, unquoted != nil
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
