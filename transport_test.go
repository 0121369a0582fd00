package maskinporten_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const someAPI = "https://tax.example.test/v1/things?q=1"

// sendThrough sends one request, and returns the status of the answer.
func sendThrough(t *testing.T, client *http.Client, method, address, body string) int {
	t.Helper()
	request := check.Got(http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body)))(t)
	response, err := client.Do(request)
	check.OK(t, err)
	check.OK(t, response.Body.Close())
	if request.Header.Get("Authorization") != "" {
		t.Error("the caller's request was changed")
	}
	return response.StatusCode
}

func TestTheClientAddsATokenToWhatItSends(t *testing.T) {
	t.Parallel()
	b := &backend{}
	client := b.auth(t).Client(forScope("difi:api"))
	for range 2 {
		if status := sendThrough(t, client, http.MethodPost, someAPI, "body"); status != 200 {
			t.Errorf("status %d", status)
		}
	}
	for i, call := range b.seenCalls() {
		if call.Header.Get("Authorization") != "Bearer token-1" || b.seenBodies()[i] != "body" || call.URL.String() != someAPI {
			t.Errorf("sent %v", call.Header)
		}
	}
	b.mustHaveAsked(t, 1)
}

func TestTheTransportSendsARequestOnceMoreAfter401(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		good   string
		body   func() (io.Reader, bool) // and whether it can be had again
		calls  int
		status int
	}{
		"the fresh token is taken": {"token-2", func() (io.Reader, bool) { return strings.NewReader("body"), true }, 2, 200},
		"none is taken":            {"", func() (io.Reader, bool) { return strings.NewReader("body"), true }, 2, 401},
		"without a body":           {"token-2", func() (io.Reader, bool) { return http.NoBody, true }, 2, 200},
		"a body that is read once": {"token-2", func() (io.Reader, bool) { return io.MultiReader(strings.NewReader("body")), false }, 1, 401},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := &backend{api: func(_ int, r *http.Request) reply {
				if r.Header.Get("Authorization") != "Bearer "+test.good {
					return reply{status: 401}
				}
				return reply{}
			}}
			auth := b.auth(t)
			body, _ := test.body()
			request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPut, someAPI, body))(t)
			response, err := auth.Client(forScope("x")).Do(request)
			check.OK(t, err)
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode != test.status || len(b.seenCalls()) != test.calls {
				t.Errorf("status %d after %d calls", response.StatusCode, len(b.seenCalls()))
			}
			for _, sent := range b.seenBodies() {
				if body != http.NoBody && sent != "body" {
					t.Errorf("sent %q", sent)
				}
			}
			// what was not accepted isn't used again, whoever asks next
			if token := mustToken(t.Context(), t, auth); token == "token-1" {
				t.Errorf("the refused token is still served")
			}
		})
	}
}

func TestTheFirstAnswerIsGivenWhenThereIsNoFreshToken(t *testing.T) {
	t.Parallel()
	for what, second := range map[string]reply{"refused": {status: 500}, "the same again": tokenReply("token-1", 120)} {
		b := &backend{
			token: func(n int, _ grantSeen) reply {
				if n > 1 {
					return second
				}
				return tokenReply("token-1", 120)
			},
			api: func(int, *http.Request) reply { return reply{status: 401, body: "why"} },
		}
		status := sendThrough(t, b.auth(t).Client(forScope("x")), http.MethodGet, someAPI, "")
		if status != 401 || len(b.seenCalls()) != 1 {
			t.Errorf("%s: status %d after %d calls", what, status, len(b.seenCalls()))
		}
	}
	body := &repeating{first: "body"}
	broken := errors.New("body is gone")
	b := &backend{api: func(int, *http.Request) reply { return reply{status: 401} }}
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, someAPI, body))(t)
	request.GetBody = func() (io.ReadCloser, error) { return nil, broken }
	response, err := b.auth(t).Client(forScope("x")).Do(request)
	if err != nil || response.StatusCode != 401 || len(b.seenCalls()) != 1 {
		t.Errorf("error %v after %d calls", err, len(b.seenCalls()))
	}
	_ = response.Body.Close()
}

