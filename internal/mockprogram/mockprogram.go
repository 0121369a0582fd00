// Package mockprogram is the mock server as a program: its flags, the line that
// says that it is ready, and serving until it is told to stop. Commands call
// it.
package mockprogram

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
)

// Run is the program, until ctx ends. It returns the exit code: 0, 1 when it
// cannot serve, 2 when the command line makes no sense.
func Run(ctx context.Context, c Call) int {
	if len(c.Args) > 0 {
		command := map[string]func(context.Context, Call) int{"health": health, "check": check, "help": help, "version": version}[c.Args[0]]
		if command != nil {
			return command(ctx, c)
		}
	}
	s, err := parse(c.Args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return help(ctx, c)
	case errors.Is(err, errVersion):
		return version(ctx, c)
	case err != nil:
		return c.refuse(exitUsage, err)
	}
	options, err := s.serverOptions()
	if err != nil {
		return c.refuse(exitFailed, err)
	}
	if s.withStdin {
		ctx = untilEnd(ctx, c.Stdin)
	}
	out := newDropping(c.Stderr)
	defer out.close()
	log := s.logger(out)
	server, listener, err := s.listen(ctx, options, log)
	if err != nil {
		return c.refuse(exitFailed, err)
	}
	if err := s.serve(ctx, server, listener, c, log); err != nil {
		s.errorLogger(out).Error("cannot serve", "error", err.Error())
		return exitFailed
	}
	return exitOK
}

const usage = `usage: %[1]s [flags]
       %[1]s check world.json   whether a world could be started with
       %[1]s health [address]   whether a running one answers
       %[1]s version

Serves four environments of Maskinporten: test at the root, the others below
/ver1/, /ver2/ and /prod/. When it is ready it prints a line of JSON with all
addresses and the credentials of admin clients.

`

func help(_ context.Context, c Call) int {
	flags := (&settings{logFormat: logJSON}).flags()
	flags.SetOutput(c.Stdout)
	_, _ = fmt.Fprintf(c.Stdout, usage, c.Name) // as flags print, too
	flags.PrintDefaults()
	return exitOK
}

// module is where the mock comes from, also in other programs.
const module = "github.com/maskinporten-go/maskinporten"

func version(_ context.Context, c Call) int {
	number, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		number = info.Main.Version
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				number = dependency.Version
			}
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && info.Main.Path == module {
				revision = " " + setting.Value
			}
		}
		revision += " " + info.GoVersion
	}
	_, _ = fmt.Fprintf(c.Stdout, "%s %s%s\n", c.Name, number, revision) // as above
	return exitOK
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
