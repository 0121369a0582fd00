package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose members are still to be read. Unlike a
// struct, it takes names to the letter, and unlike a map decoded in one go it
// knows no member twice.
type object map[string]json.RawMessage

var (
	errNoJSON    = errors.New("it is no JSON")
	errNoObject  = errors.New("it is no JSON object")
	errDoubled   = errors.New("a member is there twice")
	errNoUTF8    = errors.New("it is not UTF-8")
	errWrongType = errors.New("it is of the wrong type")
	errTime      = errors.New("it is no time in whole seconds")
	errFraction  = fmt.Errorf("%w: it has a fraction", errTime)
)

// latestTime is the end of the year 9999, the last that RFC 3339 can write.
const latestTime = 253402300799

// parseObject splits a JSON object. The members are parts of data.
func parseObject(data []byte) (object, error) {
	switch {
	case !utf8.Valid(data):
		return nil, errNoUTF8
	case !json.Valid(data):
		return nil, errNoJSON
	}
	rest := skipSpace(data)
	if rest[0] != '{' {
		return nil, errNoObject
	}
	o := make(object, 16)
	for rest = skipSpace(rest[1:]); rest[0] != '}'; rest = skipSpace(rest) {
		if rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
		literal := rest[:valueEnd(rest)]
		name, err := text(literal)
		if err != nil {
			return nil, err
		}
		if _, ok := o[name]; ok {
			return nil, errDoubled
		}
		rest = skipSpace(skipSpace(rest[len(literal):])[1:]) // over the colon
		value := rest[:valueEnd(rest)]
		o[name] = value
		rest = rest[len(value):]
	}
	return o, nil
}

func skipSpace(data []byte) []byte { return bytes.TrimLeft(data, " \t\r\n") }

// valueEnd tells how long the value is that data begins with. The JSON around
// it is known to be valid.
func valueEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringEnd(data[i:])
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 { // what ended is a number or a word
				return i
			}
			continue
		default:
			continue
		}
		if depth < 0 { // the end of what is around it
			return i
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(data)
}

// stringEnd returns the position of the quote that closes a string.
func stringEnd(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(data)
}

// text reads a member that must be a string if it is there.
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok {
		return "", nil
	}
	return text(raw)
}

// text reads a JSON string; null is none. Most have no escapes, and cost no
// decoder.
func text(raw json.RawMessage) (string, error) {
	if raw[0] != '"' {
		return "", errWrongType
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", errWrongType
	}
	return s, nil
}

// texts reads a member that must be an array of strings if it is there.
func (o object) texts(name string) ([]string, error) {
	elements, err := o.elements(name)
	if err != nil || elements == nil {
		return nil, err
	}
	all := make([]string, len(elements))
	for i, raw := range elements {
		if all[i], err = text(raw); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// elements reads a member that must be an array if it is there.
func (o object) elements(name string) ([]json.RawMessage, error) {
	raw, ok := o[name]
	if !ok {
		return nil, nil
	}
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return nil, errWrongType
	}
	return elements, nil
}

// seconds reads a member that must be a NumericDate (RFC 7519 section 2). It
// may be written with a point or an exponent but has to be whole: what is whole
// of one that isn't comes with errFraction.
func (o object) seconds(name string) (int64, error) {
	raw := string(o[name])
	if whole, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if whole < -latestTime || whole > latestTime {
			return 0, errTime
		}
		return whole, nil
	}
	number, err := strconv.ParseFloat(raw, 64)
	whole := math.Floor(number)
	switch {
	case err != nil || math.Abs(number) > latestTime:
		return 0, errTime
	case number != whole:
		return int64(whole), errFraction
	}
	return int64(whole), nil
}
