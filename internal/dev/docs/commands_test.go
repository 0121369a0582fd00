//go:build unix

package docs_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var withCommands = flag.Bool("commands", false, "run the command lines of all pages; needs bash, curl, openssl, node and python3")

// TestTheCommandLinesOfEachPageRun goes through each page from its top as a
// reader does, in a folder that looks like a fresh clone.
func TestTheCommandLinesOfEachPageRun(t *testing.T) {
	t.Parallel()
	if !*withCommands {
		t.Skip("only with -commands: .ci/run docs")
	}
	scripts := map[string]string{}
	for page, text := range pages(t) {
		if script := scriptOf(t, page, blocksOf(text)); script != "" {
			scripts[page] = script
		}
	}
	if len(scripts) < 10 {
		t.Errorf("only %d pages have commands", len(scripts))
	}
	for page, script := range scripts { //nolint:paralleltest // one page after the other: each starts compilers and servers
		t.Run(page, func(t *testing.T) {
			printed := walk(t, script)
			for _, match := range printedLine.FindAllStringSubmatch(pages(t)[page], -1) {
				if !strings.Contains(printed, match[1]) {
					t.Errorf("the page says that %q is printed, but this was:\n%s", match[1], shortened(printed))
				}
			}
			for _, one := range blocksOf(pages(t)[page]) {
				if one.kind != "printed" {
					continue
				}
				for line := range strings.Lines(one.text) {
					if line = strings.TrimSpace(line); !strings.Contains(printed, line) {
						t.Errorf("line %d says that %q is printed, but this was:\n%s", one.line, line, shortened(printed))
					}
				}
			}
		})
	}
}

// printedLine says within a text what the page's commands have printed.
var printedLine = regexp.MustCompile(`<!-- printed: (.+) -->`)

// scriptOf is what a reader of a page types and saves, or nothing. The ports
// that servers of the page use may be taken on this machine: others come in
// their place.
func scriptOf(t *testing.T, page string, blocks []block) string {
	t.Helper()
	var script strings.Builder
	var ports []string
	commands := false
	for i, one := range blocks {
		at := fmt.Sprintf("%s:%d", page, one.line)
		switch {
		case one.kind == "not run" || one.kind == "printed":
		case one.kind == "file":
			fmt.Fprintf(&script, "mkdir -p %q\ncat >%q <<'END OF %d'\n%sEND OF %d\n", path.Dir(one.said), one.said, i, one.text, i)
		case one.language != "sh":
		case one.kind == "runs on":
			commands = true
			ports = append(ports, one.said, freePort(t))
			fmt.Fprintf(&script, "begin %q\n{\n%s} &\nready %s\n", at, one.text, one.said)
		default:
			commands = true
			fmt.Fprintf(&script, "begin %q\n%s", at, one.text)
		}
	}
	if !commands {
		return ""
	}
	return prelude + strings.NewReplacer(ports...).Replace(script.String())
}

// prelude is what scripts begin with: begin tells where the script is, ready
// waits until something listens.
const prelude = `set -euo pipefail
begin() { echo "--- $1"; }
quiet() { # until a second goes by without a word, as a reader waits
	local before=""
	until [ "$(wc -c <"$OUTPUT")" = "$before" ]; do
		before=$(wc -c <"$OUTPUT")
		sleep 1
	done
}
ready() {
	for _ in $(seq 600); do
		if (: </dev/tcp/127.0.0.1/$1) 2>/dev/null; then quiet; return 0; fi
		sleep 0.1
	done
	echo "nothing listens on $1 after a minute"
	return 1
}
`

func freePort(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// walk runs a script in a folder named maskinporten that holds what the
// repository does, and returns what was printed. Nothing of it goes on
// afterwards.
func walk(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, "bash", "-c", script)
	run.Dir = looksLikeAClone(t)
	run.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), // no reader's own settings
		"GOFLAGS=-trimpath", "GOWORK=off") // -trimpath: what was built in another folder is used again
	output := filepath.Join(t.TempDir(), "output")
	run.Env = append(run.Env, "OUTPUT="+output)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.Cancel = func() error { return syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	file, err := os.Create(output)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	run.Stdout, run.Stderr = file, file // a file, so that servers that go on keep nobody waiting
	err = run.Run()
	_ = syscall.Kill(-run.Process.Pid, syscall.SIGKILL) // the servers, if there are any
	printed, readErr := os.ReadFile(output)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, shortened(string(printed)))
	}
	return string(printed)
}

// shortened is the end of what was printed, without the keys of ready lines.
func shortened(printed string) string {
	lines := strings.Split(printed, "\n")
	lines = lines[max(0, len(lines)-40):]
	for i, line := range lines {
		lines[i] = fmt.Sprintf("%.300s", line)
	}
	return strings.Join(lines, "\n")
}

// looksLikeAClone makes a folder with links to all that the repository holds,
// where commands may leave files.
func looksLikeAClone(t *testing.T) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "maskinporten")
	if err := os.Mkdir(clone, 0o750); err != nil {
		t.Fatal(err)
	}
	from, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		switch name := entry.Name(); name {
		case ".git", "bin":
		case "go.mod", "go.sum": // commands may change them
			content, err := os.ReadFile(filepath.Join(from, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(clone, name), content, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		default:
			if err := os.Symlink(filepath.Join(from, name), filepath.Join(clone, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return clone
}
