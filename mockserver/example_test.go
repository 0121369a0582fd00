package mockserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// exampleT stands in for the *testing.T that a test has.
type exampleT struct{ mockserver.TB }

func (exampleT) Helper()                           {}
func (exampleT) Cleanup(func())                    {}
func (exampleT) Failed() bool                      { return false }
func (exampleT) Errorf(format string, args ...any) { fmt.Println(fmt.Sprintf(format, args...)) } //nolint:forbidigo // an example shows what it prints
func (exampleT) Fatalf(format string, args ...any) { fmt.Println(fmt.Sprintf(format, args...)) } //nolint:forbidigo // an example shows what it prints

func ExampleStart() {
	t := exampleT{} // in a test: t *testing.T
	ctx := context.Background()

	srv := mockserver.Start(t)
	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("weather")
	client := srv.Client(digdir) // *maskinporten.Client
	scope, err := client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "weather", Subscope: "read", Description: "Forecasts"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	fmt.Println(scope.Name, scope.Active)
	// Output: weather:read true
}

func ExampleServer_App() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	nav := srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")

	credentials := srv.App(nav, "weather:read") // scope, access, client, key: all that is missing
	auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer auth.Close()
	token, err := auth.Token(context.Background(), maskinporten.TokenRequest{Scopes: []string{"weather:read"}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	fmt.Println(token.Type())
	// Output: Bearer
}

func ExampleServer_Handle() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	srv.Handle("https://api.example.no", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello, holder of a "+r.Header.Get("Authorization")[:6]+" token")
	}))

	credentials := srv.App(srv.AddOrganization("889640782", "NAV"), "weather:read")
	auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer auth.Close()
	api := auth.Client(maskinporten.TokenRequest{Scopes: []string{"weather:read"}}) // *http.Client
	resp, err := api.Get("https://api.example.no/forecast")
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body))
	// Output: hello, holder of a Bearer token
}

func ExampleServer_Fail() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))

	fault := srv.Fail(mockserver.Fault{Operation: "GET /scopes/scope", Status: 503, Times: 1})
	_, err := client.Scopes.Get(context.Background(), "difi:none") // is tried again
	fmt.Println(errors.Is(err, maskinporten.ErrNotFound), fault.Hits())
	// Output: true 1
}

func ExampleClock() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	credentials := srv.App(srv.AddOrganization("889640782", "NAV"), "weather:read")
	auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer auth.Close()

	srv.Clock().Advance(366 * 24 * time.Hour) // keys live for a year
	_, err = auth.Token(context.Background(), maskinporten.TokenRequest{Scopes: []string{"weather:read"}})
	var refused *maskinporten.TokenError
	fmt.Println(errors.As(err, &refused) && refused.MP == "MP-121")
	// Output: true
}

func ExampleServer_Token() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	good := srv.Token(maskinporten.Test, map[string]any{"scope": "weather:read"})
	bad := srv.Token(maskinporten.Test, map[string]any{"scope": "weather:read"}, mockserver.FlawExpired)
	fmt.Println(len(good) > 0, good != bad) // your API takes the one, and must refuse the other
	// Output: true true
}

func ExampleWithWorld() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t, mockserver.WithWorld([]byte(`{
		"version": 1,
		"environments": {"test": {
			"extends": "default",
			"scopes": [{"name": "difi:weather.read", "description": "Forecasts"}],
			"accesses": [{"scope": "difi:weather.read", "consumer_orgno": "889640782"}]
		}}
	}`)))
	client := srv.Client(srv.AddOrganization("889640782", "NAV"))
	has, err := client.Access.Has(context.Background(), "difi:weather.read", "889640782")
	fmt.Println(has, errors.Is(err, maskinporten.ErrForbidden)) // the scope is another organisation's
	for access, err := range client.Access.Received(context.Background(), maskinporten.AccessFilter{}) {
		fmt.Println(access.Scope, err)
	}
	// Output:
	// false true
	// difi:weather.read <nil>
}

func ExampleServer_Portal() {
	t := exampleT{} // in a test: t *testing.T
	srv := mockserver.Start(t)
	portal := srv.Portal()
	if err := portal.SignUp(mockserver.SignUp{Name: "Kari", Mail: "kari@digdir.no", Password: "korrekt hest"}); err != nil {
		t.Fatalf("%v", err)
	}
	_, err := portal.SignIn("kari@digdir.no", "korrekt hest")
	var refused *mockserver.PortalError
	fmt.Println(errors.As(err, &refused) && refused.Code == "not_confirmed")

	if err := portal.ConfirmMail("kari@digdir.no"); err != nil { // follows the link in the mail
		t.Fatalf("%v", err)
	}
	session, err := portal.SignIn("kari@digdir.no", "korrekt hest")
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	profile, err := session.Profile()
	fmt.Println(profile.Organization.Name, err)
	// Output:
	// true
	// Digitaliseringsdirektoratet <nil>
}
