package maskinporten

import (
	"context"
	"crypto/tls"
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
	// mostAsked bounds what is reported of it.
	mostAsked = 365 * 24 * time.Hour
)

// backoff decides how long to wait between attempts.
type backoff struct {
	// random yields numbers in [0, 1); it must be safe for concurrent use.
	random func() float64
}

func newBackoff() *backoff {
	return &backoff{random: rand.Float64} //nolint:gosec // spreads load, protects nothing
}

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

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. It
// reports false for none, and for one that can't be read.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(mostAsked/time.Second) {
			return mostAsked, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), mostAsked), true
}

// neverSent reports whether a network error came before anything was sent:
// the connection could not be made.
func neverSent(err error) bool {
	if operation, ok := errors.AsType[*net.OpError](err); ok && (operation.Op == "dial" || operation.Op == "proxyconnect") {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}

// hopeless reports whether a failure will be the same at the next attempt: an
// answer without end, a server that isn't trusted.
func hopeless(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, ErrBadAnswer)
}

// passing reports whether a status may have passed at the next attempt.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// turnedAway reports whether the service says that it did nothing: it is busy,
// and names a time to come back.
func turnedAway(status int, header http.Header) bool {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return false
	}
	_, asked := retryAfter(header, time.Time{})
	return asked
}

// mayBeDone reports whether a call that failed in passing may have been
// carried out all the same.
func mayBeDone(resp *http.Response, err error) bool {
	if err != nil {
		return !neverSent(err)
	}
	return resp.StatusCode != http.StatusTooManyRequests && !turnedAway(resp.StatusCode, resp.Header)
}

// tryAgain reports whether a call may be repeated after a status or a network
// error. The package documentation has it as a table.
func tryAgain(method string, resp *http.Response, err error) bool {
	switch {
	case err != nil && hopeless(err):
		return false
	case err != nil:
		return method != http.MethodPost || neverSent(err)
	case method == http.MethodPost:
		return turnedAway(resp.StatusCode, resp.Header)
	}
	return passing(resp.StatusCode)
}
