package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"
)

// FuzzObject holds the splitting of objects against encoding/json: whatever
// one reads the other reads, members and values alike, but for objects with a
// member twice.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, "{\t\"a\" : [ 1 , {\"b\":\"]}\"} ] ,\r\n\"c\":null}", `{"a":"\"","\u0061\\":{"x":"{"}}`,
		`{"a":1,"a":2}`, `{"a":-1.5e+9,"b":true,"c":""}`, `[{}]`, `{"a":1}}`, `{"a"`, `{"a":}`, `{,}`, `"{}"`, "{\"a\":\"\xff\"}",
		`{"\ud800":1,"\ufffd":2}`, ``, ` `, `nul`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseObject(data)
		var want map[string]json.RawMessage
		isObject := utf8.Valid(data) && json.Unmarshal(data, &want) == nil && want != nil
		switch {
		case errors.Is(err, errDoubled):
			if !isObject {
				t.Fatal("a member twice in what is no object")
			}
			return
		case isObject != (err == nil):
			t.Fatalf("%v, but for encoding/json it is an object: %v", err, isObject)
		case len(got) != len(want):
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Errorf("%q is %q, want %q", name, got[name], value)
			}
		}
	})
}
