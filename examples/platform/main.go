// Command platform is what a platform team runs each night: scopes, accesses and
// clients are brought to what a file says, new clients get keys, keys that expire
// are rotated. Here on two nights, eleven months apart, of the mock server.
package main

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

//go:embed state.json
var stateFile []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	server, err := mockserver.New()
	if err == nil {
		err = run(ctx, os.Stdout, server)
	}
	if stop(); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, server *mockserver.Server) error {
	p := &platform{log: log.New(out, "", 0), newKey: maskinporten.NewKey, vault: map[string]*maskinporten.Key{}}
	p.client = server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"), maskinporten.WithObserver(maskinporten.Observer{Token: p.watch}))
	defer func() { _ = p.client.Close() }()
	for range 2 {
		if err := p.night(ctx, stateFile, server.Clock().Now()); err != nil {
			return err
		}
		server.Clock().Advance(340 * 24 * time.Hour)
	}
	return nil
}

// platform keeps one organisation's things.
type platform struct {
	client *maskinporten.Client
	log    *log.Logger
	newKey func(kid string) (*maskinporten.Key, error)
	vault  map[string]*maskinporten.Key // by client id: where programs get their keys
}

// watch tells how tokens are got: metrics would count it.
func (p *platform) watch(_ context.Context, event maskinporten.TokenEvent) {
	p.log.Printf("  (a token for %s: %s; calls served from memory since the last one: %d)", strings.Join(event.Scopes, " "), event.Kind, event.Served)
}

func (p *platform) night(ctx context.Context, file []byte, now time.Time) error {
	kid := now.UTC().Format(time.DateOnly)
	p.log.Printf("=== %s", kid)
	state, err := desired.Parse(file)
	if err == nil {
		err = p.reach(ctx, state)
	}
	if err == nil {
		err = p.firstKeys(ctx, state, kid)
	}
	if err != nil {
		return err
	}
	return p.rotate(ctx)
}

// reach shows what would change, and changes it. What fails is tried again by
// a new plan, which holds only what is missing.
func (p *platform) reach(ctx context.Context, state *desired.State) (err error) {
	for range 5 {
		var changes *desired.ChangeSet
		if changes, err = desired.Plan(ctx, p.client, state, desired.Options{}); err != nil {
			continue
		}
		p.log.Printf("%s", changes)
		_, err = changes.Apply(ctx, desired.ApplyOptions{Progress: func(progress desired.Progress) {
			p.log.Printf("%d of %d %s: %s", progress.Done, progress.Total, progress.Item.Status(), progress.Item)
		}})
		if err == nil || errors.Is(err, maskinporten.ErrInvalidArgument) {
			return err
		}
	}
	return err
}

// firstKeys gives a key to each client of the state that has none.
func (p *platform) firstKeys(ctx context.Context, state *desired.State, kid string) error {
	for client, err := range p.client.Clients.All(ctx, maskinporten.ClientFilter{}) {
		if err != nil {
			return err
		}
		ours := func(wanted desired.Client) bool { return wanted.Name == client.Name }
		switch keys, err := maskinporten.Collect(p.client.Clients.Keys(ctx, client.ClientID)); {
		case err != nil:
			return err
		case len(keys) > 0 || !slices.ContainsFunc(state.Clients, ours):
			continue
		}
		key, err := p.newKey(kid)
		if err != nil {
			return err
		}
		p.vault[client.ClientID] = key // before the service learns of it
		public, err := key.PublicJWK()
		if err == nil {
			_, err = p.client.Clients.AddKey(ctx, client.ClientID, public)
		}
		if err != nil {
			return err
		}
		p.log.Printf("%s has its first key, %s", client.Name, kid)
	}
	return nil
}

// rotate renews the keys that have less than thirty days left. A new key waits
// in a place of its own until it works.
func (p *platform) rotate(ctx context.Context) error {
	var lock sync.Mutex // several clients are rotated at a time
	put := func(place map[string]*maskinporten.Key) func(context.Context, string, *maskinporten.Key) error {
		return func(_ context.Context, clientID string, key *maskinporten.Key) error {
			lock.Lock()
			defer lock.Unlock()
			place[clientID] = key
			return nil
		}
	}
	result, err := p.client.Clients.RotateExpiring(ctx, 30*24*time.Hour, put(map[string]*maskinporten.Key{}), maskinporten.RotateAllOptions{
		NewKey: p.newKey, Switch: put(p.vault),
		Only: func(c *maskinporten.ClientRegistration) bool { return p.vault[c.ClientID] != nil },
	})
	for _, done := range result.Done() {
		p.log.Printf("%s: key %s had to go by %s; now it is %s", done.ClientName, done.OldKeys[0], done.Expires.Format(time.DateOnly), done.NewKey)
	}
	return err
}
