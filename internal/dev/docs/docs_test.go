package docs_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEveryBlockOfGoCompilesAndTestsAmongThemPass(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it calls the go command")
	}
	tried := 0
	for page, text := range pages(t) {
		for _, one := range blocksOf(text) {
			if one.language != "go" || one.kind == "not run" {
				continue
			}
			tried++
			t.Run(fmt.Sprintf("%s:%d", page, one.line), func(t *testing.T) {
				t.Parallel()
				try(t, one.text)
			})
		}
	}
	if tried < 4 {
		t.Errorf("only %d blocks", tried)
	}
}

// try vets a file outside of the module as if it was one of its own, and runs
// it if it is a test.
func try(t *testing.T, block string) {
	t.Helper()
	name, command := "main.go", "vet"
	if strings.Contains(block, "*testing.T") {
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

func TestTheFrontPageIsShort(t *testing.T) {
	t.Parallel()
	if lines := strings.Count(pages(t)["README.md"], "\n"); lines == 0 || lines >= 200 {
		t.Errorf("README.md has %d lines, want fewer than 200", lines)
	}
}

// testName is what pages name as the proof of something.
var testName = regexp.MustCompile("`(Test[A-Z]\\w+)`")

func TestTheTestsThatPagesNameAreThere(t *testing.T) {
	t.Parallel()
	named := map[string]string{}
	for page, text := range pages(t) {
		for _, match := range testName.FindAllStringSubmatch(text, -1) {
			named[match[1]] = page
		}
	}
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for name := range named {
			if bytes.Contains(text, []byte("func "+name+"(")) {
				delete(named, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range named {
		t.Errorf("%s names the test %s, which isn't there", page, name)
	}
}

func TestEveryExampleIsInTheIndexWithALine(t *testing.T) {
	t.Parallel()
	index := pages(t)["examples/README.md"]
	entries, err := os.ReadDir(filepath.Join(root, "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if row := "\n| [" + entry.Name() + "](" + entry.Name() + ") | "; entry.IsDir() && !strings.Contains(index, row) {
			t.Errorf("examples/README.md has no line that begins with %q", strings.TrimSpace(row))
		}
	}
}

func TestTheWorkflowRunsEveryStep(t *testing.T) {
	t.Parallel()
	steps, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	workflow, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "ci.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^ +steps: (.*)$`).FindAllSubmatch(workflow, -1) {
		for step := range strings.FieldsSeq(string(match[1])) {
			runs[step] = true
		}
	}
	all := regexp.MustCompile(`(?m)^all=\((.*)\)$`).FindSubmatch(steps)
	if all == nil {
		t.Fatal("no list of steps")
	}
	for step := range strings.FieldsSeq(string(all[1])) {
		if !runs[step] {
			t.Errorf("no job of the workflow runs the step %s", step)
		}
	}
}
