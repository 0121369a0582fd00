// Command example shows on standard output what OpenTelemetry gets to see: an
// admin client that works against the mock server, a token that is refused,
// tokens that are used again, and an API that checks them. It is a module of
// its own, so that the exporters are nobody's dependency.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/maskinportenotel"
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
	spans, err := stdouttrace.New(stdouttrace.WithWriter(out), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	measurements, err := stdoutmetric.New(stdoutmetric.WithWriter(out), stdoutmetric.WithPrettyPrint())
	if err != nil {
		return err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(measurements)))
	telemetry, err := maskinportenotel.New(maskinportenotel.Options{TracerProvider: traces, MeterProvider: metrics})
	if err != nil {
		return err
	}
	ctx, span := traces.Tracer("example").Start(ctx, "morning")
	err = work(ctx, telemetry)
	span.End()
	// What was gathered is written when the providers shut down.
	return errors.Join(err, traces.Shutdown(ctx), metrics.Shutdown(ctx))
}

func work(ctx context.Context, telemetry *maskinportenotel.Telemetry) error {
	server, err := mockserver.New()
	if err != nil {
		return err
	}
	admin := server.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	client := server.Client(admin, maskinporten.WithObserver(telemetry.Observer()))
	defer func() { _ = client.Close() }()
	if _, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "weather.read", Description: "Read the weather"}); err != nil {
		return err
	}
	if _, err := client.Access.Grant(ctx, "difi:weather.read", "889640782"); err != nil {
		return err
	}
	// A scope that isn't registered on the client: MP-200.
	if _, err := client.Authenticator().Token(ctx, maskinporten.TokenRequest{Scopes: []string{"difi:weather.read"}}); err == nil {
		return errors.New("a token was expected to be refused")
	}
	if err := ask(ctx, server, admin, telemetry); err != nil {
		return err
	}
	return check(ctx, server, telemetry)
}

// ask is the consumer's side: four tokens, of which two come from memory.
func ask(ctx context.Context, server *mockserver.Server, consumer *mockserver.Organization, telemetry *maskinportenotel.Telemetry) error {
	auth, err := maskinporten.NewAuthenticator(server.Endpoints(maskinporten.Test), server.App(consumer, "difi:weather.read"),
		append(server.ClientOptions(), maskinporten.WithObserver(telemetry.Observer()))...)
	if err != nil {
		return err
	}
	defer func() { _ = auth.Close() }()
	for _, pause := range []time.Duration{0, 0, 0, 2 * time.Minute} { // the last comes when the token has ended, and tells of the others
		server.Clock().Advance(pause)
		if _, err := auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{"difi:weather.read"}}); err != nil {
			return err
		}
	}
	return nil
}

// check is the API's side.
func check(ctx context.Context, server *mockserver.Server, telemetry *maskinportenotel.Telemetry) error {
	v, err := verify.New(server.Endpoints(maskinporten.Test), verify.WithHTTPClient(server.HTTPClient()), verify.WithClock(server.Clock().Now), verify.WithObserver(telemetry.VerifyObserver()))
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }()
	api := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "sunny") }), verify.RequireScope("difi:weather.read"))
	for _, scope := range []string{"difi:weather.read", "difi:other"} {
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/weather", http.NoBody)
		request.Header.Set("Authorization", "Bearer "+server.Token(maskinporten.Test, map[string]any{"scope": scope}))
		api.ServeHTTP(httptest.NewRecorder(), request)
	}
	return nil
}
