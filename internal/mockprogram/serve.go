package mockprogram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver"
)

// serverOptions are those of the server, save what only the listener shows. A
// world that can't be is an error.
func (s *settings) serverOptions() ([]mockserver.Option, error) {
	options := s.options
	if s.seed != "" {
		data, err := read(s.seed, nil)
		if err != nil {
			return nil, fmt.Errorf("-seed: %w", err)
		}
		world, err := worldOption(s.seed, data)
		if err != nil {
			return nil, fmt.Errorf("-seed: %w", err)
		}
		options = append(options, world)
	}
	if s.tls {
		options = append(options, mockserver.WithTLS())
	}
	if s.url == followHost {
		options = append(options, mockserver.WithHostIssuers())
	}
	return options, nil
}

// listen makes the server and opens its port, with TLS where it is wanted.
func (s *settings) listen(ctx context.Context, options []mockserver.Option, log *slog.Logger) (*mockserver.Server, net.Listener, error) {
	options = append(options, mockserver.WithLogger(log))
	if s.control.on(ctx, s.listenAt) {
		options = append(options, mockserver.WithControl(s.hosts...))
	}
	server, err := mockserver.New(options...)
	if err != nil {
		return nil, nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.listenAt)
	if err != nil {
		return nil, nil, err
	}
	if s.tls {
		secured, err := s.secure(server, listener)
		if err != nil {
			return nil, nil, errors.Join(err, listener.Close())
		}
		listener = secured
	}
	return server, listener, nil
}

// serve says that the server is ready, and serves until ctx ends. Then it saves
// the world, if that is wanted.
func (s *settings) serve(ctx context.Context, server *mockserver.Server, listener net.Listener, c Call, log *slog.Logger) error {
	url := s.urlOf(listener.Addr())
	web := &http.Server{
		Handler: server.Handler(url), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ready, err := server.Ready(url)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if ready.Control == "" && !s.control.set {
		log.Info("the control API is off, since other machines may reach this address; -control switches it on", "listen", s.listenAt)
	}
	forget, err := tellAddress(listener.Addr())
	if err != nil {
		log.Debug("health won't find this address by itself", "error", err.Error())
	}
	defer forget()
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if _, err := ready.WriteTo(c.Stdout); err != nil {
		return errors.Join(fmt.Errorf("cannot tell that the server is ready: %w", err), web.Close())
	}
	welcome(c.Stderr, ready)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		stop(ctx, web, log)
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
	}
	if s.save == "" {
		return nil
	}
	if err := save(s.save, server.Snapshot(), ownFile); err != nil {
		return fmt.Errorf("the snapshot was not written: %w", err)
	}
	return nil
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

// urlOf is the address at which others reach a listener: that of -url, or else
// the one at which programs on this machine do, with the name of -listen as it
// is written.
func (s *settings) urlOf(address net.Addr) string {
	if s.url != "" && s.url != followHost {
		return s.url
	}
	scheme := "http"
	if s.tls {
		scheme = "https"
	}
	host, _, _ := net.SplitHostPort(s.listenAt) // it was checked
	_, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return scheme + "://" + address.String()
	}
	if parsed, err := netip.ParseAddr(host); err == nil && parsed.IsUnspecified() {
		host = ""
	}
	return scheme + "://" + net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port)
}
