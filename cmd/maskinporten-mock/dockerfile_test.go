package main

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// repository is where images are built: the context of the Dockerfile.
const repository = "../.."

// instruction is a line of a Dockerfile.
type instruction struct {
	stage int // from 0; -1 before the first FROM
	name  string
	text  string
}

// exec is what an instruction in exec form runs, without what comes before.
func (i instruction) exec(t *testing.T) []string {
	t.Helper()
	var words []string
	if err := json.Unmarshal([]byte(i.text[max(0, strings.Index(i.text, "[")):]), &words); err != nil || len(words) == 0 {
		t.Fatalf("%s %s is not in exec form: %v", i.name, i.text, err)
	}
	return words
}

// dockerfile reads as much of the Dockerfile as its tests need.
func dockerfile(t *testing.T) []instruction {
	t.Helper()
	text := check.Got(os.ReadFile(filepath.Join(repository, "Dockerfile")))(t)
	var all []instruction
	stage, begun := -1, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if more, ok := strings.CutSuffix(line, `\`); ok {
			begun += more
			continue
		}
		name, rest, _ := strings.Cut(begun+line, " ")
		if begun = ""; name == "FROM" {
			stage++
		}
		all = append(all, instruction{stage, name, strings.TrimSpace(rest)})
	}
	return all
}

// only finds the one instruction of a name in the last stage, which is the
// image.
func only(t *testing.T, all []instruction, name string) instruction {
	t.Helper()
	var found []instruction
	for _, i := range all {
		if i.name == name && i.stage == all[len(all)-1].stage {
			found = append(found, i)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %s in the image, want one", len(found), name)
	}
	return found[0]
}

// copyContext copies what docker would send to the builder: the repository
// without what .dockerignore names.
func copyContext(t *testing.T) string {
	t.Helper()
	text := check.Got(os.ReadFile(filepath.Join(repository, ".dockerignore")))(t)
	var patterns []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, line)
		}
	}
	from, to := os.DirFS(repository), t.TempDir()
	check.OK(t, copyTree(from, to, func(name string) bool { return ignored(patterns, name) }))
	return to
}

// ignored reports whether one of the patterns names a path. Of docker's
// patterns it knows plain ones and those that begin with **/.
func ignored(patterns []string, name string) bool {
	for _, pattern := range patterns {
		subject := name
		if anywhere, ok := strings.CutPrefix(pattern, "**/"); ok {
			pattern, subject = anywhere, path.Base(name)
		}
		if matched, err := path.Match(pattern, subject); err != nil || matched {
			return true
		}
	}
	return false
}
