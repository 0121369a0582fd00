package verify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/flight"
)

// How often keys are asked for, and how long an answer may take.
const (
	fetchTimeout = 10 * time.Second
	// askPause lies between two fetches for kids that aren't in the set, and
	// between two for signatures that don't fit their key. Strangers can make
	// up both at will; unknownKeyBurst is for the new key that comes with, or
	// shortly after, a fetch.
	askPause        = 10 * time.Second
	unknownKeyBurst = 3
	firstBackoff    = time.Second
	maxBackoff      = time.Minute
)

// keySource has the keys of one issuer. Whoever knows the kid reads the set
// without a lock; one fetch at a time gets a new one.
type keySource struct {
	url     string
	http    *http.Client
	now     func() time.Time
	log     *slog.Logger
	refresh time.Duration
	// changed is called after a set was fetched.
	changed func(now time.Time)

	current atomic.Pointer[keySet]
	due     atomic.Int64 // Unix nanoseconds after which the set is fetched anew
	fetches flight.Group[freshness]

	mu         sync.Mutex // guards what follows; never held during a fetch
	last       time.Time  // end of the last fetch
	failures   int        // in a row
	failure    error      // of the last fetch
	unknown    allowance  // of fetches for unknown kids
	signatures allowance  // of fetches for signatures that don't fit
	timer      *time.Timer
	closed     bool

	base   context.Context //nolint:containedctx // ends fetches with Close
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// freshness is set of a fetch that goes past caches.
type freshness bool

func newKeySource(issuer string, o *options, changed func(time.Time)) *keySource {
	s := &keySource{
		url: keySetURL(issuer), http: o.http, now: o.now, log: o.log, refresh: o.refresh, changed: changed,
		unknown:    allowance{burst: unknownKeyBurst, pause: askPause},
		signatures: allowance{burst: 1, pause: askPause},
	}
	s.fetches.Background = s.background
	s.base, s.cancel = context.WithCancel(context.Background())
	return s
}

// background runs work that close waits for.
func (s *keySource) background(work func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wait.Go(work)
	return true
}

// known returns the key of this name, or nil, and waits for nobody.
func (s *keySource) known(name string, now time.Time) *publicKey {
	key := s.current.Load().get(name)
	if key != nil {
		s.refreshWhenDue(now)
	}
	return key
}

// refreshWhenDue lets a fetch start, for those who know their key.
func (s *keySource) refreshWhenDue(now time.Time) {
	if s.isDue(now) {
		s.fetches.TryJoin(func() bool { return s.isDue(now) }, s.fetching(false))
	}
}

func (s *keySource) isDue(now time.Time) bool { return now.UnixNano() >= s.due.Load() }

// key returns the key of this name. Only for a name that isn't known does it
// wait for the issuer.
func (s *keySource) key(ctx context.Context, name string, now time.Time) (*publicKey, error) {
	if key := s.known(name, now); key != nil { //nolint:contextcheck // a fetch is for all who wait, and outlives each
		return key, nil
	}
	return s.ask(ctx, now, &s.unknown, func() *publicKey { return s.current.Load().get(name) })
}

// renewed returns the key that has taken the place of this one, with which a
// signature doesn't fit; nil: none has, or that isn't known.
func (s *keySource) renewed(ctx context.Context, name string, old *publicKey, now time.Time) *publicKey {
	other := func() *publicKey {
		if key := s.current.Load().get(name); key != old {
			return key
		}
		return nil
	}
	if key := other(); key != nil {
		return key
	}
	key, _ := s.ask(ctx, now, &s.signatures, other)
	return key
}

// ask fetches within an allowance and waits for what that finds.
func (s *keySource) ask(ctx context.Context, now time.Time, a *allowance, found func() *publicKey) (*publicKey, error) {
	for {
		run := s.fetches.Join(func() bool { return s.mayAsk(a, now) }, s.fetching(true)) //nolint:contextcheck // likewise
		if run == nil {
			return nil, s.missing()
		}
		fresh, err := run.Wait(ctx)
		if ctx.Err() != nil && err != nil {
			return nil, refuseBecause(ReasonKeysUnavailable, context.Cause(ctx))
		}
		if key := found(); key != nil {
			return key, nil
		}
		if bool(fresh) || err != nil {
			return nil, s.missing()
		}
	}
}

// mayAsk allows a fetch to strangers, within an allowance and not soon after a
// failure.
func (s *keySource) mayAsk(a *allowance, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := now.Sub(s.last)
	return (s.failures == 0 || since < 0 || since >= s.backoff()) && a.take(now)
}

// missing tells a key that doesn't exist from one that can't be fetched.
func (s *keySource) missing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current.Load() != nil && s.failure == nil {
		return refuse(ReasonKeyUnknown)
	}
	if s.closed {
		return refuseBecause(ReasonKeysUnavailable, ErrClosed)
	}
	return refuseBecause(ReasonKeysUnavailable, s.failure)
}

// fetching fetches the set, keeps it if it is good, and plans the next fetch.
func (s *keySource) fetching(fresh freshness) func() (freshness, error) {
	return func() (freshness, error) {
		ctx, cancel := context.WithTimeout(s.base, fetchTimeout)
		defer cancel()
		set, err := fetchKeySet(ctx, s.http, s.url, bool(fresh))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last, s.failure = s.now(), err
		next := s.refresh
		if err == nil {
			s.failures = 0
			older := s.current.Load()
			set.keep(older)
			s.current.Store(set)
			older.withdraw(set)
		} else {
			s.failures++
			next = min(s.backoff(), s.refresh)
		}
		s.due.Store(s.last.Add(next).UnixNano())
		s.plan(next)
		s.changed(s.last)
		if err != nil && !s.closed {
			s.log.Warn("verify: the issuer's keys cannot be fetched; going on with the last ones", "url", s.url, "error", err, "failures", s.failures)
		}
		return fresh, err
	}
}

// backoff is the time that has to pass after a fetch that failed.
func (s *keySource) backoff() time.Duration {
	return min(firstBackoff<<min(s.failures-1, 10), maxBackoff)
}

// plan lets the next fetch start by itself, so that a key that is withdrawn
// while nobody calls is gone when somebody does. The caller holds the lock.
func (s *keySource) plan(after time.Duration) {
	if s.closed {
		return
	}
	if s.timer == nil {
		s.timer = time.AfterFunc(after, func() { s.fetches.Join(always, s.fetching(false)) })
		return
	}
	s.timer.Reset(after)
}

func always() bool { return true }

// fetchNow fetches the set, or joins the fetch under way, whatever was fetched
// before.
func (s *keySource) fetchNow(ctx context.Context) error {
	_, err := s.fetches.Join(always, s.fetching(true)).Wait(ctx) //nolint:contextcheck // a fetch is for all who wait, and outlives each
	if errors.Is(err, flight.ErrClosed) {
		return ErrClosed
	}
	return err
}

// close ends the fetch under way and waits for it.
func (s *keySource) close() {
	s.mu.Lock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.mu.Unlock()
	s.cancel()
	s.wait.Wait()
}
