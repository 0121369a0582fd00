package mockserver_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// overSocket fetches something on a connection of its own.
func overSocket(t *testing.T, address string) answer {
	t.Helper()
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
	r.Close = true
	return readAll(t, address, check.Got(http.DefaultClient.Do(r))(t)) //nolint:bodyclose // readAll does
}

func TestURLOpensOnePortHoweverManyAsk(t *testing.T) {
	t.Parallel()
	srv := start(t)
	urls := make([]string, 8)
	var asking sync.WaitGroup
	for i := range urls {
		asking.Go(func() { urls[i] = srv.URL() })
	}
	asking.Wait()
	for _, url := range urls {
		if url != urls[0] || !strings.HasPrefix(url, "http://127.0.0.1:") {
			t.Errorf("%s and %s", url, urls[0])
		}
	}
	overSocket(t, urls[0]+"/.well-known/oauth-authorization-server").want(http.StatusOK).has(object{"issuer": urls[0] + "/"})
	endpoints := srv.EndpointsAt(urls[0], maskinporten.Prod)
	overSocket(t, endpoints.API+"/prefix/all").want(http.StatusOK)
	if want := urls[0] + "/prod/"; endpoints.Issuer != want || endpoints.Token != want+"token" || endpoints.Portal != urls[0]+"/portal/api/environments/prod" {
		t.Errorf("endpoints %+v", endpoints)
	}
}

func TestSDKWorksOverAPort(t *testing.T) {
	t.Parallel()
	srv := start(t)
	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	for _, env := range maskinporten.Environments() {
		client := check.Got(maskinporten.New(srv.EndpointsAt(srv.URL(), env), srv.AdminCredentials(env, digdir)))(t)
		check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
		client.Close()
	}
}

func TestServerClosesWithTheTest(t *testing.T) {
	t.Parallel()
	double := &faultyTest{}
	srv := mockserver.Start(double)
	url := srv.URL()
	overSocket(t, url+"/jwk").want(http.StatusOK)
	for _, cleanup := range double.cleanups {
		cleanup()
	}
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/jwk", nil))(t)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Error("it still answers")
	}
	if got := panicOf(func() { srv.URL() }); !strings.Contains(got, "closed") {
		t.Errorf("URL after Close: %q", got)
	}
	inMemory(t, srv, openList).want(http.StatusOK)
}

// panicOf returns what f panics with, as a test double's Fatalf does.
func panicOf(f func()) (message string) {
	defer func() { message, _ = recover().(string) }()
	f()
	return ""
}

func TestServeServesOnAListenerOfTheCallers(t *testing.T) {
	t.Parallel()
	srv := check.Got(mockserver.New())(t)
	var config net.ListenConfig
	listener := check.Got(config.Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	srv.Serve(listener, "https://behind.example/mock")
	overSocket(t, "http://"+listener.Addr().String()+"/jwk").want(http.StatusOK)
	overSocket(t, "http://"+listener.Addr().String()+"/mock/.well-known/oauth-authorization-server").want(http.StatusOK).has(object{"issuer": "https://behind.example/mock/"})
	for range 2 {
		check.OK(t, srv.Close())
	}
	late := check.Got(config.Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	srv.Serve(late, base)
	if conn, err := late.Accept(); err == nil {
		_ = conn.Close()
		t.Error("a closed server keeps a listener open")
	}
}

func TestHandlerWorksInsideAServerOfTheCallers(t *testing.T) {
	t.Parallel()
	srv := start(t)
	outer := httptest.NewServer(nil)
	defer outer.Close()
	mux := http.NewServeMux()
	mux.Handle("/mock/", srv.Handler(outer.URL+"/mock"))
	mux.Handle("/stripped/", http.StripPrefix("/stripped", srv.Handler(outer.URL+"/stripped/")))
	outer.Config.Handler = mux
	for _, path := range []string{"/mock", "/stripped"} {
		overSocket(t, outer.URL+path+"/ver2/.well-known/oauth-authorization-server").want(http.StatusOK).has(object{"issuer": outer.URL + path + "/ver2/"})
		endpoints := srv.EndpointsAt(outer.URL+path, maskinporten.Test)
		client := check.Got(maskinporten.New(endpoints, srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("991825827", "Digdir"))))(t)
		check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
		client.Close()
	}
}

func TestHandlerNeedsABaseAddress(t *testing.T) {
	t.Parallel()
	srv := check.Got(mockserver.New())(t)
	for _, bad := range []string{"", "localhost:8080", "/mock", "http://x/?a=b", "http://x/#a", ":", "http://"} {
		if got := panicOf(func() { srv.Handler(bad) }); !strings.Contains(got, "no base address") {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

func TestNoGoroutineIsLeftBehind(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := runtime.NumGoroutine()
	for range 20 {
		srv := check.Got(mockserver.New())(t)
		client := srv.Client(srv.AddOrganization("991825827", "Digdir"))
		check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
		overSocket(t, srv.URL()+"/jwk").want(http.StatusOK)
		client.Close()
		check.OK(t, srv.Close())
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // until those of the HTTP client have ended too
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}
