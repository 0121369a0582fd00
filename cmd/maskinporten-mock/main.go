// Command maskinporten-mock is the mock server as a program, for those who
// don't write Go. When it is ready it prints one line of JSON with addresses
// and credentials on standard output; everything else goes to standard error as
// JSON log lines, unless -log-format says otherwise. What keeps it from starting
// is said in plain text. It stops on SIGINT and SIGTERM, and with
// -stop-with-stdin when standard input ends. It exits with 0, with 1 when it
// cannot serve, and with 2 when the command line makes no sense.
//
// "maskinporten-mock health" asks a running one whether it answers, and exits
// with 0 if so and with 1 if not: containers need no shell for it.
// "maskinporten-mock check world.json" says whether a world could be started
// with.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/maskinporten-go/maskinporten/internal/mockprogram"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return mockprogram.Run(ctx, mockprogram.Call{Name: "maskinporten-mock", Args: args, Stdin: os.Stdin, Stdout: stdout, Stderr: stderr})
}
