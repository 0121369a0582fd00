package mockserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// trusting is a client of somebody who was given the root as PEM, and who finds
// a host at an address.
func trusting(t *testing.T, srv *mockserver.Server, address net.Addr) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(srv.TLSRootPEM()) {
		t.Fatal("the PEM holds no certificate")
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, address.Network(), address.String())
		},
		ForceAttemptHTTP2: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	return check.Got(config.Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
}

func TestSDKWorksOverTLS(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithTLS())
	if address := srv.URL(); !strings.HasPrefix(address, "https://127.0.0.1:") || address != srv.URL() {
		t.Fatalf("URL is %s", address)
	}
	digdir := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	for _, env := range maskinporten.Environments() {
		endpoints := srv.EndpointsAt(srv.URL(), env)
		if got := metadataAt(t, srv.TLSClient(), endpoints.Issuer+".well-known/oauth-authorization-server", "")["issuer"]; got != endpoints.Issuer {
			t.Errorf("issuer %v", got)
		}
		client := check.Got(maskinporten.New(endpoints, srv.AdminCredentials(env, digdir), maskinporten.WithHTTPClient(srv.TLSClient())))(t)
		check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
		client.Close()
	}
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/jwk", nil))(t)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Error("somebody trusts the server who was never told to")
	}
}

func TestCertificateIsGoodForLoopbackAndTheHostOfTheAddress(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithTLS())
	listener := listen(t)
	srv.Serve(listener, "https://mock.example:8443/below")
	client := trusting(t, srv, listener.Addr())
	for host, want := range map[string]bool{
		"mock.example": true, "localhost": true, "127.0.0.1": true, "[::1]": true, "other.example": false, "127.0.0.2": false,
	} {
		_, body, err := fetch(t, client, "https://"+host+"/below/.well-known/oauth-authorization-server")
		if want != (err == nil && strings.Contains(body, `"https://mock.example:8443/below/"`)) {
			t.Errorf("%s: %s, %v", host, body, err)
		}
	}
}

func TestTheCertificateIsGoodForAddressesThatBecomeKnownLater(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithTLS(), mockserver.WithControl("allowed.example", "Other.Example:8443", "brønnøysund.example"))
	listener := listen(t)
	srv.Serve(listener, "https://mock.example")
	reached := func(host string) bool {
		t.Helper()
		client := trusting(t, srv, listener.Addr()) // a new one, so that each connection is
		_, body, err := fetch(t, client, "https://"+host+"/jwk")
		return err == nil && strings.Contains(body, `"keys"`)
	}
	for _, host := range []string{"mock.example", "allowed.example", "other.example", "localhost"} {
		if !reached(host) {
			t.Errorf("%s isn't reached", host)
		}
	}
	for _, later := range []string{"https://later.example:32768/below", "https://192.0.2.7", "https://brønnøysund.example", "https://[2001:db8::7]:8443"} {
		host := check.Got(url.Parse(later))(t).Host
		if reached(host) {
			t.Errorf("%s is reached before it is known", host)
		}
		r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, "https://localhost/_mock/url", strings.NewReader(`{"url":"`+later+`"}`)))(t)
		resp := check.Got(trusting(t, srv, listener.Addr()).Do(r))(t) //nolint:bodyclose // closed below
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", later, resp.Status)
		}
		if nameable := !strings.Contains(later, "ø"); reached(host) != nameable {
			t.Errorf("%s: reached %t", host, !nameable)
		}
		if !reached("mock.example") || !reached("localhost") {
			t.Errorf("after %s the first address isn't reached", later)
		}
	}
}

func TestACertificateFollowsTheNameThatIsAskedForWhereIssuersDo(t *testing.T) {
	t.Parallel()
	for follows, options := range map[bool][]mockserver.Option{false: {mockserver.WithTLS()}, true: {mockserver.WithTLS(), mockserver.WithHostIssuers()}} {
		srv := start(t, options...)
		listener := listen(t)
		srv.Serve(listener, "https://127.0.0.1")
		client := trusting(t, srv, listener.Addr())
		_, body, err := fetch(t, client, "https://Mapped.example:32768/.well-known/oauth-authorization-server")
		if got := err == nil && strings.Contains(body, `"https://mapped.example:32768/"`); got != follows {
			t.Errorf("follows %t: %s, %v", follows, body, err)
		}
	}
}

