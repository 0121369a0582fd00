package exactjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Object reads one JSON object whose members v all has, to the letter, each
// once. Numbers in places of any type keep their digits. Errors are for people:
// they name the member, what was expected, and the line where the text is no
// JSON.
func Object(data []byte, v any) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(data, new(json.RawMessage))); ok {
		if len(bytes.TrimSpace(data)) == 0 {
			return errors.New("a JSON object is expected, and there is nothing")
		}
		line, column := strictjson.Position(data, strictjson.SyntaxAt(data, syntax))
		return fmt.Errorf("line %d, column %d: %w", line, column, syntax)
	}
	whole := data
	if data = bytes.TrimSpace(data); data[0] != '{' {
		return errors.New("a JSON object is expected")
	}
	if err := checkTwice(whole); err != nil {
		return err
	}
	if name := Unknown(data, v); name != "" {
		return fmt.Errorf("unknown field %q%s", name, instead(data, name, v))
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields() // in types with a decoder of their own
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		if place, _, ok := WrongType(err); !ok || place == "" {
			if name := Failing(data, v); name != "" {
				return fmt.Errorf("%s: %w", name, inWords(err))
			}
		}
		return inWords(err)
	}
	return nil
}

// Failing names the member of an object that can't be decoded, for types that
// see to themselves, such as times, and can't know where they are. It is empty
// where there is none.
func Failing(data []byte, v any) string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(data, &members) // it is an object
	fields := fieldsOf(plain(reflect.TypeOf(v)))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if value, there := members[name]; there && json.Unmarshal(value, reflect.New(fields[name].t).Interface()) != nil {
			return name
		}
	}
	return ""
}

// instead names the members that there are, where it is the object's own that is
// unknown.
func instead(data []byte, name string, v any) string {
	var members map[string]json.RawMessage
	fields := fieldsOf(plain(reflect.TypeOf(v)))
	_, own := fields[name]
	if json.Unmarshal(data, &members) != nil || members[name] == nil || own {
		return ""
	}
	if len(fields) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return fields[a].number - fields[b].number })
	return ": there are " + strings.Join(names, ", ")
}

// inWords says without Go's words what was wrong.
func inWords(err error) error {
	if moment, ok := errors.AsType[*time.ParseError](err); ok {
		return fmt.Errorf("%.60q is no time such as \"2026-01-02T15:04:05Z\"", moment.Value)
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if strings.Contains(err.Error(), "Time.UnmarshalJSON: ") || ok && wrong.Type == reflect.TypeFor[time.Time]() { // by implementation
		return errors.New(`a time such as "2026-01-02T15:04:05Z" is expected, as text`)
	}
	if ok {
		place, _, _ := WrongType(err)
		if place != "" {
			place += ": "
		}
		return fmt.Errorf("%s%s is expected, and not %s", place, expected(wrong.Type), found(wrong.Value))
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "an object"
	default:
		return "a number"
	}
}

func found(value string) string {
	switch kind, rest, _ := strings.Cut(value, " "); kind {
	case "bool":
		return "true or false"
	case "string":
		return "text"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "number":
		return strings.TrimSpace("the number " + rest)
	}
	return value
}
