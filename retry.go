package maskinporten

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultAttempts = 4
	shortestWait    = 200 * time.Millisecond
	longestWait     = 5 * time.Second
	// longestRetryAfter caps what a service may ask for: a day's wait helps
	// nobody whose program hangs.
	longestRetryAfter = 30 * time.Second
)

// backoff decides how long to wait between attempts.
type backoff struct {
	// random yields numbers in [0, 1); it must be safe for concurrent use.
	random func() float64
}

func newBackoff() *backoff { return &backoff{random: rand.Float64} }

// wait before the next attempt: what the service asked for, capped, or else
// a random time up to twice as long for each attempt, so that many clients
// don't come back together.
func (b *backoff) wait(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, longestRetryAfter)
	}
	most := min(shortestWait<<min(attempt, 16), longestWait)
	return shortestWait/2 + time.Duration(b.random()*float64(most-shortestWait/2))
}

// sleep waits before the next attempt. It reports false, at once, when the
// caller's deadline would come first.
func (b *backoff) sleep(ctx context.Context, attempt int, asked time.Duration) bool {
	wait := b.wait(attempt, asked)
	return inTime(ctx, wait) && sleep(ctx, wait)
}

// inTime reports whether a wait ends before the caller's deadline.
func inTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. 0 is
// none, or one that can't be read.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestRetryAfter/time.Second)+1)) * time.Second //nolint:gosec // bounded
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

// neverSent reports whether a network error came before anything was sent:
// the connection could not be made.
func neverSent(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && operation.Op == "dial"
}

// tryAgain reports whether a call may be repeated after a status or a network
// error. The package documentation has it as a table.
func tryAgain(method string, resp *http.Response, err error) bool {
	if err != nil {
		return method != http.MethodPost || neverSent(err)
	}
	asked := resp.Header.Get("Retry-After") != ""
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return method != http.MethodPost || asked
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return method != http.MethodPost
	}
	return false
}
