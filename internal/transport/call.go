package transport

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// call is one call on its way: what has happened so far. Its requests carry it
// in their context.
type call struct {
	transport *Transport
	ctx       context.Context // of the call, which is all that the call lives for
	op        *Operation
	path      string
	started   time.Time
	ended     func(Ended)          // the observer, or nil
	client    retryablehttp.Client // for this call alone
	source    Source               // nil: an open call

	token      *oauth2.Token // of the next attempt, or of the last
	hasToken   bool          // token is for the next attempt
	sent       int           // attempts
	rejected   int           // of them, those that the service had no time for
	patience   retry.Patience
	notSent    error         // why the last attempt was not made
	authErr    bool          // because there was no token
	answerLost bool          // the last attempt may have arrived, and its answer did not
	maybeDone  bool          // so may an earlier one
	refreshed  bool          // a 401 was answered with a fresh token before
	next       time.Duration // before the next attempt

	status int // of the answer, once there is one
	header http.Header
	body   []byte
	resp   *http.Response // where the body is yet to be read
}

type callKey struct{}

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

// secret is what no error may show: the token of the last attempt.
func (c *call) secret() string {
	if c.token == nil {
		return ""
	}
	return c.token.AccessToken
}

// fail ends the call with a failure, and makes the caller's error of it.
func (c *call) fail(failure *Failure) error {
	err := c.transport.config.Error(failure)
	c.status = failure.StatusCode
	c.end(err, failure.Said.CorrelationID)
	return err
}

// end tells the log and the observer.
func (c *call) end(err error, correlationID string) {
	duration := time.Since(c.started)
	if c.ended != nil {
		pauses, waited := c.patience.Spent()
		c.ended(Ended{
			StatusCode: c.status, Attempts: c.sent, Pauses: pauses, Waited: waited,
			Duration: duration, CorrelationID: correlationID, Err: err,
		})
	}
	log := c.transport.config.Log
	if !log.Enabled(c.ctx, slog.LevelDebug) {
		return
	}
	attributes := []slog.Attr{
		slog.String("operation", c.op.Name), slog.String("method", c.op.Method), slog.String("path", c.path),
		slog.Int("status", c.status), slog.Int("attempts", c.sent), slog.Duration("duration", duration),
	}
	if err != nil {
		attributes = append(attributes, slog.Any("error", err))
	}
	log.LogAttrs(c.ctx, slog.LevelDebug, "maskinporten: call", attributes...)
}
