package verify

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/flight"
)

const (
	askTimeout = 5 * time.Second
	// askAgainAfter lies between two questions after one that failed.
	askAgainAfter = time.Second
	// staleLives is how many times its life an answer is used while there is
	// no new one.
	staleLives = 10
	maxAnswers = 10_000
	// sweepPause lies between two looks at all answers.
	sweepPause = time.Second
)

// answers keeps what a service at a distance says. One question is under way
// for all who want to know the same, and an answer that has lived is used on
// for a while when no new one can be had.
type answers[K comparable, V any] struct {
	ask  func(ctx context.Context, key K) (V, error)
	life time.Duration
	// cheap answers, which strangers can cause at will, displace no others.
	cheap func(V) bool

	mu   sync.Mutex // guards kept and what it holds; not held while asking
	kept map[K]*answer[V]
	// swept is when answers that have lived were looked for.
	swept time.Time
}

// answer is what is known about one key.
type answer[V any] struct {
	flight  flight.Group[V]
	running bool
	known   bool
	value   V
	asked   time.Time
	failed  time.Time // zero: the last question was answered
	failure error
}

// get returns an answer that is there, or asks.
func (a *answers[K, V]) get(ctx context.Context, now func() time.Time, key K) (V, error) {
	for {
		a.mu.Lock()
		kept := a.at(key)
		value, err, ok := kept.use(now(), a.life)
		a.mu.Unlock()
		if ok {
			return value, err
		}
		allowed := func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			_, _, known := kept.use(now(), a.life)
			kept.running = !known
			return !known
		}
		run := kept.flight.Join(allowed, func() (V, error) { return a.askNow(ctx, now, key, kept) })
		if run == nil {
			continue
		}
		if value, err = run.Wait(ctx); err == nil {
			return value, nil
		}
		if ctx.Err() != nil {
			return value, context.Cause(ctx)
		}
	}
}

// use returns what can be said without asking, if anything.
func (a *answer[V]) use(now time.Time, life time.Duration) (value V, err error, ok bool) { //nolint:revive // the error belongs to the answer
	age := now.Sub(a.asked)
	if a.known && age < life {
		return a.value, nil, true
	}
	if a.failed.IsZero() || now.Sub(a.failed) >= askAgainAfter {
		return value, nil, false
	}
	if a.known && age < staleLives*life {
		return a.value, nil, true
	}
	return value, a.failure, true
}

// askNow asks for all who wait: it goes on when the one who began gives up. A
// panic of the service is its answer, since it would end the program here.
func (a *answers[K, V]) askNow(ctx context.Context, now func() time.Time, key K, kept *answer[V]) (value V, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("verify: the question panicked: %v", problem)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		kept.running = false
		if err != nil {
			kept.failed, kept.failure = now(), err
		} else {
			kept.known, kept.value, kept.asked, kept.failed, kept.failure = true, value, now(), time.Time{}, nil
		}
		a.bound(key, now())
	}()
	return a.ask(ctx, key)
}

// at returns the place of an answer, and makes one if there is none. The caller
// holds the lock.
func (a *answers[K, V]) at(key K) *answer[V] {
	if kept, ok := a.kept[key]; ok {
		return kept
	}
	if a.kept == nil {
		a.kept = map[K]*answer[V]{}
	}
	kept := &answer[V]{}
	a.kept[key] = kept
	return kept
}

// bound makes room when there are too many answers: it drops those that have
// lived, else any one of the others, or the new one where that is cheap. The
// caller holds the lock.
func (a *answers[K, V]) bound(newest K, now time.Time) {
	if len(a.kept) <= maxAnswers {
		return
	}
	if now.Sub(a.swept) >= sweepPause {
		a.swept = now
		maps.DeleteFunc(a.kept, func(_ K, kept *answer[V]) bool { return !kept.running && now.Sub(kept.asked) >= a.life })
	}
	if added := a.kept[newest]; len(a.kept) > maxAnswers && (added == nil || !added.known || a.cheap != nil && a.cheap(added.value)) {
		delete(a.kept, newest)
	}
	for key, kept := range a.kept {
		if len(a.kept) <= maxAnswers {
			return
		}
		if !kept.running && key != newest {
			delete(a.kept, key)
		}
	}
}
