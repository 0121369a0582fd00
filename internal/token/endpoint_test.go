package token_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/token"
)

const (
	issuer  = "https://issuer.example/"
	address = issuer + "token"
)

// answer is what the endpoint says to one request.
type answer struct {
	status int // 200 by default
	body   string
	cut    error // how the body ends
	header map[string]string
	err    error // in place of an answer
	after  time.Duration
}

// good gives a token that lives so many seconds.
func good(value string, life int) answer {
	return answer{body: fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":%d,"scope":"x"}`, value, life)}
}

// refused is a refusal for good.
var refused = answer{status: 400, body: `{"error":"invalid_grant"}`}

// endpoint is a token endpoint in memory, and metadata beside it.
type endpoint struct {
	answers  func(n int) answer // to the nth grant; by default tokens "1", "2", … of 120 s
	metadata func(n int) answer

	mu     sync.Mutex
	grants []map[string]any
	posted []string // addresses
	read   int      // of metadata
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	a := e.answer(r)
	select {
	case <-time.After(a.after):
	case <-r.Context().Done():
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range a.header {
		header.Set(name, value)
	}
	body := io.Reader(strings.NewReader(a.body))
	if a.cut != nil {
		body = io.MultiReader(body, iotest.ErrReader(a.cut))
	}
	return &http.Response{StatusCode: max(a.status, 200), Header: header, Body: io.NopCloser(body), Request: r}, nil
}

func (e *endpoint) answer(r *http.Request) answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.Method == http.MethodGet {
		e.read++
		return e.metadata(e.read)
	}
	body, _ := io.ReadAll(r.Body)
	_ = r.Body.Close()
	form, _ := url.ParseQuery(string(body))
	text, _ := base64.RawURLEncoding.DecodeString(form.Get("assertion"))
	claims := map[string]any{}
	_ = json.Unmarshal(text, &claims)
	e.grants, e.posted = append(e.grants, claims), append(e.posted, r.URL.String())
	if e.answers == nil {
		return good(fmt.Sprint(len(e.grants)), 120)
	}
	return e.answers(len(e.grants))
}

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.grants)
}

func (e *endpoint) last() map[string]any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.grants[len(e.grants)-1])
}

// bare is a key whose signatures are the payload alone.
type bare struct {
	name    string
	expires time.Time
	err     error
}

func (k bare) Sign(payload []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString(payload), k.err
}
func (k bare) Identity() string   { return k.name }
func (k bare) Expires() time.Time { return k.expires }

func holding(clientID string, key bare) token.Credentials {
	return token.Credentials{ClientID: clientID, Key: func(context.Context) (token.Key, error) { return key, nil }}
}

// logged is a log that can be read while others write.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// start makes an engine that works with the endpoint, for the client "app". It
// waits a tenth of a second before it tries again.
func (e *endpoint) start(t *testing.T, changes ...func(*token.Config)) *token.Engine {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	config := token.Config{
		Issuer: issuer, Endpoint: address, CheckAddress: func(string) error { return nil }, HTTP: &http.Client{Transport: e}, UserAgent: "test", Log: log,
		Backoff: &retry.Backoff{Random: func() float64 { return 0 }}, Attempts: 4, Clock: token.NewClock(nil, log), Fail: func(f *token.Failure) error { return f },
	}
	for _, change := range changes {
		change(&config)
	}
	engine := token.New(config, holding("app", bare{name: "k"}))
	t.Cleanup(engine.Close)
	return engine
}

var forX = token.Request{Scope: "x"}

func mustToken(t *testing.T, engine *token.Engine, request token.Request) *oauth2.Token {
	t.Helper()
	got, err := engine.Token(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func failureOf(t *testing.T, err error) *token.Failure {
	t.Helper()
	failure, ok := errors.AsType[*token.Failure](err)
	if !ok {
		t.Fatalf("error %v (%T)", err, err)
	}
	return failure
}
