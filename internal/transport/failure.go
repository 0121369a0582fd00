package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

func (c *call) failure(status int) *Failure {
	return &Failure{Operation: c.op.Name, Method: c.op.Method, Path: c.path, StatusCode: status, Attempts: c.sent}
}

// unsendable is of a call that can't be a request.
func (c *call) unsendable(err error) *Failure {
	failure := c.failure(0)
	failure.Kind, failure.Err = OfArgument, err
	return failure
}

// unanswered is of a call that got no answer, or not the whole of one.
func (c *call) unanswered(resp *http.Response, err error) *Failure {
	if c.authErr {
		failure := c.failure(0)
		failure.Kind, failure.Err = OfToken, c.notSent
		if c.ctx.Err() != nil {
			failure.Interrupted, failure.ended = true, errtext.Ended(c.ctx)
		}
		return failure
	}
	if resp != nil {
		defer wire.DrainAndClose(resp)
		return c.brokeOff(err)
	}
	failure := c.failure(0)
	failure.OutcomeUnknown = c.answerLost && c.op.Method == http.MethodPost
	failure.Err = retry.WithoutURL(err)
	if held, ok := errors.AsType[*retry.HeldBack](c.notSent); ok {
		failure.RetryAfter = held.Left
	}
	return c.interrupted(failure)
}

// refused is of an answer with another status than 2xx.
func (c *call) refused(resp *http.Response) *Failure {
	failure := c.failure(resp.StatusCode)
	failure.RetryAfter = c.retryAfter(resp)
	failure.OutcomeUnknown = c.op.Method == http.MethodPost && resp.StatusCode >= 500 && !retry.RejectedBusy(resp.StatusCode, resp.Header)
	var body []byte
	failure.Said, body = wire.ReadErrorBody(resp.Body, c.secret())
	if !failure.Said.HasMessage() || !isJSON(body) {
		failure.ContentType = resp.Header.Get("Content-Type")
		failure.Body = string(body[:min(len(body), wire.KeptErrorBody)])
		if len(body) > 0 && !failure.Said.HasMessage() {
			failure.Err = fmt.Errorf("%w: %s instead of an error", errtext.ErrBadAnswer, wire.ContentKind(resp.Header))
		}
	}
	return failure
}

func isJSON(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
}

// misunderstood is of an answer of 2xx that makes no sense, or of a part of it.
func (c *call) misunderstood(err error) *Failure {
	failure := c.failure(c.status)
	failure.ContentType = c.header.Get("Content-Type")
	failure.OutcomeUnknown = c.op.Method == http.MethodPost
	failure.Err = errtext.Wrapf("%v: %s: %v", errtext.ErrBadAnswer, wire.ContentKind(c.header), err)
	return failure
}

// brokeOff is of an answer that ended early, or didn't end.
func (c *call) brokeOff(err error) *Failure {
	if errors.Is(err, errtext.ErrBadAnswer) {
		return c.misunderstood(err)
	}
	failure := c.failure(c.status)
	failure.BrokeOff = true
	failure.OutcomeUnknown = c.op.Method == http.MethodPost
	failure.Err = fmt.Errorf("the answer broke off: %w", err)
	return c.interrupted(failure)
}

// interrupted says so where the caller's context has ended: that is why.
func (c *call) interrupted(failure *Failure) *Failure {
	if c.ctx.Err() != nil {
		failure.Err, failure.Interrupted = errtext.Ended(c.ctx), true
	}
	return failure
}
