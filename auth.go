package maskinporten

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"golang.org/x/oauth2"
)

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
	settings    *settings
	credentials atomic.Pointer[session]

	closing context.Context // ends when Close is called
	close   context.CancelFunc
	owned   bool // the settings are its own: Close closes connections too

	mu      sync.Mutex // orders new flights before Close
	flights sync.WaitGroup
}

// NewAuthenticator returns an authenticator for the client at the target. It
// sends nothing yet.
func NewAuthenticator(target Target, credentials Credentials, options ...Option) (*Authenticator, error) {
	settings, err := newSettings(target, options)
	if err != nil {
		return nil, err
	}
	a, err := newAuthenticator(settings, credentials)
	if err != nil {
		return nil, err
	}
	a.owned = true
	return a, nil
}

func newAuthenticator(s *settings, credentials Credentials) (*Authenticator, error) {
	if err := credentials.check(); err != nil {
		return nil, err
	}
	a := &Authenticator{settings: s}
	a.closing, a.close = context.WithCancel(context.Background())
	a.credentials.Store(newSession(credentials))
	return a, nil
}

// SetCredentials makes the authenticator use other credentials from now on.
// Tokens of the old ones are never served again, to requests under way
// neither.
func (a *Authenticator) SetCredentials(credentials Credentials) error {
	if err := credentials.check(); err != nil {
		return err
	}
	a.credentials.Store(newSession(credentials))
	return nil
}

// ClientID returns the id of the client that it gets tokens for.
func (a *Authenticator) ClientID() string { return a.credentials.Load().ClientID }

// Token returns a token for the request, a kept one if it still lives. Errors
// are [*TokenError] for what the token endpoint said or failed to say,
// [*ArgumentError] for a request that can't be right, [ErrClosed], or those of
// the context and the [KeySource]. The token is shared: don't change it.
func (a *Authenticator) Token(ctx context.Context, request TokenRequest) (*oauth2.Token, error) {
	request, err := request.checked()
	if err != nil {
		return nil, err
	}
	key := request.cacheKey()
	token, err := a.token(ctx, func(now *session) *tokenEntry { return now.entry(a, request, key) })
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, errtext.Wrap("waiting for a token", err)
	}
	return token, err
}

// token gets a token with the credentials of now. Where they were changed
// while it waited, it asks again with the new ones.
func (a *Authenticator) token(ctx context.Context, entry func(*session) *tokenEntry) (*oauth2.Token, error) {
	for {
		session := a.credentials.Load()
		token, err := entry(session).get(ctx)
		switch {
		case a.credentials.Load() == session:
			return token, err
		case ctx.Err() != nil:
			return nil, errtext.Ended(ctx)
		}
	}
}

// Forget drops a token that an API did not accept (401), so that the next
// request gets a new one. Another token is left alone.
func (a *Authenticator) Forget(token *oauth2.Token) {
	if token != nil {
		a.credentials.Load().forget(token)
	}
}

// Close ends background work and waits for it. Afterwards no tokens are
// given. Connections that no request uses are closed, unless they are those of
// a client given with [WithHTTPClient].
func (a *Authenticator) Close() error {
	a.mu.Lock()
	a.close()
	a.mu.Unlock()
	a.flights.Wait()
	if a.owned {
		a.settings.closeConnections()
	}
	return nil
}

// background runs work that Close waits for. After Close it reports false, and
// runs nothing.
func (a *Authenticator) background(work func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closing.Err() != nil {
		return false
	}
	a.flights.Go(work)
	return true
}
