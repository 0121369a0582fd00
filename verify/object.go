package verify

import (
	"encoding/json"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// tokenBounds are far above what real tokens have, and keep the work small
// that a stranger can cause.
var tokenBounds = strictjson.Bounds{Members: 64, Depth: 8}

// textOf returns a member that has to be a string; empty: it isn't one.
func textOf(o strictjson.Object, name string) string {
	value, err := strictjson.Text(o.Get(name))
	if err != nil {
		return ""
	}
	return value
}

func timeOf(o strictjson.Object, name string) time.Time {
	var t time.Time
	if json.Unmarshal(o.Get(name), &t) != nil {
		return time.Time{}
	}
	return t
}

// readAll reads the objects of an array, and leaves out all other elements.
func readAll[T any](raw []byte, read func(strictjson.Object) T) []T {
	elements, _ := strictjson.Elements(raw)
	var all []T
	for _, element := range elements {
		if o, err := strictjson.Parse(element, tokenBounds); err == nil {
			all = append(all, read(o))
		}
	}
	return all
}
