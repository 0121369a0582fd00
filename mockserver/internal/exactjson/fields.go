package exactjson

import (
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// field is a member that a struct has.
type field struct {
	number int
	t      reflect.Type
}

// known caches the fields of structs by their names in JSON.
var known sync.Map // reflect.Type to map[string]field

// fieldsOf returns the members of a struct; nil for every other type.
func fieldsOf(t reflect.Type) map[string]field {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	if cached, ok := known.Load(t); ok {
		fields, _ := cached.(map[string]field)
		return fields
	}
	fields := map[string]field{}
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		if tag == "-" || f.Anonymous && name == "" || !f.IsExported() {
			continue
		}
		name = cmp.Or(name, f.Name)
		fields[name] = field{number: len(fields), t: f.Type}
	}
	known.Store(t, fields)
	return fields
}

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// plain is what lies behind pointers; nil for what decodes itself.
func plain(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || reflect.PointerTo(t).Implements(ownJSON) || reflect.PointerTo(t).Implements(ownText) {
		return nil
	}
	return t
}

// elements is the type of what a list or a map holds.
func elements(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return t.Elem()
	default:
		return nil
	}
}
