//go:build unix

package mockprogram_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
)

// stopper stops the program as soon as it says that it is ready.
type stopper func()

// Write implements [io.Writer].
func (s stopper) Write(p []byte) (int, error) { s(); return len(p), nil }

// saved runs the program until it has written its world to a file.
func saved(t *testing.T, file string) (code int, stderr string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var text bytes.Buffer
	code = mockprogram.Run(ctx, mockprogram.Call{
		Name: "mock", Args: []string{"-listen", "127.0.0.1:0", "-snapshot-on-exit", file}, Stdout: stopper(stop), Stderr: &text,
	})
	return code, text.String()
}

func isWorld(text []byte) bool { return bytes.HasPrefix(text, []byte("{\n  \"version\": 1,")) }

func TestASnapshotFollowsLinksAndKeepsTheMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link, dangling := filepath.Join(dir, "world.json"), filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	if err := os.WriteFile(file, []byte("old"), 0o640); err != nil { //nolint:gosec // the mode is what the test is about
		t.Fatal(err)
	}
	for name, to := range map[string]string{link: "world.json", dangling: "new.json"} {
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{link, dangling} {
		if code, text := saved(t, name); code != 0 {
			t.Fatalf("%s: exit code %d, %s", name, code, text)
		}
		if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", name, err)
		}
		if text, err := os.ReadFile(name); err != nil || !isWorld(text) {
			t.Errorf("%s holds %.40s: %v", name, text, err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v: %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(dir, "new.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of a new file is %v: %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 4 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestASnapshotGoesIntoAPipeIfSomebodyReads(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if code, text := saved(t, pipe); code != 1 || !strings.Contains(text, "the snapshot was not written") {
		t.Errorf("nobody reads: exit code %d, %s", code, text)
	}
	read := make(chan []byte, 1)
	file, err := os.OpenFile(pipe, os.O_RDWR, 0) // so that the open doesn't wait
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		var all bytes.Buffer
		_, _ = io.CopyN(&all, file, 40)
		read <- all.Bytes()
		_, _ = io.Copy(io.Discard, file)
	}()
	if code, text := saved(t, pipe); code != 0 {
		t.Errorf("exit code %d, %s", code, text)
	}
	if text := <-read; !isWorld(text) {
		t.Errorf("it holds %.40s", text)
	}
	_ = file.Close()
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("it is no pipe any more: %v", err)
	}
}

func TestAFileIsOverwrittenWhereItsDirectoryIsNotOurs(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("everything is root's")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "world.json")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // the mode is what the test is about
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // so that it can be removed
	if code, text := saved(t, file); code != 0 {
		t.Errorf("exit code %d, %s", code, text)
	}
	if text, err := os.ReadFile(file); err != nil || !isWorld(text) {
		t.Errorf("it holds %.40s: %v", text, err)
	}
}
