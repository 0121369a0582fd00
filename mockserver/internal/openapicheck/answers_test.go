package openapicheck_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/openapi"
)

const (
	// root is where the tests are run.
	root = "../../.."
	// most is how many answers with the same operation and status are looked
	// at.
	most = 200
	// fewest answers must have been validated: fewer, and the recording isn't
	// what it was.
	fewest = 2500
)

func TestEveryAnswerOfTheMocksTestsIsAsDescribed(t *testing.T) {
	t.Parallel()
	d, seen := describe(t), newTally()
	for _, e := range record(t) {
		at, ok := find(d.published, e.Host, e.Path)
		if why := apart(d, e, at, ok); why != "" {
			seen.apart[why]++
			continue
		}
		if seen.enough(e, at) {
			seen.apart["enough like it"]++
			continue
		}
		if err := d.validate(t.Context(), e, at); err != nil {
			t.Errorf("%s %s%s (%s) -> %d %s: %v\nsent: %.500s\nbody: %.700s", e.Method, e.Host, e.Path, at.path, e.Status, e.Apart, err, e.Sent, e.Body)
		} else if operation := e.Method + " " + at.path; !seen.proven[operation] {
			seen.proven[operation] = d.proven(t, e, at)
		}
	}
	operations, err := openapi.Operations()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		if d.describesSuccess(op) && !seen.succeeded(op) {
			t.Errorf("no test had a success of %s %s", op.Method, op.Path)
		}
	}
	if seen.total() < fewest {
		t.Errorf("only %d answers were validated, at least %d were expected", seen.total(), fewest)
	}
	t.Log(seen.report(operations))
}

// apart says why an answer isn't described, for a good reason; empty: it is.
func apart(d described, e recording.Exchange, at place, found bool) string {
	switch {
	case !found:
		return "no such path"
	case route(d.published, at, e.Method) == nil:
		return "no such method"
	case e.Apart == "fault":
		return "a fault"
	case at.path == "/portal/confirm" && strings.HasPrefix(e.Header.Get("Content-Type"), "text/html"):
		return "a page for browsers"
	case bytes.Contains(e.Body, []byte("The mock was told to serve ")):
		return "an environment that isn't served"
	case bytes.Contains(e.Body, []byte("the control API is switched off")):
		return "the control API is switched off"
	default:
		return ""
	}
}

// describesSuccess reports whether an operation can succeed: one call at
// Altinn's door always fails, as on the real service.
func (d described) describesSuccess(op openapi.Operation) bool {
	for status := range d.published.Paths.Value(op.Path).GetOperation(op.Method).Responses.Map() {
		if strings.HasPrefix(status, "2") {
			return true
		}
	}
	return false
}

// record runs the tests of the mock and of the program.
func record(t *testing.T) []recording.Exchange {
	t.Helper()
	directory := t.TempDir()
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./mockserver", "./cmd/...")
	run.Dir, run.Env = root, append(os.Environ(), recording.Variable+"="+directory)
	if output, err := run.CombinedOutput(); err != nil {
		t.Fatalf("the tests that are to be recorded: %v\n%s", err, output)
	}
	files, err := filepath.Glob(filepath.Join(directory, "*.jsonl"))
	if err != nil || len(files) < 2 {
		t.Fatalf("recordings %q, %v; want one of each package", files, err)
	}
	var all []recording.Exchange
	for _, file := range files {
		all = append(all, read(t, file)...)
	}
	return markChaos(all)
}

// markChaos marks all answers of a program with chaos, which its callers don't
// know of: some of them have members with telling names.
func markChaos(all []recording.Exchange) []recording.Exchange {
	unkind := map[string]bool{}
	for _, e := range all {
		if strings.HasPrefix(e.Host, "127.0.0.1:") && bytes.Contains(e.Body, []byte(`"x_unknown_`)) {
			unkind[e.Host] = true
		}
	}
	for i := range all {
		if unkind[all[i].Host] && all[i].Apart == "" {
			all[i].Apart = "chaos"
		}
	}
	return all
}

func read(t *testing.T, name string) []recording.Exchange {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 8<<20)
	var all []recording.Exchange
	for lines.Scan() {
		var e recording.Exchange
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return all
}

// tally counts what was validated.
type tally struct {
	statuses map[string]map[string]int // operation, status (and chaos)
	apart    map[string]int            // what wasn't, and why
	proven   map[string]bool           // operations whose answers were altered, which was noticed
}

func newTally() *tally {
	return &tally{statuses: map[string]map[string]int{}, apart: map[string]int{}, proven: map[string]bool{}}
}

// enough counts an exchange, unless enough like it were counted.
func (c *tally) enough(e recording.Exchange, at place) bool {
	operation, status := e.Method+" "+at.path, strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Apart))
	if c.statuses[operation] == nil {
		c.statuses[operation] = map[string]int{}
	}
	if c.statuses[operation][status] >= most {
		return true
	}
	c.statuses[operation][status]++
	return false
}

func (c *tally) succeeded(op openapi.Operation) bool {
	for status := range c.statuses[op.Method+" "+op.Path] {
		if strings.HasPrefix(status, "2") && !strings.Contains(status, "chaos") {
			return true
		}
	}
	return false
}

func (c *tally) total() int {
	total := 0
	for _, statuses := range c.statuses {
		for _, n := range statuses {
			total += n
		}
	}
	return total
}

func (c *tally) report(operations []openapi.Operation) string {
	var b strings.Builder
	altered := 0
	for _, proven := range c.proven {
		if proven {
			altered++
		}
	}
	fmt.Fprintf(&b, "%d answers of %d operations validated; an altered one of %d of them was noticed\n", c.total(), len(operations), altered)
	for _, op := range operations {
		name := op.Method + " " + op.Path
		fmt.Fprintf(&b, "  %s:", name)
		for _, status := range slices.Sorted(maps.Keys(c.statuses[name])) {
			fmt.Fprintf(&b, " %s (%d)", status, c.statuses[name][status])
		}
		b.WriteString("\n")
	}
	for _, why := range slices.Sorted(maps.Keys(c.apart)) {
		fmt.Fprintf(&b, "  apart: %s (%d)\n", why, c.apart[why])
	}
	return b.String()
}
