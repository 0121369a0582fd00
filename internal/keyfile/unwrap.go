package keyfile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWraps bounds how often a key may be wrapped: as base64 in a secret store
// that encodes once more, with quotes and escapes around each.
const maxWraps = 10

// unwrap takes off what environment variables, shells, editors and secret
// stores put around a key: byte order marks, blanks, quotes, escapes for line
// breaks and quotes, and base64. What it finds may be no key. It names what it
// took off, the innermost first.
func unwrap(data []byte) (plain []byte, disguises []string, err error) {
	for range maxWraps {
		if isDER(data) {
			return data, disguises, nil
		}
		if isUTF16(data) {
			return nil, prepend("in UTF-16", disguises), errors.New("this is UTF-16: save it as UTF-8 (in PowerShell: Set-Content -Encoding ascii)")
		}
		bare := unquote(data)
		disguises = prepend(lookAround(data, bare), disguises)
		inner := unescape(bare)
		disguises = prepend(lookInside(bare, inner), disguises)
		if decoded, ok := fromBase64(inner); ok && kindOf(inner) == kindUnknown { // PEM's own lines could pass for base64
			inner = decoded
			disguises = prepend("in base64", disguises)
		}
		if bytes.Equal(inner, data) {
			break
		}
		data = inner
	}
	if kindOf(data) == kindPEM && indented(data) {
		disguises = prepend("with indented lines", disguises)
	}
	return data, disguises, nil
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

// unescape puts line breaks and quotes where a text has \n and \", and a line
// feed wherever a line ends otherwise. A JWK that can be read stays as it is:
// there such escapes have a meaning.
func unescape(data []byte) []byte {
	if kindOf(data) == kindJSON && json.Valid(data) || isPath(string(data)) || !bytes.ContainsAny(data, "\\\r") {
		return data
	}
	var text string
	if err := json.Unmarshal(slices.Concat([]byte(`"`), data, []byte(`"`)), &text); err == nil && utf8.Valid(data) {
		return []byte(text) // the inside of a JSON string
	}
	text = strings.NewReplacer("\\r\\n\n", "\n", "\\n\n", "\n", "\r\n", "\n", "\r", "\n", "\\\n", "\n", `\r\n`, "\n", `\n`, "\n", `\r`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`).Replace(string(data))
	return []byte(strings.TrimSuffix(text, `\`))
}

// fromBase64 decodes text that is nothing but base64 of either alphabet, with
// or without padding and line breaks.
func fromBase64(data []byte) ([]byte, bool) {
	const shortest = 64 // no key is shorter, but words are
	text := strings.NewReplacer("-", "+", "_", "/").Replace(strings.Join(strings.Fields(string(data)), ""))
	if len(text) < shortest {
		return nil, false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return decoded, err == nil
}
