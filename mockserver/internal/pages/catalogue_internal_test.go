package pages

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// sources are the Go files and templates of packages, by name.
func sources(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range patterns {
		names := check.Got(filepath.Glob(pattern))(t)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text := check.Got(os.ReadFile(name))(t)
			all[name] = string(text)
		}
	}
	return all
}

// same are texts that are alike in both languages, since they are names.
var same = regexp.MustCompile(`^(env\.|type\.|integration\.|scopes\.prefix$|scopeform\.token$|front\.state_|client\.scopes$|client\.grants$|integrations\.type$|field\.(scope\.prefix|scope\.subscope|client\.(grant_types|scopes|frontchannel_logout_uri)|prefix\.prefix)$|layout\.site$|title\.idporten$|production\.person$|provider\.prefixes$|field\.token\.scope$|world\.scopes$|title\.altinn$|requests\.status$|field\.delegation\.scope$|field\.system-user\.external_ref$)`)

func TestEveryTextIsThereInBothLanguagesAndUsed(t *testing.T) {
	t.Parallel()
	nb, en := catalogues()[norwegian], catalogues()[english]
	everything := strings.Join(slices.Collect(maps.Values(sources(t, "*.go", "templates/*.html"))), "\n")
	rules := strings.Join(slices.Collect(maps.Values(sources(t, "../registry/*.go", "../portal/*.go", "../issuer/*.go"))), "\n")
	named := words(everything, rules)
	verbs := regexp.MustCompile(`%[a-z]`)
	for key, text := range nb {
		switch {
		case text == "" || en[key] == "":
			t.Errorf("%s: not translated", key)
		case text == en[key] && !same.MatchString(key):
			t.Errorf("%s: the same in both languages", key)
		case !slices.Equal(verbs.FindAllString(text, -1), verbs.FindAllString(en[key], -1)):
			t.Errorf("%s: other arguments in English", key)
		case !used(everything, named, key):
			t.Errorf("%s: unused", key)
		}
	}
}

// families are keys that are put together from something that the program or the
// rules name: their last part must be named there.
var families = []string{
	"error.", "field.", "title.", "mp.", "problem.", "guide.", "env.", "front.state.", "right.", "visibility.", "tokentype.", "type.", "integration.",
	"application.", "auth.", "keystate.", "order.", "world.", "administration.", "said.prefix_",
}

// words are those that stand in quotes, or are the last part of such a text, in small
// letters.
func words(texts ...string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		for _, match := range regexp.MustCompile(`"([^"\s]+)"`).FindAllStringSubmatch(text, -1) {
			word := strings.ToLower(match[1])
			set[word] = true
			set[word[strings.LastIndexAny(word, "./#")+1:]] = true
		}
	}
	for status := range 600 {
		if http.StatusText(status) != "" {
			set[strconv.Itoa(status)] = true
		}
	}
	return set
}

func used(everything string, named map[string]bool, key string) bool {
	if strings.Contains(everything, `"`+key+`"`) {
		return true
	}
	key = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(key, ".hint"), ".link"))
	return slices.ContainsFunc(families, func(family string) bool {
		rest, ok := strings.CutPrefix(key, family)
		return ok && named[rest[strings.LastIndexAny(rest, ".#")+1:]]
	})
}

func TestNoTextIsMissing(t *testing.T) {
	t.Parallel()
	texts := catalogues()[norwegian]
	literal := regexp.MustCompile(`(?:\bt |\.text\(|\.say\(|fail\(f, "[^"]*", )"([a-z_]+(?:\.[A-Za-z_]*[A-Za-z])+)"[^ ]`)
	for name, source := range sources(t, "*.go", "templates/*.html") {
		for _, match := range literal.FindAllStringSubmatch(source, -1) {
			if _, ok := texts[match[1]]; !ok && !strings.Contains(source, match[1]+`" +`) && !strings.HasSuffix(match[1], "_") {
				t.Errorf("%s: there is no text %s", name, match[1])
			}
		}
	}
}
