package mockprogram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// check is the subcommand that says whether a world could be started with. The
// world is in the files named, or on standard input for "-".
func check(_ context.Context, c Call) int {
	names := c.Args[1:]
	for _, name := range names {
		if strings.HasPrefix(name, "-") && name != "-" {
			return c.refuse(exitUsage, fmt.Errorf("check has no flag %s: name the file of a world, or - for standard input", name))
		}
	}
	if len(names) == 0 {
		return c.refuse(exitUsage, errors.New("check: name the file of a world, or - for standard input"))
	}
	code := exitOK
	for _, name := range names {
		data, err := read(name, c.Stdin)
		if err == nil {
			_, err = worldOption(name, data)
		}
		if err != nil {
			code = c.refuse(exitFailed, err)
			continue
		}
		_, _ = fmt.Fprintf(c.Stdout, "%s: fine\n", name) // nobody else could be told
	}
	return code
}

func read(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name) //nolint:gosec // whoever starts the program names it
}

// worldOption makes the server start with a world, if it can.
func worldOption(name string, data []byte) (mockserver.Option, error) {
	world := mockserver.WithWorld(data)
	if _, err := mockserver.New(world); err != nil {
		return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "mockserver: WithWorld: "))
	}
	return world, nil
}
