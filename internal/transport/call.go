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

// Transport makes calls. It is safe for concurrent use.
type Transport struct {
	config Config
	http   *http.Client // each request is an attempt
	scopes *leastScope
	pause  retry.Pause
	host   string
}

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
	source    Source               // nil: the call carries no token

	token      *oauth2.Token // of the next attempt, or of the last
	hasToken   bool          // token is for the next attempt
	sent       int           // attempts
	rejected   int           // of them, those that were answered with busy
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

// retryAfter is how long the service asks to wait; 0: it doesn't.
func (c *call) retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	wait, _ := retry.After(resp.Header, c.transport.config.Now())
	return wait
}
