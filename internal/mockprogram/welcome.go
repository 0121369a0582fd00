package mockprogram

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// welcome tells people where the pages are, if somebody looks: on a terminal.
// Programs read the line of JSON.
func welcome(stderr io.Writer, ready mockserver.Ready) {
	if !isTerminal(stderr) {
		return
	}
	text := "\n  The portal:    " + ready.Portal + "\n"
	if ready.Control != "" {
		const control = len("_mock/")
		text += "  The workbench: " + ready.Control[:len(ready.Control)-control] + "workbench/\n"
	}
	_, _ = fmt.Fprintln(stderr, text) // nobody else could be told
}

// isTerminal reports whether somebody reads what is written, as far as can be
// told: it goes to a device of characters.
func isTerminal(w io.Writer) bool {
	file, ok := w.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}
