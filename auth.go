package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/token"
	"golang.org/x/oauth2"
)

// ErrClosed is the error of calls after Close.
var ErrClosed = token.ErrClosed

// Credentials are what a client proves itself with.
type Credentials struct {
	// ClientID is the client's id, the grant's iss.
	ClientID string
	// Key signs the grants.
	Key *Key
	// KeySource, if set, gives the key for each grant instead of Key: once in a
	// token's life. Tokens that an earlier key got are used until they expire.
	KeySource KeySource
}

func (c Credentials) check() error {
	switch {
	case c.ClientID == "":
		return invalidArgument("", "Credentials.ClientID", "is empty")
	case identifierProblem(c.ClientID) != "":
		return invalidArgument("", "Credentials.ClientID", identifierProblem(c.ClientID))
	case c.Key == nil && c.KeySource == nil:
		return invalidArgument("", "Credentials.Key", "is nil: load one with LoadKey")
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
		err = errors.New("it gave none")
	}
	if err != nil {
		return nil, errtext.Wrap("no key from the KeySource", err)
	}
	return key, nil
}

// forEngine is the credentials as the engine takes them. It warns of a source that
// goes on with an old key.
func (c Credentials) forEngine(log *slog.Logger) token.Credentials {
	return token.Credentials{ClientID: c.ClientID, Key: func(ctx context.Context) (token.Key, error) {
		key, err := c.key(ctx)
		if err != nil {
			return nil, err
		}
		if source, ok := c.KeySource.(interface{ Err() error }); ok && source.Err() != nil {
			log.WarnContext(ctx, "maskinporten: the key could not be read again; the last good one is used",
				slog.String("client_id", c.ClientID), slog.Any("error", source.Err()))
		}
		return signer{key}, nil
	}}
}

// signer is a key as the engine takes it.
type signer struct{ key *Key }

func (s signer) Sign(payload []byte) (string, error) { return s.key.sign(payload) }
func (s signer) Identity() string                    { return s.key.identity() }
func (s signer) Expires() time.Time                  { return s.key.Expires() }

// Authenticator gets tokens for one client with JWT grants (RFC 7523), and
// keeps them until shortly before they expire. It is safe for concurrent use:
// callers who want the same token share one request, and each waits only until its
// own context ends.
//
// A token is renewed in the background when a quarter of its life is left, 30
// seconds at most, and is served meanwhile. Nobody gets one that is about to
// expire: with a quarter left, 10 seconds at most, or what [WithMinTokenLife]
// asks for, callers wait for the renewal. Where it fails, or takes half of
// what is left, the old token is served until 3 seconds are left, or a tenth of
// its life. Nothing runs in the background while nobody asks for tokens.
//
// When the token endpoint says that it is busy (429, or 503 with Retry-After),
// all token requests of the authenticator wait as long as it says, which
// doesn't count as an attempt. Where it asks for more than 30 seconds, or for too
// many pauses (10, or 2 minutes together), they fail. A caller whose context ends
// before the pause gets the error at once, with [TokenError].RetryAfter.
type Authenticator struct {
	settings    *settings
	engine      *token.Engine
	credentials atomic.Pointer[Credentials]
	owned       bool // the settings are its own: Close closes connections too
}

// NewAuthenticator returns an authenticator for the client at the target. It
// sends nothing yet.
func NewAuthenticator(target Target, credentials Credentials, options ...Option) (*Authenticator, error) {
	settings, err := newSettings(target, options)
	if err == nil {
		err = settings.target.needs(true, false)
	}
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
	a := &Authenticator{settings: s, engine: token.New(token.Config{
		Issuer: s.target.Issuer, Endpoint: s.target.Token, Discover: s.discover, CheckAddress: checkAddress,
		HTTP: s.http, UserAgent: s.userAgent, Log: s.log, Backoff: s.backoff, Attempts: s.attempts, Clock: s.clock,
		Cache: s.cache, MinLife: s.minTokenLife, Fail: newTokenError, Observe: s.observer.forEngine(s.log),
	}, credentials.forEngine(s.log))}
	a.credentials.Store(&credentials)
	return a, nil
}

// SetCredentials makes the authenticator use other credentials from now on.
// Tokens of the old ones are never served again, not even to callers who wait for
// one.
func (a *Authenticator) SetCredentials(credentials Credentials) error {
	if err := credentials.check(); err != nil {
		return err
	}
	a.credentials.Store(&credentials)
	a.engine.Use(credentials.forEngine(a.settings.log))
	return nil
}

