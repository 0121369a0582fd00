// Command relay plays a service that is consumer and provider at once: it offers
// a forecast to those who may have it, and gets the weather that it is made of
// from another organisation's API. Played against the mock server, in memory.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
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

// The two APIs and their scopes.
const (
	weatherAPI, weatherScope   = "https://weather.example.no", "difi:weather.read"
	forecastAPI, forecastScope = "https://forecast.example.no", "brreg:forecast.read"
)

func run(ctx context.Context, out io.Writer) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	verifier, err := verify.New(server.Endpoints(maskinporten.Test), verify.WithHTTPClient(server.HTTPClient()), verify.WithClock(server.Clock().Now))
	if err != nil {
		return err
	}
	defer func() { _ = verifier.Close() }()
	server.Handle(weatherAPI, verifier.Middleware(http.HandlerFunc(weather), verify.RequireScope(weatherScope)))

	// The relay in the middle has a client of its own, and checks those of others.
	auth, err := signIn(server, server.AddOrganization("974760673", "Brønnøysundregistrene"), weatherScope)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	server.Handle(forecastAPI, newRelay(verifier, auth))

	for _, caller := range []struct {
		name, orgno string
		scope       string
	}{{"who has access", "889640782", forecastScope}, {"who has only the weather", "910753614", weatherScope}} {
		if err := call(ctx, out, server, caller.name, maskinporten.OrgNo(caller.orgno), caller.scope); err != nil {
			return err
		}
	}
	return nil
}

func signIn(server *mockserver.Server, organization *mockserver.Organization, scope string) (*maskinporten.Authenticator, error) {
	return maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), server.App(organization, scope), server.ClientOptions()...)
}

// call is what a consumer of the relay does.
func call(ctx context.Context, out io.Writer, server *mockserver.Server, name string, orgno maskinporten.OrgNo, scope string) error {
	auth, err := signIn(server, server.AddOrganization(orgno, name), scope)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	status, body, err := get(ctx, auth.Client(maskinporten.TokenRequest{Scopes: []string{scope}}), forecastAPI+"/forecast")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%s: %d %s\n", name, status, body)
	return nil
}

// weather is the other organisation's API. It sees the relay, and nobody behind it.
func weather(w http.ResponseWriter, r *http.Request) {
	if claims, ok := verify.FromContext(r.Context()); ok {
		_, _ = fmt.Fprintf(w, "rain, as %s asked", claims.Consumer.OrgNo)
	}
}
