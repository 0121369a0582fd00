package main

import (
	"bufio"
	"context"
	"debug/elf"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// mostBytes is how large the program in the image may be.
const mostBytes = 15_000_000

func TestImageIsBuiltOfTheRepository(t *testing.T) {
	t.Parallel()
	all := dockerfile(t)
	from := all[0]
	module := check.Got(os.ReadFile(filepath.Join(repository, "go.mod")))(t)
	version := regexp.MustCompile(`golang:(\d+\.\d+)\.\d+@sha256:[0-9a-f]{64} `).FindStringSubmatch(from.text)
	if version == nil || !strings.Contains(string(module), "\ngo "+version[1]+".") {
		t.Errorf("it is built with %q: want an image by its digest, of the version in go.mod", from.text)
	}
	for _, i := range all {
		words := strings.Fields(i.text)
		if i.name != "COPY" || strings.HasPrefix(words[0], "--") {
			continue
		}
		for _, source := range words[:len(words)-1] {
			if _, err := os.Stat(filepath.Join(repository, source)); err != nil {
				t.Errorf("COPY %s: %v", i.text, err)
			}
		}
	}
}

func TestImageHoldsTheProgramAndRunsItAsNobodyInParticular(t *testing.T) {
	t.Parallel()
	all := dockerfile(t)
	check.Same(t, "scratch", only(t, all, "FROM").text, "it stands on")
	if user := only(t, all, "USER").text; !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("it runs as %s, not as a number other than root's", user)
	}
	port := only(t, all, "EXPOSE").text
	if args := only(t, all, "ENTRYPOINT").exec(t)[1:]; !slices.Contains(args, "-listen=:"+port) || !slices.Contains(args, "-control") {
		t.Errorf("it exposes %s, and is started with %s", port, args)
	}
	check := only(t, all, "HEALTHCHECK")
	if !strings.Contains(check.text, "CMD [") || !slices.Equal(check.exec(t)[1:], []string{"health"}) {
		t.Errorf("HEALTHCHECK %s: it finds the port by itself", check.text)
	}
}

// What docker would build, built here: by the Dockerfile's own lines, of the
// files that it would have.
func TestImageWorks(t *testing.T) {
	t.Parallel()
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("it builds a program for Linux")
	}
	all := dockerfile(t)
	image := build(t, all)
	program := filepath.Join(image, only(t, all, "ENTRYPOINT").exec(t)[0])
	checkStatic(t, program)
	started := only(t, all, "ENTRYPOINT").exec(t)[1:]
	checked := only(t, all, "HEALTHCHECK").exec(t)[1:]
	if only(t, all, "HEALTHCHECK").exec(t)[0] != only(t, all, "ENTRYPOINT").exec(t)[0] {
		t.Error("the health check is another program")
	}
	for name, more := range map[string][]string{"plain": nil, "with TLS": {"-tls"}, "without control": {"-control=off"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, stop := startProgram(t, program, slices.Concat(started, []string{"-listen=127.0.0.1:0"}, more))
			if (r.Control == "") != (name == "without control") {
				t.Errorf("control is at %q", r.Control)
			}
			if said, err := command(t, program, checked...).CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("health, which finds the port: %v, %s", err, said)
			}
			ask := slices.Concat(checked, []string{"-url", r.Environments["test"].Issuer})
			if said, err := command(t, program, ask...).CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("health: %v, %s", err, said)
			}
			stop()
			if said, err := command(t, program, ask...).CombinedOutput(); err == nil || !strings.Contains(string(said), "not healthy") {
				t.Errorf("health when it has stopped: %v, %s", err, said)
			}
		})
	}
}

// build runs what the Dockerfile runs, and returns the image's files.
func build(t *testing.T, all []instruction) string {
	t.Helper()
	source, out, image := copyContext(t), t.TempDir(), t.TempDir()
	for _, i := range all {
		switch words := strings.Fields(i.text); {
		case i.name == "RUN" && i.text != "go mod download": // whoever tests has them
			run := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(i.text, "/out/", out+"/"))
			run.Dir, run.Env = source, append(os.Environ(), "TARGETOS=linux", "TARGETARCH="+runtime.GOARCH)
			if said, err := run.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", i.text, err, said)
			}
		case i.name == "COPY" && words[0] == "--from=build":
			from, ok := strings.CutPrefix(words[len(words)-2], "/out/")
			to := filepath.Join(image, words[len(words)-1])
			if err := os.Rename(filepath.Join(out, from), to); err != nil || !ok {
				t.Fatalf("COPY %s: %v", i.text, err)
			}
		}
	}
	return image
}

func copyTree(from fs.FS, to string, skip func(name string) bool) error {
	return fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case skip(name) && entry.IsDir():
			return fs.SkipDir
		case skip(name) || !entry.IsDir() && !entry.Type().IsRegular():
			return nil
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o644)
	})
}

// checkStatic checks that the program needs nothing that scratch doesn't have.
func checkStatic(t *testing.T, program string) {
	t.Helper()
	binary := check.Got(elf.Open(program))(t)
	defer func() { _ = binary.Close() }()
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it is linked dynamically: %v", p.Type)
		}
	}
	info := check.Got(os.Stat(program))(t)
	if t.Logf("%d bytes", info.Size()); info.Size() >= mostBytes {
		t.Errorf("it has %d bytes, %d are the most", info.Size(), mostBytes)
	}
}

// command runs the program with no environment, as scratch has none.
func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	c.Env = []string{"PATH=/nowhere"}
	return c
}

// startProgram starts it, and returns how to stop it, which it does by itself
// when the test ends.
func startProgram(t *testing.T, program string, args []string) (ready, func()) {
	t.Helper()
	c := command(t, program, args...)
	pipe := check.Got(c.StdoutPipe())(t)
	check.OK(t, c.Start())
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		check.OK(t, c.Process.Signal(syscall.SIGTERM))
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	}
	t.Cleanup(stop)
	line, err := bufio.NewReader(pipe).ReadBytes('\n')
	var r ready
	if err != nil || json.Unmarshal(line, &r) != nil {
		t.Fatalf("the ready line is %q, %v", line, err)
	}
	return r, stop
}
