package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

var update = flag.Bool("update", false, "write the golden files anew, after a change that is meant")

// testdata is whole, for tests that work in another folder.
var testdata, _ = filepath.Abs("testdata")

// console is where a run of the program writes and reads: a terminal where
// columns isn't 0, else a pipe.
type console struct {
	bytes.Buffer
	columns int
}

// screen is a console that is a terminal.
type screen struct{ *console }

func (s screen) Columns() int { return s.columns }

func (c *console) writer() io.Writer {
	if c.columns > 0 {
		return screen{c}
	}
	return c
}

// user is somebody who calls the program.
type user struct {
	t       *testing.T
	env     map[string]string
	columns int // of the terminal; 0: pipes
	stdin   string
}

func newUser(t *testing.T) *user {
	t.Helper()
	return &user{t: t, env: map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "NO_COLOR": "1"}}
}

// result is how a run of the program ended.
type result struct {
	t              *testing.T
	stdout, stderr string
	code           int
}

// runs calls the program.
func (u *user) runs(args ...string) result {
	u.t.Helper()
	return u.runsIn(u.t.Context(), args...)
}

func (u *user) runsIn(ctx context.Context, args ...string) result {
	u.t.Helper()
	stdin, stdout, stderr := &console{columns: u.columns}, &console{columns: u.columns}, &console{columns: u.columns}
	stdin.WriteString(u.stdin)
	var in io.Reader = stdin
	if u.columns > 0 {
		in = screen{stdin}
	}
	code := run(ctx, args, in, stdout.writer(), stderr.writer(), func(name string) string { return u.env[name] })
	return result{u.t, stdout.String(), stderr.String(), code}
}

// file writes a file of the user's, and returns its name.
func (u *user) file(name, text string) string {
	u.t.Helper()
	path := filepath.Join(u.t.TempDir(), name)
	check.OK(u.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// profile writes a profile.
func (u *user) profile(name, text string) {
	u.t.Helper()
	folder := filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten")
	check.OK(u.t, os.MkdirAll(folder, 0o700))
	check.OK(u.t, os.WriteFile(filepath.Join(folder, name+".yaml"), []byte(text), 0o600))
}

// ends checks the exit code, and returns the result.
func (r result) ends(code int) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("exit code %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.stdout, r.stderr)
	}
	return r
}

// says checks that standard error holds all these texts.
func (r result) says(texts ...string) result {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(strings.Join(strings.Fields(r.stderr), " "), text) {
			r.t.Errorf("standard error does not say %q:\n%s", text, r.stderr)
		}
	}
	return r
}

// What differs from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d-[a-z2-7]{10}`), "yyyy-mm-dd-xxxxxxxxxx"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d`), "yyyy-mm-dd"},
	{regexp.MustCompile(`"(iat|exp|expires_in)": \d+`), `"$1": SECONDS`},
	{regexp.MustCompile(`(in )?(less than a second|\d+ (second|minute)s?)( ago)?`), "SPAN"},
	{regexp.MustCompile(`in \d+ days`), "in N days"},
	{regexp.MustCompile(`"n": "[\w-]+"`), `"n": "MODULUS"`},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "TRACE"},
	{regexp.MustCompile(`(^|[^\w-])[\w-]{43}($|[^\w-])`), "${1}DIGEST${2}"},
	{regexp.MustCompile(`\r\x1b\[K(\x1b\[2m)?(looking at [^\r]*)?`), ""},
	{regexp.MustCompile(`(mock/client\.jwk\S*)\s+JWK`), "$1 JWK"}, // wrapped or not: it has the length of a folder's name
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "TOKEN"},
}

// golden compares what came with a file in testdata.
func (r result) golden(name string) result {
	r.t.Helper()
	got := "exit " + strconv.Itoa(r.code) + "\n--- stdout\n" + r.stdout + "--- stderr\n" + r.stderr
	for _, c := range changing {
		got = c.pattern.ReplaceAllString(got, c.name)
	}
	got = regexp.MustCompile(regexp.QuoteMeta(os.TempDir())+`/Test[\w]+/\d+`).ReplaceAllString(got, "TEMP")
	path := filepath.Join(testdata, name+".txt")
	if *update {
		check.OK(r.t, os.MkdirAll(filepath.Dir(path), 0o750))
		check.OK(r.t, os.WriteFile(path, []byte(got), 0o600))
	}
	want := check.Got(os.ReadFile(path))(r.t)
	check.Same(r.t, strings.Split(string(want), "\n"), strings.Split(got, "\n"), path, " (-listed +found); if that is meant: go test -update")
	return r
}

// inAnyOrder sorts the lines about changes that are made at the same time.
func (r result) inAnyOrder() result {
	lines := strings.Split(regexp.MustCompile(`(?m)^✓ \d+/`).ReplaceAllString(r.stdout, "✓ n/"), "\n")
	slices.SortStableFunc(lines, func(a, b string) int {
		if strings.HasPrefix(a, "✓") && strings.HasPrefix(b, "✓") {
			return strings.Compare(a, b)
		}
		return 0
	})
	r.stdout = strings.Join(lines, "\n")
	return r
}

// mock starts a mock, and writes the profiles mock and mock-provider as the program
// does.
func (u *user) mock(options ...mockserver.Option) *mockserver.Server {
	u.t.Helper()
	srv := mockserver.Start(u.t, options...)
	world := check.Got(srv.Ready(srv.URL()))(u.t)
	folder := filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten")
	check.Got(prepare(u.t.Context(), world, filepath.Join(folder, "mock.yaml"), srv.Key(0, "mock-client")))(u.t)
	u.env["MASKINPORTEN_PROFILE"] = "mock"
	return srv
}

// on is the same user at a terminal that is so wide.
func (u *user) on(columns int) *user {
	other := *u
	other.columns = columns
	return &other
}
