package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestAWorldIsWrittenOnExitAndTheNextRunStartsWithIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "world.json")
	p, r := start(t, "-snapshot-on-exit", file)
	status, body := fetch(t, http.MethodPost, r.Control+"organizations", "", `{"orgno":"974760673","name":"Brønnøysundregistrene"}`)
	if status != http.StatusOK {
		t.Fatal(body)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is there before the stop")
	}
	if code := p.end(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.log)
	}
	saved, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(saved, []byte("974760673")) {
		t.Fatalf("%v, %.300s", err, saved)
	}
	p, r = start(t, "-seed", file, "-snapshot-on-exit", file)
	if _, text := fetch(t, http.MethodGet, r.Control+"snapshot", "", ""); text != string(saved) {
		t.Error("the next run has another world")
	}
	if code := p.end(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.log)
	}
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(saved, again) {
		t.Errorf("the file has changed: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestASeedThatCannotBeReadExitsWithOneAndNamesThePlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "world.json")
	check.OK(t, os.WriteFile(file, []byte(`{"version":1,"environments":{"test":{"clients":[{}]}}}`), 0o600))
	for seed, want := range map[string]string{file: "environments.test: clients[0].client_id", file + ".missing": "-seed"} {
		var out bytes.Buffer
		text := &log{}
		if code := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-seed", seed}, &out, text); code != 1 || out.Len() > 0 || !strings.Contains(text.String(), want) {
			t.Errorf("exit code %d, %q, log %s", code, out.String(), text)
		}
	}
}

func TestASnapshotThatCannotBeWrittenExitsWithOneAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check.OK(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	for _, name := range []string{"missing/world.json", "taken"} {
		ctx, stop := context.WithCancel(t.Context())
		text := &log{}
		args := []string{"-listen", "127.0.0.1:0", "-snapshot-on-exit", filepath.Join(dir, name)}
		if code := run(ctx, args, stopper(stop), text); code != 1 || !strings.Contains(text.String(), "the snapshot was not written") {
			t.Errorf("%s: exit code %d, log %s", name, code, text)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// stopper stops the program as soon as it says that it is ready.
type stopper func()

// Write implements [io.Writer].
func (s stopper) Write(p []byte) (int, error) { s(); return len(p), nil }

// A program that is killed while it writes leaves the old world or the new one,
// whole, whenever it dies.
func TestASnapshotOutlivesAProgramThatIsKilledWhileItWrites(t *testing.T) {
	t.Parallel()
	var accesses []string
	for number := 80_000_000; len(accesses) < 20_000; number++ {
		sum := 0
		for rest, weights := number, []int{2, 3, 4, 5, 6, 7, 2, 3}; rest > 0; rest, weights = rest/10, weights[1:] {
			sum += rest % 10 * weights[0]
		}
		if digit := (11 - sum%11) % 11; digit < 10 {
			accesses = append(accesses, fmt.Sprintf(`{"scope":"difi:s","consumer_orgno":"%08d%d"}`, number, digit))
		}
	}
	world := `{"version":1,"environments":{"test":{"extends":"default","scopes":[{"name":"difi:s","description":"d"}],"accesses":[` + strings.Join(accesses, ",") + `]}}}`
	for kill := range 6 {
		t.Run(fmt.Sprint("kill ", kill), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "world.json")
			check.OK(t, os.WriteFile(file, []byte(world), 0o600))
			command, _ := launch(t, "-log-format=none", "-seed", file, "-snapshot-on-exit", file)
			check.OK(t, command.Process.Signal(syscall.SIGTERM))
			ended := make(chan error, 1)
			go func() { ended <- command.Wait() }()
			untilItWrites(dir, file, int64(len(world)), ended)
			time.Sleep(time.Duration(kill) * time.Millisecond)
			_ = command.Process.Kill() // it may have ended
			saved := check.Got(os.ReadFile(file))(t)
			if code := run(t.Context(), []string{"check", file}, io.Discard, io.Discard); code != 0 || len(saved) < len(world) {
				t.Errorf("%d bytes are left of %d, and check says %d", len(saved), len(world), code)
			}
		})
	}
}

// untilItWrites waits until a program begins to write a file, or has ended.
func untilItWrites(dir, file string, size int64, ended chan error) {
	for {
		select {
		case err := <-ended:
			ended <- err
			return
		default:
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 1 {
			return
		}
		if info, err := os.Stat(file); err != nil || info.Size() != size {
			return
		}
	}
}
