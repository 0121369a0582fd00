package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"golang.org/x/oauth2"
)

// Credentials are what a client proves itself with.
type Credentials struct {
	// ClientID is the client's id, the grant's iss.
	ClientID string
	// Key signs the grants.
	Key *Key
	// KeySource, if set, gives the key at each grant instead of Key.
	KeySource KeySource
}

func (c Credentials) check() error {
	switch {
	case c.ClientID == "":
		return &ArgumentError{Argument: "Credentials.ClientID", Problem: "is empty"}
	case c.Key == nil && c.KeySource == nil:
		return &ArgumentError{Argument: "Credentials.Key", Problem: "is nil: load one with KeyFromJWK, KeyFromPEM or KeyFromPKCS12"}
	}
	return nil
}

// key returns the key to sign with now.
func (c Credentials) key(ctx context.Context) (*Key, error) {
	if c.KeySource == nil {
		return c.Key, nil
	}
	key, err := c.KeySource.Key(ctx)
	if err == nil && key == nil {
		err = errors.New("no key")
	}
	if err != nil {
		return nil, fmt.Errorf("maskinporten: key source: %w", err)
	}
	return key, nil
}

// ErrClosed is the error of calls after Close.
var ErrClosed = errors.New("maskinporten: closed")

// Authenticator gets tokens for one client with JWT grants (RFC 7523), and
// keeps them until shortly before they expire. It is safe for concurrent use:
// callers who want the same token share one request, and each may give up by
// its own context.
//
// A token is renewed in the background when a quarter of its life is left, 30
// seconds at most; it is served meanwhile, and also when the renewal fails.
// Nothing runs in the background while nobody asks.
type Authenticator struct {
	endpoint    *tokenEndpoint
	settings    *settings
	credentials atomic.Pointer[Credentials]
	store       *tokenStore

	closing context.Context // ends when Close is called
	close   context.CancelFunc

	mu      sync.Mutex // guards entries
	entries map[entryKey]*tokenEntry
}

// NewAuthenticator returns an authenticator for the client at the target. It
// sends nothing yet.
func NewAuthenticator(target Target, credentials Credentials, options ...Option) (*Authenticator, error) {
	settings, err := newSettings(target, options)
	if err != nil {
		return nil, err
	}
	return newAuthenticator(settings, credentials)
}

func newAuthenticator(s *settings, credentials Credentials) (*Authenticator, error) {
	if err := credentials.check(); err != nil {
		return nil, err
	}
	a := &Authenticator{
		endpoint: &tokenEndpoint{
			endpoints: s.endpoints, http: s.http, backoff: s.backoff, userAgent: s.userAgent,
			clock: &clock{now: s.now, log: s.log},
		},
		settings: s, entries: map[entryKey]*tokenEntry{}, store: s.store,
	}
	a.closing, a.close = context.WithCancel(context.Background())
	a.credentials.Store(&credentials)
	return a, nil
}

// SetCredentials makes the authenticator use other credentials from now on.
// Tokens of the old ones are never served again, to requests under way
// neither.
func (a *Authenticator) SetCredentials(credentials Credentials) error {
	if err := credentials.check(); err != nil {
		return err
	}
	a.credentials.Store(&credentials)
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.entries)
	return nil
}

// ClientID returns the id of the client that it gets tokens for.
func (a *Authenticator) ClientID() string { return a.credentials.Load().ClientID }

// Token returns a token for the request, a kept one if it still lives. Errors
// are [*TokenError] for what the token endpoint said or failed to say,
// [*ArgumentError] for a request that can't be right, or the context's.
func (a *Authenticator) Token(ctx context.Context, request TokenRequest) (*oauth2.Token, error) {
	if err := request.check(); err != nil {
		return nil, err
	}
	entry, err := a.entry(ctx, request, request.cacheKey())
	if err != nil {
		return nil, err
	}
	return entry.get(ctx)
}

// Forget drops a token that an API did not accept (401), so that the next
// request gets a new one. Another token is left alone.
func (a *Authenticator) Forget(token *oauth2.Token) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, entry := range a.entries {
		entry.forget(token)
	}
}

// Close ends background work and waits for it. Afterwards no tokens are
// given.
func (a *Authenticator) Close() error {
	a.mu.Lock()
	a.close()
	entries := a.entries
	a.entries = map[entryKey]*tokenEntry{}
	a.mu.Unlock()
	for _, entry := range entries {
		entry.flights.Wait()
	}
	return nil
}

// TokenSource returns a source of x/oauth2 for the request; ctx is used for
// every request it makes. For tokens with a context of their own see
// [Authenticator.Token].
func (a *Authenticator) TokenSource(ctx context.Context, request TokenRequest) oauth2.TokenSource {
	return newTokenSource(a, ctx, request)
}

// Transport returns a [http.RoundTripper] that adds a token for the request
// to everything it sends through base; nil is [http.DefaultTransport].
//
// A request that is answered with 401 is sent once more with a fresh token if
// its body can be had again (GetBody, or none). Redirects to another host are
// the http.Client's business: [Authenticator.Client] follows none.
func (a *Authenticator) Transport(request TokenRequest, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{source: newTokenSource(a, context.Background(), request), base: base}
}

// Client returns a [http.Client] that adds a token for the request to
// everything it sends. It follows no redirects, so that no token leaves for
// another host.
func (a *Authenticator) Client(request TokenRequest) *http.Client {
	client := *a.settings.http
	client.Transport = a.Transport(request, a.settings.http.Transport)
	return &client
}
