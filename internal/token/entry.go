package token

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/flight"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"golang.org/x/oauth2"
)

// entry is the place of the tokens for one request: kept, asked for, or both.
type entry struct {
	engine  *Engine
	state   *credentialState
	request Request
	key     string

	current atomic.Pointer[cachedToken]
	refresh flight.Group[*cachedToken]

	// What the refresh that runs has to itself, and what decides whether there
	// is a next one.
	failures int                         // one after another
	renewAt  time.Time                   // not before this, after failures
	rejected atomic.Pointer[cachedToken] // what an API did not accept

	served *counter // from memory; nil: nobody observes, so nobody counts
	waited atomic.Int64
}

func newEntry(state *credentialState, request Request, key string) *entry {
	e := &entry{engine: state.engine, state: state, request: request, key: key}
	e.refresh.Background = e.engine.background
	if e.engine.Observe != nil {
		e.served = new(counter)
	}
	return e
}

// get returns the kept token, or waits for a new one. With little life left in
// the kept one it waits too, and serves it all the same if nothing better
// comes.
func (e *entry) get(ctx context.Context, minLife time.Duration) (*oauth2.Token, error) {
	if e.engine.closed.Load() {
		return nil, ErrClosed
	}
	cached := e.current.Load()
	if cached == nil {
		return e.wait(ctx, minLife)
	}
	age, refreshAt, waitAt := cached.ageNow(e.engine.Clock), cached.refreshAt, cached.waitAt
	if age >= cached.expiresAt {
		return e.wait(ctx, minLife)
	}
	if minLife > e.engine.MinLife {
		refreshAt, waitAt = cached.thresholds(minLife)
	}
	if age >= waitAt {
		return e.waitForBetter(ctx, cached, minLife, age), nil
	}
	if e.served != nil {
		e.served.add()
	}
	if age >= refreshAt {
		e.renew(ctx, minLife, refreshAt)
	}
	return cached.token, nil
}

// renew starts a renewal in the background. The closures it makes stay out of
// the way of tokens that are fresh.
func (e *entry) renew(ctx context.Context, minLife, refreshAt time.Duration) {
	e.refresh.TryJoin(func() bool { return e.mayRenew(refreshAt) }, e.work(ctx, minLife))
}

// wait returns a new token, for which nothing can stand in. A caller whose time
// is up before the endpoint may be asked is told so at once.
func (e *entry) wait(ctx context.Context, minLife time.Duration) (*oauth2.Token, error) {
	within, done := e.engine.pause.Within(ctx)
	defer done()
	if within.Err() != nil {
		return nil, e.ended(within)
	}
	var cached *cachedToken
	run := e.refresh.Join(func() bool {
		cached = e.current.Load()
		return !cached.lives(e.engine.Clock.Now())
	}, e.work(ctx, minLife))
	if run == nil {
		return cached.token, nil // it came meanwhile
	}
	e.waited.Add(1)
	cached, err := run.Wait(within)
	if errors.Is(err, flight.ErrClosed) {
		return nil, ErrClosed
	}
	if err != nil && within.Err() != nil {
		return nil, e.ended(within)
	}
	if err != nil {
		return nil, err
	}
	return cached.token, nil
}

// ended is why nobody waits any more.
func (e *entry) ended(ctx context.Context) error {
	if held, ok := errors.AsType[*retry.HeldBack](context.Cause(ctx)); ok {
		return e.engine.Fail(heldBack(e.engine, e.state.ClientID, held.Left))
	}
	return errtext.Ended(ctx)
}