func TestServeSpeaksTLSOnlyWhereTheAddressDoes(t *testing.T) {
	t.Parallel()
	plain := listen(t)
	start(t, mockserver.WithTLS()).Serve(plain, "http://mock.example")
	overSocket(t, "http://"+plain.Addr().String()+"/jwk").want(http.StatusOK)
	behindProxy := listen(t)
	start(t).Serve(behindProxy, "https://mock.example")
	overSocket(t, "http://"+behindProxy.Addr().String()+"/jwk").want(http.StatusOK)
}

// Those who check a certificate have the real time, whatever the mock's clock
// says, before and after the port was opened.
func TestCertificateGoesByTheRealTime(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithTLS())
	for _, year := range []int{1991, 2189} {
		srv.Clock().Fix(time.Date(year, time.May, 17, 0, 0, 0, 0, time.UTC))
		server := httptest.NewUnstartedServer(srv.Handler("https://localhost"))
		server.TLS = check.Got(srv.TLSConfig("https://localhost"))(t)
		server.StartTLS()
		t.Cleanup(server.Close)
		for _, address := range []string{srv.URL(), server.URL} {
			resp, _, err := fetch(t, srv.TLSClient(), address+"/jwk")
			if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Date"), "17 May") {
				t.Errorf("%d: %v, %v", year, resp, err)
			}
		}
	}
}

func TestRootIsTheSameInAllServers(t *testing.T) {
	t.Parallel()
	one, other := start(t), start(t, mockserver.WithTLS())
	if !bytes.Equal(one.TLSRootPEM(), other.TLSRootPEM()) || !one.TLSRoots().Equal(other.TLSRoots()) {
		t.Error("two servers have two roots")
	}
	if resp, _, err := fetch(t, one.TLSClient(), other.URL()+"/jwk"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestReadySaysWhomToTrust(t *testing.T) {
	t.Parallel()
	secure, plain := start(t, mockserver.WithTLS()), start(t)
	if got := check.Got(secure.Ready(secure.URL()))(t).TLSCA; got != string(secure.TLSRootPEM()) {
		t.Errorf("got %q", got)
	}
	for _, ready := range []mockserver.Ready{
		check.Got(secure.Ready("http://mock.example"))(t), check.Got(plain.Ready("https://proxy.example"))(t),
	} {
		check.Same(t, "", ready.TLSCA, "a root for a server that speaks no TLS")
	}
}

// A fault that breaks a connection must break one request only.
func TestTLSSpeaksNoHTTP2(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithTLS())
	address := check.Got(url.Parse(srv.URL()))(t)
	client := trusting(t, srv, check.Got(net.ResolveTCPAddr("tcp", address.Host))(t))
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/jwk", nil))(t)
	resp := check.Got(client.Do(r))(t) //nolint:bodyclose // closed below
	_ = resp.Body.Close()
	check.Same(t, "HTTP/1.1", resp.Proto, "it speaks")
	srv.Fail(mockserver.Fault{Operation: "GET /prefix/all", Reset: mockserver.ResetAfter})
	if resp, body, err := fetch(t, client, srv.URL()+"/prefix/all"); err == nil {
		t.Errorf("a connection that was broken off answers %v %s", resp, body)
	}
}

func TestAnAddressThatNoCertificateCanNameIsAMistake(t *testing.T) {
	t.Parallel()
	srv := check.Got(mockserver.New(mockserver.WithTLS()))(t)
	for _, bad := range []string{"", "mock.example", ":", "https://", "https://brønnøysund.example"} {
		if config, err := srv.TLSConfig(bad); err == nil {
			t.Errorf("%q: %v", bad, config.Certificates[0].Leaf.DNSNames)
		}
	}
	listener := listen(t)
	defer func() { _ = listener.Close() }()
	if got := panicOf(func() { srv.Serve(listener, "https://brønnøysund.example") }); !strings.Contains(got, "brønnøysund") {
		t.Errorf("Serve: %q", got)
	}
}

func TestNoGoroutineIsLeftBehindByTLS(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := runtime.NumGoroutine()
	var log bytes.Buffer
	for range 5 {
		srv := check.Got(mockserver.New(mockserver.WithTLS(), mockserver.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))))(t)
		for range 2 {
			if resp, _, err := fetch(t, srv.TLSClient(), srv.URL()+"/jwk"); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%v, %v", resp, err)
			}
		}
		halfway := check.Got(new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(srv.URL(), "https://")))(t)
		if _, err := io.WriteString(halfway, "\x16\x03\x01"); err != nil { // a handshake that never ends
			t.Error(err)
		}
		check.OK(t, srv.Close())
		_ = halfway.Close()
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // until those of the HTTP client have ended too
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	if slices.Contains(strings.Fields(log.String()), "level=ERROR") {
		t.Error(log.String())
	}
}
