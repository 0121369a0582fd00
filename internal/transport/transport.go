// Package transport makes calls of the self-service API: each one as often as
// it takes, with the least token that allows it. It knows no resource and none
// of the library's public types: what it needs is handed in.
//
// One call goes through these files: transport (the whole of it), leastscope
// (which token), call (what has happened so far), attempt (one sending), decide
// (whether there is another), answer (what came), failure (what went wrong).
package transport

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/retry"
)

// Source gives tokens for one scope.
type Source interface {
	Token(ctx context.Context) (*oauth2.Token, error)
	// Forget drops a token that the API did not accept, and reports whether
	// another can be had.
	Forget(token *oauth2.Token) bool
}

// Config is what calls need.
type Config struct {
	API, Portal string       // where paths begin
	HTTP        *http.Client // follows no redirects
	UserAgent   string
	Attempts    int
	Backoff     *retry.Backoff
	Log         *slog.Logger

	// Now is the time as the service has it, for Retry-After.
	Now func() time.Time
	// Error makes the caller's error of a failure.
	Error func(*Failure) error
	// Source gives the tokens for a scope, ClientID says whose they are, and
	// NotRegistered tells that the client doesn't have the scope. Without a
	// Source, calls carry no token.
	Source        func(scope string) Source
	ClientID      func() string
	NotRegistered func(error) bool
	// Limit, if set, waits until another request may be sent.
	Limit func(context.Context) error
	// Begin, if set, is told of each call, and what it returns of its end.
	Begin func(context.Context, Begun) (context.Context, func(Ended))
}

// Begun is a call that begins.
type Begun struct{ Operation, Method, Path, Host string }

// Ended is how a call ended.
type Ended struct {
	StatusCode, Attempts, Pauses int
	Waited, Duration             time.Duration
	CorrelationID                string
	Err                          error
}

// Transport makes calls. It is safe for concurrent use.
type Transport struct {
	config Config
	http   *http.Client // each request is an attempt
	scopes *leastScope
	pause  retry.Pause
	host   string
}

// New returns a transport. It sends nothing yet.
func New(config Config) *Transport {
	t := &Transport{config: config, host: hostOf(config.API)}
	client := *config.HTTP
	base := client.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	client.Transport = &attempts{base: base}
	t.http = &client
	if config.Source != nil {
		t.scopes = newLeastScope(config)
	}
	return t
}

// Object makes a call that answers one object, and decodes it into each of the
// values. PUT and DELETE may answer nothing at all, which leaves them as they
// are: then it reports false. Without values the answer doesn't matter.
func (t *Transport) Object(ctx context.Context, op *Operation, values ...any) (answered bool, err error) {
	c := t.begin(ctx, op)
	if failure := c.send(true); failure != nil { //nolint:contextcheck // the call holds it
		return false, c.fail(failure)
	}
	if c.op.isEmptyObject(c.body) {
		values = nil
	}
	if err := c.decode(values); err != nil {
		return false, c.fail(c.misunderstood(err))
	}
	c.end(nil, "")
	return len(values) > 0, nil
}

// List makes a call that answers a list. It is read with the list's methods,
// and must be closed.
func (t *Transport) List(ctx context.Context, op *Operation) (*List, error) {
	c := t.begin(ctx, op)
	failure := c.send(false) //nolint:contextcheck // the call holds it
	switch {
	case failure == nil:
		return newList(c), nil
	case failure.isEmptyList():
		c.end(nil, "")
		return &List{}, nil
	}
	return nil, c.fail(failure)
}

// begin tells the observer.
func (t *Transport) begin(ctx context.Context, op *Operation) *call {
	c := &call{transport: t, ctx: ctx, op: op, started: time.Now()}
	if t.config.Begin != nil {
		c.ctx, c.ended = t.config.Begin(ctx, Begun{Operation: op.Name, Method: op.Method, Path: "/" + op.Path, Host: t.host})
	}
	return c
}

// request builds the request, which is the same for every attempt.
func (c *call) request() (*retryablehttp.Request, error) {
	config := &c.transport.config
	base := config.API
	if c.op.Portal {
		base = config.Portal
	}
	address, err := c.op.address(base)
	if err != nil {
		return nil, err
	}
	var body any // an untyped nil is retryablehttp's "no body"
	if c.op.Body != nil {
		encoded, err := encode(c.op.Body)
		if err != nil {
			return nil, err
		}
		body = encoded
	}
	request, err := retryablehttp.NewRequestWithContext(context.WithValue(c.ctx, callKey{}, c), c.op.Method, address, body)
	if err != nil {
		return nil, err
	}
	c.path = request.URL.EscapedPath()
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", config.UserAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}
