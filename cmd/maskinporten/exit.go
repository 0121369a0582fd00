package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/settings"
)

// The exit codes. They are documented in main.go and in docs/program.md.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitNotFound    = 4
	exitUnavailable = 5
	exitAttention   = 6
	exitInterrupted = 130
)

// usageError is a command line, or a file that it names, that makes no sense.
type usageError struct {
	error
	help bool // help tells more
}

func (e *usageError) Unwrap() error { return e.error }

// wordedError is an error in words of its own.
type wordedError struct {
	error
	text string
}

func (e *wordedError) Error() string { return e.text }
func (e *wordedError) Unwrap() error { return e.error }

// errAttention ends a command that worked, and has shown that things are not as
// they should be.
var errAttention = errors.New("things are not as they should be")

// exitCode is the code of an error.
func exitCode(ctx context.Context, err error) int {
	_, isUsage := errors.AsType[*usageError](err)
	_, isMissing := errors.AsType[*settings.Missing](err)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errAttention):
		return exitAttention
	case ctx.Err() != nil:
		return exitInterrupted
	case isUsage, isMissing, errors.Is(err, maskinporten.ErrInvalidArgument):
		return exitUsage
	case errors.Is(err, maskinporten.ErrUnavailable):
		return exitUnavailable
	case errors.Is(err, maskinporten.ErrNotFound):
		return exitNotFound
	case refused(err):
		return exitRefused
	}
	return exitFailed
}

// refused reports whether the service answered, and said no.
func refused(err error) bool {
	if call, ok := errors.AsType[*maskinporten.APIError](err); ok && call.StatusCode >= 400 {
		return true
	}
	token, ok := errors.AsType[*maskinporten.TokenError](err)
	return ok && token.StatusCode >= 400
}

// noCommand refuses arguments of a command that only has commands below it.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := cmd.CommandPath() + " has no command " + args[0]
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += "; is it " + strings.Join(near, " or ") + "?"
	}
	return &usageError{errors.New(text), true}
}

// arguments checks how many there are.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return &usageError{errors.New(cmd.CommandPath() + " needs " + what), true}
		case most >= 0 && len(args) > most:
			return &usageError{errors.New(cmd.CommandPath() + " takes no argument " + args[most] + ": it takes " + what), true}
		}
		return nil
	}
}

// noArguments is for commands that take none.
var noArguments = arguments(0, 0, "flags only")
