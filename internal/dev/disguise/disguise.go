// Package disguise changes key files as variables, secret stores, shells and
// editors do. Tests of what is read use it.
package disguise

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"
)

// Disguise is what somebody makes of a file. A loader of one form may read it,
// or name what it is; LoadKey reads it unless it is lost.
type Disguise struct {
	// Put puts it on.
	Put func([]byte) []byte
	// Text tells that it can only happen to text.
	Text bool
	// Plain tells that loaders of one form read it, too.
	Plain bool
	// Lost is what the refusal says where nobody can read it.
	Lost string
	// Named is how a report on PEM names it, the innermost first.
	Named string
}

// All are the disguises that were met, by what was done.
var All = map[string]Disguise{
	"as it is":                        {Put: around("", ""), Plain: true},
	"a line break behind":             {Put: around("", "\r\n"), Plain: true},
	"blanks around":                   {Put: around(" \n\t", "  \n\n"), Text: true, Plain: true, Named: "with blanks around it"},
	"CRLF":                            {Put: replacing("\n", "\r\n"), Text: true, Plain: true, Named: "with Windows line ends"},
	"CR":                              {Put: replacing("\n", "\r"), Text: true, Plain: true, Named: "with CR for line breaks"},
	"indented":                        {Put: replacing("\n", "\n    "), Text: true, Plain: true, Named: "with indented lines"},
	"byte order mark":                 {Put: around("\ufeff", ""), Text: true, Named: "with a byte order mark"},
	"no-break spaces":                 {Put: around("\u00a0\u200b", "\u00a0"), Text: true, Named: "with blanks around it"},
	"double quotes":                   {Put: around(`"`, `"`), Text: true, Named: "in quotes"},
	"single quotes":                   {Put: around(`'`, "'\n"), Text: true, Named: "in quotes"},
	"quotes in quotes":                {Put: around(`'"`, `"'`), Text: true, Named: "in quotes"},
	"typographic quotes":              {Put: around("“", "”"), Text: true, Named: "in quotes"},
	"Python's repr":                   {Put: then(replacing("\n", `\n`), around(`b'`, `'`)), Text: true, Named: `with \n for line breaks, in quotes`},
	`literal \n`:                      {Put: replacing("\n", `\n`), Text: true, Named: `with \n for line breaks`},
	`literal \\n`:                     {Put: replacing("\n", `\\n`), Text: true, Named: `with \n for line breaks, with \n for line breaks`},
	`literal \r\n`:                    {Put: replacing("\n", `\r\n`), Text: true, Named: `with Windows line ends, with \n for line breaks`},
	`literal \n, in quotes`:           {Put: then(replacing("\n", `\n`), around(`"`, `"`)), Text: true, Named: `with \n for line breaks, in quotes`},
	`literal \n and line breaks`:      {Put: replacing("\n", "\\n\n"), Text: true, Named: `with \n for line breaks`},
	`backslash at each end of a line`: {Put: replacing("\n", "\\\n"), Text: true, Named: "with backslashes"},
	"a JSON string":                   {Put: asJSON, Text: true, Named: `with \n for line breaks, in quotes`},
	"PHP's JSON string":               {Put: then(asJSON, replacing("/", `\/`)), Text: true, Named: `with \n for line breaks, in quotes`},
	"a JSON string of one":            {Put: then(asJSON, asJSON), Text: true, Named: `with \n for line breaks, with \n for line breaks, in quotes`},
	"escaped, without its quotes":     {Put: then(asJSON, func(data []byte) []byte { return data[1 : len(data)-1] }), Text: true, Named: `with \n for line breaks`},
	"base64":                          {Put: inBase64(base64.StdEncoding), Named: "in base64"},
	"base64url":                       {Put: inBase64(base64.URLEncoding), Named: "in base64"},
	"base64 without padding":          {Put: inBase64(base64.RawStdEncoding), Named: "in base64"},
	"base64 in lines":                 {Put: inLines, Named: "in base64, with Windows line ends"},
	"base64 in indented lines":        {Put: then(inLines, replacing("\r\n", "\n    ")), Named: "in base64"},
	`base64 with literal \n`:          {Put: then(inLines, replacing("\r\n", `\n`)), Named: `in base64, with \n for line breaks`},
	"base64 in quotes":                {Put: then(inBase64(base64.StdEncoding), around(`"`, "\"\n")), Named: "in base64, in quotes"},
	"base64 of base64":                {Put: then(inLines, inBase64(base64.StdEncoding)), Named: "in base64, with Windows line ends, in base64"},
	"base64 of quotes and a mark":     {Put: then(around("\ufeff\"", "\""), inBase64(base64.StdEncoding)), Text: true, Named: "with a byte order mark and in quotes, in base64"},
	"UTF-16 LE":                       {Put: inUTF16(binary.LittleEndian, true), Text: true, Lost: "this is UTF-16", Named: "in UTF-16"},
	"UTF-16 BE":                       {Put: inUTF16(binary.BigEndian, true), Text: true, Lost: "this is UTF-16", Named: "in UTF-16"},
	"UTF-16 LE without a mark":        {Put: inUTF16(binary.LittleEndian, false), Text: true, Lost: "this is UTF-16", Named: "in UTF-16"},
	"UTF-16 BE without a mark":        {Put: inUTF16(binary.BigEndian, false), Text: true, Lost: "this is UTF-16", Named: "in UTF-16"},
	"base64 of UTF-16":                {Put: then(inUTF16(binary.LittleEndian, true), inBase64(base64.StdEncoding)), Text: true, Lost: "this is UTF-16", Named: "in UTF-16, in base64"},
}

func around(before, after string) func([]byte) []byte {
	return func(data []byte) []byte { return slices.Concat([]byte(before), data, []byte(after)) }
}

func replacing(pairs ...string) func([]byte) []byte {
	return func(data []byte) []byte { return []byte(strings.NewReplacer(pairs...).Replace(string(data))) }
}

func inBase64(encoding *base64.Encoding) func([]byte) []byte {
	return func(data []byte) []byte { return []byte(encoding.EncodeToString(data)) }
}

func inLines(data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	var lines []byte
	for line := range slices.Chunk([]byte(text), 76) {
		lines = append(append(lines, line...), '\r', '\n')
	}
	return lines
}

func asJSON(data []byte) []byte {
	text, _ := json.Marshal(string(data))
	return text
}

func inUTF16(order binary.AppendByteOrder, mark bool) func([]byte) []byte {
	return func(data []byte) (out []byte) {
		text := string(data)
		if mark {
			text = "\ufeff" + text
		}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return out
	}
}

func then(first, second func([]byte) []byte) func([]byte) []byte {
	return func(data []byte) []byte { return second(first(data)) }
}
