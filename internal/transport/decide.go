package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/retry"
)

// checkRetry is go-retryablehttp's CheckRetry: whether there is another
// attempt. The package documentation of the library has it as a table.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	c, ok := ctx.Value(callKey{}).(*call)
	return ok && c.again(resp, err), nil //nolint:nilerr // the error of the attempt is reported by itself
}

func (c *call) again(resp *http.Response, err error) bool {
	if c.notSent != nil || c.ctx.Err() != nil {
		return false
	}
	c.next = 0
	switch {
	case err == nil && retry.RejectedBusy(resp.StatusCode, resp.Header):
		return c.rejectedBusy(c.retryAfter(resp))
	case c.sent-c.rejected >= c.transport.config.Attempts:
		return false
	case err == nil && resp.StatusCode == http.StatusUnauthorized && c.source != nil && !c.refreshed:
		c.refreshed = true
		return c.source.Forget(c.token)
	case !retry.Again(c.op.Method, resp, err):
		return false
	}
	c.maybeDone = c.maybeDone || retry.MayHaveApplied(resp, err)
	c.next = c.transport.config.Backoff.Wait(c.sent, c.retryAfter(resp))
	return retry.InTime(c.ctx, c.next)
}

// rejectedBusy pauses all calls for as long as the service asked, or for the usual
// wait where it didn't say, and reports whether this one is sent again after that.
// It doesn't count as an attempt: nothing was done, and nothing is wrong.
func (c *call) rejectedBusy(asked time.Duration) bool {
	c.rejected++
	if asked > retry.LongestPause {
		return false
	}
	pause := c.transport.config.Backoff.Wait(c.rejected, asked)
	c.transport.pause.Extend(pause)
	return c.transport.config.Attempts > 1 && c.patience.Allows(c.ctx, pause)
}

// mostRequests is how many requests again can lead to.
func (c *call) mostRequests() int { return c.transport.config.Attempts + retry.MostPauses + 1 }

// backoff is the wait that again decided on.
func (c *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.next }
