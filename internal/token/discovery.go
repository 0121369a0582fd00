package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

const (
	metadataLife = time.Hour
	maxMetadata  = 256 << 10
)

// discovery reads the token endpoint from an issuer's metadata.
type discovery struct {
	config *Config

	turn  chan struct{} // one reads, the others wait by their own contexts
	mu    sync.Mutex    // guards what follows
	known string
	until time.Time
}

func newDiscovery(config *Config) *discovery {
	return &discovery{config: config, known: config.Endpoint, turn: make(chan struct{}, 1)}
}

// endpoint returns what is known, after reading it again if it is old.
func (d *discovery) endpoint(ctx context.Context) (string, error) {
	if known, fresh := d.get(); fresh {
		return known, nil
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return "", errtext.Ended(ctx)
	}
	known, fresh := d.get()
	if fresh {
		return known, nil
	}
	found, err := d.read(ctx)
	if err == nil {
		d.set(found, metadataLife)
		return found, nil
	}
	if ctx.Err() != nil {
		return "", errtext.Ended(ctx)
	}
	d.config.Log.WarnContext(ctx, "maskinporten: metadata cannot be used; going on with what is known", "issuer", d.config.Issuer, "error", err)
	d.set(known, time.Minute)
	return known, nil
}

func (d *discovery) set(known string, life time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.until = known, d.config.Clock.Now().Add(life)
}

func (d *discovery) get() (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known, d.config.Clock.Now().Before(d.until)
}

// read gives up while there is time left to ask for a token at the endpoint that
// is known.
func (d *discovery) read(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address := strings.TrimRight(d.config.Issuer, "/") + "/.well-known/oauth-authorization-server"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", d.config.UserAgent)
	resp, err := d.config.HTTP.Do(req) //nolint:bodyclose // wire.DrainAndClose does
	if err != nil {
		return "", retry.WithoutURL(err)
	}
	defer wire.DrainAndClose(resp)
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%w: status %d", errtext.ErrBadAnswer, resp.StatusCode)
	}
	var metadata struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxMetadata)).Decode(&metadata); err != nil {
		return "", fmt.Errorf("%w: %w", errtext.ErrBadAnswer, err)
	}
	return metadata.TokenEndpoint, d.pinned(metadata.Issuer, metadata.TokenEndpoint)
}

// pinned refuses metadata that would send grants somewhere else.
func (d *discovery) pinned(issuer string, found string) error {
	if issuer != d.config.Issuer {
		return fmt.Errorf("%w: metadata of issuer %.100q", errtext.ErrBadAnswer, issuer)
	}
	if err := d.config.CheckAddress(found); err != nil {
		return err
	}
	was, err1 := url.Parse(d.config.Endpoint)
	is, err2 := url.Parse(found)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if is.Scheme != was.Scheme || is.Host != was.Host {
		return fmt.Errorf("%w: metadata moves the token endpoint to host %.100q", errtext.ErrBadAnswer, is.Host)
	}
	return nil
}
