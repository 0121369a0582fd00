// Package strictjson reads JSON objects to the letter: what two readers could
// understand differently is refused. It is for what strangers send, such as
// tokens and grants; encoding/json takes {"a":1,"a":2} and {"A":1} for {"a":1}.
//
// [Parse] splits an object into its members, whose values [Text], [Texts],
// [Elements] and [Seconds] read. Whoever needs another way through a document
// walks it with a [Cursor].
package strictjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"unicode/utf8"
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

// Bounds keep the work small that a stranger can cause. Zero is the default of
// each.
type Bounds struct {
	// Members is how many an object may have; 1,000 by default. Each is
	// compared with all before it.
	Members int
	// Depth is how many objects and arrays may lie within each other, the
	// outermost counted; 100 by default.
	Depth int
}

const (
	defaultMembers = 1000
	defaultDepth   = 100
)

// Member is a member of a JSON object. Its name is unescaped, its value is as
// it came, without the blanks around it.
type Member struct{ Name, Value []byte }

// Object is a JSON object, in the order in which it came. Names are taken to
// the letter, and no name is there twice.
type Object []Member

// Parse splits a JSON object. Those within it are held to the same rules. The
// members are parts of data, which must not be changed after that.
func Parse(data []byte, bounds Bounds) (Object, error) {
	switch {
	case !utf8.Valid(data):
		return nil, ErrUTF8
	case !json.Valid(data):
		return nil, ErrJSON
	}
	bounds.Members = cmp.Or(bounds.Members, defaultMembers)
	bounds.Depth = cmp.Or(bounds.Depth, defaultDepth)
	p := parser{Cursor: Cursor{Data: data}, bounds: bounds}
	if p.Kind() != '{' {
		return nil, ErrObject
	}
	return p.object(make(Object, 0, 16))
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

func (o Object) has(name []byte) bool {
	for i := range o {
		if bytes.Equal(o[i].Name, name) {
			return true
		}
	}
	return false
}

// parser checks what its cursor steps over.
type parser struct {
	Cursor
	bounds Bounds
	depth  int
}

// object reads the object that begins here and adds its members to o.
func (p *parser) object(o Object) (Object, error) {
	if p.depth++; p.depth > p.bounds.Depth {
		return nil, ErrDepth
	}
	for p.Enter(); p.More(); {
		name, err := Name(p.Name())
		switch {
		case err != nil:
			return nil, err
		case o.has(name):
			return nil, ErrDuplicate
		case len(o) == p.bounds.Members:
			return nil, ErrMembers
		}
		start := p.At
		if err := p.value(); err != nil {
			return nil, err
		}
		o = append(o, Member{Name: name, Value: p.Data[start:p.At:p.At]})
	}
	p.depth--
	return o, nil
}

func (p *parser) value() error {
	switch p.Kind() {
	case '{':
		_, err := p.object(make(Object, 0, 8))
		return err
	case '[':
		return p.array()
	}
	p.Skip()
	return nil
}

func (p *parser) array() error {
	if p.depth++; p.depth > p.bounds.Depth {
		return ErrDepth
	}
	for p.Enter(); p.More(); {
		if err := p.value(); err != nil {
			return err
		}
	}
	p.depth--
	return nil
}
