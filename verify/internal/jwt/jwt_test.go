package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/verify/internal/jwt"
)

func TestSplitTakesThreePartsOfCanonicalBase64(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"YQ.Yg.Yw": nil, "..": nil, "YQ.Yg.": nil,
		"": jwt.ErrParts, "YQ": jwt.ErrParts, "YQ.Yg": jwt.ErrParts, "YQ.Yg.Yw.": jwt.ErrParts, ".....": jwt.ErrParts,
		"....": jwt.ErrEncrypted, "YR.Yg.Yw": jwt.ErrBase64, "YQ==.Yg.Yw": jwt.ErrBase64, "Y\nQ.Yg.Yw": jwt.ErrBase64, "Y.Yg.Yw": jwt.ErrBase64, "Y+.Yg.Yw": jwt.ErrBase64,
	} {
		if _, err := jwt.Split(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	parts, err := jwt.Split("YQ.YmI.Y2Nj")
	want := jwt.Parts{Signed: []byte("YQ.YmI"), Header: []byte("a"), Payload: []byte("bb"), Signature: []byte("ccc")}
	if diff := cmp.Diff(want, parts); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if cap(parts.Header) != len(parts.Header) {
		t.Error("who appends to a part writes over the next")
	}
}

func TestParseObjectKeepsMembersAsTheyCame(t *testing.T) {
	t.Parallel()
	o, err := jwt.ParseObject([]byte(" {\t\"a\" : 1 ,\r\n\"b\":{\"x\":[1,{\"y\":\"}]\\\"\"}]},\"\\u0063\":\"d\\\\\",\"D\":null, \"e\":[ ]} "))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "b": `{"x":[1,{"y":"}]\""}]}`, "c": `"d\\"`, "D": "null", "e": "[ ]", "d": "", "A": ""} {
		if got := string(o.Get(name)); got != want || o.Has(name) != (want != "") {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}

func TestParseObjectRefusesWhatReadersCouldUnderstandDifferently(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range jwt.MaxMembers {
		many.WriteString(`"` + strings.Repeat("x", i+1) + `":1,`)
	}
	for text, want := range map[string]error{
		`{}`: nil, `{"a":{"a":1},"b":{"a":1}}`: nil,
		`{` + strings.TrimSuffix(many.String(), ",") + `}`: nil,
		`{` + many.String() + `"y":1}`:                     jwt.ErrMembers,
		``:                                                 jwt.ErrJSON, `{`: jwt.ErrJSON, `{"a":1,}`: jwt.ErrJSON, `{}x`: jwt.ErrJSON, `{a:1}`: jwt.ErrJSON,
		"{\"\xff\":1}": jwt.ErrUTF8, `{"\ud800":1}`: jwt.ErrUTF8,
		`[]`: jwt.ErrObject, `1`: jwt.ErrObject, `"{}"`: jwt.ErrObject, `null`: jwt.ErrObject,
		`{"a":1,"a":1}`: jwt.ErrDuplicate, `{"a":1,"\u0061":2}`: jwt.ErrDuplicate, `{"":1,"":2}`: jwt.ErrDuplicate,
		`{"x":[[{"a":1,"a":1}]]}`: jwt.ErrDuplicate,
		`{"x":` + strings.Repeat("[", jwt.MaxDepth-1) + strings.Repeat("]", jwt.MaxDepth-1) + `}`: nil,
		`{"x":` + strings.Repeat("[", jwt.MaxDepth) + strings.Repeat("]", jwt.MaxDepth) + `}`:     jwt.ErrDepth,
	} {
		if _, err := jwt.ParseObject([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.60s: %v, want %v", text, err, want)
		}
	}
}

func TestValuesAreOfTheirTypeOrRefused(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		"0": 0, "1768478400": 1768478400, "99999999999": 99999999999, "253402300799": 253402300799, "1.7684784009e9": 1768478400, "1768478400.99": 1768478400,
		"": -1, "-1": -1, "253402300800": -1, "1e400": -1, "9223372036854775808": -1, "null": -1, `"1"`: -1, "true": -1, "{}": -1, "-0.5": -1,
	} {
		got, err := jwt.Seconds([]byte(raw))
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("Seconds(%s) = %d, %v", raw, got, err)
		}
	}
	for raw, want := range map[string]error{`"a"`: nil, `"\u00e6"`: nil, `"æ"`: nil, "": jwt.ErrType, "null": jwt.ErrType, "1": jwt.ErrType, `["a"]`: jwt.ErrType, `"\udc00"`: jwt.ErrUTF8, `"\x"`: jwt.ErrType} {
		if _, err := jwt.Text([]byte(raw)); !errors.Is(err, want) {
			t.Errorf("Text(%s): %v, want %v", raw, err, want)
		}
	}
	for raw, want := range map[string][]string{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `[]`: {}, `[1]`: nil, `{}`: nil, "": nil} {
		if got, _ := jwt.Texts([]byte(raw)); !cmp.Equal(got, want) {
			t.Errorf("Texts(%s) = %q, want %q", raw, got, want)
		}
	}
}

// FuzzSplit compares with go-jose: what is taken here is a JWS there as well,
// and the parts are the same.
func FuzzSplit(f *testing.F) {
	const header = "eyJhbGciOiJSUzI1NiJ9" // {"alg":"RS256"}
	for _, seed := range []string{header + ".e30.AA", header + ".e30.", "..", header + ".e30=.AA", header + ".e30.A\nA", header + ".e3 0.AA", "a.b.c.d.e", header + ".e31.AB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, compact string) {
		parts, err := jwt.Split(compact)
		if err != nil {
			return
		}
		whole := b64(parts.Header) + "." + b64(parts.Payload) + "." + b64(parts.Signature)
		if whole != compact || !strings.HasPrefix(compact, string(parts.Signed)+".") {
			t.Fatalf("%q doesn't come back: %q", compact, whole)
		}
		header, err := jwt.ParseObject(parts.Header)
		if err != nil || string(header.Get("alg")) != `"RS256"` || len(header) > 1 {
			return
		}
		theirs, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatalf("go-jose refuses %q: %v", compact, err)
		}
		if string(theirs.UnsafePayloadWithoutVerification()) != string(parts.Payload) || string(theirs.Signatures[0].Signature) != string(parts.Signature) {
			t.Fatalf("go-jose reads %q differently", compact)
		}
	})
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// FuzzParseObject compares with encoding/json: what is taken here has the same
// members there, and what is refused as no JSON is none there.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"iss":"https://test.maskinporten.no/","exp":1768478520,"consumer":{"authority":"iso6523-actorid-upis","ID":"0192:889640782"}}`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":[{"b":1,"b":2}]}`, ` { "a" : [ 1 , "}" , { } ] } `, `{"a":"\\\""}`, `[]`, `{"\ud800":1}`, "{\"\xff\":1}", `{"a":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, err := jwt.ParseObject(data)
		var theirs map[string]json.RawMessage
		bad := json.Unmarshal(data, &theirs)
		if err != nil {
			if errors.Is(err, jwt.ErrJSON) && bad == nil {
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
	if got, err := jwt.Text(raw); err == nil && (json.Unmarshal(raw, &text) != nil || got != text) {
		t.Fatalf("Text(%s) = %q, for encoding/json %q", raw, got, text)
	}
	var number float64
	if got, err := jwt.Seconds(raw); err == nil && (json.Unmarshal(raw, &number) != nil || got != int64(number)) {
		t.Fatalf("Seconds(%s) = %d, for encoding/json %v", raw, got, number)
	}
	if _, err := jwt.Texts(raw); err == nil {
		var one string
		var many []string
		if json.Unmarshal(raw, &one) != nil && json.Unmarshal(raw, &many) != nil {
			t.Fatalf("Texts(%s) takes what is neither a string nor strings", raw)
		}
	}
}