func TestWithoutATokenNothingIsSentAndTheBodyIsClosed(t *testing.T) {
	t.Parallel()
	b := &backend{token: func(int, grantSeen) reply { return reply{status: 500} }}
	auth := b.auth(t)
	for what, request := range map[string]maskinporten.TokenRequest{"refused": forScope("x"), "impossible": {}} {
		body := &repeating{first: "body"}
		r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, someAPI, body))(t)
		response, err := auth.Transport(request, b).RoundTrip(r)
		if err == nil {
			_ = response.Body.Close()
			t.Fatalf("%s: status %d", what, response.StatusCode)
		}
		if len(b.seenCalls()) != 0 || body.closed != 1 {
			t.Errorf("%s: %d calls, closed %d times, error %v", what, len(b.seenCalls()), body.closed, err)
		}
	}
}

// redirecting sends everything on to another place, once.
func redirecting(to string) *backend {
	return &backend{api: func(n int, _ *http.Request) reply {
		if n == 1 {
			return reply{status: http.StatusTemporaryRedirect, header: map[string]string{"Location": to}}
		}
		return reply{}
	}}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	follow := func(client *http.Client) *http.Client {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
		return client
	}
	for _, to := range []string{"https://tax.example.test/elsewhere", "https://evil.example.test/", backendAPI + "/clients", "/scopes"} {
		b := redirecting(to)
		client := b.client(t, maskinporten.WithHTTPClient(follow(b.http())))
		if err := calls["DELETE"](t.Context(), client); asAPIError(t, err).StatusCode != 307 || len(b.seenCalls()) != 1 {
			t.Errorf("API: %v after %d calls", err, len(b.seenCalls()))
		}
		b = redirecting(to)
		auth := b.auth(t, maskinporten.WithHTTPClient(follow(b.http())))
		if status := sendThrough(t, auth.Client(forScope("x")), http.MethodGet, someAPI, ""); status != 307 || len(b.seenCalls()) != 1 {
			t.Errorf("Client: status %d after %d calls", status, len(b.seenCalls()))
		}
		b = &backend{token: func(int, grantSeen) reply {
			return reply{status: 307, header: map[string]string{"Location": to}}
		}}
		_, err := b.auth(t, maskinporten.WithHTTPClient(follow(b.http()))).Token(t.Context(), forScope("x"))
		if asTokenError(t, err).StatusCode != 307 || len(b.seenGrants())+len(b.seenCalls()) != 1 {
			t.Errorf("token endpoint: %v after %d requests", err, len(b.seenGrants())+len(b.seenCalls()))
		}
	}
}

func TestATransportSendsNoTokenWhereARedirectLeads(t *testing.T) {
	t.Parallel()
	for to, taken := range map[string]bool{
		"https://tax.example.test/elsewhere":      true,
		"/elsewhere":                              true,
		"https://evil.example.test/":              false,
		"https://tax.example.test:8443/elsewhere": false,
		"http://tax.example.test/elsewhere":       false,
	} {
		b := redirecting(to)
		own := &http.Client{Transport: b.auth(t).Transport(forScope("x"), b)} // follows redirects, unlike auth.Client
		response, err := own.Get(someAPI)
		if err == nil {
			_ = response.Body.Close()
		}
		if (err == nil) != taken || taken && len(b.seenCalls()) != 2 || !taken && len(b.seenCalls()) != 1 {
			t.Errorf("%s: error %v after %d calls", to, err, len(b.seenCalls()))
		}
	}
}

// idler counts how often its idle connections were closed.
type idler struct {
	http.RoundTripper
	closed int
}

func (i *idler) CloseIdleConnections() { i.closed++ }

func TestIdleConnectionsAreTheCallersOwnToClose(t *testing.T) {
	t.Parallel()
	b := &backend{}
	base := &idler{RoundTripper: b}
	auth := b.auth(t, maskinporten.WithHTTPClient(&http.Client{Transport: base}))
	client := b.client(t, maskinporten.WithHTTPClient(&http.Client{Transport: base}))
	auth.Client(forScope("x")).CloseIdleConnections()
	if base.closed != 1 {
		t.Errorf("closed %d times, when asked to", base.closed)
	}
	check.OK(t, errors.Join(calls["GET"](t.Context(), client), auth.Close(), client.Close()))
	if base.closed != 1 {
		t.Errorf("closed %d times, unasked", base.closed)
	}
	auth.Client(forScope("x")).Transport.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	(&http.Client{Transport: b.auth(t).Transport(forScope("x"), b)}).CloseIdleConnections() // b has none to close
}

