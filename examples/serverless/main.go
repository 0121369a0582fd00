// Command serverless plays a function that is started for each event, many
// times at once, and lives for one call: without a shared cache each would ask
// for a token of its own. Played against the mock server.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const scope = "difi:weather.read"

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	app := server.App(server.AddOrganization("889640782", "Arbeids- og velferdsetaten"), scope)
	sealing := make([]byte, 32) // all instances have it, from where secrets are kept
	_, _ = rand.Read(sealing)   // it never fails
	cache := &cache{entries: map[string]entry{}}

	before := 0
	for _, story := range []struct {
		what    string
		options []maskinporten.Option
	}{
		{"without a shared cache", nil},
		{"with one", []maskinporten.Option{maskinporten.WithTokenCache(cache, sealing)}},
	} {
		if err := events(ctx, server, app, story.options); err != nil {
			return err
		}
		total := tokenRequests(server)
		_, _ = fmt.Fprintf(out, "%s: 40 instances, %d token requests\n", story.what, total-before)
		before = total
	}
	_, _ = fmt.Fprintf(out, "in the cache: %d entry, in which the token can't be seen: %t\n", len(cache.entries), !cache.shows("eyJ"))
	return nil
}

// events starts an instance for each event: one to begin with, and then the
// others at once.
func events(ctx context.Context, server *mockserver.Server, app maskinporten.Credentials, options []maskinporten.Option) error {
	failures := make([]error, 40)
	failures[0] = instance(ctx, server, app, options)
	var others sync.WaitGroup
	for i := range failures[1:] {
		others.Go(func() { failures[i+1] = instance(ctx, server, app, options) })
	}
	others.Wait()
	return errors.Join(failures...)
}

// instance is one life of the function.
func instance(ctx context.Context, server *mockserver.Server, app maskinporten.Credentials, options []maskinporten.Option) error {
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), app, append(server.ClientOptions(), options...)...)
	if err != nil {
		return err
	}
	_, err = auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scope}})
	return errors.Join(err, auth.Close())
}

func tokenRequests(server *mockserver.Server) (count int) {
	for _, request := range server.Requests() {
		if strings.HasSuffix(request.Path, "/token") {
			count++
		}
	}
	return count
}

// cache stands in for Redis or Valkey, for which the module rediscache has a
// [maskinporten.TokenCache]: it keeps bytes, and forgets them in time.
type cache struct {
	mu      sync.Mutex
	entries map[string]entry
}

type entry struct {
	value []byte
	until time.Time
}

func (c *cache) Get(_ context.Context, key string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.entries[key]; time.Now().Before(found.until) {
		return found.value, nil
	}
	return nil, nil
}

func (c *cache) Set(_ context.Context, key string, value []byte, life time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[key] = entry{value: value, until: time.Now().Add(life)}
	return nil
}

func (c *cache) shows(text string) bool {
	for key, entry := range c.entries {
		if strings.Contains(key+string(entry.value), text) {
			return true
		}
	}
	return false
}
