package maskinporten_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// reply is what a backend says to one request.
type reply struct {
	status int // 200 by default
	header map[string]string
	body   string
	cut    error         // how the body breaks off after its text
	stall  bool          // the body never ends after its text
	err    error         // instead of an answer
	after  time.Duration // how long it takes
}

// grantSeen is a grant that reached the token endpoint, decoded and trusted.
type grantSeen struct {
	Header    map[string]any
	Claims    map[string]any
	Assertion string
}

// scope of the token that was asked for.
func (g grantSeen) scope() string { s, _ := g.Claims["scope"].(string); return s }

// backend stands in for the token endpoint and the API, in process, so that
// tests can run in a synctest bubble.
type backend struct {
	token func(n int, g grantSeen) reply      // nil: a token that tells its number and lives for 120 s
	api   func(n int, r *http.Request) reply  // nil: {}
	other func(r *http.Request) (reply, bool) // for other addresses

	mu     sync.Mutex
	grants []grantSeen
	calls  []*http.Request
	bodies []string
}

const (
	backendIssuer = "https://issuer.example.test/"
	backendAPI    = "https://api.example.test/base/api/v1"
)

func backendEndpoints() maskinporten.Endpoints {
	return maskinporten.Endpoints{Issuer: backendIssuer, Token: backendIssuer + "token", API: backendAPI}
}

// tokenReply is a good answer of the token endpoint.
func tokenReply(token string, life int) reply {
	return reply{body: fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":%d,"scope":"x"}`, token, life)}
}

// taking is an answer that takes its time.
func (a reply) taking(d time.Duration) reply {
	a.after = d
	return a
}

// RoundTrip implements http.RoundTripper as its contract says: it honours the
// context, and closes the request's body.
func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	seen := r.WithContext(r.Context())
	seen.Body = io.NopCloser(strings.NewReader(string(body))) // for those who answer
	return b.answer(seen, string(body)).response(r)
}

func (b *backend) answer(r *http.Request, body string) reply {
	if b.other != nil {
		if answer, ok := b.other(r); ok {
			return answer
		}
	}
	if r.URL.String() == backendIssuer+"token" {
		grant := readGrant(body)
		b.mu.Lock()
		b.grants = append(b.grants, grant)
		n := len(b.grants)
		b.mu.Unlock()
		if b.token == nil {
			return tokenReply(fmt.Sprintf("token-%d", n), 120)
		}
		return b.token(n, grant)
	}
	b.mu.Lock()
	b.calls = append(b.calls, r)
	b.bodies = append(b.bodies, body)
	n := len(b.calls)
	b.mu.Unlock()
	if b.api == nil {
		return reply{body: `{}`}
	}
	return b.api(n, r)
}

func readGrant(form string) grantSeen {
	values, _ := url.ParseQuery(form)
	grant := grantSeen{Assertion: values.Get("assertion")}
	parts := strings.Split(grant.Assertion, ".")
	for i, to := range []*map[string]any{&grant.Header, &grant.Claims} {
		if i < len(parts) {
			text, _ := base64.RawURLEncoding.DecodeString(parts[i])
			_ = json.Unmarshal(text, to)
		}
	}
	return grant
}

func (a reply) response(r *http.Request) (*http.Response, error) {
	if a.after > 0 {
		select {
		case <-time.After(a.after):
		case <-r.Context().Done():
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.err != nil {
		return nil, a.err
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range a.header {
		header.Set(name, value)
	}
	var body io.Reader = strings.NewReader(a.body)
	length := int64(len(a.body))
	if a.stall {
		body, length = io.MultiReader(body, stalling{r.Context()}), -1
	}
	if a.cut != nil {
		body, length = io.MultiReader(body, failing{a.cut}), length+1
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}, nil
}

// failing is a reader that does nothing else.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// stalling is a reader that waits for the end of a context.
type stalling struct{ ctx context.Context }

func (s stalling) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (b *backend) seenGrants() []grantSeen {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.grants)
}

func (b *backend) seenCalls() []*http.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

func (b *backend) seenBodies() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.bodies)
}

