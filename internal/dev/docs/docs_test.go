package docs_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../../.."

// pages are all pages of the module itself.
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
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 5 {
		t.Fatalf("only %d pages", len(found))
	}
	return found
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// isWhole reports whether a block is a whole file, which README and docs hold
// only; reference pages also show lines out of their context.
func isWhole(block string) bool { return strings.HasPrefix(block, "package ") }

func TestEveryBlockOfGoCompilesAndTestsAmongThemPass(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it calls the go command")
	}
	blocks := 0
	for page, text := range pages(t) {
		forUsers := filepath.Base(page) == "README.md" && filepath.Dir(page) == root || filepath.Dir(page) == filepath.Join(root, "docs")
		for i, match := range goBlock.FindAllStringSubmatch(text, -1) {
			if !isWhole(match[1]) {
				if forUsers {
					t.Errorf("%s: block %d is no whole file, so that nobody can try it", page, i+1)
				}
				continue
			}
			blocks++
			t.Run(filepath.Base(page)+strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				try(t, match[1])
			})
		}
	}
	if blocks < 4 {
		t.Errorf("only %d blocks", blocks)
	}
}

// try vets a file outside of the module as if it was one of its own, and runs
// it if it is a test.
func try(t *testing.T, block string) {
	t.Helper()
	name, command := "main.go", "vet"
	if strings.HasPrefix(strings.SplitN(block, "\n", 2)[0], "package ") && strings.Contains(block, "*testing.T") {
		name, command = "block_test.go", "test"
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "go", command, file)
	run.Dir = root
	if output, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := exec.CommandContext(t.Context(), "gofmt", "-l", file).CombinedOutput(); err != nil || len(bytes.TrimSpace(output)) > 0 {
		t.Errorf("gofmt would change it: %v %s", err, output)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notWord = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the names by which headings can be linked to.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		name := notWord.ReplaceAllString(strings.ToLower(match[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

func TestLinksLeadToFilesAndHeadingsThatAreThere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for page, text := range all {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, ":") {
				continue // elsewhere
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which isn't there", page, match[1])
			}
			if anchor != "" && !anchors(all[file])[anchor] {
				t.Errorf("%s links to %s, whose heading isn't there", page, match[1])
			}
		}
	}
}

func TestTheFrontPageIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines >= 200 {
		t.Errorf("README.md has %d lines, want fewer than 200", lines)
	}
}
