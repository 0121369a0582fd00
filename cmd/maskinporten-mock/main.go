// Command maskinporten-mock is the mock server as a program, for those who
// don't write Go. When it is ready it prints one line of JSON with addresses
// and credentials; everything else goes to standard error as JSON log lines.
// It stops on SIGINT and SIGTERM.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(exitCode(run(ctx, os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// exitCode is 2 for a command line that makes no sense, as for most programs.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	newLogger(stderr).Error("failed", "error", err.Error())
	return 1
}

func newLogger(stderr io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(stderr, nil)) }

// errUsage is a command line that makes no sense; standard error says why.
var errUsage = errors.New("usage")

type settings struct {
	listen  string
	control string
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("maskinporten-mock", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	flags.StringVar(&s.control, "control", "auto", "serve the control API below /_mock/: `on, off` or auto (on loopback addresses only)")
	err := flags.Parse(args)
	problem := ""
	switch {
	case errors.Is(err, flag.ErrHelp):
		return s, err
	case err != nil: // the flag package has said why
		return s, errUsage
	case flags.NArg() > 0:
		problem = fmt.Sprintf("unexpected argument %q", flags.Arg(0))
	case s.control != "on" && s.control != "off" && s.control != "auto":
		problem = fmt.Sprintf("invalid value %q for flag -control: on, off or auto", s.control)
	default:
		return s, nil
	}
	_, _ = fmt.Fprintln(stderr, problem) // if that fails, nobody is listening
	flags.Usage()
	return s, errUsage
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", s.listen, err)
	}
	log := newLogger(stderr)
	options := []mockserver.Option{mockserver.WithLogger(log)}
	if s.control == "on" || s.control == "auto" && isLoopback(listener.Addr()) {
		options = append(options, mockserver.WithControl())
	}
	server, err := mockserver.New(options...)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, server, listener, stdout, log)
}

// serve serves until ctx ends, and lets requests that have begun finish.
func serve(ctx context.Context, server *mockserver.Server, listener net.Listener, stdout io.Writer, log *slog.Logger) error {
	url := "http://" + listener.Addr().String()
	web := &http.Server{Handler: server.Handler(url), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if err := announce(server, url, stdout); err != nil {
		return errors.Join(err, web.Close())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if web.Shutdown(ctx) != nil { // a client holds on to its request
		return web.Close()
	}
	return nil
}

// announce prints the ready line.
func announce(server *mockserver.Server, url string, stdout io.Writer) error {
	ready, err := server.Ready(url)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(ready); err != nil {
		return fmt.Errorf("cannot tell that the server is ready: %w", err)
	}
	return nil
}

func isLoopback(address net.Addr) bool {
	parsed, err := netip.ParseAddrPort(address.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
