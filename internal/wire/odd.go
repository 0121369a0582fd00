package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// OddMembers names the members of an object that were of another type than
// their fields, of its own and of objects in it: they are found in Extra fields
// under the name of a field. The object is a pointer to a struct.
func OddMembers(object any) []string {
	var odd []string
	gatherOdd(reflect.ValueOf(object), "", &odd)
	return odd
}

func gatherOdd(v reflect.Value, path string, odd *[]string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			gatherOdd(v.Elem(), path, odd)
		}
	case reflect.Slice:
		for i := range v.Len() {
			gatherOdd(v.Index(i), path, odd)
		}
	case reflect.Struct:
		shape := shapeOf(v.Type())
		if shape.extra >= 0 && v.Field(shape.extra).Len() > 0 {
			extra, _ := reflect.TypeAssert[map[string]json.RawMessage](v.Field(shape.extra))
			for name := range extra {
				if _, ok := shape.known[name]; ok {
					*odd = append(*odd, path+name)
				}
			}
		}
		for _, inner := range shape.inner {
			gatherOdd(v.Field(inner.index), path+inner.name, odd)
		}
	default: // no place for members
	}
}

// shape is what there is to look for in a struct.
type shape struct {
	known memberSet
	extra int // index of Extra, or -1
	inner []innerField
}

// innerField may hold structs with Extra fields of their own.
type innerField struct {
	index int
	name  string // with a point behind it
}

// shapes caches them by type.
var shapes sync.Map // reflect.Type to *shape

func shapeOf(t reflect.Type) *shape {
	if cached, ok := shapes.Load(t); ok {
		if known, ok := cached.(*shape); ok {
			return known
		}
	}
	made := &shape{known: knownMembers(t), extra: -1}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Name == "Extra" && field.Type == reflect.TypeFor[map[string]json.RawMessage]():
			made.extra = i
		case field.IsExported() && holdsExtra(field.Type):
			made.inner = append(made.inner, innerField{i, strings.TrimPrefix(name+".", ".")})
		}
	}
	shapes.Store(t, made)
	return made
}

func holdsExtra(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return holdsExtra(t.Elem())
	case reflect.Struct:
		known := shapeOf(t)
		return known.extra >= 0 || len(known.inner) > 0
	default:
		return false
	}
}
