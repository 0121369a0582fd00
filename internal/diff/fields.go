package diff

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Field is a member in which two objects differ. A text, number or list that
// is missing is the zero value of its type.
type Field struct {
	// Name is the member's, as JSON has it.
	Name string
	// Old and New are its values.
	Old, New any
}

// Rule says what a member that isn't wanted means.
type Rule int

// The rules.
const (
	// Exact: what is left out shall be empty. Lists aside, where nil leaves
	// what there is, and an empty list empties it.
	Exact Rule = iota
	// Optional: what is left out is left as it is.
	Optional
	// Ignored members are not compared.
	Ignored
)

// Fields compares a wanted struct with what there is, another struct, by the
// members that they share in JSON, in the order of the wanted one. Lists are
// sets: services order them in their own way.
func Fields(wanted, there any, rules map[string]Rule) []Field {
	w, t := reflect.ValueOf(wanted).Elem(), reflect.ValueOf(there).Elem()
	var fields []Field
	for _, p := range pairsOf(w.Type(), t.Type()) {
		now, was := w.Field(p.wanted), t.Field(p.there)
		switch rule := rules[p.name]; {
		case rule == Ignored, rule == Optional && now.IsZero(), now.Kind() == reflect.Slice && now.IsNil():
		case !same(now, was):
			fields = append(fields, Field{Name: p.name, Old: plain(was), New: plain(now)})
		}
	}
	return fields
}

// Set gives the members of what there is the values that they have in the
// wanted struct, those of the given fields.
func Set(there, wanted any, fields []Field) {
	w, t := reflect.ValueOf(wanted).Elem(), reflect.ValueOf(there).Elem()
	for _, p := range pairsOf(w.Type(), t.Type()) {
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Name == p.name }) {
			t.Field(p.there).Set(w.Field(p.wanted))
		}
	}
}

// Members returns the fields of a struct type by their names in JSON.
func Members(t reflect.Type) map[string]reflect.StructField {
	members := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(t) {
		if name, ok := memberName(field); ok {
			members[name] = field
		}
	}
	return members
}

func memberName(field reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name, name != "" && name != "-"
}

type pair struct {
	name          string
	wanted, there int
}

// pairs caches, by both types, which fields belong together.
var pairs sync.Map // [2]reflect.Type to []pair

func pairsOf(wanted, there reflect.Type) []pair {
	key := [2]reflect.Type{wanted, there}
	if cached, ok := pairs.Load(key); ok {
		if found, ok := cached.([]pair); ok {
			return found
		}
	}
	var found []pair
	others := Members(there)
	for i := range wanted.NumField() {
		field := wanted.Field(i)
		name, ok := memberName(field)
		if other, both := others[name]; ok && both && other.Type == field.Type {
			found = append(found, pair{name: name, wanted: i, there: other.Index[0]})
		}
	}
	pairs.Store(key, found)
	return found
}

func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice:
		return subset(a, b) && subset(b, a)
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || same(a.Elem(), b.Elem()))
	default:
		return a.Equal(b)
	}
}

func subset(a, b reflect.Value) bool {
	for i := range a.Len() {
		found := false
		for j := 0; j < b.Len() && !found; j++ {
			found = a.Index(i).Equal(b.Index((i + j) % b.Len())) // often in the same order
		}
		if !found {
			return false
		}
	}
	return true
}

// plain is a value as it would come out of JSON, lists not nil.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	case v.Kind() == reflect.Pointer:
		return plain(v.Elem())
	case v.Kind() == reflect.Slice && v.IsNil():
		return reflect.MakeSlice(v.Type(), 0, 0).Interface()
	}
	return v.Interface()
}

// Text shows a value as JSON, for people.
func Text(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "?" // no value of a field fails to encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}
