package exactjson

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// scanner goes through valid JSON beside the type that it will be decoded
// into, and makes names that are a field's but for their case, and those that
// come again later, unknown to every type. It copies what it was given before it changes
// a byte.
type scanner struct {
	data    []byte
	copied  bool
	strict  bool // only look for a name that t doesn't have
	unknown string
}

// value goes through the value that begins at i, blanks before it aside, and
// returns where it ends. The type is nil where names don't matter.
func (s *scanner) value(i int, t reflect.Type) int {
	i = s.skip(i)
	switch s.data[i] {
	case '{':
		return s.object(i+1, plain(t))
	case '[':
		return s.list(i+1, elements(plain(t)))
	case '"':
		return s.text(i)
	}
	for i < len(s.data) && strings.IndexByte(",]} \t\r\n", s.data[i]) < 0 {
		i++
	}
	return i
}

func (s *scanner) list(i int, t reflect.Type) int {
	for i = s.skip(i); s.data[i] != ']'; i = s.skip(i) {
		if s.data[i] == ',' {
			i++
		}
		i = s.value(i, t)
	}
	return i + 1
}

func (s *scanner) object(i int, t reflect.Type) int {
	fields := fieldsOf(t)
	var seen [][2]int // where the names of members lie, by the fields' numbers
	if fields != nil {
		seen = make([][2]int, len(fields))
	}
	for i = s.skip(i); s.data[i] != '}'; i = s.skip(i) {
		if s.data[i] == ',' {
			i = s.skip(i + 1)
		}
		name := [2]int{i, s.text(i)}
		i = s.skip(name[1]) + 1 // over the colon
		if fields == nil {
			i = s.value(i, elements(t))
			continue
		}
		known, ok := s.find(fields, name)
		if ok {
			s.blank(seen[known.number])
			seen[known.number] = name
		} else {
			s.missing(fields, name)
		}
		i = s.value(i, known.t)
	}
	return i + 1
}

// find looks a name up as it is written, or as its escapes spell it.
func (s *scanner) find(fields map[string]field, at [2]int) (field, bool) {
	literal := s.data[at[0]+1 : at[1]-1]
	if bytes.IndexByte(literal, '\\') < 0 {
		known, ok := fields[string(literal)]
		return known, ok
	}
	known, ok := fields[s.name(at)]
	return known, ok
}

func (s *scanner) name(at [2]int) string {
	if literal := s.data[at[0]+1 : at[1]-1]; bytes.IndexByte(literal, '\\') < 0 && utf8.Valid(literal) {
		return string(literal)
	}
	var name string
	_ = json.Unmarshal(s.data[at[0]:at[1]], &name) // it is valid
	return name
}

// missing sees to a name that the type doesn't have. One that is like no field's
// is no matter: encoding/json passes over it too.
func (s *scanner) missing(fields map[string]field, at [2]int) {
	switch {
	case !s.strict && isLike(fields, s.name(at)):
		s.blank(at)
	case s.strict && s.unknown == "":
		s.unknown = s.name(at)
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
		s.data, s.copied = slices.Clone(s.data), true
	}
	for i := at[0] + 1; i < at[1]-1; i++ {
		s.data[i] = '#'
	}
}

// text returns where the string ends that begins at i.
func (s *scanner) text(i int) int {
	for i++; s.data[i] != '"'; i++ {
		if s.data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func (s *scanner) skip(i int) int {
	for i < len(s.data) && (s.data[i] == ' ' || s.data[i] == '\t' || s.data[i] == '\r' || s.data[i] == '\n') {
		i++
	}
	return i
}
