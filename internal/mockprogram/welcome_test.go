package mockprogram_test

import (
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
)

// terminal is what a program writes to when somebody looks.
type terminal struct {
	mu   sync.Mutex
	text strings.Builder
	mode fs.FileMode
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *terminal) said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (t *terminal) Stat() (fs.FileInfo, error) { return device{t.mode}, nil }

// device is a file of which only the mode is known.
type device struct{ mode fs.FileMode }

func (d device) Name() string       { return "tty" }
func (d device) Size() int64        { return 0 }
func (d device) Mode() fs.FileMode  { return d.mode }
func (d device) ModTime() time.Time { return time.Time{} }
func (d device) IsDir() bool        { return false }
func (d device) Sys() any           { return nil }

func TestPeopleAreToldWhereThePagesAre(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode   fs.FileMode
		args   []string
		portal bool
		bench  bool
	}{
		"on a terminal":          {fs.ModeCharDevice, nil, true, true},
		"without control":        {fs.ModeCharDevice, []string{"-control=false"}, true, false},
		"to a file or a program": {0, nil, false, false},
	} {
		stdout, stderr := &terminal{}, &terminal{mode: c.mode}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			mockprogram.Run(ctx, mockprogram.Call{Name: "mock", Args: append([]string{"-listen", "127.0.0.1:0", "-log-format", "none"}, c.args...), Stdout: stdout, Stderr: stderr})
		})
		for deadline := time.Now().Add(10 * time.Second); !strings.HasSuffix(stdout.said(), "\n") && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		stop()
		running.Wait()
		if said := stderr.said(); strings.Contains(said, "/portal/\n") != c.portal || strings.Contains(said, "/workbench/\n") != c.bench {
			t.Errorf("%s: %q", name, said)
		}
		if lines := strings.Count(stdout.said(), "\n"); lines != 1 {
			t.Errorf("%s: %d lines on stdout", name, lines)
		}
	}
}
