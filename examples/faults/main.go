// Command faults shows what becomes of a program when things go wrong around it,
// fault by fault, against the mock server. Its test is a table of the same
// faults: copy that one.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// faults are what may happen, and what a user of the program sees then.
var faults = []struct {
	name  string
	fault mockserver.Fault
	sees  string
}{
	{"the endpoint is down for a moment", mockserver.Fault{Operation: "POST /token", Status: 503, Times: 1}, "fresh"},
	{"a proxy answers in its place", mockserver.Fault{Operation: "POST /token", Status: 502, Body: "<html>", ContentType: "text/html", Times: 1}, "fresh"},
	{"the connection breaks", mockserver.Fault{Operation: "POST /token", Reset: mockserver.ResetBefore, Times: 1}, "fresh"},
	{"the answer is cut", mockserver.Fault{Operation: "POST /token", Truncate: true, Times: 1}, "fresh"},
	{"the endpoint is slow", mockserver.Fault{Operation: "POST /token", Delay: 50 * time.Millisecond, Times: 1}, "fresh"},
	{"the endpoint is down for long", mockserver.Fault{Operation: "POST /token", Status: 503}, "yesterday's"},
	{"the service asks to come back in an hour", mockserver.Fault{Operation: "POST /token", Status: 429, RetryAfter: time.Hour}, "yesterday's"},
	{"the service fails", mockserver.Fault{Operation: "POST /token", Status: 500}, "yesterday's"},
}

func run(ctx context.Context, out io.Writer) error {
	for _, one := range faults {
		server, err := mockserver.New()
		if err != nil {
			return err
		}
		server.Fail(one.fault)
		weather, err := meet(ctx, server)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		_, _ = fmt.Fprintf(out, "%-42s %-12s %d token requests\n", one.name+":", weather, server.Answered())
	}
	return nil
}

// meet lets the program look at the weather.
func meet(ctx context.Context, server *mockserver.Server) (string, error) {
	app := server.App(server.AddOrganization("889640782", "Arbeids- og velferdsetaten"), scope)
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), app, server.ClientOptions()...)
	if err != nil {
		return "", err
	}
	defer func() { _ = auth.Close() }()
	return look(ctx, auth)
}
