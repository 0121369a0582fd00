// Command maskinporten is Maskinporten's program for people: it gets tokens and
// explains them, keeps keys, scopes, accesses and clients, finds what is wrong,
// and starts a mock to try all of that with.
//
//	maskinporten help
//
// Exit codes: 0 when it worked; 1 when it failed; 2 when the command line, or a
// file that it names, makes no sense; 3 when the service refused; 4 when there
// is no such thing; 5 when the service could not be reached, or was too busy; 6
// when what was checked is not as it should be (a token that isn't
// valid, keys that expire, changes in a plan); 130 when it was interrupted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // who interrupts twice does not wait
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}
