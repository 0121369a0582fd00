package restapi

import (
	"encoding/json"
	"strconv"
	"time"
)

func appendIfText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendIfNumber(b []byte, name string, number int) []byte {
	if number == 0 {
		return b
	}
	return appendNumber(b, name, number)
}

func appendNumber(b []byte, name string, number int) []byte {
	return strconv.AppendInt(append(b, name...), int64(number), 10)
}

func appendBool(b []byte, name string, value bool) []byte {
	return strconv.AppendBool(append(b, name...), value)
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

func appendTexts(b []byte, texts []string) []byte {
	if texts == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, text)
	}
	return append(b, ']')
}

// plain are the characters that a JSON string holds as they are.
var plain = func() (plain [256]bool) {
	for c := ' '; c <= '~'; c++ {
		plain[c] = true
	}
	for _, c := range `"\<>&` {
		plain[c] = false
	}
	return plain
}()

func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if !plain[text[i]] {
			return appendValue(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendValue leaves a value to encoding/json, which doesn't fail on these.
func appendValue(b []byte, value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, encoded...)
}
