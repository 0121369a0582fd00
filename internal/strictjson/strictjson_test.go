package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

func TestParseKeepsMembersAsTheyCame(t *testing.T) {
	t.Parallel()
	o, err := strictjson.Parse([]byte(" {\t\"a\" : 1 ,\r\n\"b\":{\"x\":[1,{\"y\":\"}]\\\"\"}]},\"\\u0063\":\"d\\\\\",\"D\":null, \"e\":[ ]} "), strictjson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "b": `{"x":[1,{"y":"}]\""}]}`, "c": `"d\\"`, "D": "null", "e": "[ ]", "d": "", "A": ""} {
		if got := string(o.Get(name)); got != want || o.Has(name) != (want != "") {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestParseRefusesWhatReadersCouldUnderstandDifferently(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 64 {
		many.WriteString(`"` + strings.Repeat("x", i+1) + `":1,`)
	}
	for text, want := range map[string]error{
		`{}`: nil, `{"a":{"a":1},"b":{"a":1}}`: nil,
		`{` + strings.TrimSuffix(many.String(), ",") + `}`: nil,
		`{` + many.String() + `"y":1}`:                     strictjson.ErrMembers,
		``:                                                 strictjson.ErrJSON, `{`: strictjson.ErrJSON, `{"a":1,}`: strictjson.ErrJSON, `{}x`: strictjson.ErrJSON, `{a:1}`: strictjson.ErrJSON,
		"{\"\xff\":1}": strictjson.ErrUTF8, `{"\ud800":1}`: strictjson.ErrUTF8,
		`[]`: strictjson.ErrObject, `1`: strictjson.ErrObject, `"{}"`: strictjson.ErrObject, `null`: strictjson.ErrObject,
		`{"a":1,"a":1}`: strictjson.ErrDuplicate, `{"a":1,"\u0061":2}`: strictjson.ErrDuplicate, `{"":1,"":2}`: strictjson.ErrDuplicate,
		`{"x":[[{"a":1,"a":1}]]}`: strictjson.ErrDuplicate,
		`{"x":` + strings.Repeat("[", 8-1) + strings.Repeat("]", 8-1) + `}`: nil,
		`{"x":` + strings.Repeat("[", 8) + strings.Repeat("]", 8) + `}`:     strictjson.ErrDepth,
	} {
		if _, err := strictjson.Parse([]byte(text), strictjson.Bounds{Members: 64, Depth: 8}); !errors.Is(err, want) {
			t.Errorf("%.60s: %v, want %v", text, err, want)
		}
	}
}

func TestParseHasBoundsWithoutBeingToldAny(t *testing.T) {
	t.Parallel()
	members := func(count int) string {
		var text strings.Builder
		for i := range count {
			text.WriteString(`,"` + strconv.Itoa(i) + `":1`)
		}
		return "{" + text.String()[1:] + "}"
	}
	nested := func(depth int) string {
		return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	}
	for text, want := range map[string]error{
		members(1000): nil, members(1001): strictjson.ErrMembers, nested(100): nil, nested(101): strictjson.ErrDepth,
	} {
		if _, err := strictjson.Parse([]byte(text), strictjson.Bounds{}); !errors.Is(err, want) {
			t.Errorf("%.30s…: %v, want %v", text, err, want)
		}
	}
}

// rewrite writes the value at the cursor anew, without the blanks around it.
func rewrite(c *strictjson.Cursor, into *strings.Builder) {
	closing := map[byte]string{'{': "}", '[': "]"}
	kind := c.Kind()
	if closing[kind] == "" {
		into.Write(c.Skip())
		return
	}
	into.WriteByte(kind)
	first := true
	for c.Enter(); c.More(); first = false {
		if !first {
			into.WriteByte(',')
		}
		if kind == '{' {
			into.Write(c.Name())
			into.WriteByte(':')
		}
		rewrite(c, into)
	}
	into.WriteString(closing[kind])
}

func FuzzCursorSeesWhatIsThere(f *testing.F) {
	for _, seed := range []string{` { "a" : [ 1 , "}" , { } , [ ] ] , "\"" : null } `, `[]`, `-1e5`, ` "\\" `, `[{"a":{"b":[true,false]}},2]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want bytes.Buffer
		if json.Compact(&want, data) != nil {
			return
		}
		var got strings.Builder
		rewrite(&strictjson.Cursor{Data: data}, &got)
		if got.String() != want.String() {
			t.Fatalf("%q became %q", data, got.String())
		}
		whole := strictjson.Cursor{Data: data}
		if skipped := whole.Skip(); string(skipped) != string(bytes.TrimSpace(data)) {
			t.Fatalf("of %q Skip steps over %q", data, skipped)
		}
	})
}

func TestValuesAreOfTheirTypeOrRefused(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		"0": 0, "1768478400": 1768478400, "99999999999": 99999999999, "253402300799": 253402300799, "1.7684784009e9": 1768478400, "1768478400.99": 1768478400,
		"": -1, "-1": -1, "253402300800": -1, "1e400": -1, "9223372036854775808": -1, "null": -1, `"1"`: -1, "true": -1, "{}": -1, "-0.5": -1,
	} {
		got, err := strictjson.Seconds([]byte(raw))
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("Seconds(%s) = %d, %v", raw, got, err)
		}
	}
	for raw, want := range map[string]error{`"a"`: nil, `"\u00e6"`: nil, `"æ"`: nil, "": strictjson.ErrType, "null": strictjson.ErrType, "1": strictjson.ErrType, `["a"]`: strictjson.ErrType, `"\udc00"`: strictjson.ErrUTF8, `"\x"`: strictjson.ErrType} {
		if _, err := strictjson.Text([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("Text(%s): %v, want %v", raw, err, want)
		}
	}
	for raw, want := range map[string][]string{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `[]`: {}, `[1]`: nil, `{}`: nil, "": nil} {
		if got, _ := strictjson.Texts([]byte(raw)); !cmp.Equal(got, want) {
			t.Errorf("Texts(%s) = %q, want %q", raw, got, want)
		}
	}
}

// FuzzParse compares with encoding/json: what is taken here has the same
// members there, and what is refused as no JSON is none there.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"iss":"https://test.maskinporten.no/","exp":1768478520,"consumer":{"authority":"iso6523-actorid-upis","ID":"0192:889640782"}}`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":[{"b":1,"b":2}]}`, ` { "a" : [ 1 , "}" , { } ] } `, `{"a":"\\\""}`, `[]`, `{"\ud800":1}`, "{\"\xff\":1}", `{"a":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, err := strictjson.Parse(data, strictjson.Bounds{})
		var theirs map[string]json.RawMessage
		bad := json.Unmarshal(data, &theirs)
		if err != nil {
			if errors.Is(err, strictjson.ErrJSON) && bad == nil {
				t.Fatalf("encoding/json takes %q", data)
			}
			return
		}
		if bad != nil || len(ours) != len(theirs) {
			t.Fatalf("%q has %d members, for encoding/json %d (%v)", data, len(ours), len(theirs), bad)
		}
		for _, member := range ours {
			if string(theirs[string(member.Name)]) != string(member.Value) {
				t.Fatalf("%q: %s is %s, for encoding/json %s", data, member.Name, member.Value, theirs[string(member.Name)])
			}
			read(t, member.Value)
		}
	})
}

// read compares the readers of values.
func read(t *testing.T, raw []byte) {
	t.Helper()
	var text string
	if got, err := strictjson.Text(raw); err == nil && (json.Unmarshal(raw, &text) != nil || got != text) {
		t.Fatalf("Text(%s) = %q, for encoding/json %q", raw, got, text)
	}
	var number float64
	if got, err := strictjson.Seconds(raw); err == nil && (json.Unmarshal(raw, &number) != nil || got != int64(number)) {
		t.Fatalf("Seconds(%s) = %d, for encoding/json %v", raw, got, number)
	}
	if _, err := strictjson.Texts(raw); err == nil {
		var one string
		var many []string
		if json.Unmarshal(raw, &one) != nil && json.Unmarshal(raw, &many) != nil {
			t.Fatalf("Texts(%s) takes what is neither a string nor strings", raw)
		}
	}
}
