// Command maskinporten-mock is the mock server as a program, for those who
// don't write Go. When it is ready it prints one line of JSON with addresses
// and credentials on standard output; everything else goes to standard error as
// JSON log lines. It stops on SIGINT and SIGTERM. It exits with 0, with 1 when
// it cannot serve, and with 2 when the command line makes no sense.
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
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		log.Error("the command line makes no sense", "error", err.Error(), "help", "maskinporten-mock -h")
		return 2
	}
	if err := listenAndServe(ctx, s, stdout, log); err != nil {
		log.Error("cannot serve", "error", err.Error())
		return 1
	}
	return 0
}

// listenAndServe serves until ctx ends.
func listenAndServe(ctx context.Context, s settings, stdout io.Writer, log *slog.Logger) error {
	world, err := seed(s.seed)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	options := []mockserver.Option{mockserver.WithLogger(log)}
	if s.control.on(listener.Addr()) {
		options = append(options, mockserver.WithControl())
	}
	server, err := mockserver.New(append(options, world...)...)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	url := s.url
	if url == "" {
		url = urlOf(listener.Addr())
	}
	web := &http.Server{
		Handler: server.Handler(url), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ready, err := server.Ready(url)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if err := json.NewEncoder(stdout).Encode(ready); err != nil {
		return errors.Join(fmt.Errorf("cannot tell that the server is ready: %w", err), web.Close())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		stop(ctx, web, log)
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		if s.save != "" {
			return save(s.save, server.Snapshot())
		}
		return nil
	}
}

// stopTimeout is how long requests that have begun may take to finish.
const stopTimeout = 5 * time.Second

// stop lets requests that have begun finish, and breaks off those that don't.
func stop(ctx context.Context, web *http.Server, log *slog.Logger) {
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		log.Warn("some connections were broken off", "error", err.Error())
		_ = web.Close() // that was the last resort
	}
}

// urlOf is the address at which programs on this machine reach a listener.
func urlOf(address net.Addr) string {
	parsed, err := netip.ParseAddrPort(address.String())
	if err == nil && parsed.Addr().IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", parsed.Port())
	}
	return "http://" + address.String()
}

func isLoopback(address net.Addr) bool {
	parsed, err := netip.ParseAddrPort(address.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
