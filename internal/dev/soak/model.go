package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten"
)

// model is what must be true of the mock: a line for each fact, by its name.
type model struct {
	scopes   map[string]scope
	accesses map[string]bool // scope and consumer
	clients  map[string]app  // by name, which no two share
}

type scope struct {
	active      bool
	description string
}

type app struct {
	id     string
	active bool
	keys   map[string]bool
}

func newModel() *model {
	return &model{scopes: map[string]scope{}, accesses: map[string]bool{}, clients: map[string]app{}}
}

func (m *model) add(other *model) {
	maps.Copy(m.scopes, other.scopes)
	maps.Copy(m.accesses, other.accesses)
	maps.Copy(m.clients, other.clients)
}

func (m *model) size() compared {
	c := compared{scopes: len(m.scopes), clients: len(m.clients), accesses: len(m.accesses)}
	for _, a := range m.clients {
		c.keys += len(a.keys)
	}
	return c
}

// soakPrefix begins the names of all clients that the workers make.
const soakPrefix = "soak-"

// readModel reads what the mock has, of all that the workers made.
func readModel(ctx context.Context, client *maskinporten.Client) (*model, error) {
	m := newModel()
	for s, err := range client.Scopes.All(ctx, maskinporten.ScopeFilter{Inactive: true}) {
		if err != nil {
			return nil, err
		}
		m.scopes[s.Name] = scope{active: s.Active, description: s.Description}
	}
	for a, err := range client.Access.Given(ctx, maskinporten.AccessFilter{}) {
		if err != nil {
			return nil, err
		}
		key := a.Scope + " " + string(a.ConsumerOrgNo)
		if m.accesses[key] {
			return nil, fmt.Errorf("access %s is there twice", key)
		}
		m.accesses[key] = a.Approved()
	}
	return m, m.readClients(ctx, client)
}

func (m *model) readClients(ctx context.Context, client *maskinporten.Client) error {
	for c, err := range client.Clients.All(ctx, maskinporten.ClientFilter{Inactive: true}) {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(c.Name, soakPrefix) {
			continue
		}
		if _, twice := m.clients[c.Name]; twice {
			return fmt.Errorf("client %s is there twice", c.Name)
		}
		keys, err := maskinporten.Collect(client.Clients.Keys(ctx, c.ClientID))
		if err != nil {
			return err
		}
		a := app{id: c.ClientID, active: c.Active, keys: map[string]bool{}}
		for _, key := range keys {
			a.keys[key.KeyID] = true
		}
		m.clients[c.Name] = a
	}
	return nil
}

// differences lists where the mock is not as it must be.
func (m *model) differences(actual *model) error {
	return errors.Join(
		differ("scope", m.scopes, actual.scopes, func(a, b scope) bool { return a == b }),
		differ("access", m.accesses, actual.accesses, func(a, b bool) bool { return a == b }),
		differ("client", m.clients, actual.clients, func(a, b app) bool {
			return a.id == b.id && a.active == b.active && maps.Equal(a.keys, b.keys)
		}),
	)
}

func differ[T any](kind string, expected, actual map[string]T, equal func(a, b T) bool) error {
	all := maps.Clone(expected)
	maps.Copy(all, actual)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(all)) {
		want, wanted := expected[name]
		is, there := actual[name]
		if wanted != there || !equal(want, is) {
			errs = append(errs, fmt.Errorf("%s %s: expected %+v (%t), the mock has %+v (%t)", kind, name, want, wanted, is, there))
		}
	}
	return errors.Join(errs...)
}
