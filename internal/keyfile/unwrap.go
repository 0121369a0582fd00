package keyfile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

// maxWraps is how many times a key may be encoded: as base64 in a secret store
// that encodes once more, with quotes around each.
const maxWraps = 4

// unwrap takes off what environment variables, shells, editors and secret
// stores put around a key: byte order marks, blanks, quotes, escapes for line
// breaks and quotes, and base64. What it finds may be no key.
func unwrap(data []byte) ([]byte, error) {
	for range maxWraps {
		if isDER(data) {
			return data, nil
		}
		if isUTF16(data) {
			return nil, errors.New("this is UTF-16: save it as UTF-8 (in PowerShell: Set-Content -Encoding ascii)")
		}
		data = unescape(unquote(data))
		decoded, ok := fromBase64(data)
		if !ok || kindOf(data) != kindUnknown { // PEM's own lines could pass for base64
			break
		}
		data = decoded
	}
	return data, nil
}

// isUTF16 reports whether every second byte of the beginning is zero, or a
// byte order mark says so.
func isUTF16(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return true
	}
	if len(data) < 8 {
		return false
	}
	low, high := true, true
	for i, b := range data[:8] {
		low = low && (b == 0) == (i%2 == 1)
		high = high && (b == 0) == (i%2 == 0)
	}
	return low || high
}

var quotes = []struct{ open, shut string }{
	{`"`, `"`}, {`'`, `'`}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"«", "»"}, {`b'`, `'`}, {`b"`, `"`}, {`\"`, `\"`},
}

// unquote takes off pairs of quotes, and blanks and marks that show nothing.
func unquote(data []byte) []byte {
	for {
		data = bytes.TrimFunc(data, invisible)
		inner := data
		for _, q := range quotes {
			if len(inner) >= len(q.open)+len(q.shut) && bytes.HasPrefix(inner, []byte(q.open)) && bytes.HasSuffix(inner, []byte(q.shut)) {
				inner = inner[len(q.open) : len(inner)-len(q.shut)]
				break
			}
		}
		if len(inner) == len(data) {
			return data
		}
		data = inner
	}
}

func invisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' || r == 0
}

// unescape puts line breaks and quotes where a text has \n and \", however
// often they were escaped; and a line feed wherever a line ends otherwise. A
// JWK that can be read stays as it is: there such escapes have a meaning.
func unescape(data []byte) []byte {
	if kindOf(data) == kindJSON && json.Valid(data) || isPath(string(data)) || !bytes.ContainsAny(data, "\\\r") {
		return data
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	for strings.Contains(text, `\\`) {
		text = strings.ReplaceAll(text, `\\`, `\`)
	}
	text = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n", `\r`, "\n", `\t`, "\t", `\"`, `"`, `\/`, `/`, "\\\n", "\n").Replace(text)
	return bytes.TrimFunc([]byte(text), invisible)
}

// fromBase64 decodes text that is nothing but base64 of either alphabet, with
// or without padding and line breaks.
func fromBase64(data []byte) ([]byte, bool) {
	const shortest = 64 // no key is shorter, but words are
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return r
	}, string(data))
	if len(text) < shortest {
		return nil, false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return decoded, err == nil
}
