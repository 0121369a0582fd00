package desired

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/diff"
	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Parse reads a state from JSON, to the letter: a name that a state doesn't
// have, in other letters, or twice, and a value of another type are refused.
// All that is wrong is told in one [*StateError], with its places. A byte
// order mark is passed over.
func Parse(data []byte) (*State, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := wellFormed(data); err != nil {
		return nil, err
	}
	r := &reader{cursor: strictjson.Cursor{Data: data}}
	state := &State{}
	r.state(state)
	if len(r.found) == 0 {
		state.check(&r.found)
		r.locate()
	}
	if err := r.found.err(); err != nil {
		return nil, err
	}
	return state, nil
}

// UnmarshalJSON reads a state as [Parse] does.
func (s *State) UnmarshalJSON(data []byte) error {
	read, err := Parse(data)
	if err != nil {
		return err
	}
	*s = *read
	return nil
}

func wellFormed(data []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	if err == nil {
		return nil
	}
	problem := Problem{Text: "is no JSON: " + err.Error()}
	if len(bytes.TrimSpace(data)) == 0 {
		problem.Text = "is empty: the state that wants nothing is {}"
	} else if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		problem.Line, problem.Column = strictjson.Position(data, strictjson.SyntaxAt(data, syntax))
	}
	return &StateError{Problems: []Problem{problem}}
}

// reader walks through JSON that is well formed.
type reader struct {
	cursor strictjson.Cursor
	path   []string
	found  problems
	at     map[string]int // where paths are, if somebody wants to know
}

func (r *reader) place() string { return strings.TrimPrefix(strings.Join(r.path, ""), ".") }

// problem reports something at an offset, below the current path.
func (r *reader) problem(offset int, format string, args ...any) {
	r.found.add(r.place(), format, args...)
	last := &r.found[len(r.found)-1]
	last.Line, last.Column = strictjson.Position(r.cursor.Data, offset)
}

// within reads a value with one more step on the path.
func (r *reader) within(step string, read func()) {
	r.path = append(r.path, step)
	if r.at != nil {
		r.cursor.Kind()
		r.at[r.place()] = r.cursor.At
	}
	read()
	r.path = r.path[:len(r.path)-1]
}

// object reads an object. known returns what reads the member of that name,
// or nil; names are those to suggest.
func (r *reader) object(known func(name string) func(), names []string) {
	if r.cursor.Kind() != '{' {
		r.wrongType("an object")
		return
	}
	var seen []string
	for r.cursor.Enter(); r.cursor.More(); {
		start := r.cursor.At
		raw, err := strictjson.Name(r.cursor.Name())
		name := string(raw)
		read := known(name)
		switch {
		case err != nil:
			r.problem(start, "a name holds half a character")
		case slices.Contains(seen, name):
			r.problem(start, "%q is there twice", name)
		case read == nil:
			r.unknown(start, name, names)
		default:
			seen = append(seen, name)
			r.within("."+name, read)
			continue
		}
		r.cursor.Skip()
	}
}

func (r *reader) unknown(offset int, name string, names []string) {
	if meant := likeliest(name, names); meant != "" {
		r.problem(offset, "there is no %q: is %q meant?", name, meant)
		return
	}
	r.problem(offset, "there is no %q; there are %s", name, strings.Join(slices.Sorted(slices.Values(names)), ", "))
}

func (r *reader) list(element func(i int)) {
	if r.cursor.Kind() != '[' {
		r.wrongType("a list")
		return
	}
	i := 0
	for r.cursor.Enter(); r.cursor.More(); i++ {
		element(i)
	}
}

// elements reads a list of objects or other values into a slice that is not
// nil.
func elements[T any](r *reader, into *[]T, read func(*T)) func() {
	return func() {
		*into = []T{}
		r.list(func(i int) {
			*into = append(*into, *new(T))
			r.within(fmt.Sprintf("[%d]", i), func() { read(&(*into)[i]) })
		})
	}
}

func (r *reader) wrongType(wanted string) {
	start := r.cursor.At
	r.problem(start, "must be %s, not %s", wanted, kindOf(r.cursor.Skip()))
}

func kindOf(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 'n':
		return "null: leave it out"
	case 't', 'f':
		return "true or false"
	default:
		return "a number"
	}
}