// ClientID returns the id of the client that it gets tokens for.
func (a *Authenticator) ClientID() string { return a.engine.ClientID() }

// KeyExpires returns when the key expires, by its certificate or its JWK; zero
// where neither says so. With a [KeySource] it is the key that signed last. In the
// last 30 days a warning is logged once a day.
func (a *Authenticator) KeyExpires() time.Time {
	if credentials := a.credentials.Load(); credentials.KeySource == nil {
		return credentials.Key.Expires()
	}
	return a.engine.KeyExpires()
}

// Token returns a token for the request, from memory if it is still good. Errors
// are [*TokenError] when the token endpoint refused or didn't answer,
// [*ArgumentError] for a request that can't be right, [ErrClosed], or those of
// the context and the [KeySource]. The token is shared: don't change it.
func (a *Authenticator) Token(ctx context.Context, request TokenRequest) (*oauth2.Token, error) {
	request, err := request.checked()
	if err != nil {
		return nil, err
	}
	token, err := a.engine.Token(ctx, request.forEngine())
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, errtext.Wrapf("waiting for a token for client %s from %s: %v", a.ClientID(), a.engine.Host(), err)
	}
	return token, err
}

// Forget drops a token that an API did not accept (401), so that the next
// request gets a new one. Another token is kept, and so is one that replaced such
// a token less than 10 seconds ago: an API that accepts no token at all doesn't
// cause a token request for each call.
func (a *Authenticator) Forget(token *oauth2.Token) {
	if token != nil {
		a.engine.Forget(token)
	}
}

// ClientAssertion returns a JWT that proves to the issuer which client asks (RFC
// 7523 section 2.2), for requests that carry client_assertion, such as those to
// <issuer>tokeninfo. It is good for one request within a minute. Package verify
// asks for it: see its WithIntrospection. Errors are those of the context and
// the [KeySource].
func (a *Authenticator) ClientAssertion(ctx context.Context) (string, error) {
	return a.engine.ClientAssertion(ctx)
}

// Close ends background work and waits for it. After that, calls fail with
// [ErrClosed]. Idle connections are closed, unless they are those of a client
// given with [WithHTTPClient].
func (a *Authenticator) Close() error {
	a.engine.Close()
	if a.owned {
		a.settings.closeConnections()
	}
	return nil
}

// TokenCache is a store that processes share, such as Valkey or Redis, so
// that many replicas make one token request. Keys are opaque, values
// encrypted. Get returns nil without an error for a value that isn't there; life
// is how long to keep a value. Implementations return when the context ends.
type TokenCache interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, life time.Duration) error
}

// WithTokenCache keeps tokens in a shared cache too, sealed with AES-GCM under
// a key of 16, 24 or 32 bytes that all processes have. An entry that is
// copied to the key of another client or request is refused. A cache that fails or
// is slow costs a warning and at most two seconds, and no call fails for it.
func WithTokenCache(cache TokenCache, key []byte) Option {
	return func(s *settings) error {
		if cache == nil {
			return invalidArgument("", "WithTokenCache", "the cache is nil")
		}
		shared, err := token.NewShared(cache, key)
		if err != nil {
			return invalidArgument("", "WithTokenCache", "the key must have 16, 24 or 32 bytes")
		}
		s.cache = shared
		return nil
	}
}

// WithMinTokenLife sets how much life a token has left at least when it is given
// to a caller, for APIs that refuse one that expires soon, or calls that take long.
// By default it is a quarter of its life, 10 seconds at most. It can only be
// raised, to three quarters of its life at most, so that a token serves more
// than one call. It costs more token requests. While no new token can be got,
// callers get one with less. A [TokenRequest] can ask for more.
func WithMinTokenLife(least time.Duration) Option {
	return func(s *settings) error {
		if least < 0 {
			return invalidArgument("", "WithMinTokenLife", "is negative")
		}
		s.minTokenLife = least
		return nil
	}
}

// String names the client that tokens are got for, and where.
func (a *Authenticator) String() string {
	return "maskinporten.Authenticator(" + a.ClientID() + " at " + a.settings.target.Token + ")"
}

// Format keeps every verb of fmt to String.
func (a *Authenticator) Format(state fmt.State, _ rune) { _, _ = fmt.Fprint(state, a.String()) }

// LogValue keeps slog to String.
func (a *Authenticator) LogValue() slog.Value { return slog.StringValue(a.String()) }
