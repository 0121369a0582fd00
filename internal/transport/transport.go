// Package transport makes calls of the self-service API: each one as often as
// it takes, with the least token that allows it. It knows no resource and none
// of the library's public types: what it needs is handed in.
//
// One call goes through these files: transport (the whole of it), leastscope
// (which token), attempt (one sending), decide (whether there is another), answer
// (what came), failure (what went wrong). call is what has happened so far, config
// what is handed in, operation which call it is.
package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/maskinporten-go/maskinporten/internal/wire"
)

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

// send makes the call, as often as it takes. With whole, the answer's body is
// read as a part of each attempt.
func (c *call) send(whole bool) *Failure {
	request, err := c.request()
	if err != nil {
		return c.unsendable(err)
	}
	if len(c.op.Scopes) > 0 && c.transport.scopes != nil {
		if c.source, c.token, c.notSent = c.transport.scopes.choose(c.ctx, c.op.Scopes); c.notSent != nil {
			c.authErr = true
			return c.unanswered(nil, c.notSent)
		}
		c.hasToken = true
	}
	if whole {
		request.SetResponseHandler(c.receive)
	}
	c.client.HTTPClient, c.client.RetryMax = c.transport.http, c.mostRequests()
	c.client.CheckRetry, c.client.Backoff = checkRetry, c.backoff
	c.client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	resp, err := c.client.Do(request)
	if err != nil {
		return c.unanswered(resp, err)
	}
	if !wire.Succeeded(resp.StatusCode) && !c.alreadyDeleted(resp.StatusCode) {
		defer wire.DrainAndClose(resp)
		return c.refused(resp)
	}
	c.status, c.header = resp.StatusCode, resp.Header
	switch {
	case !whole:
		c.resp = resp
	case wire.Succeeded(resp.StatusCode):
		_ = resp.Body.Close() // it was read to its end
	default:
		wire.DrainAndClose(resp)
	}
	return nil
}

// receive reads the whole of a good answer, as a part of the attempt: where it
// breaks off, the attempt has failed. It is go-retryablehttp's
// ResponseHandler.
func (c *call) receive(resp *http.Response) error {
	c.status, c.header = resp.StatusCode, resp.Header
	if !wire.Succeeded(resp.StatusCode) {
		return nil
	}
	var err error
	c.body, err = wire.ReadBody(resp, wire.MaxObject)
	return err
}

// alreadyDeleted reports whether a 404 only means that an earlier attempt at
// the same DELETE has worked, and its answer was lost.
func (c *call) alreadyDeleted(status int) bool {
	return status == http.StatusNotFound && c.op.Method == http.MethodDelete && c.maybeDone
}
