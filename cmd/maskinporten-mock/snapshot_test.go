package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	if err := os.WriteFile(file, []byte(`{"version":1,"environments":{"test":{"clients":[{}]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
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
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
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
