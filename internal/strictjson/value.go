package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// What is wrong with a value.
var (
	ErrType = errors.New("it is of the wrong type")
	ErrTime = errors.New("it is no time in seconds")
)

// latestTime is the end of the year 9999, the last that RFC 3339 can write.
const latestTime = 253402300799

// Text reads a string, and not null. Escapes of half characters, which readers
// resolve differently, are refused.
func Text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", ErrType
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	return unescaped(raw)
}

// Name unescapes a name that [Cursor.Name] returned. Most have no escapes and
// cost nothing.
func Name(quoted []byte) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], nil
	}
	name, err := unescaped(quoted)
	return []byte(name), err
}

func unescaped(raw []byte) (string, error) {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", ErrType
	}
	if bytes.ContainsRune([]byte(s), '\uFFFD') {
		return "", ErrUTF8
	}
	return s, nil
}

// Elements reads an array. The elements are parts of raw.
func Elements(raw []byte) ([]json.RawMessage, error) {
	if len(raw) == 0 || raw[0] != '[' || !json.Valid(raw) {
		return nil, ErrType
	}
	elements := []json.RawMessage{}
	c := Cursor{Data: raw}
	for c.Enter(); c.More(); {
		elements = append(elements, c.Skip())
	}
	return elements, nil
}

// Texts reads an array of strings, or one string that stands for itself, as
// aud does (RFC 7519 section 4.1.3).
func Texts(raw []byte) ([]string, error) {
	if one, err := Text(raw); err == nil {
		return []string{one}, nil
	}
	elements, err := Elements(raw)
	if err != nil {
		return nil, err
	}
	all := make([]string, len(elements))
	for i, element := range elements {
		if all[i], err = Text(element); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Seconds reads a NumericDate (RFC 7519 section 2) of the years 1970 to 9999.
// Fractions are cut.
func Seconds(raw []byte) (int64, error) {
	if whole, ok := digits(raw); ok {
		return whole, nil
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || number < 0 || number > latestTime {
		return 0, ErrTime
	}
	return int64(number), nil
}

// digits reads the form that nearly all times have.
func digits(raw []byte) (int64, bool) {
	if len(raw) == 0 || len(raw) > 11 {
		return 0, false
	}
	var sum int64
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		sum = 10*sum + int64(c-'0')
	}
	return sum, true
}
