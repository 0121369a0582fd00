package maskinporten_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
)

// sent is one request to the self-service API, as it went over the wire.
type sent struct {
	Method string
	Path   string // escaped, below the API's or the portal's base
	Query  string
	Body   string
	Scope  string // the OAuth scope that its token was asked for; empty: no token
}

// answer is what the service says to a request.
type answer struct {
	Status int
	Body   string
}

// wire stands in for the token endpoint and the API. It notes every request
// to the API, and answers as the test says.
type wire struct {
	reply func(sent) answer

	mu   sync.Mutex
	sent []sent
}

const (
	wireAPI    = "https://api.example.test/gateway/api/v1"
	wirePortal = "https://portal.example.test/portal/test/"
	wireIssuer = "https://issuer.example.test/"
)

// testKey is made once, for tests only.
var testKey = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil
	}
	return key
})

// newWire returns a client whose requests end at reply.
func newWire(t testing.TB, reply func(sent) answer, options ...maskinporten.Option) (*maskinporten.Client, *wire) {
	t.Helper()
	return newWireAt(t, wirePortal, reply, options...)
}

func newWireAt(t testing.TB, portal string, reply func(sent) answer, options ...maskinporten.Option) (*maskinporten.Client, *wire) {
	t.Helper()
	key, err := maskinporten.KeyFromSigner(testKey(), "test-key")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{reply: reply}
	endpoints := maskinporten.Endpoints{Issuer: wireIssuer, Token: wireIssuer + "token", API: wireAPI, Portal: portal}
	options = append([]maskinporten.Option{maskinporten.WithHTTPClient(&http.Client{Transport: w})}, options...)
	client, err := maskinporten.New(endpoints, maskinporten.Credentials{ClientID: "admin", Key: key}, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client, w
}

// always answers every request alike.
func always(status int, body string) func(sent) answer {
	return func(sent) answer { return answer{status, body} }
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		body = string(data)
	}
	if req.URL.String() == wireIssuer+"token" {
		return response(req, answer{http.StatusOK, tokenFor(body)}), nil
	}
	request := sent{
		Method: req.Method,
		Query:  req.URL.RawQuery,
		Body:   body,
		Scope:  strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer token-for-"),
	}
	full := "https://" + req.URL.Host + req.URL.EscapedPath()
	request.Path = strings.TrimPrefix(strings.TrimPrefix(full, wireAPI), strings.TrimSuffix(wirePortal, "/"))
	w.mu.Lock()
	w.sent = append(w.sent, request)
	w.mu.Unlock()
	return response(req, w.reply(request)), nil
}

// tokenFor answers a token request with a token that tells its scope.
func tokenFor(form string) string {
	values, _ := url.ParseQuery(form)
	parts := strings.Split(values.Get("assertion"), ".")
	if len(parts) != 3 {
		return `{}`
	}
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var grant struct {
		Scope string `json:"scope"`
	}
	_ = json.Unmarshal(claims, &grant)
	return `{"access_token":"token-for-` + grant.Scope + `","token_type":"Bearer","expires_in":600,"scope":"` + grant.Scope + `"}`
}

func response(req *http.Request, a answer) *http.Response {
	return &http.Response{
		StatusCode: a.Status, Status: http.StatusText(a.Status), Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}
}

// requests returns what was sent to the API so far.
func (w *wire) requests() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sent(nil), w.sent...)
}

// forget starts a new list of requests.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = nil
}

// mustHaveSent compares what was sent with what should have been.
func (w *wire) mustHaveSent(t *testing.T, want ...sent) {
	t.Helper()
	if diff := cmp.Diff(want, w.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// mustHaveSentNothing fails the test if anything reached the API.
func (w *wire) mustHaveSentNothing(t testing.TB) {
	t.Helper()
	if got := w.requests(); len(got) > 0 {
		t.Errorf("sent %+v, want nothing", got)
	}
}

// golden reads a fixture.
func golden(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sameJSON compares two documents, whatever the order of their fields.
// Numbers are compared as they are written.
func sameJSON(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(anyJSON(t, want), anyJSON(t, got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func anyJSON(t *testing.T, document string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return value
}

// mustBeArgumentError wants an error that says which argument is wrong.
func mustBeArgumentError(t *testing.T, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*maskinporten.ArgumentError](err)
	switch {
	case !ok || !errors.Is(err, maskinporten.ErrInvalidArgument):
		t.Errorf("error %v, want an *ArgumentError", err)
	case wrong.Operation == "" || wrong.Argument == "" || wrong.Problem == "":
		t.Errorf("%#v doesn't say what is wrong where", wrong)
	}
}

const emptyList = `{"status":404,"error":", Organization does not have any of it","error_description":", Organization does not have any of it"}`
