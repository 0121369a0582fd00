package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/maskinporten-go/maskinporten"
)

// createClient looks whether it was done when the answer was lost: the service
// would make a second client of the same name.
func (w *worker) createClient(ctx context.Context) error {
	owned := pick(w, w.model.scopes, isActive)
	if owned == "" || len(w.model.clients) >= 5 {
		return nil
	}
	name := w.name()
	var id string
	return w.change(ctx, func() error {
		made, err := w.client.Clients.Create(ctx, maskinporten.ClientCreate{Name: name, Scopes: []string{owned}})
		if errors.Is(err, maskinporten.ErrOutcomeUnknown) {
			if found, lookErr := w.find(ctx, name); lookErr != nil || found != "" {
				id = found
				return lookErr
			}
		}
		if err == nil {
			id = made.ClientID
		}
		return err
	}, func() { w.model.clients[name] = app{id: id, active: true, keys: map[string]bool{}} })
}

func (w *worker) find(ctx context.Context, name string) (id string, err error) {
	err = w.insist(ctx, func() error {
		clients, err := maskinporten.Collect(w.client.Clients.All(ctx, maskinporten.ClientFilter{Inactive: true}))
		for _, c := range clients {
			if c.Name == name {
				id = c.ClientID
			}
		}
		return err
	})
	return id, err
}

// keyNumber is the kid's among the test keys.
func kid(number int) string { return fmt.Sprintf("key-%d", number) }

func (w *worker) publicKey(number int) (maskinporten.JSONWebKey, error) {
	return w.server.Key(number, kid(number)).PublicJWK()
}

func (w *worker) addKey(ctx context.Context) error {
	name := pick(w, w.model.clients, func(a app) bool { return len(a.keys) < maskinporten.MaxKeys })
	if name == "" {
		return nil
	}
	number := w.random.IntN(10)
	public, err := w.publicKey(number)
	if err != nil {
		return err
	}
	a := w.model.clients[name]
	return w.change(ctx, func() error { _, err := w.client.Clients.AddKey(ctx, a.id, public); return err }, func() { a.keys[kid(number)] = true })
}

func (w *worker) removeKey(ctx context.Context) error {
	name := pick(w, w.model.clients, func(a app) bool { return len(a.keys) > 0 })
	if name == "" {
		return nil
	}
	a := w.model.clients[name]
	id := pick(w, a.keys, func(bool) bool { return true })
	return w.change(ctx, func() error {
		err := w.client.Clients.RemoveKey(ctx, a.id, id)
		if errors.Is(err, maskinporten.ErrNotFound) { // done by an attempt whose answer was lost
			return nil
		}
		return err
	}, func() { delete(a.keys, id) })
}

func (w *worker) replaceKeys(ctx context.Context) error {
	name := pick(w, w.model.clients, func(app) bool { return true })
	if name == "" || w.random.IntN(3) > 0 {
		return nil
	}
	var set []maskinporten.JSONWebKey
	keys := map[string]bool{}
	for _, number := range w.random.Perm(10)[:1+w.random.IntN(maskinporten.MaxKeys)] {
		public, err := w.publicKey(number)
		if err != nil {
			return err
		}
		set = append(set, public)
		keys[kid(number)] = true
	}
	a := w.model.clients[name]
	a.keys = keys
	return w.change(ctx, func() error { _, err := w.client.Clients.ReplaceKeys(ctx, a.id, set); return err }, func() { w.model.clients[name] = a })
}

func (w *worker) toggleClient(ctx context.Context) error {
	name := pick(w, w.model.clients, func(app) bool { return true })
	if name == "" {
		return nil
	}
	a := w.model.clients[name]
	a.active = !a.active
	return w.change(ctx, func() error {
		if a.active {
			_, err := w.client.Clients.Reactivate(ctx, a.id)
			return err
		}
		return w.client.Clients.Deactivate(ctx, a.id)
	}, func() { w.model.clients[name] = a })
}

// token asks for a token with a key of a client: an active one gets it, an
// inactive one doesn't.
func (w *worker) token(ctx context.Context) error {
	name := pick(w, w.model.clients, func(a app) bool { return len(a.keys) > 0 })
	if name == "" {
		return nil
	}
	a := w.model.clients[name]
	var number int
	if _, err := fmt.Sscanf(pick(w, a.keys, func(bool) bool { return true }), "key-%d", &number); err != nil {
		return err
	}
	auth, err := maskinporten.NewAuthenticator(w.server.Endpoints(maskinporten.Test),
		maskinporten.Credentials{ClientID: a.id, Key: w.server.Key(number, kid(number))}, w.server.ClientOptions()...)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	err = w.insist(ctx, func() error {
		_, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{"difi:no-such-scope"}})
		return err
	})
	want := maskinporten.ErrScopeNotRegistered // recognised, key and all
	if !a.active {
		want = maskinporten.ErrClientNotFound
	}
	if !errors.Is(err, want) {
		return fmt.Errorf("client %s (active: %t), key %d: got %w", name, a.active, number, err)
	}
	return nil
}
