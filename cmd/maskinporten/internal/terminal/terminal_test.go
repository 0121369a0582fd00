package terminal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/terminal"
)

// looked is a terminal.
type looked struct {
	bytes.Buffer
	columns int
}

func (l *looked) Columns() int { return l.columns }

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestColoursAreForTerminalsThatTakeThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"a terminal": {nil, "\x1b[31mx\x1b[0m"}, "NO_COLOR": {map[string]string{"NO_COLOR": "1"}, "x"}, "dumb": {map[string]string{"TERM": "dumb"}, "x"},
	} {
		if got := terminal.New(&looked{columns: 80}, env(c.env)).Bad("x"); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := terminal.New(&bytes.Buffer{}, env(nil)).Bad("x"); got != "x" {
		t.Errorf("a pipe: %q", got)
	}
}

func TestTextIsWrappedWithinTheTerminalAndNowhereElse(t *testing.T) {
	t.Parallel()
	text := "one two three four five"
	screen := &looked{columns: 12}
	s := terminal.New(screen, env(nil))
	s.Wrapped(s.Bad("no:")+" ", "  ", text)
	if diff := cmp.Diff("\x1b[31mno:\x1b[0m one two\n  three four\n  five\n", screen.String()); diff != "" {
		t.Error(diff)
	}
	pipe := &bytes.Buffer{}
	terminal.New(pipe, env(nil)).Wrapped("no: ", "  ", text)
	if diff := cmp.Diff("no: "+text+"\n", pipe.String()); diff != "" {
		t.Error(diff)
	}
}

func TestATableFitsAndKeepsWhatPeopleCopy(t *testing.T) {
	t.Parallel()
	columns := []terminal.Column{{Title: "name"}, {Title: "id", Keep: true}}
	rows := [][]terminal.Cell{{{Text: "a name that is much too long"}, {Text: "0123456789"}}, {{Text: "b\x1b[2J"}, {Text: "1"}}}
	screen := &looked{columns: 24}
	terminal.New(screen, env(map[string]string{"NO_COLOR": "1"})).Table(columns, rows)
	if diff := cmp.Diff("NAME          ID\na name that…  0123456789\nb?[2J         1\n", screen.String()); diff != "" {
		t.Error(diff)
	}
	pipe := &bytes.Buffer{}
	terminal.New(pipe, env(nil)).Table(columns, rows)
	if diff := cmp.Diff("a name that is much too long\t0123456789\nb?[2J\t1\n", pipe.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWouldSteerATerminalIsShownAsAQuestionMark(t *testing.T) {
	t.Parallel()
	if got := terminal.Clean("å\x1b]0;x\x07\u202e\u009bæ"); strings.ContainsAny(got, "\x1b\x07\u202e\u009b") || !strings.HasPrefix(got, "å?") {
		t.Errorf("%q", got)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFailureToWriteIsKept(t *testing.T) {
	t.Parallel()
	s := terminal.New(full{}, env(nil))
	s.Printf("x")
	s.Printf("y")
	if s.Err() == nil {
		t.Error("nobody is told")
	}
}
