// Command rotate changes a client's key while its programs work, against the
// mock server in memory, and shows that no request is lost. On the mock, as on
// the real service, it takes a while until the token endpoint knows a new key.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, 1500*time.Millisecond)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const scope = "difi:load.test"

func run(ctx context.Context, out io.Writer, propagation time.Duration) error {
	server, err := mockserver.New(mockserver.WithPropagation(propagation))
	if err != nil {
		return err
	}
	admin := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	old, credentials, err := prepare(ctx, server, admin)
	if err != nil {
		return err
	}
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), credentials, server.ClientOptions()...)
	if err != nil {
		return err
	}
	load := start(ctx, auth)
	err = admin.Clients.RotateKey(ctx, credentials.ClientID, server.Key(1, "2026-autumn"), maskinporten.RotateOptions{
		Old: old, Request: maskinporten.TokenRequest{Scopes: []string{scope}},
		Progress: func(p maskinporten.RotateProgress) { _, _ = fmt.Fprintln(out, describe(p)) },
		Switch: func(_ context.Context, key *maskinporten.Key) error {
			return auth.SetCredentials(maskinporten.Credentials{ClientID: credentials.ClientID, Key: key})
		},
	})
	sent, lost := load.stop()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d token requests were made meanwhile, %d failed\n", sent, lost)
	keys, err := maskinporten.Collect(admin.Clients.Keys(ctx, credentials.ClientID))
	if err != nil {
		return err
	}
	for _, key := range keys {
		_, _ = fmt.Fprintf(out, "on the client: %s\n", key.KeyID)
	}
	if lost > 0 || sent == 0 {
		return fmt.Errorf("%d of %d requests failed", lost, sent)
	}
	return nil
}

// describe says what a step does.
func describe(p maskinporten.RotateProgress) string {
	switch p.Step {
	case maskinporten.RotateCheck:
		return "the client and its keys are looked at"
	case maskinporten.RotateRoom:
		return "is there room for one more key? There is"
	case maskinporten.RotateStore:
		return fmt.Sprintf("%q is kept before the service learns of it", p.NewKey)
	case maskinporten.RotateAdd:
		return fmt.Sprintf("%q is put on the client, beside %q", p.NewKey, p.OldKey)
	case maskinporten.RotateProve:
		if p.Wait.Attempt == 0 {
			return fmt.Sprintf("%q is tried until it gets a token", p.NewKey)
		}
		return fmt.Sprintf("    attempt %d: the token endpoint doesn't know it yet", p.Wait.Attempt)
	case maskinporten.RotateSwitch:
		return fmt.Sprintf("the program goes over to %q", p.NewKey)
	case maskinporten.RotateRemove:
		return fmt.Sprintf("%q is taken off the client", p.OldKey)
	case maskinporten.RotateDone:
		return "done"
	}
	return string(p.Step)
}

// prepare makes a client with a key that works.
func prepare(ctx context.Context, server *mockserver.Server, admin *maskinporten.Client) (kid string, c maskinporten.Credentials, err error) {
	if _, err := admin.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "load.test", Description: "For load"}); err != nil {
		return "", c, err
	}
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "load", Description: "Never sleeps", Scopes: []string{scope}})
	if err != nil {
		return "", c, err
	}
	c = maskinporten.Credentials{ClientID: app.ClientID, Key: server.Key(0, "2025-autumn")}
	public, err := c.Key.PublicJWK()
	if err != nil {
		return "", c, err
	}
	if _, err := admin.Clients.AddKey(ctx, app.ClientID, public); err != nil {
		return "", c, err
	}
	_, err = admin.Clients.WaitReady(ctx, c, maskinporten.TokenRequest{Scopes: []string{scope}}, maskinporten.WaitOptions{})
	return c.Key.KeyID(), c, err
}

// load asks for a fresh token over and over.
type load struct {
	done       context.CancelFunc
	workers    sync.WaitGroup
	sent, lost atomic.Int64
	begun      sync.Once
}

func start(ctx context.Context, auth *maskinporten.Authenticator) *load {
	l := &load{}
	working := make(chan struct{})
	ctx, l.done = context.WithCancel(ctx)
	for range 2 {
		l.workers.Go(func() {
			for ctx.Err() == nil {
				n := l.sent.Add(1)
				_, err := auth.Token(context.WithoutCancel(ctx), maskinporten.TokenRequest{
					Scopes: []string{scope}, Resource: []string{fmt.Sprintf("https://api.example.no/%d", n)}, // a token of its own, so a new grant
				})
				l.begun.Do(func() { close(working) })
				if err != nil {
					l.lost.Add(1)
					continue
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	<-working
	return l
}

func (l *load) stop() (sent, lost int64) {
	l.done()
	l.workers.Wait()
	return l.sent.Load(), l.lost.Load()
}
