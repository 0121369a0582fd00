package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	// unknownKeyPause lies between two fetches for kids that aren't in the
	// set, which strangers can make up at will.
	unknownKeyPause = 10 * time.Second
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

	mu       sync.Mutex // guards what follows; never held during a fetch
	running  *flight
	last     time.Time // end of the last flight
	failures int       // in a row
	failure  error     // of the last flight
	timer    *time.Timer
	closed   bool

	base   context.Context //nolint:containedctx // ends flights with Close
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// flight is one fetch, for all who wait for it.
type flight struct {
	done chan struct{}
	err  error // read after done
}

func newKeySource(issuer string, o *options) *keySource {
	s := &keySource{url: keySetURL(issuer), http: o.http, now: o.now, log: o.log, refresh: o.refresh}
	s.base, s.cancel = context.WithCancel(context.Background())
	return s
}

// key returns the key of this name. Only for a name that isn't known does it
// wait for the issuer.
func (s *keySource) key(ctx context.Context, name string, now time.Time) (publicKey, error) {
	if key, ok := s.current.Load().get(name); ok {
		if now.UnixNano() >= s.due.Load() {
			s.start(now, s.isDue) //nolint:contextcheck // a flight is for all who wait, and outlives each
		}
		return key, nil
	}
	f := s.start(now, s.mayAsk) //nolint:contextcheck // a flight is for all who wait, and outlives each
	if f == nil {
		return publicKey{}, s.unknown()
	}
	select {
	case <-f.done:
		return s.found(name)
	case <-ctx.Done():
		return publicKey{}, refuseBecause(ReasonKeysUnavailable, context.Cause(ctx))
	}
}

func (set *keySet) get(name string) (publicKey, bool) {
	if set == nil {
		return publicKey{}, false
	}
	key, ok := set.keys[name]
	return key, ok
}

func (s *keySource) found(name string) (publicKey, error) {
	if key, ok := s.current.Load().get(name); ok {
		return key, nil
	}
	return publicKey{}, s.unknown()
}

// unknown tells a key that doesn't exist from one that can't be had.
func (s *keySource) unknown() error {
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
func (s *keySource) start(now time.Time, allowed func(time.Time) bool) *flight {
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
	f := &flight{done: make(chan struct{})}
	s.running = f
	s.wait.Go(func() { s.fly(f) })
	return f
}

// isDue allows a fetch to those who know the key. The caller holds the lock.
func (s *keySource) isDue(now time.Time) bool { return now.UnixNano() >= s.due.Load() }

// mayAsk allows a fetch to those who don't. The caller holds the lock.
func (s *keySource) mayAsk(now time.Time) bool {
	since := now.Sub(s.last)
	return s.last.IsZero() || since < 0 || since >= s.pause()
}

func always(time.Time) bool { return true }

// pause is the time between flights that nobody planned.
func (s *keySource) pause() time.Duration {
	if s.failures == 0 {
		return unknownKeyPause
	}
	return min(firstBackoff<<min(s.failures-1, 10), maxBackoff)
}

// fly fetches the set, keeps it if it is good, and plans the next flight.
func (s *keySource) fly(f *flight) {
	ctx, cancel := context.WithTimeout(s.base, fetchTimeout)
	set, err := s.fetch(ctx)
	cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(f.done)
	s.running, s.last, s.failure, f.err = nil, s.now(), err, err
	next := s.refresh
	if err == nil {
		s.failures = 0
		s.current.Store(set)
	} else {
		s.failures++
		next = min(s.pause(), s.refresh)
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
		s.timer = time.AfterFunc(after, func() { s.start(s.now(), always) })
	default:
		s.timer.Reset(after)
	}
}

// fetchNow fetches the set, or joins the flight under way, whatever was
// fetched before.
func (s *keySource) fetchNow(ctx context.Context) error {
	f := s.start(s.now(), always) //nolint:contextcheck // a flight is for all who wait, and outlives each
	if f == nil {
		return ErrClosed
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
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

func (s *keySource) fetch(ctx context.Context) (*keySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the key set's address answers %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetSize+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeySetSize {
		return nil, errors.New("the key set is too large")
	}
	return parseKeySet(body, s.now())
}
