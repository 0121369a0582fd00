package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose members are still to be read. Unlike a
// struct, it takes names to the letter, and unlike a map decoded in one go it
// knows no member twice.
type object map[string]json.RawMessage

var (
	errNoObject  = errors.New("it is no JSON object")
	errDoubled   = errors.New("a member is there twice")
	errNoUTF8    = errors.New("it is not UTF-8")
	errTrailing  = errors.New("something follows the JSON object")
	errWrongType = errors.New("it is of the wrong type")
	errTime      = errors.New("it is no time in whole seconds")
)

// latestTime is the end of the year 9999, the last that RFC 3339 can write.
const latestTime = 253402300799

func parseObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errNoUTF8
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errNoObject
	}
	o := make(object, 16)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, errNoObject
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNoObject
		}
		text, ok := name.(string)
		if !ok {
			return nil, errNoObject
		}
		if _, ok := o[text]; ok {
			return nil, errDoubled
		}
		o[text] = value
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, errNoObject
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return o, nil
}

// text reads a member that must be a string if it is there.
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok {
		return "", nil
	}
	return text(raw)
}

// text reads a JSON string; null is none.
func text(raw json.RawMessage) (string, error) {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
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
// may be written with a point or an exponent but has to be whole.
func (o object) seconds(name string) (int64, error) {
	raw := string(o[name])
	if whole, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if whole < -latestTime || whole > latestTime {
			return 0, errTime
		}
		return whole, nil
	}
	number, err := strconv.ParseFloat(raw, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > latestTime {
		return 0, errTime
	}
	return int64(number), nil
}