// mustHaveAsked compares how many tokens were asked for.
func (b *backend) mustHaveAsked(t testing.TB, times int) {
	t.Helper()
	if n := len(b.seenGrants()); n != times {
		t.Errorf("%d token requests, want %d", n, times)
	}
}

// http is a client whose requests end here.
func (b *backend) http() *http.Client { return &http.Client{Transport: b} }

// client is an admin client of this backend.
func (b *backend) client(t testing.TB, options ...maskinporten.Option) *maskinporten.Client {
	t.Helper()
	return b.clientAt(t, backendEndpoints(), options...)
}

func (b *backend) clientAt(t testing.TB, target maskinporten.Target, options ...maskinporten.Option) *maskinporten.Client {
	t.Helper()
	options = append([]maskinporten.Option{maskinporten.WithHTTPClient(b.http()), maskinporten.WithJitter(noJitter)}, options...)
	client := check.Got(maskinporten.New(target, fileCredentials(t), options...))(t)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// auth is an authenticator of this backend.
func (b *backend) auth(t testing.TB, options ...maskinporten.Option) *maskinporten.Authenticator {
	t.Helper()
	return b.authWith(t, fileCredentials(t), options...)
}

func (b *backend) authWith(t testing.TB, credentials maskinporten.Credentials, options ...maskinporten.Option) *maskinporten.Authenticator {
	t.Helper()
	options = append([]maskinporten.Option{maskinporten.WithHTTPClient(b.http()), maskinporten.WithJitter(noJitter)}, options...)
	auth := check.Got(maskinporten.NewAuthenticator(backendEndpoints(), credentials, options...))(t)
	t.Cleanup(func() { _ = auth.Close() })
	return auth
}

// inBubble runs a test beside others, in a bubble where time passes at once.
func inBubble(t *testing.T, what string, test func(t *testing.T)) {
	t.Helper()
	t.Run(what, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

// logBuffer is where a logger may write while a test reads.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// noJitter makes every wait the longest of its kind: 400 ms, 800 ms, 1.6 s.
func noJitter() float64 { return 1 }

// keyPEM is a test key as it lies in its file, in testdata/keys.
func keyPEM(t testing.TB, name string) []byte {
	t.Helper()
	return check.Got(os.ReadFile(filepath.Join("testdata", "keys", name+".pem")))(t)
}

var parsedKeys sync.Map // name to *maskinporten.Key

// fileKey is the test key with this name; its kid is the name.
func fileKey(t testing.TB, name string) *maskinporten.Key {
	t.Helper()
	if key, ok := parsedKeys.Load(name); ok {
		return key.(*maskinporten.Key)
	}
	key := check.Got(maskinporten.KeyFromPEM(keyPEM(t, name), name))(t)
	parsedKeys.Store(name, key)
	return key
}

func fileCredentials(t testing.TB) maskinporten.Credentials {
	t.Helper()
	return maskinporten.Credentials{ClientID: "client-1", Key: fileKey(t, "one")}
}

// forScope is a request for one scope.
func forScope(scope string) maskinporten.TokenRequest {
	return maskinporten.TokenRequest{Scopes: []string{scope}}
}

// mustToken gets a token for the scope "x" and returns its text.
func mustToken(ctx context.Context, t testing.TB, auth *maskinporten.Authenticator) string {
	t.Helper()
	token := check.Got(auth.Token(ctx, forScope("x")))(t)
	return token.AccessToken
}

// asAPIError wants an error of the API.
func asAPIError(t testing.TB, err error) *maskinporten.APIError {
	t.Helper()
	failure, ok := errors.AsType[*maskinporten.APIError](err)
	if !ok {
		t.Fatalf("error %v (%T), want an *APIError", err, err)
	}
	return failure
}

// asTokenError wants an error of the token endpoint.
func asTokenError(t testing.TB, err error) *maskinporten.TokenError {
	t.Helper()
	failure, ok := errors.AsType[*maskinporten.TokenError](err)
	if !ok {
		t.Fatalf("error %v (%T), want a *TokenError", err, err)
	}
	return failure
}
