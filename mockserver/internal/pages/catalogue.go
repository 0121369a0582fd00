package pages

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// The languages of the pages: the one that people get, and the other.
const (
	norwegian = "nb"
	english   = "en"
)

//go:embed texts.txt
var texts string

// catalogue holds the texts of one language by their keys.
type catalogue map[string]string

// catalogues reads texts.txt: a key, and below it, indented, the text in bokmål
// and the one in English.
var catalogues = sync.OnceValue(func() map[string]catalogue {
	all := map[string]catalogue{norwegian: {}, english: {}}
	key, languages := "", []string{}
	for line := range strings.Lines(texts) {
		text, indented := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "\t")
		switch {
		case text == "" || strings.HasPrefix(text, "//"):
		case !indented:
			key, languages = text, []string{norwegian, english}
		case len(languages) > 0:
			all[languages[0]][key], languages = text, languages[1:]
		}
	}
	return all
})

// text is a text with its arguments put in. One that isn't there shows its key:
// a test finds it.
func (c catalogue) text(key string, args ...any) string {
	text, ok := c[key]
	switch {
	case !ok:
		return "[" + key + "]"
	case len(args) > 0:
		return fmt.Sprintf(text, args...)
	}
	return text
}

// optional is a text, or nothing where there is none.
func (c catalogue) optional(key string) string { return c[key] }

// first is the first of several texts that there is.
func (c catalogue) first(keys ...string) string {
	for _, key := range keys {
		if text, ok := c[key]; ok {
			return text
		}
	}
	return ""
}
