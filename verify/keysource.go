package verify

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// How often keys are asked for, and how long an answer may take.
const (
	defaultRefresh = 15 * time.Minute
	fetchTimeout   = 10 * time.Second
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
// without a lock; one flight at a time fetches a new one.
type keySource struct {
	url     string
	http    *http.Client
	now     func() time.Time
	log     *slog.Logger
	refresh time.Duration

	current atomic.Pointer[keySet]
	due     atomic.Int64 // Unix nanoseconds after which the set is fetched anew

	mu         sync.Mutex // guards what follows; never held during a fetch
	running    *flight
	last       time.Time // end of the last flight
	failures   int       // in a row
	failure    error     // of the last flight
	unknown    allowance // of fetches for unknown kids
	signatures allowance // of fetches for signatures that don't fit
	timer      *time.Timer
	closed     bool

	base   context.Context //nolint:containedctx // ends flights with Close
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// flight is one fetch, for all who wait for it.
type flight struct {
	fresh bool // it goes past caches
	done  chan struct{}
	err   error // read after done
}

func newKeySource(issuer string, o *options) *keySource {
	s := &keySource{
		url: keySetURL(issuer), http: o.http, now: o.now, log: o.log, refresh: o.refresh,
		unknown:    allowance{burst: unknownKeyBurst, pause: askPause},
		signatures: allowance{burst: 1, pause: askPause},
	}
	s.base, s.cancel = context.WithCancel(context.Background())
	return s
}

// known returns the key of this name, or nil, and waits for nobody.
func (s *keySource) known(name string, now time.Time) *publicKey {
	key := s.current.Load().get(name)
	if key != nil && now.UnixNano() >= s.due.Load() {
		s.start(now, false, s.isDue)
	}
	return key
}

// key returns the key of this name. Only for a name that isn't known does it
// wait for the issuer.
func (s *keySource) key(ctx context.Context, name string, now time.Time) (*publicKey, error) {
	if key := s.known(name, now); key != nil { //nolint:contextcheck // a flight is for all who wait, and outlives each
		return key, nil
	}
	return s.ask(ctx, now, &s.unknown, func() *publicKey { return s.current.Load().get(name) })
}

// renewed returns the key that has taken the place of this one, with which a
// signature doesn't fit; nil: none has, or it can't be told.
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
		f := s.start(now, true, s.mayAsk(a)) //nolint:contextcheck // a flight is for all who wait, and outlives each
		if f == nil {
			return nil, s.missing()
		}
		if err := f.wait(ctx); err != nil {
			return nil, refuseBecause(ReasonKeysUnavailable, err)
		}
		key := found()
		switch {
		case key != nil:
			return key, nil
		case f.fresh, f.err != nil:
			return nil, s.missing()
		}
	}
}

// wait returns an error if the context ends first.
func (f *flight) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// missing tells a key that doesn't exist from one that can't be had.
func (s *keySource) missing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.current.Load() != nil && s.failure == nil:
		return refuse(ReasonKeyUnknown)
	case s.closed:
		return refuseBecause(ReasonKeysUnavailable, ErrClosed)
	}
	return refuseBecause(ReasonKeysUnavailable, s.failure)
}

// start returns the flight that is under way, or starts one if it is allowed,
// or returns nil.
func (s *keySource) start(now time.Time, fresh bool, allowed func(time.Time) bool) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil
	case s.running != nil:
		return s.running
	case !allowed(now):
		return nil
	}
	f := &flight{fresh: fresh, done: make(chan struct{})}
	s.running = f
	s.wait.Go(func() { s.fly(f) })
	return f
}

// isDue allows a fetch to those who know the key. The caller holds the lock.
func (s *keySource) isDue(now time.Time) bool { return now.UnixNano() >= s.due.Load() }

// mayAsk allows a fetch to strangers, within an allowance and not soon after a
// failure. The caller of what it returns holds the lock.
func (s *keySource) mayAsk(a *allowance) func(time.Time) bool {
	return func(now time.Time) bool {
		since := now.Sub(s.last)
		return (s.failures == 0 || since < 0 || since >= s.backoff()) && a.take(now)
	}
}

func always(time.Time) bool { return true }

// backoff is the time that has to pass after a flight that failed.
func (s *keySource) backoff() time.Duration {
	return min(firstBackoff<<min(s.failures-1, 10), maxBackoff)
}

// fly fetches the set, keeps it if it is good, and plans the next flight.
func (s *keySource) fly(f *flight) {
	ctx, cancel := context.WithTimeout(s.base, fetchTimeout)
	set, err := s.fetch(ctx, f.fresh)
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.running, s.last, s.failure, f.err = nil, s.now(), err, err
	next := s.refresh
	if err == nil {
		s.failures = 0
		set.keep(s.current.Load())
		s.current.Store(set)
	} else {
		s.failures++
		next = min(s.backoff(), s.refresh)
	}
	s.due.Store(s.last.Add(next).UnixNano())
	s.plan(next)
	if err != nil && !s.closed {
		s.log.Warn("verify: the issuer's keys cannot be fetched; going on with the last ones", "url", s.url, "error", err, "failures", s.failures)
	}
}

// plan lets the next flight start by itself, so that a key that is withdrawn
// while nobody calls is gone when somebody does. The caller holds the lock.
func (s *keySource) plan(after time.Duration) {
	switch {
	case s.closed:
	case s.timer == nil:
		s.timer = time.AfterFunc(after, func() { s.start(s.now(), false, always) })
	default:
		s.timer.Reset(after)
	}
}

// fetchNow fetches the set, or joins the flight under way, whatever was
// fetched before.
func (s *keySource) fetchNow(ctx context.Context) error {
	f := s.start(s.now(), true, always) //nolint:contextcheck // a flight is for all who wait, and outlives each
	if f == nil {
		return ErrClosed
	}
	if err := f.wait(ctx); err != nil {
		return err
	}
	return f.err
}

// close ends the flight under way and waits for it.
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
