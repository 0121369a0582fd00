package maskinporten

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"golang.org/x/oauth2"
)

// flightTimeout bounds a token request, whose callers may all have gone.
const flightTimeout = 30 * time.Second

// tokenEntry is the place of one kind of token: kept, asked for, or both.
type tokenEntry struct {
	auth       *Authenticator
	session    *session
	request    TokenRequest
	requestKey string

	current atomic.Pointer[keptToken]

	mu       sync.Mutex // guards what follows; never held while waiting
	flight   *flight    // the request under way, or nil
	failures int        // of requests, one after another
	renewAt  time.Time  // not before this, after failures
	rejected string     // the token that an API did not accept
}

// keptToken is fresh until stale, then served while it is renewed, and
// worthless from dead.
type keptToken struct {
	token       *oauth2.Token
	stale, dead time.Time
}

func (k *keptToken) lives(now time.Time) bool { return k != nil && now.Before(k.dead) }

// flight is one token request that many may wait for.
type flight struct {
	done  chan struct{} // closed when token or err is set
	token *oauth2.Token
	err   error
}

// landed is a flight whose end is known.
func landed(token *oauth2.Token, err error) *flight {
	f := &flight{done: make(chan struct{}), token: token, err: err}
	close(f.done)
	return f
}

func keep(token *oauth2.Token) *keptToken {
	life := time.Duration(token.ExpiresIn) * time.Second
	return &keptToken{
		token: token,
		stale: token.Expiry.Add(-min(30*time.Second, life/4)),
		dead:  token.Expiry.Add(-min(3*time.Second, life/10)), // it must survive its own journey
	}
}

// get returns the kept token, or waits for a new one.
func (e *tokenEntry) get(ctx context.Context) (*oauth2.Token, error) {
	if e.auth.closing.Err() != nil {
		return nil, ErrClosed
	}
	now := e.auth.settings.now()
	if kept := e.current.Load(); kept.lives(now) {
		if !now.Before(kept.stale) {
			e.renew(ctx, now)
		}
		return kept.token, nil
	}
	if ctx.Err() != nil {
		return nil, errtext.Ended(ctx)
	}
	f := e.join(ctx, now)
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, errtext.Ended(ctx)
	}
}

// renew starts a request unless one is under way, or one failed lately. It
// waits for nothing, not for the lock either: who holds it is about to start
// or to end a request.
func (e *tokenEntry) renew(ctx context.Context, now time.Time) {
	if !e.mu.TryLock() {
		return
	}
	defer e.mu.Unlock()
	if kept := e.current.Load(); kept != nil && now.Before(kept.stale) {
		return // renewed meanwhile
	}
	if e.flight == nil && !now.Before(e.renewAt) {
		e.flight = e.start(ctx)
	}
}

// join returns the request under way, or a new one.
func (e *tokenEntry) join(ctx context.Context, now time.Time) *flight {
	e.mu.Lock()
	defer e.mu.Unlock()
	if kept := e.current.Load(); kept.lives(now) {
		return landed(kept.token, nil) // it came meanwhile
	}
	if e.flight == nil {
		e.flight = e.start(ctx)
	}
	return e.flight
}

// start makes a request whose end no single caller decides. The caller holds
// the lock.
func (e *tokenEntry) start(ctx context.Context) *flight {
	f := &flight{done: make(chan struct{})}
	rejected := e.rejected
	if !e.auth.background(func() { e.fly(ctx, f, rejected) }) {
		return landed(nil, ErrClosed)
	}
	return f
}

// fly makes the request for a flight, and lets its waiters go.
func (e *tokenEntry) fly(ctx context.Context, f *flight, rejected string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
	defer cancel()
	defer context.AfterFunc(e.auth.closing, cancel)() //nolint:contextcheck // Close ends it; no caller does
	settings := e.auth.settings
	var place string
	f.token, place, f.err = e.fetch(ctx, rejected)
	if f.err != nil && e.auth.closing.Err() != nil {
		f.err = ErrClosed
	}
	lives := e.land(f)
	switch {
	case f.err == nil && place != "":
		settings.store.set(ctx, place, f.token, settings.now())
	case f.err != nil && lives:
		settings.log.WarnContext(ctx, "maskinporten: a token could not be renewed; the old one is used while it lives",
			slog.String("client_id", e.session.ClientID), slog.Any("error", f.err))
	}
}

// fetch gets a token from the shared cache, or from the token endpoint. In the
// second case it tells the place in the cache where the token belongs.
func (e *tokenEntry) fetch(ctx context.Context, rejected string) (token *oauth2.Token, place string, err error) {
	key, err := e.session.key(ctx)
	if err != nil {
		return nil, "", err
	}
	settings := e.auth.settings
	if source, ok := e.session.KeySource.(interface{ Err() error }); ok && source.Err() != nil {
		settings.log.WarnContext(ctx, "maskinporten: the key could not be read again; the last good one is used",
			slog.String("client_id", e.session.ClientID), slog.Any("error", source.Err()))
	}
	place = settings.store.place(settings.target, e.session.ClientID, key, e.requestKey)
	if token = settings.store.get(ctx, place, settings.now()); token != nil && token.AccessToken != rejected {
		return token, "", nil
	}
	token, err = settings.exchange(ctx, e.session.ClientID, key, e.request)
	return token, place, err
}

// land keeps the token and lets the waiters go. It reports whether a token
// lives.
func (e *tokenEntry) land(f *flight) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer close(f.done)
	e.flight = nil
	now := e.auth.settings.now()
	if f.err == nil {
		e.failures, e.renewAt, e.rejected = 0, time.Time{}, ""
		e.current.Store(keep(f.token))
		return true
	}
	e.failures++
	var asked time.Duration
	if failure, ok := errors.AsType[*TokenError](f.err); ok {
		asked = failure.RetryAfter
	}
	e.renewAt = now.Add(e.auth.settings.backoff.Wait(e.failures, asked))
	return e.current.Load().lives(now)
}

// forget drops a token that an API did not accept.
func (e *tokenEntry) forget(token *oauth2.Token) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if kept := e.current.Load(); kept != nil && kept.token.AccessToken == token.AccessToken {
		e.current.Store(nil)
		e.rejected = token.AccessToken
	}
}

// idle reports whether there is nothing in the entry worth keeping.
func (e *tokenEntry) idle(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.flight == nil && !e.current.Load().lives(now)
}
