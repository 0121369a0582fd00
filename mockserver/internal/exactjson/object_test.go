package exactjson_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
)

func TestAnObjectIsReadStrictlyAndRefusedInWordsForPeople(t *testing.T) {
	t.Parallel()
	type inner struct {
		On bool `json:"on"`
	}
	type object struct {
		Text  string    `json:"text"`
		List  []inner   `json:"list"`
		Count int       `json:"count"`
		At    time.Time `json:"at"`
		Inner inner     `json:"inner"`
	}
	for text, want := range map[string]string{
		`{"text":"a","list":[{"on":true}],"count":1,"at":"2026-01-02T15:04:05Z"} `: "",
		``:                         "a JSON object is expected, and there is nothing",
		`[]`:                       "a JSON object is expected",
		`null`:                     "a JSON object is expected",
		"{\n  \"text\": x}":        "line 2, column 11: invalid character 'x'",
		"{\"text\":\"æ\", x}":      "line 1, column 14: invalid character 'x'",
		`{"text":"a"} {}`:          "line 1, column 14: invalid character '{' after",
		`{"text":"a"`:              "unexpected end",
		`{"Text":"a"}`:             `unknown field "Text": there are text, list, count, at, inner`,
		`{"list":[{"off":true}]}`:  `unknown field`,
		`{"text":true}`:            "text: text is expected, and not true or false",
		`{"list":{}}`:              "list: a list is expected, and not an object",
		`{"list":[{"on":"yes"}]}`:  "list.on: true or false is expected, and not text",
		`{"count":"1"}`:            "count: a number is expected, and not text",
		`{"count":1.5}`:            "count: a number is expected, and not the number 1.5",
		`{"inner":[]}`:             "inner: an object is expected, and not a list",
		`{"at":"yesterday"}`:       `at: "yesterday" is no time such as`,
		`{"at":1751445000}`:        `at: a time such as "2026-01-02T15:04:05Z" is expected, as text`,
		`{"inner":{"on":{"a":1}}}`: "inner.on: true or false is expected, and not an object",
	} {
		err := exactjson.Object([]byte(text), new(object))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "json:")) {
			t.Errorf("%s: %v speaks Go", text, err)
		}
	}
}

func TestAMemberThatIsThereTwiceIsRefusedWhereverItIs(t *testing.T) {
	t.Parallel()
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf(`"m%d":{"a":%d}`, i, i)
	}
	wide := `{"any":{` + strings.Join(many, ",")
	for text, want := range map[string]string{
		`{"any":1,"any":2}`:                          `line 1, column 10: "any" is there twice`,
		"{\n  \"any\": 1,\n  \"any\": 1 }":           `line 3, column 3: "any" is there twice`,
		` {"any":{"a":[{"b":1,"\u0062":2}]}}`:        `line 1, column 22: "b" is there twice`,
		`{"any":[{"a":1},{"a":2}],"list":["a","a"]}`: "",
		`{"any":{"any":{"any":null}},"list":[]}`:     "",
		wide + `}}`:                                  "",
		wide + `,"m7":1}}`:                           `"m7" is there twice`,
		wide + `,"m99":1}}`:                          `"m99" is there twice`,
		wide + `,"x":{"m7":1,"a":1},"x":1}}`:         `"x" is there twice`,
	} {
		var into struct {
			Any  any      `json:"any"`
			List []string `json:"list"`
		}
		err := exactjson.Object([]byte(text), &into)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
}
