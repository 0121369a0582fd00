package wire

import (
	"bytes"
	"encoding/json"
	"iter"
	"reflect"
	"strings"
	"sync"
)

// UnmarshalExtra decodes an object into v, a pointer to a struct without
// methods of its own, and returns the members that the struct doesn't have;
// nil when there are none.
func UnmarshalExtra(data []byte, v any) (map[string]json.RawMessage, error) {
	if err := json.Unmarshal(data, v); err != nil {
		return nil, err
	}
	known := knownMembers(reflect.TypeOf(v).Elem())
	if !hasOthers(data, known) {
		return nil, nil //nolint:nilnil // no members, no map
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for name := range known {
		delete(members, name)
	}
	if len(members) == 0 {
		return nil, nil //nolint:nilnil // a known name in another spelling
	}
	return members, nil
}

// hasOthers reports whether an object, which must be valid JSON, has members
// with other names than the known ones. Most have none.
func hasOthers(data []byte, known map[string]struct{}) bool {
	for name := range MemberNames(data) {
		if _, ok := known[string(name)]; !ok {
			return true
		}
	}
	return false
}

// MemberNames iterates over the names of the members of an object, which must
// be valid JSON, as they are written there. It allocates nothing.
func MemberNames(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		depth := 0
		for i := 0; i < len(data); i++ {
			switch data[i] {
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			case '"':
				end := closingQuote(data, i+1)
				if depth == 1 && isName(data[end+1:]) && !yield(data[i+1:end]) {
					return
				}
				i = end
			}
		}
	}
}

// closingQuote finds the end of a string.
func closingQuote(data []byte, i int) int {
	for ; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

// isName tells the name of a member from a value by what follows it.
func isName(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// MarshalExtra encodes a struct with the members of extra beside its own. A
// member that the struct has goes by the struct.
func MarshalExtra(v any, extra map[string]json.RawMessage) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	known := knownMembers(reflect.TypeOf(v))
	others := make(map[string]json.RawMessage, len(extra))
	for name, value := range extra {
		if _, ok := known[name]; !ok {
			others[name] = value
		}
	}
	if len(others) == 0 {
		return data, nil
	}
	tail, err := json.Marshal(others)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(data, []byte("{}")) {
		return tail, nil
	}
	data[len(data)-1] = ','
	return append(data, tail[1:]...), nil
}

// members caches, by type, the names that a struct's fields have in JSON.
var members sync.Map // reflect.Type to map[string]struct{}

func knownMembers(t reflect.Type) map[string]struct{} {
	if cached, ok := members.Load(t); ok {
		if known, ok := cached.(map[string]struct{}); ok {
			return known
		}
	}
	known := map[string]struct{}{}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() || field.Anonymous:
		case name != "":
			known[name] = struct{}{}
		default:
			known[field.Name] = struct{}{}
		}
	}
	members.Store(t, known)
	return known
}
