package mockprogram

import (
	"fmt"
	"io"
)

// Call is how the program was called.
type Call struct {
	// Name is what it is called in texts, such as "maskinporten-mock".
	Name string
	// Args are what follows the name.
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// refuse says in a line of text why there is no mock.
func (c Call) refuse(code int, err error) int {
	_, _ = fmt.Fprintf(c.Stderr, "%s: %v\n", c.Name, err) // nobody else could be told
	if code == exitUsage {
		_, _ = fmt.Fprintf(c.Stderr, "%s -h tells what there is\n", c.Name) // likewise
	}
	return code
}
