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
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "maskinporten-mock:", err)
		os.Exit(1)
	}
}

// errUsage is a command line that makes no sense; the flag package has said
// why.
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
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, errUsage
	}
	if flags.NArg() > 0 || s.control != "on" && s.control != "off" && s.control != "auto" {
		_, _ = fmt.Fprintf(stderr, "maskinporten-mock: unexpected argument, or -control not on, off or auto\n")
		flags.Usage()
		return s, errUsage
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", s.listen, err)
	}
	options := []mockserver.Option{mockserver.WithLogger(log)}
	if s.control == "on" || s.control == "auto" && isLoopback(listener.Addr()) {
		options = append(options, mockserver.WithControl())
	}
	server, err := mockserver.New(options...)
	if err != nil {
		return err
	}
	return serve(ctx, server, listener, stdout, log)
}

// serve serves until ctx ends, and lets requests that have begun finish.
func serve(ctx context.Context, server *mockserver.Server, listener net.Listener, stdout io.Writer, log *slog.Logger) error {
	url := "http://" + listener.Addr().String()
	web := &http.Server{Handler: server.Handler(url), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	ready, err := server.Ready(url)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(ready); err != nil {
		return fmt.Errorf("cannot tell that the server is ready: %w", err)
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return web.Shutdown(ctx)
}

func isLoopback(address net.Addr) bool {
	parsed, err := netip.ParseAddrPort(address.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
