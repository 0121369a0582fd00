package maskinporten

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// entryKey is everything that distinguishes tokens.
type entryKey struct{ clientID, key, request string }

// maxEntries is when expired tokens are looked for and dropped: a program
// that asks for tokens with many pids must not grow for ever.
const maxEntries = 1000

// flightTimeout bounds a token request, whose callers may all have gone.
const flightTimeout = 30 * time.Second

// tokenEntry is the place of one kind of token: kept, asked for, or both.
type tokenEntry struct {
	auth     *Authenticator
	identity entryKey
	request  TokenRequest
	client   string
	key      *Key

	current atomic.Pointer[keptToken]
	flights sync.WaitGroup

	mu       sync.Mutex // guards what follows; never held while waiting
	flight   *flight    // the request under way, or nil
	failures int        // of renewals, one after another
	renewAt  time.Time  // not before this, after failures
}

// keptToken is fresh until stale, then served while it is renewed, and
// worthless from dead.
type keptToken struct {
	token       *oauth2.Token
	stale, dead time.Time
}

// flight is one token request that many may wait for.
type flight struct {
	done  chan struct{} // closed when token or err is set
	token *oauth2.Token
	err   error
}

func keep(token *oauth2.Token) *keptToken {
	life := time.Duration(token.ExpiresIn) * time.Second
	return &keptToken{
		token: token,
		stale: token.Expiry.Add(-min(30*time.Second, life/4)),
		dead:  token.Expiry.Add(-min(3*time.Second, life/10)), // it must survive its own journey
	}
}

// entry finds or makes the place for a request with the credentials of now.
func (a *Authenticator) entry(ctx context.Context, request TokenRequest, requestKey string) (*tokenEntry, error) {
	credentials := a.credentials.Load()
	key, err := credentials.key(ctx)
	if err != nil {
		return nil, err
	}
	identity := entryKey{credentials.ClientID, key.identity(), requestKey}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closing.Err() != nil {
		return nil, ErrClosed
	}
	if entry, ok := a.entries[identity]; ok {
		return entry, nil
	}
	if len(a.entries) >= maxEntries {
		a.dropDead()
	}
	entry := &tokenEntry{auth: a, identity: identity, request: request.clone(), client: credentials.ClientID, key: key}
	if a.credentials.Load() == credentials { // swapped meanwhile: serve this caller, keep nothing
		a.entries[identity] = entry
	}
	return entry, nil
}

// dropDead drops entries without a living token. The caller holds the lock.
func (a *Authenticator) dropDead() {
	now := a.settings.now()
	for identity, entry := range a.entries {
		if kept := entry.current.Load(); kept == nil || !now.Before(kept.dead) {
			delete(a.entries, identity)
		}
	}
}

// get returns the kept token, or waits for a new one.
func (e *tokenEntry) get(ctx context.Context) (*oauth2.Token, error) {
	now := e.auth.settings.now()
	kept := e.current.Load()
	if kept != nil && now.Before(kept.stale) {
		return kept.token, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if kept != nil && now.Before(kept.dead) {
		e.renew(ctx, now)
		return kept.token, nil
	}
	f := e.join(ctx)
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// renew starts a request unless one is under way, or one failed lately.
func (e *tokenEntry) renew(ctx context.Context, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flight == nil && !now.Before(e.renewAt) {
		e.start(ctx)
	}
}

// join returns the request under way, or a new one.
func (e *tokenEntry) join(ctx context.Context) *flight {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flight == nil {
		e.start(ctx)
	}
	return e.flight
}

// start makes a request whose end no single caller decides. The caller holds
// the lock.
func (e *tokenEntry) start(ctx context.Context) {
	f := &flight{done: make(chan struct{})}
	e.flight = f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
	stop := context.AfterFunc(e.auth.closing, cancel)
	e.flights.Go(func() {
		defer cancel()
		defer stop()
		f.token, f.err = e.fetch(ctx)
		e.land(f)
	})
}

// land keeps the token and lets the waiters go.
func (e *tokenEntry) land(f *flight) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flight = nil
	if f.err == nil {
		e.failures, e.renewAt = 0, time.Time{}
		e.current.Store(keep(f.token))
	} else {
		e.failures++
		e.renewAt = e.auth.settings.now().Add(e.auth.settings.backoff.wait(e.failures, 0))
		e.auth.settings.log.Warn("maskinporten: no token", "client_id", e.client, "error", f.err)
	}
	close(f.done)
}

// fetch gets a token from the shared cache or the token endpoint.
func (e *tokenEntry) fetch(ctx context.Context) (*oauth2.Token, error) {
	if token := e.auth.store.get(ctx, e.identity, e.auth.settings.now()); token != nil {
		if kept := e.current.Load(); kept == nil || kept.token.AccessToken != token.AccessToken {
			return token, nil
		}
	}
	token, err := e.auth.endpoint.exchange(ctx, e.client, e.key, e.request)
	if err == nil {
		e.auth.store.set(ctx, e.identity, token, e.auth.settings.now())
	}
	return token, err
}

func (e *tokenEntry) forget(token *oauth2.Token) {
	kept := e.current.Load()
	if kept != nil && kept.token.AccessToken == token.AccessToken && e.current.CompareAndSwap(kept, nil) {
		e.auth.store.drop(e.identity, token)
	}
}
