// Package terminal writes for people where somebody looks, on a terminal, and for
// programs everywhere else: without colours, and tables as lines of values with
// tabs between them.
package terminal

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// defaultWidth is how wide text becomes where nobody says.
const defaultWidth = 80

// Screen is a place to write to.
type Screen struct {
	w io.Writer
	// IsTerminal tells that somebody looks.
	IsTerminal bool
	// Width is in columns; 80 where there is no terminal.
	Width  int
	colour bool
	moves  bool // the terminal takes orders, such as to clear a line
	status bool // a status is shown
	err    error
}

// Terminal is a writer or reader that is a terminal though it is no file of the
// system, such as one of a test. Columns is how wide it is.
type Terminal interface{ Columns() int }

// New finds out what a writer leads to. NO_COLOR and TERM=dumb switch colours
// off, and COLUMNS says how wide a terminal is that doesn't know.
func New(w io.Writer, env func(string) string) *Screen {
	s := &Screen{w: w, Width: defaultWidth}
	switch target := w.(type) {
	case Terminal:
		s.IsTerminal, s.moves, s.Width = true, true, target.Columns()
	case *os.File:
		fd := int(target.Fd()) //nolint:gosec // the number of an open file
		if s.IsTerminal = term.IsTerminal(fd); s.IsTerminal {
			s.Width = widthOf(fd, env("COLUMNS"))
			s.moves = takesColour(target)
		}
	}
	s.moves = s.moves && env("TERM") != "dumb"
	s.colour = s.moves && env("NO_COLOR") == ""
	return s
}

func widthOf(fd int, columns string) int {
	if width, _, err := term.GetSize(fd); err == nil && width > 0 {
		return width
	}
	if width, err := strconv.Atoi(columns); err == nil && width > 0 {
		return width
	}
	return defaultWidth
}

// IsTerminal reports whether somebody types what is read.
func IsTerminal(r io.Reader) bool {
	switch source := r.(type) {
	case Terminal:
		return true
	case *os.File:
		return term.IsTerminal(int(source.Fd())) //nolint:gosec // as above
	}
	return false
}

// Write writes. After a write that failed nothing more is written; Err tells.
func (s *Screen) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// Err is the first failure to write: a full disk, a pipe that nobody reads.
func (s *Screen) Err() error { return s.err }