// waitForBetter waits for the renewal of a token that has little life left,
// for half of that at most, and half of the time that the caller has. Where it
// fails, or doesn't come, the token is served.
func (e *entry) waitForBetter(ctx context.Context, cached *cachedToken, minLife, age time.Duration) *oauth2.Token {
	_, waitAt := cached.thresholds(max(minLife, e.engine.MinLife))
	run := e.refresh.Join(func() bool { return e.mayRenew(waitAt) }, e.work(ctx, minLife))
	if run != nil {
		e.waited.Add(1)
		patience := (cached.expiresAt - age) / 2
		if deadline, ok := ctx.Deadline(); ok {
			patience = min(patience, time.Until(deadline)/2)
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if better, err := run.Wait(ctx); err == nil {
			return better.token
		}
	}
	if latest := e.current.Load(); latest != nil {
		return latest.token
	}
	return cached.token
}

// mayRenew reports whether a renewal may be started: the token is still as old
// as that, and no renewal failed lately.
func (e *entry) mayRenew(from time.Duration) bool {
	cached, now := e.current.Load(), e.engine.Clock.Now()
	return (cached == nil || cached.age(now) >= from) && !now.Before(e.renewAt)
}

// work is a token request whose end no single caller decides.
func (e *entry) work(ctx context.Context, minLife time.Duration) func() (*cachedToken, error) {
	return func() (*cachedToken, error) { return e.renewal(ctx, minLife) }
}

func (e *entry) renewal(ctx context.Context, minLife time.Duration) (*cachedToken, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(e.engine.closing, cancel)() //nolint:contextcheck // Close ends it; no caller does
	started := time.Now()
	event := Event{ClientID: e.state.ClientID, Scope: e.request.Scope, Renewed: e.current.Load().lives(e.engine.Clock.Now())}
	fetched, retryAfter, err := e.fetch(ctx, max(minLife, e.engine.MinLife), &event)
	if err != nil && e.engine.closed.Load() {
		err = ErrClosed
	}
	event.Duration, event.Err = time.Since(started), err
	if err != nil {
		e.failed(ctx, retryAfter, err)
		e.tell(ctx, event)
		return nil, err
	}
	e.failures, e.renewAt = 0, time.Time{}
	fetched.replacesRejected = e.rejected.Swap(nil) != nil
	e.current.Store(fetched)
	event.Life = fetched.life
	e.tell(ctx, event)
	return fetched, nil
}

// failed notes that a request failed, and tells it where a caller doesn't see
// it.
func (e *entry) failed(ctx context.Context, retryAfter time.Duration, err error) {
	now := e.engine.Clock.Now()
	e.failures++
	e.renewAt = now.Add(e.engine.Backoff.Wait(e.failures, retryAfter))
	if e.current.Load().lives(now) {
		e.engine.Log.WarnContext(ctx, "maskinporten: a token could not be renewed; the old one is used while it lives",
			slog.String("client_id", e.state.ClientID), slog.Any("error", err))
	}
}

// fetch gets a token from the shared cache, or from the token endpoint. In the
// second case it puts the token into the cache, for which nobody waits.
func (e *entry) fetch(ctx context.Context, minLife time.Duration, event *Event) (_ *cachedToken, retryAfter time.Duration, _ error) {
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	key, err := e.state.Key(bounded)
	if err != nil {
		return nil, 0, err
	}
	event.KeyExpires = e.state.keyExpiry.see(ctx, e.engine.Log, e.state.ClientID, key, e.engine.Clock.Now())
	shared := e.engine.Cache
	cacheKey := shared.cacheKey(e.engine.Issuer, e.engine.Endpoint, e.state.ClientID, key.Identity(), e.key)
	if found := shared.get(bounded, e.engine.Log, cacheKey, e.engine.Clock.Now(), minLife); found != nil && e.isBetter(found) {
		event.FromCache = true
		found.refreshAt, found.waitAt = found.thresholds(e.engine.MinLife) // another caller may want less
		return found, 0, nil
	}
	exchange := exchange{Engine: e.engine, clientID: e.state.ClientID, key: key, request: &e.request}
	fetched, err := exchange.do(ctx)
	event.Attempts = exchange.sent
	if failure, ok := errors.AsType[*Failure](err); ok {
		return nil, failure.RetryAfter, e.engine.Fail(failure)
	}
	if err != nil {
		return nil, 0, err
	}
	e.share(ctx, cacheKey, fetched.token)
	return fetched, 0, nil
}

// share puts a token into the shared cache, while those who waited for it go
// on.
func (e *entry) share(ctx context.Context, cacheKey string, token *oauth2.Token) {
	if e.engine.Cache == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	e.engine.background(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(e.engine.closing, cancel)() //nolint:contextcheck // Close ends it; no caller does
		e.engine.Cache.set(ctx, e.engine.Log, cacheKey, token, e.engine.Clock.Now())
	})
}

// isBetter reports whether a token of the shared cache is of use: it isn't one
// that is known here already.
func (e *entry) isBetter(found *cachedToken) bool {
	for _, known := range []*cachedToken{e.rejected.Load(), e.current.Load()} {
		if known != nil && known.token.AccessToken == found.token.AccessToken {
			return false
		}
	}
	return true
}

// forget drops a token that an API did not accept, so that the next caller
// gets another. It reports whether there is one to be had: an API that answers
// 401 to everything must not cost a token request a call, so that the first
// rejection gets its fresh token at once, and that one stays for ten seconds.
func (e *entry) forget(token *oauth2.Token) bool {
	cached := e.current.Load()
	if cached == nil || cached.token.AccessToken != token.AccessToken {
		return true
	}
	if cached.replacesRejected && cached.age(e.engine.Clock.Now()) < 10*time.Second {
		return false
	}
	if e.current.CompareAndSwap(cached, nil) {
		e.rejected.Store(cached)
	}
	return true
}

// isIdle reports whether there is nothing in the entry worth keeping.
func (e *entry) isIdle() bool {
	return !e.refresh.Running() && !e.current.Load().lives(e.engine.Clock.Now())
}

// tell logs how a request ended, and tells who observes.
func (e *entry) tell(ctx context.Context, event Event) {
	e.engine.Log.LogAttrs(ctx, slog.LevelDebug, "maskinporten: token request", event.attributes()...)
	if e.served != nil {
		event.Served, event.Waited = e.served.take(), e.waited.Swap(0)
		e.engine.Observe(ctx, event)
	}
}
