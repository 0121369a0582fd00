// Package retry decides what may be repeated, and how long to wait before
// that. Calls and token requests share it; neither knows the other.
package retry

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// DefaultAttempts is how often a call is sent at most.
const DefaultAttempts = 4

// Backoff decides how long to wait between attempts.
type Backoff struct {
	// Random yields numbers in [0, 1); it must be safe for concurrent use.
	Random func() float64
}

// NewBackoff returns one with random waits.
func NewBackoff() *Backoff {
	return &Backoff{Random: rand.Float64} //nolint:gosec // spreads load, protects nothing
}

// Wait before the next attempt: what the service asked for, capped, or else
// a random time up to twice as long for each attempt, so that many clients
// don't come back together.
func (b *Backoff) Wait(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return min(asked, LongestPause)
	}
	const least = 100 * time.Millisecond
	most := min(2*least<<min(attempt, 16), 5*time.Second)
	return least + time.Duration(b.Random()*float64(most-least))
}

// Sleep waits before the next attempt. It reports false, at once, when the
// caller's deadline would come first.
func (b *Backoff) Sleep(ctx context.Context, attempt int, asked time.Duration) bool {
	wait := b.Wait(attempt, asked)
	return InTime(ctx, wait) && Sleep(ctx, wait)
}

// InTime reports whether a wait ends before the caller's deadline.
func InTime(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

// After reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. It
// reports false for none, and for one that can't be read.
func After(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" { // as in almost all answers: reading a date costs a dozen allocations
		return 0, false
	}
	const most = 365 * 24 * time.Hour // of what is reported
	if strings.Trim(value, "0123456789") == "" {
		seconds, _ := strconv.ParseInt(value, 10, 64) // one out of range is the greatest there is
		return time.Duration(min(seconds, int64(most/time.Second))) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), most), true
}

// NeverSent reports whether a network error came before anything was sent:
// the connection could not be made.
func NeverSent(err error) bool {
	if operation, ok := errors.AsType[*net.OpError](err); ok && (operation.Op == "dial" || operation.Op == "proxyconnect") {
		return true
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted
}

// IsPermanent reports whether a failure will be the same at the next attempt: an
// answer without end, a server that isn't trusted.
func IsPermanent(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, errtext.ErrBadAnswer)
}

// IsTransient reports whether the next attempt may get another status.
func IsTransient(status int) bool {
	return slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, status)
}

// RejectedBusy reports whether the service says that it is busy and did nothing:
// 429, or 503 with Retry-After. That holds all who call it, and isn't counted as
// an attempt, whatever is called.
func RejectedBusy(status int, header http.Header) bool {
	_, asked := After(header, time.Time{})
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && asked
}

// MayHaveApplied reports whether a call that failed for now may have been carried
// out all the same.
func MayHaveApplied(resp *http.Response, err error) bool {
	if err != nil {
		return !NeverSent(err)
	}
	return !RejectedBusy(resp.StatusCode, resp.Header)
}

// Again reports whether a call may be repeated after a status or a network
// error. The package documentation of the library has it as a table.
func Again(method string, resp *http.Response, err error) bool {
	if err != nil {
		return !IsPermanent(err) && (method != http.MethodPost || NeverSent(err))
	}
	return RejectedBusy(resp.StatusCode, resp.Header) || method != http.MethodPost && IsTransient(resp.StatusCode)
}

// Sleep waits, and reports false when the context ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// WithoutURL takes the address out of net/http's errors: it adds nothing, and
// a query may be personal.
func WithoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
