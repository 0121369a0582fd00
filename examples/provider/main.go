// Command provider plays an API provider's story against the mock server, in
// memory: a small API that checks the tokens that arrive, and what becomes of
// good, insufficient, forged, old and revoked ones.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/verify"
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

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	provider := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	consumer := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	for _, subscope := range []string{"things.read", "things.write"} {
		if _, err := provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: subscope, Description: "Things"}); err != nil {
			return err
		}
		if _, err := provider.Access.Grant(ctx, "difi:"+subscope, consumer.OrgNo); err != nil {
			return err
		}
	}
	auth, err := register(ctx, server, consumer)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()

	verifier, err := newVerifier(server.Endpoints(maskinporten.Test), newLog(out), verify.WithHTTPClient(server.HTTPClient()), verify.WithClock(server.Clock().Now))
	if err != nil {
		return err
	}
	defer func() { _ = verifier.Close() }()
	v := visitor{api: newAPI(verifier, provider.Access), out: out, server: server}
	return v.visit(ctx, auth, func() error {
		_, err := provider.Access.Revoke(ctx, scopeWrite, consumer.OrgNo)
		return err
	})
}

// newLog writes the audit lines, without what differs from run to run.
func newLog(out io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, "duration", "client_id", "token_id":
			return slog.Attr{}
		}
		return a
	}}))
}

// register is the consumer's part: a client with a key.
func register(ctx context.Context, server *mockserver.Server, consumer *mockserver.Organization) (*maskinporten.Authenticator, error) {
	admin := server.Client(consumer)
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "things", Description: "Uses things", Scopes: []string{scopeRead, scopeWrite}})
	if err != nil {
		return nil, err
	}
	key := server.Key(0, "things-1")
	public, err := key.PublicJWK()
	if err != nil {
		return nil, err
	}
	if _, err := admin.Clients.AddKey(ctx, app.ClientID, public); err != nil {
		return nil, err
	}
	return maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, server.ClientOptions()...)
}

// visitor calls the API with all sorts of tokens.
type visitor struct {
	api    http.Handler
	out    io.Writer
	server *mockserver.Server
}

func (v visitor) visit(ctx context.Context, auth *maskinporten.Authenticator, revoke func() error) error {
	reads, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scopeRead}})
	if err != nil {
		return err
	}
	writes, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{scopeWrite}})
	if err != nil {
		return err
	}
	v.call(ctx, "no token", "GET /things", "")
	v.call(ctx, "a token for reading", "GET /things", reads.AccessToken)
	v.call(ctx, "a token for reading", "PUT /things/one", reads.AccessToken)
	v.call(ctx, "a token for writing", "PUT /things/one", writes.AccessToken)

	supplied := map[string]any{"scope": scopeRead, "supplier": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:910753614"}}
	v.call(ctx, "a supplier's token", "GET /things", v.server.Token(maskinporten.Test, supplied))
	v.call(ctx, "a token of production", "GET /things", v.server.Token(maskinporten.Prod, supplied))
	v.call(ctx, "a token whose claims were changed", "GET /things", v.server.Token(maskinporten.Test, supplied, mockserver.FlawTampered))
	v.call(ctx, "an unsigned token", "GET /things", v.server.Token(maskinporten.Test, supplied, mockserver.FlawUnsigned))

	if err := revoke(); err != nil {
		return err
	}
	v.server.Clock().Advance(time.Minute)
	v.call(ctx, "a token that outlived the access", "PUT /things/one", writes.AccessToken)
	v.server.Clock().Advance(time.Hour)
	v.call(ctx, "an old token", "GET /things", reads.AccessToken)
	return nil
}

// call makes a call in memory and prints what comes back.
func (v visitor) call(ctx context.Context, what, route, token string) {
	method, path, _ := strings.Cut(route, " ")
	request := httptest.NewRequestWithContext(ctx, method, path, http.NoBody)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	_, _ = fmt.Fprintf(v.out, "\n%s: %s\n", what, route)
	answer := httptest.NewRecorder()
	v.api.ServeHTTP(answer, request)
	_, _ = fmt.Fprintf(v.out, "%d %s\n", answer.Code, strings.TrimSpace(answer.Body.String()))
	if challenge := answer.Header().Get("WWW-Authenticate"); challenge != "" {
		_, _ = fmt.Fprintf(v.out, "WWW-Authenticate: %s\n", challenge)
	}
}
