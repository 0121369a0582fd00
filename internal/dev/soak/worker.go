package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// worker does random things with objects of its own, and writes down what must
// be true afterwards.
type worker struct {
	number   int
	random   *rand.Rand
	server   *mockserver.Server
	client   *maskinporten.Client
	model    *model
	made     int // names that were given
	calls    *atomic.Int64
	failures *atomic.Int64
}

func newWorker(number int, seed uint64, server *mockserver.Server, client *maskinporten.Client, calls, failures *atomic.Int64) *worker {
	return &worker{
		number: number, random: rand.New(rand.NewPCG(seed, uint64(number))), //nolint:gosec // reproducible on purpose
		server: server, client: client, model: newModel(), calls: calls, failures: failures,
	}
}

// step does one thing.
func (w *worker) step(ctx context.Context) error {
	w.calls.Add(1)
	steps := []func(context.Context) error{
		w.createScope, w.updateScope, w.updateScope, w.grant, w.grant, w.grant, w.revoke, w.retire, w.reactivate,
		w.createClient, w.addKey, w.addKey, w.removeKey, w.replaceKeys, w.toggleClient, w.token, w.token,
	}
	if err := steps[w.random.IntN(len(steps))](ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("worker %d: %w", w.number, err)
	}
	return nil
}

// patience is how often a call is made again whose failure is the network's or
// the service's.
const patience = 50

// insist makes a call that may be repeated until it is answered.
func (w *worker) insist(ctx context.Context, call func() error) error {
	var err error
	for range patience {
		if err = call(); err == nil || !isTransient(err) || ctx.Err() != nil {
			return err
		}
		w.failures.Add(1)
	}
	return err
}

// change is insist for a call that changes something; where it did, so does the model.
func (w *worker) change(ctx context.Context, call func() error, model func()) error {
	err := w.insist(ctx, call)
	if err == nil {
		model()
	}
	return err
}

// isTransient reports whether an error says nothing about the call itself.
func isTransient(err error) bool {
	return errors.Is(err, maskinporten.ErrUnavailable) || errors.Is(err, maskinporten.ErrOutcomeUnknown) || errors.Is(err, maskinporten.ErrBadAnswer)
}

func (w *worker) name() string {
	w.made++
	return fmt.Sprintf("%s%d-%d", soakPrefix, w.number, w.made)
}

// pick returns one of the names, or "".
func pick[T any](w *worker, m map[string]T, fits func(T) bool) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if fits(m[name]) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[w.random.IntN(len(names))]
}

func isActive(s scope) bool { return s.active }

// createScope takes a conflict after a lost answer for a success: nobody else
// gives this name.
func (w *worker) createScope(ctx context.Context) error {
	name := w.name()
	lost := false
	return w.change(ctx, func() error {
		_, err := w.client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: name, Description: "0"})
		if lost && errors.Is(err, maskinporten.ErrConflict) {
			return nil
		}
		lost = lost || errors.Is(err, maskinporten.ErrOutcomeUnknown)
		return err
	}, func() { w.model.scopes["difi:"+name] = scope{active: true, description: "0"} })
}

// updateScope counts in the description.
func (w *worker) updateScope(ctx context.Context) error {
	name := pick(w, w.model.scopes, isActive)
	if name == "" {
		return nil
	}
	next := scope{active: true, description: fmt.Sprint(w.calls.Load())}
	return w.change(ctx, func() error {
		_, err := w.client.Scopes.Update(ctx, name, func(s *maskinporten.Scope) error {
			s.Description = next.description
			return nil
		})
		return err
	}, func() { w.model.scopes[name] = next })
}

func (w *worker) grant(ctx context.Context) error {
	name := pick(w, w.model.scopes, isActive)
	if name == "" {
		return nil
	}
	consumer := mockserver.SampleOrgNo(w.random.IntN(50))
	return w.change(ctx, func() error {
		_, err := w.client.Access.Grant(ctx, name, consumer)
		return err
	}, func() { w.model.accesses[name+" "+string(consumer)] = true })
}

func (w *worker) revoke(ctx context.Context) error {
	key := pick(w, w.model.accesses, func(bool) bool { return true })
	if key == "" {
		return nil
	}
	var name, consumer string
	if _, err := fmt.Sscan(key, &name, &consumer); err != nil {
		return err
	}
	return w.change(ctx, func() error {
		_, err := w.client.Access.Revoke(ctx, name, maskinporten.OrgNo(consumer))
		return err
	}, func() { delete(w.model.accesses, key) })
}

func (w *worker) retire(ctx context.Context) error {
	name := pick(w, w.model.scopes, isActive)
	if name == "" || w.random.IntN(3) > 0 {
		return nil
	}
	return w.change(ctx, func() error { _, err := w.client.Scopes.Retire(ctx, name, maskinporten.ApplyOptions{}); return err }, func() {
		w.model.scopes[name] = scope{description: w.model.scopes[name].description}
		maps.DeleteFunc(w.model.accesses, func(key string, _ bool) bool { return key[:len(name)+1] == name+" " })
	})
}

func (w *worker) reactivate(ctx context.Context) error {
	name := pick(w, w.model.scopes, func(s scope) bool { return !s.active })
	if name == "" {
		return nil
	}
	return w.change(ctx, func() error { _, err := w.client.Scopes.Reactivate(ctx, name); return err }, func() {
		w.model.scopes[name] = scope{active: true, description: w.model.scopes[name].description}
	})
}
