// Command maskinporten-mock is the mock server as a program, for those who
// don't write Go. When it is ready it prints one line of JSON with addresses
// and credentials on standard output; everything else goes to standard error as
// JSON log lines, unless -log-format says otherwise. It stops on SIGINT and
// SIGTERM, and with -stop-with-stdin when standard input ends. It exits with 0, with 1 when it cannot serve, and with 2 when the
// command line makes no sense.
//
// "maskinporten-mock health" asks a running one whether it answers, and exits
// with 0 if so and with 1 if not: containers need no shell for it.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "health" {
		return health(ctx, args[1:], stderr)
	}
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		s.lastWords(stderr).Error("the command line makes no sense", "error", err.Error(), "help", "maskinporten-mock -h")
		return 2
	}
	if s.withStdin {
		ctx = untilEnd(ctx, os.Stdin)
	}
	if err := listenAndServe(ctx, s, stdout, s.logger(stderr)); err != nil {
		s.lastWords(stderr).Error("cannot serve", "error", err.Error())
		return 1
	}
	return 0
}

// untilEnd returns a context that ends when a reader does. The goroutine that
// waits for it ends with the program: a read can't be broken off.
func untilEnd(ctx context.Context, r io.Reader) context.Context {
	ctx, end := context.WithCancel(ctx)
	go func() {
		defer end()
		_, _ = io.Copy(io.Discard, r) // an error is an end, too
	}()
	return ctx
}
