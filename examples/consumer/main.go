// Command consumer plays a consumer's story against the mock server, in memory:
// a client, a key, a token, and a call to an API that checks it.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"

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

const scope = "difi:weather.read"

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	consumer := server.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	if err := offerAPI(ctx, server, consumer.OrgNo); err != nil {
		return err
	}
	credentials, err := register(ctx, out, server, consumer)
	if err != nil {
		return err
	}
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), credentials, server.ClientOptions()...)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	return useAPI(ctx, out, server, auth)
}

// offerAPI is the provider's part: a scope, and access to it.
func offerAPI(ctx context.Context, server *mockserver.Server, consumer maskinporten.OrgNo) error {
	provider := server.Client(server.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	if _, err := provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "weather.read", Description: "Read the weather"}); err != nil {
		return err
	}
	_, err := provider.Access.Grant(ctx, scope, consumer)
	return err
}

// register makes the client and puts a key on it.
func register(ctx context.Context, out io.Writer, server *mockserver.Server, consumer *mockserver.Organization) (maskinporten.Credentials, error) {
	admin := server.Client(consumer)
	for access, err := range admin.Access.Received(ctx, maskinporten.AccessFilter{}) {
		if err != nil {
			return maskinporten.Credentials{}, err
		}
		_, _ = fmt.Fprintf(out, "we may use %s of %s\n", access.Scope, access.OwnerOrganizationName)
	}
	app, err := admin.Clients.Create(ctx, maskinporten.ClientCreate{Name: "weather-reader", Description: "Tells what to wear", Scopes: []string{scope}})
	if err != nil {
		return maskinporten.Credentials{}, err
	}
	_, _ = fmt.Fprintf(out, "client %s (%s, %s)\n", app.Name, app.IntegrationType, app.TokenEndpointAuthMethod)

	key := server.Key(0, "weather-reader-1")
	public, err := key.PublicJWK()
	if err != nil {
		return maskinporten.Credentials{}, err
	}
	registered, err := admin.Clients.AddKey(ctx, app.ClientID, public)
	if err != nil {
		return maskinporten.Credentials{}, err
	}
	_, _ = fmt.Fprintf(out, "key %s expires in %d days\n", registered.KeyID, int(registered.Expires().Sub(server.Clock().Now()).Hours()/24))

	credentials := maskinporten.Credentials{ClientID: app.ClientID, Key: key}
	_, err = admin.Clients.WaitReady(ctx, credentials, maskinporten.TokenRequest{Scopes: []string{scope}}, maskinporten.WaitOptions{})
	return credentials, err
}

// useAPI calls a small API that takes Maskinporten's tokens.
func useAPI(ctx context.Context, out io.Writer, server *mockserver.Server, auth *maskinporten.Authenticator) error {
	verifier, err := verify.New(server.Endpoints(maskinporten.Test), verify.WithHTTPClient(server.HTTPClient()), verify.WithClock(server.Clock().Now))
	if err != nil {
		return err
	}
	defer func() { _ = verifier.Close() }()
	api := httptest.NewServer(verifier.Middleware(http.HandlerFunc(weather), verify.RequireScope(scope)))
	defer api.Close()

	// The token for the API travels over the API's own connection; only the
	// token requests go to the mock, in memory.
	client := &http.Client{Transport: auth.Transport(maskinporten.TokenRequest{Scopes: []string{scope}}, http.DefaultTransport)}
	for _, caller := range []struct {
		name   string
		client *http.Client
	}{{"without a token", http.DefaultClient}, {"with a token", client}} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, api.URL, nil)
		if err != nil {
			return err
		}
		answer, err := caller.client.Do(request)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s: %s %.60s\n", caller.name, answer.Status, body)
	}
	return nil
}

func weather(w http.ResponseWriter, r *http.Request) {
	claims, ok := verify.FromContext(r.Context())
	if !ok {
		http.Error(w, "no claims", http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, "rain, says the API to %s", claims.Consumer.OrgNo)
}
