package maskinporten

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
	// metadataPatience bounds the reading, so that what is known is used
	// while there is time left for the token.
	metadataPatience = 5 * time.Second
	maxMetadata      = 256 << 10
)

// discovery reads endpoints from an issuer's metadata.
type discovery struct {
	settings *settings

	turn  chan struct{} // one reads, the others wait by their own contexts
	mu    sync.Mutex    // guards what follows
	known Endpoints
	until time.Time
}

func newDiscovery(s *settings) *discovery {
	return &discovery{settings: s, known: s.target, turn: make(chan struct{}, 1)}
}

// endpoints returns what is known, after reading it again if it is old.
func (d *discovery) endpoints(ctx context.Context) (Endpoints, error) {
	if known, fresh := d.get(); fresh {
		return known, nil
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return Endpoints{}, errtext.Ended(ctx)
	}
	known, fresh := d.get()
	if fresh {
		return known, nil
	}
	found, err := d.read(ctx)
	switch {
	case err == nil:
		d.set(found, metadataLife)
		return found, nil
	case ctx.Err() != nil:
		return Endpoints{}, errtext.Ended(ctx)
	}
	d.settings.log.WarnContext(ctx, "maskinporten: metadata cannot be used; going on with what is known", "issuer", d.settings.target.Issuer, "error", err)
	d.set(known, time.Minute)
	return known, nil
}

func (d *discovery) set(known Endpoints, life time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.until = known, d.settings.now().Add(life)
}

func (d *discovery) get() (Endpoints, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known, d.settings.now().Before(d.until)
}

func (d *discovery) read(ctx context.Context) (Endpoints, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataPatience)
	defer cancel()
	address := strings.TrimRight(d.settings.target.Issuer, "/") + "/.well-known/oauth-authorization-server"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Endpoints{}, err
	}
	req.Header.Set("User-Agent", d.settings.userAgent)
	resp, err := d.settings.http.Do(req)
	if err != nil {
		return Endpoints{}, retry.WithoutURL(err)
	}
	defer wire.DrainAndClose(resp)
	if resp.StatusCode != http.StatusOK {
		return Endpoints{}, fmt.Errorf("%w: status %d", ErrBadAnswer, resp.StatusCode)
	}
	var metadata struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxMetadata)).Decode(&metadata); err != nil {
		return Endpoints{}, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	found := d.settings.target
	found.Token = metadata.TokenEndpoint
	return found, d.pinned(metadata.Issuer, found)
}

// pinned refuses metadata that would send grants somewhere else.
func (d *discovery) pinned(issuer string, found Endpoints) error {
	if issuer != d.settings.target.Issuer {
		return fmt.Errorf("%w: metadata of issuer %.100q", ErrBadAnswer, issuer)
	}
	if _, err := found.Endpoints(); err != nil {
		return err
	}
	was, err1 := url.Parse(d.settings.target.Token)
	is, err2 := url.Parse(found.Token)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if is.Scheme != was.Scheme || is.Host != was.Host {
		return fmt.Errorf("%w: metadata moves the token endpoint to host %.100q", ErrBadAnswer, is.Host)
	}
	return nil
}
