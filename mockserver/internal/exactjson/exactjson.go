// Package exactjson decodes JSON objects with the names of their members taken
// to the letter, as the real services do. The encoding/json package by itself
// doesn't mind the case: to it "Client_ID" is client_id.
package exactjson

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// Unmarshal is [json.Unmarshal] but for names: what differs from a field's
// only in its case is a member that v doesn't have, and passed over like every
// other. Of a member that is there twice the last one counts, alone. Types
// with a decoder of their own see to their names themselves. What v held before
// is lost if something had to be left out.
func Unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if err != nil && !json.Valid(data) {
		return err
	}
	s := scanner{Cursor: strictjson.Cursor{Data: data}} // it counts on valid JSON
	s.value(reflect.TypeOf(v))
	if !s.copied { // nothing had to be left out
		return err
	}
	reflect.ValueOf(v).Elem().SetZero()
	return json.Unmarshal(s.Data, v)
}

// Unknown returns the place of the first member of a JSON object that v
// doesn't have to the letter; empty: there is none, or data is no JSON.
func Unknown(data []byte, v any) string {
	if !json.Valid(data) {
		return ""
	}
	s := scanner{Cursor: strictjson.Cursor{Data: data}, strict: true}
	s.value(reflect.TypeOf(v))
	return s.unknown
}

// WrongType returns the place and the Go type of a member that had another
// type, if that is what an error of [Unmarshal] says. The place of an element
// is that of its list; it is empty when the whole has the wrong type. A time
// that can't be read is not reported: that differs by implementation.
func WrongType(err error) (place string, want reflect.Type, ok bool) {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Type == reflect.TypeFor[time.Time]() {
		return "", nil, false
	}
	var names []string
	for name := range strings.SplitSeq(wrong.Field, ".") {
		// Go's second implementation (GOEXPERIMENT=jsonv2) numbers elements.
		// And embedded structs have names of their own, which are Go's.
		if strings.Trim(name, "0123456789") != "" && strings.ToLower(name[:1]) == name[:1] {
			names = append(names, name)
		}
	}
	return strings.Join(names, "."), wrong.Type, true
}
