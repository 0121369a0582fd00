package mockserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// metadataAt reads an issuer's metadata.
func metadataAt(t *testing.T, client *http.Client, address, host string) map[string]any {
	t.Helper()
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
	request.Host = host
	resp := check.Got(client.Do(request))(t) //nolint:bodyclose // closed below
	defer func() { _ = resp.Body.Close() }()
	var document map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&document); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, resp.Status, err)
	}
	return document
}

func TestIssuerBelongsToTheDoorNotToTheHostHeader(t *testing.T) {
	t.Parallel()
	srv := start(t)
	const document = ".well-known/oauth-authorization-server"
	for address, want := range map[string]string{
		"https://test.maskinporten.no/" + document: "https://test.maskinporten.no/",
		"https://ver2.maskinporten.no/" + document: "https://ver2.maskinporten.no/",
		"https://maskinporten.no/" + document:      "https://maskinporten.no/",
	} {
		check.Same(t, want, metadataAt(t, srv.HTTPClient(), address, "evil.example")["issuer"], address)
	}
	url := srv.URL()
	if got := metadataAt(t, http.DefaultClient, url+"/ver2/"+document, "test.maskinporten.no")["issuer"]; got != url+"/ver2/" {
		t.Errorf("listener: %v", got)
	}
}

func TestHandlerBelowABasePath(t *testing.T) {
	t.Parallel()
	srv := start(t)
	web := httptest.NewUnstartedServer(nil)
	below := "http://" + web.Listener.Addr().String() + "/mock"
	handler := srv.Handler(below)
	mux := http.NewServeMux()
	mux.Handle("/mock/", handler)
	mux.Handle("/stripped/", http.StripPrefix("/stripped", handler))
	mux.Handle("/.well-known/", handler)
	web.Config.Handler = mux
	web.Start()
	t.Cleanup(web.Close)
	const document = "/.well-known/oauth-authorization-server"
	origin := strings.TrimSuffix(below, "/mock")
	for address, want := range map[string]string{
		below + document:                       below + "/",
		below + "/prod" + document:             below + "/prod/",
		origin + "/stripped/ver1" + document:   below + "/ver1/",
		origin + document + "/mock":            below + "/",
		origin + document + "/mock/ver2/":      below + "/ver2/",
		origin + "/mock" + document + "/ver2/": below + "/ver2/",
	} {
		check.Same(t, want, metadataAt(t, web.Client(), address, "")["issuer"], address)
	}
	org := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	client := check.Got(maskinporten.New(srv.EndpointsAt(below, maskinporten.Prod), srv.AdminCredentials(maskinporten.Prod, org), maskinporten.WithHTTPClient(web.Client())))(t)
	prefixes := check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	if len(prefixes) != 2 {
		t.Errorf("%v", prefixes)
	}
	check.Got(client.Integrations.MerchantData(t.Context(), "api-tilbyder-991825827"))(t)
}

func TestGrantIsForItsDoorTokensAreForTheEnvironment(t *testing.T) {
	t.Parallel()
	srv := start(t)
	org := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	credentials := srv.AdminCredentials(maskinporten.Test, org)
	listener, memory := srv.EndpointsAt(srv.URL(), maskinporten.Test), srv.Endpoints(maskinporten.Test)
	prefixes := func(target maskinporten.Endpoints, httpClient *http.Client) error {
		client := check.Got(maskinporten.New(target, credentials, maskinporten.WithHTTPClient(httpClient)))(t)
		return check.Err(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))
	}
	mixed := listener
	mixed.Issuer = memory.Issuer // the aud of another door
	wantMP(t, prefixes(mixed, http.DefaultClient), "MP-110")
	for _, target := range []maskinporten.Endpoints{listener, memory} {
		client := http.DefaultClient
		if target == memory {
			client = srv.HTTPClient()
		}
		check.OK(t, prefixes(target, client))
	}
	token := srv.Token(maskinporten.Test, map[string]any{"scope": "idporten:scopes.read"}) // of the door in memory
	for env, want := range map[maskinporten.Environment]int{maskinporten.Test: 200, maskinporten.Prod: 401} {
		request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.EndpointsAt(srv.URL(), env).API+"/prefix", nil))(t)
		request.Header.Set("Authorization", "Bearer "+token)
		resp := check.Got(http.DefaultClient.Do(request))(t) //nolint:bodyclose // closed below
		if _ = resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("in %s: %s", env, resp.Status)
		}
	}
}

func TestCreatedAndNoContentAreAsLegal(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithVariants(mockserver.VariantStatusesCreated))
	client := srv.Client(srv.AddOrganization("991825827", "D"))
	check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
	app := check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "a"}))(t)
	check.OK(t, client.Clients.Deactivate(t.Context(), app.ClientID))
	statuses := map[string]int{}
	for _, r := range srv.Requests() {
		statuses[r.Operation] = r.Status
	}
	want := map[string]int{"POST /scopes": 200, "POST /clients": 201, "DELETE /clients/{id}": 204, "POST /token": 200}
	for operation := range statuses {
		if want[operation] == 0 {
			delete(statuses, operation)
		}
	}
	check.Same(t, want, statuses)
}

func TestClockExpiresTheKeysOfEveryEnvironment(t *testing.T) {
	t.Parallel()
	srv := start(t)
	ready := check.Got(srv.Ready("http://mock.example"))(t)
	srv.Clock().Advance(366 * 24 * time.Hour) // before anything was asked of the server
	for _, c := range ready.Credentials {
		if c.Role != "provider" {
			continue
		}
		env := maskinporten.Environment(c.Environment)
		key := check.Got(maskinporten.KeyFromJWK(c.JWK))(t)
		auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(env), maskinporten.Credentials{ClientID: c.ClientID, Key: key}, srv.ClientOptions()...))(t)
		_, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: c.Scopes})
		wantMP(t, err, "MP-121")
		_ = auth.Close()
	}
}
