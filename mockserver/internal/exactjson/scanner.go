package exactjson

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// scanner goes through valid JSON beside the type that it will be decoded
// into, and makes names that are a field's but for their case, and those that
// come again later, unknown to every type. It copies what it was given before it changes
// a byte.
type scanner struct {
	strictjson.Cursor
	copied  bool
	strict  bool // only look for a name that t doesn't have
	unknown string
}

// value goes through the value that begins here. The type is nil where names
// don't matter.
func (s *scanner) value(t reflect.Type) {
	t = plain(t)
	fields, inner := fieldsOf(t), elements(t)
	switch kind := s.Kind(); {
	case kind == '{' && fields != nil:
		s.object(fields)
	case kind == '{' && inner != nil:
		for s.Enter(); s.More(); s.value(inner) {
			s.Name()
		}
	case kind == '[' && inner != nil:
		for s.Enter(); s.More(); {
			s.value(inner)
		}
	default:
		s.Skip()
	}
}

// object looks at each name. One that is like no field's is no matter but to the
// strict: encoding/json passes over it too.
func (s *scanner) object(fields map[string]field) {
	seen := make([][2]int, len(fields)) // where the names of members lie, by the fields' numbers
	for s.Enter(); s.More(); {
		start := s.At
		quoted := s.Name()
		at := [2]int{start, start + len(quoted)}
		name, _ := strictjson.Name(quoted) // no field has half characters
		known, ok := fields[string(name)]
		switch {
		case ok:
			s.blank(seen[known.number])
			seen[known.number] = at
		case s.strict && s.unknown == "":
			_ = json.Unmarshal(quoted, &s.unknown) // it is valid
		case isLike(fields, string(name)):
			s.blank(at)
		}
		s.value(known.t)
	}
}

func isLike(fields map[string]field, name string) bool {
	for known := range fields {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// blank overwrites a name with one that no type has.
func (s *scanner) blank(at [2]int) {
	if s.strict || at[1] == 0 {
		return
	}
	if !s.copied {
		s.Data, s.copied = slices.Clone(s.Data), true
	}
	for i := at[0] + 1; i < at[1]-1; i++ {
		s.Data[i] = '#'
	}
}
