package docs_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../../.."

// pages are all pages of the repository, by their path from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 15 {
		t.Fatalf("only %d pages", len(found))
	}
	return found
}

// block is one fenced block of a page.
type block struct {
	line     int    // where it begins
	language string // what is written behind the fence
	text     string
	kind     string // of the comment before it: "file", "runs on", "printed", "not run", or none
	said     string // what the comment says after its colon
}

var (
	fence   = regexp.MustCompile("(?ms)^(?:<!-- ([^\n]*?) -->\n)?```([a-z]*)\n(.*?)^```$")
	remarks = regexp.MustCompile(`^(file|runs on|printed|not run)(?:: (.+))?$`)
)

// blocksOf are the blocks of a page, in their order.
func blocksOf(text string) []block {
	var blocks []block
	for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
		one := block{line: strings.Count(text[:at[4]], "\n") + 1, language: text[at[4]:at[5]], text: text[at[6]:at[7]]}
		if at[2] >= 0 {
			one.kind = "unknown"
			if remark := remarks.FindStringSubmatch(text[at[2]:at[3]]); remark != nil {
				one.kind, one.said = remark[1], remark[2]
			}
		}
		blocks = append(blocks, one)
	}
	return blocks
}

// problem says why nobody would notice if a block became wrong, or nothing.
func (b block) problem() string {
	switch b.kind {
	case "unknown":
		return "has a comment before it that isn't known"
	case "not run":
		if len(strings.Fields(b.said)) < 3 {
			return "isn't run, and doesn't say why"
		}
		return ""
	case "file":
		if !filepath.IsLocal(b.said) {
			return "is saved under no name"
		}
		return ""
	case "runs on":
		if _, err := strconv.ParseUint(b.said, 10, 16); err != nil || !strings.Contains(b.text, b.said) {
			return "doesn't say on which port its server listens"
		}
	case "printed":
		return ""
	}
	switch b.language {
	case "":
		return "doesn't say its language: text, if it is none"
	case "text", "sh":
		return ""
	case "go":
		if !strings.HasPrefix(b.text, "package ") {
			return "is no whole file, so that nobody can try it"
		}
		return ""
	case "json":
		if !json.Valid([]byte(b.text)) {
			return "is no JSON"
		}
		return ""
	}
	return fmt.Sprintf("is %s that nothing runs: name its file for the commands after it, or say why it isn't run", b.language)
}

func TestEveryBlockIsHeldToWhatItSays(t *testing.T) {
	t.Parallel()
	for page, text := range pages(t) {
		blocks := blocksOf(text)
		if fences := strings.Count("\n"+text, "\n```"); fences != 2*len(blocks) {
			t.Errorf("%s: %d fences, but %d blocks", page, fences, len(blocks))
		}
		for _, one := range blocks {
			if problem := one.problem(); problem != "" {
				t.Errorf("%s:%d: the block %s", page, one.line, problem)
			}
		}
	}
}

func TestABlockThatCannotBeTriedIsFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"```go\npackage p\n```\n": "",
		"```go\nx := 1\n```\n":    "no whole file",
		"```sh\ntrue\n```\n":      "",
		"<!-- not run: it needs a container -->\n```sh\nx\n```\n": "",
		"<!-- not run: later -->\n```sh\nx\n```\n":                "doesn't say why",
		"<!-- not run -->\n```sh\nx\n```\n":                       "doesn't say why",
		"<!-- ignore -->\n```sh\nx\n```\n":                        "isn't known",
		"<!-- file: a.mjs -->\n```js\nx\n```\n":                   "",
		"<!-- file: ../a.mjs -->\n```js\nx\n```\n":                "no name",
		"<!-- runs on -->\n```sh\nserve :1\n```\n":                "which port",
		"<!-- runs on: 8080 -->\n```sh\nserve :8080\n```\n":       "",
		"```js\nx\n```\n":                                         "nothing runs",
		"```json\n{\"a\":}\n```\n":                                "no JSON",
		"```\nx\n```\n":                                           "doesn't say its language",
	} {
		blocks := blocksOf(text)
		if len(blocks) != 1 {
			t.Errorf("%q: %d blocks", text, len(blocks))
			continue
		}
		if got := blocks[0].problem(); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
