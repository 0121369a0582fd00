package jwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Bounds of what is read, far above what real tokens have. They keep the work
// that a stranger can cause small.
const (
	MaxMembers = 64 // of one object
	MaxDepth   = 8  // of objects and arrays within each other
)

// What is wrong with a JSON object.
var (
	ErrUTF8      = errors.New("it is not UTF-8")
	ErrJSON      = errors.New("it is no JSON")
	ErrObject    = errors.New("it is no JSON object")
	ErrDuplicate = errors.New("a member is there twice")
	ErrMembers   = errors.New("it has too many members")
	ErrDepth     = errors.New("it is nested too deep")
)

// Member is a member of a JSON object. Its name is unescaped, its value is as
// it came.
type Member struct{ Name, Value []byte }

// Object is a JSON object, in the order in which it came. Names are taken to
// the letter, unlike encoding/json does, and no name is there twice.
type Object []Member

// ParseObject splits a JSON object. Objects within it are checked for members
// that are there twice as well. The members are parts of data.
func ParseObject(data []byte) (Object, error) {
	switch {
	case !utf8.Valid(data):
		return nil, ErrUTF8
	case !json.Valid(data):
		return nil, ErrJSON
	}
	s := scanner{data: data}
	s.space()
	if s.data[s.at] != '{' {
		return nil, ErrObject
	}
	members := make(Object, 0, 16)
	if err := s.object(&members); err != nil {
		return nil, err
	}
	return members, nil
}

// Get returns the value of a member, or nil.
func (o Object) Get(name string) []byte {
	for i := range o {
		if string(o[i].Name) == name {
			return o[i].Value
		}
	}
	return nil
}

// Has reports whether there is such a member.
func (o Object) Has(name string) bool { return o.Get(name) != nil }

// scanner walks through JSON that is known to be valid.
type scanner struct {
	data  []byte
	at    int
	depth int
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// object reads the object that begins here.
func (s *scanner) object(members *Object) error {
	return s.within('}', func() error {
		name, err := s.name()
		if err != nil {
			return err
		}
		switch {
		case members.Has(string(name)):
			return ErrDuplicate
		case len(*members) == MaxMembers:
			return ErrMembers
		}
		s.space()
		s.at++ // the colon
		s.space()
		start := s.at
		if err := s.value(); err != nil {
			return err
		}
		*members = append(*members, Member{Name: name, Value: s.data[start:s.at:s.at]})
		return nil
	})
}

// within reads what is between the bracket here and the one that closes it,
// one element after the other.
func (s *scanner) within(closing byte, element func() error) error {
	if s.depth++; s.depth > MaxDepth {
		return ErrDepth
	}
	s.at++
	for s.space(); s.data[s.at] != closing; s.space() {
		if s.data[s.at] == ',' {
			s.at++
			s.space()
		}
		if err := element(); err != nil {
			return err
		}
	}
	s.at++
	s.depth--
	return nil
}

// value steps over the value that begins here.
func (s *scanner) value() error {
	switch s.data[s.at] {
	case '{':
		members := make(Object, 0, 8)
		return s.object(&members)
	case '[':
		return s.within(']', s.value)
	case '"':
		s.text()
	default: // a number or a word, which ends before the object around it does
		s.at += bytes.IndexAny(s.data[s.at:], ",]} \t\r\n")
	}
	return nil
}

// text steps over a string and returns it with its quotes.
func (s *scanner) text() []byte {
	start := s.at
	for s.at++; s.data[s.at] != '"'; s.at++ {
		if s.data[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.data[start:s.at]
}

func (s *scanner) name() ([]byte, error) {
	quoted := s.text()
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	name, err := Text(quoted)
	return []byte(name), err
}