func (r *reader) text(into *string) {
	if r.cursor.Kind() != '"' {
		r.wrongType("a text")
		return
	}
	start := r.cursor.At
	text, err := strictjson.Text(r.cursor.Skip())
	if err != nil {
		r.problem(start, "holds half a character")
	}
	*into = text
}

func (r *reader) state(s *State) {
	r.object(func(name string) func() {
		switch name {
		case "$schema":
			return func() { r.text(&s.Schema) }
		case "owns":
			return func() { r.fields(reflect.ValueOf(&s.Owns).Elem(), nil) }
		case "scopes":
			return elements(r, &s.Scopes, r.scope)
		case "clients":
			return elements(r, &s.Clients, r.client)
		}
		return nil
	}, []string{"$schema", "owns", "scopes", "clients"})
}

func (r *reader) scope(s *Scope) {
	r.fields(reflect.ValueOf(&s.ScopeCreate).Elem(), func(name string) func() {
		switch {
		case name == "access":
			return elements(r, &s.Access, func(o *maskinporten.OrgNo) { r.text((*string)(o)) })
		case isTranslation(name):
			return func() {
				var text string
				r.text(&text)
				field, language, _ := strings.Cut(name, "#")
				s.SetTranslation(maskinporten.TranslatedField(field), language, text)
			}
		}
		return nil
	}, "access")
}

func (r *reader) client(c *Client) {
	r.fields(reflect.ValueOf(&c.ClientCreate).Elem(), func(name string) func() {
		if name == "name" {
			return func() { r.text(&c.Name) }
		}
		return nil
	}, "name")
}

// fields reads an object into a struct. other reads members that the struct
// doesn't have, of which some names can be suggested.
func (r *reader) fields(into reflect.Value, other func(name string) func(), names ...string) {
	members := membersOf(into.Type())
	r.object(func(name string) func() {
		if other != nil {
			if read := other(name); read != nil {
				return read
			}
		}
		field, ok := members[name]
		if !ok {
			return nil
		}
		return func() { r.value(into.FieldByIndex(field.Index)) }
	}, append(slices.Collect(maps.Keys(members)), names...))
}

// membersOf are the members of a struct that states have.
func membersOf(t reflect.Type) map[string]reflect.StructField {
	members := diff.Members(t)
	delete(members, "client_name")    // "name" in states
	delete(members, "active")         // all that a state names is in use
	delete(members, "supplier_orgno") // who signs in, see Options.AsSupplier
	delete(members, "protected")      // Digdir's: ignored when it is sent
	return members
}

// value reads a text, number, truth value, or a list of texts.
func (r *reader) value(into reflect.Value) {
	kind, start := r.cursor.Kind(), r.cursor.At
	wanted := map[reflect.Kind]string{reflect.String: "a text", reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Slice: "a list of texts"}
	t := into.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice && kind == '[' {
		into.Set(reflect.MakeSlice(t, 0, 4))
		r.list(func(i int) {
			into.Set(reflect.Append(into, reflect.Zero(t.Elem())))
			r.within(fmt.Sprintf("[%d]", i), func() { r.value(into.Index(i)) })
		})
		return
	}
	raw := r.cursor.Skip()
	if kind == 'n' || json.Unmarshal(raw, into.Addr().Interface()) != nil {
		r.problem(start, "must be %s, not %s", wanted[t.Kind()], kindOf(raw))
		return
	}
	if meant := spelling(into); meant != "" {
		r.problem(start, "is %s: is %q meant?", raw, meant)
	}
}

// locate finds where the problems of a state are that were found after it was
// read.
func (r *reader) locate() {
	if len(r.found) == 0 {
		return
	}
	second := &reader{cursor: strictjson.Cursor{Data: r.cursor.Data}, at: map[string]int{}}
	second.state(&State{})
	for i, problem := range r.found {
		offset, there := second.at[problem.Path]
		for path := problem.Path; !there && path != ""; offset, there = second.at[path] { // what is missing is in what is there
			path = path[:max(strings.LastIndexAny(path, ".["), 0)]
		}
		r.found[i].Line, r.found[i].Column = strictjson.Position(r.cursor.Data, offset)
	}
}
