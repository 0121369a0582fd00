package exactjson_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/exactjson"
)

type embedded struct {
	Base string `json:"base"`
}

type address struct {
	Street string `json:"street"`
}

// own decodes itself, and so sees to its names itself.
type own struct {
	K int `json:"k"`
}

func (o *own) UnmarshalJSON(data []byte) error {
	type plain own
	return json.Unmarshal(data, (*plain)(o))
}

type object struct {
	embedded
	Name    string             `json:"name,omitzero"`
	Count   *int               `json:"count"`
	List    []string           `json:"list"`
	Home    address            `json:"home"`
	Away    *address           `json:"away"`
	Others  []address          `json:"others"`
	ByName  map[string]address `json:"by_name"`
	Own     own                `json:"own"`
	Created time.Time          `json:"created"`
	Any     any                `json:"any"`
	Hidden  string             `json:"-"`
	Untold  string
}

func read(t *testing.T, text string) object {
	t.Helper()
	data := []byte(text)
	var o object
	if err := exactjson.Unmarshal(data, &o); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if string(data) != text {
		t.Errorf("what was given is changed to %s", data)
	}
	return o
}

func TestNamesCountToTheLetter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]object{
		`{"Name":"a","NAME":"b"}`:                                  {},
		`{"name":"a","Name":"b"}`:                                  {Name: "a"},
		`{"\u006eame":"a"}`:                                        {Name: "a"},
		`{"\u004eame":"a"}`:                                        {},
		"{\"li\u017ft\":[\"a\"]}":                                  {}, // a long s, which folds to s
		`{"LIST":7,"Count":"x","Home":[]}`:                         {},
		`{"home":{"Street":"a"}}`:                                  {},
		`{"home":{"street":"a"}}`:                                  {Home: address{"a"}},
		`{"away":{"street":"a","STREET":"b"}}`:                     {Away: &address{"a"}},
		`{"others":[{"Street":"a"}, {"street":"b"} ]}`:             {Others: []address{{}, {"b"}}},
		`{"by_name":{"Street":{"Street":"a"},"b":{"street":"c"}}}`: {ByName: map[string]address{"Street": {}, "b": {"c"}}},
		`{"Base":"a"}`:                                             {},
		`{"base":"a"}`:                                             {embedded: embedded{"a"}},
		`{"own":{"k":1}}`:                                          {Own: own{1}},
		`{"any":{"Name":{"name":[1]}}}`:                            {Any: map[string]any{"Name": map[string]any{"name": []any{1.0}}}},
		`{"-":"a","Hidden":"b","untold":"c"}`:                      {},
		`{"Untold":"c"}`:                                           {Untold: "c"},
		" {\n\t\"name\" :\r\"}],\\\"\" , \"x\":[[],{}, null] }":    {Name: `}],"`},
		`{"":1,"#":2}`:                                             {},
		`{}`:                                                       {},
		`null`:                                                     {},
	} {
		if diff := cmp.Diff(want, read(t, text), cmp.AllowUnexported(object{}, embedded{}, own{})); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestOfTwiceTheSameTheLastCountsAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]object{
		`{"name":"a","name":"b"}`:                                  {Name: "b"},
		`{"name":"a","name":null}`:                                 {},
		`{"name":"a","\u006eame":"b","Name":"c"}`:                  {Name: "b"},
		`{"count":"no number","count":2}`:                          {Count: new(2)},
		`{"count":1,"count":null}`:                                 {},
		`{"away":{"street":"a"},"away":{}}`:                        {Away: &address{}},
		`{"home":{"street":"a"},"home":{}}`:                        {},
		`{"others":[{"street":"a"},{"street":"b"}],"others":[{}]}`: {Others: []address{{}}},
		`{"name":"a","name":"b","name":"c","list":["x"]}`:          {Name: "c", List: []string{"x"}},
	} {
		if diff := cmp.Diff(want, read(t, text), cmp.AllowUnexported(object{}, embedded{}, own{})); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestAWrongTypeIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"name":1}`: "name", `{"list":[1]}`: "list", `{"list":["a",["b"]]}`: "list", `{"home":{"street":1}}`: "home.street",
		`{"others":[{"street":1}]}`: "others.street", `[]`: "", `"x"`: "",
	} {
		place, want2, ok := exactjson.WrongType(exactjson.Unmarshal([]byte(text), new(object)))
		if !ok || place != want || want2 == nil {
			t.Errorf("%s: %q, %v, %v", text, place, want2, ok)
		}
	}
	for _, text := range []string{``, `{`, `{"created":5}`, `{"created":"x"}`, `{}`, `{"name":"a"} {}`} {
		if place, _, ok := exactjson.WrongType(exactjson.Unmarshal([]byte(text), new(object))); ok {
			t.Errorf("%s: %q", text, place)
		}
	}
}

func TestWhatIsUnknownIsFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"name":"a","home":{"street":"b"},"own":{"X":1},"any":{"X":1},"by_name":{"X":{}}}`: "",
		`{"Name":"a"}`: "Name", `{"name":"a","nam\u0065s":1,"other":2}`: "names", `{"home":{"Street":1}}`: "Street",
		`{"others":[{},{"zip":1}]}`: "zip", `{"x":`: "", `[]`: "", `5`: "",
	} {
		if got := exactjson.Unknown([]byte(text), new(object)); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// A body costs what encoding/json takes, one copy if names are unknown, and a
// list of what was seen.
func TestExactNamesCostLittle(t *testing.T) { //nolint:paralleltest // it counts allocations
	text := `{"name":"a","count":1,"list":["a","b"],"others":[{"street":"a"}],"` + strings.Repeat("x", 1000) + `":[1,{"a":"b"}]}`
	plain := testing.AllocsPerRun(100, func() { _ = json.Unmarshal([]byte(text), new(object)) }) //nolint:musttag // it has one without
	exact := testing.AllocsPerRun(100, func() { _ = exactjson.Unmarshal([]byte(text), new(object)) })
	if exact > plain+4 {
		t.Errorf("%v allocations, encoding/json takes %v", exact, plain)
	}
}

func FuzzExactNames(f *testing.F) {
	for _, text := range []string{`{"name":"a","Name":"b"}`, `{"others":[{"street":"a","street":null}]}`, `{"\u006eame":1}`, `[{}]`, `{"any":[{"":""}]}`, `{`, ` 5 `} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var exact, again object
		err := exactjson.Unmarshal(data, &exact)
		var members map[string]json.RawMessage
		if invalid := json.Unmarshal(data, &members) != nil; invalid {
			if err == nil {
				t.Fatal("taken")
			}
			return
		}
		name, sent := members["name"]
		if err == nil && (!sent || string(name) == "null") && exact.Name != "" {
			t.Errorf("the name is %q", exact.Name)
		}
		if sent && err == nil && string(name) != "null" {
			if json.Unmarshal(name, &again.Name) != nil || again.Name != exact.Name {
				t.Errorf("the name is %q, sent %s", exact.Name, name)
			}
		}
		exactjson.Unknown(data, &again)
	})
}
