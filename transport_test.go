package maskinporten_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
)

const someAPI = "https://tax.example.test/v1/things?q=1"

// sendThrough sends one request, and returns the status of the answer.
func sendThrough(t *testing.T, client *http.Client, method, address, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
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
	if n := len(b.seenGrants()); n != 1 {
		t.Errorf("%d tokens", n)
	}
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
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, someAPI, body)
			if err != nil {
				t.Fatal(err)
			}
			response, err := auth.Client(forScope("x")).Do(request)
			if err != nil {
				t.Fatal(err)
			}
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
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, someAPI, body)
	if err != nil {
		t.Fatal(err)
	}
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
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, someAPI, body)
		if err != nil {
			t.Fatal(err)
		}
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
	if err := errors.Join(calls["GET"](t.Context(), client), auth.Close(), client.Close()); err != nil {
		t.Error(err)
	}
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
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "unknown-scheme://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = auth.Transport(forScope("x"), nil).RoundTrip(request) //nolint:bodyclose // there is none
	if err == nil || !strings.Contains(err.Error(), "unsupported protocol scheme") {
		t.Errorf("error %v", err)
	}
}
