package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// listenAndServe serves until ctx ends.
func listenAndServe(ctx context.Context, s *settings, stdout io.Writer, log *slog.Logger) error {
	options, err := seed(s.seed)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	options = append(append(options, s.options...), mockserver.WithLogger(log))
	if s.control.on(listener.Addr()) {
		options = append(options, mockserver.WithControl())
	}
	if s.tls {
		options = append(options, mockserver.WithTLS())
	}
	server, err := mockserver.New(options...)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	url := cmp.Or(s.url, s.urlOf(listener.Addr()))
	if s.tls {
		secured, err := secure(server, listener, url, s.tlsCA)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		listener = secured
	}
	if err := serveUntilDone(ctx, server, listener, url, stdout, log); err != nil {
		return err
	}
	if s.save != "" {
		return snapshot(s.save, server.Snapshot())
	}
	return nil
}

// secure makes the listener speak TLS, and writes down whom to trust, unless ca
// is empty.
func secure(server *mockserver.Server, listener net.Listener, url, ca string) (net.Listener, error) {
	config, err := server.TLSConfig(url)
	if err != nil {
		return nil, err
	}
	if ca != "" {
		if err := save(ca, server.TLSRootPEM(), publicFile); err != nil {
			return nil, fmt.Errorf("-tls-ca: %w", err)
		}
	}
	return tls.NewListener(listener, config), nil
}

// serveUntilDone says that the server is ready, and serves until ctx ends.
func serveUntilDone(ctx context.Context, server *mockserver.Server, listener net.Listener, url string, stdout io.Writer, log *slog.Logger) error {
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
	if _, err := ready.WriteTo(stdout); err != nil {
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
func (s *settings) urlOf(address net.Addr) string {
	scheme := "http"
	if s.tls {
		scheme = "https"
	}
	parsed, err := netip.ParseAddrPort(address.String())
	if err == nil && parsed.Addr().IsUnspecified() {
		return fmt.Sprintf("%s://127.0.0.1:%d", scheme, parsed.Port())
	}
	return scheme + "://" + address.String()
}

func isLoopback(address net.Addr) bool {
	parsed, err := netip.ParseAddrPort(address.String())
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