func TestATransportWithoutABaseIsTheDefaultOne(t *testing.T) {
	t.Parallel()
	auth := (&backend{}).auth(t)
	if auth.Transport(forScope("x"), nil) == nil {
		t.Error("no transport")
	}
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, "unknown-scheme://x/", nil))(t)
	_, err := auth.Transport(forScope("x"), nil).RoundTrip(request) //nolint:bodyclose // there is none
	if err == nil || !strings.Contains(err.Error(), "unsupported protocol scheme") {
		t.Errorf("error %v", err)
	}
}

func TestNoTokenLeavesOverPlainHTTP(t *testing.T) {
	t.Parallel()
	for address, sent := range map[string]bool{
		"http://tax.example.test/v1": false,
		"http://10.0.0.7:8080/":      false,
		"http://localhost:8080/":     true,
		"http://127.0.0.1:8080/":     true,
		"http://[::1]:8080/":         true,
		"https://tax.example.test/":  true,
	} {
		for option, allowed := range map[string]bool{"": false, "WithPlainHTTP": true} {
			b := &backend{}
			var options []maskinporten.Option
			if allowed {
				options = append(options, maskinporten.WithPlainHTTP())
			}
			response, err := b.auth(t, options...).Client(forScope("x")).Get(address)
			if err == nil {
				_ = response.Body.Close()
			}
			if want := sent || allowed; (err == nil) != want || len(b.seenCalls()) > 0 != want || len(b.seenGrants()) > 0 != want {
				t.Errorf("%s %s: error %v after %d calls and %d grants", address, option, err, len(b.seenCalls()), len(b.seenGrants()))
			}
			if err != nil && (!strings.Contains(err.Error(), "plain http") || !strings.Contains(err.Error(), "WithPlainHTTP")) {
				t.Errorf("%s: error %v", address, err)
			}
		}
	}
}

// pipes are connections in memory from an http.Transport to a handler.
type pipes struct{ made chan net.Conn }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.made <- there
	return here, nil
}

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p.made; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error { close(p.made); return nil }
func (pipes) Addr() net.Addr { return &net.IPAddr{} }

func TestTheUsersOwnCallsMayTakeAsLongAsTheyDo(t *testing.T) { //nolint:paralleltest // others see http.DefaultTransport
	standard := http.DefaultTransport
	defer func() { http.DefaultTransport = standard }()
	synctest.Test(t, func(t *testing.T) {
		connections := pipes{make(chan net.Conn)}
		http.DefaultTransport = &http.Transport{DialContext: connections.dial, DialTLSContext: connections.dial}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				_, _ = io.WriteString(w, tokenReply("t", 120).body)
				return
			}
			select {
			case <-time.After(time.Minute):
			case <-r.Context().Done():
			}
		})}
		served := make(chan struct{})
		go func() { defer close(served); _ = server.Serve(connections) }()
		defer func() { _ = server.Close(); <-served }()
		client, err1 := maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithAttempts(1))
		auth, err2 := maskinporten.NewAuthenticator(backendEndpoints(), fileCredentials(t))
		check.OK(t, errors.Join(err1, err2))
		response, err := auth.Client(forScope("x")).Get(someAPI)
		if err != nil || response.StatusCode != 200 {
			t.Errorf("a minute's wait of the user's own: error %v", err)
		} else {
			_ = response.Body.Close()
		}
		started := time.Now()
		if err := calls["GET"](t.Context(), client); !errors.Is(err, maskinporten.ErrUnavailable) || time.Since(started) != 30*time.Second {
			t.Errorf("a minute's wait of the library's own: error %v after %v", err, time.Since(started))
		}
		check.OK(t, errors.Join(auth.Close(), client.Close()))
	})
}

func TestATokenSourceWhoseContextHasEndedSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("the request is over")
		ctx, cancel := context.WithCancelCause(t.Context())
		source := (&backend{}).auth(t).TokenSource(ctx, forScope("x"))
		check.Got(source.Token())(t)
		cancel(left)
		if _, err := source.Token(); err != nil {
			t.Errorf("while the token lives: %v", err)
		}
		time.Sleep(time.Hour)
		_, err := source.Token()
		if !errors.Is(err, context.Canceled) || !errors.Is(err, left) || !strings.Contains(err.Error(), "context given to TokenSource has ended") ||
			strings.Count(err.Error(), "maskinporten:") != 1 {
			t.Errorf("error %v", err)
		}
	})
}
