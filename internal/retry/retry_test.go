package retry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
)

func drawing(number float64) *retry.Backoff {
	return &retry.Backoff{Random: func() float64 { return number }}
}

func TestWaitsDoubleFromATenthOfASecondToFive(t *testing.T) {
	t.Parallel()
	const shortest = 100 * time.Millisecond
	for attempt, most := range map[int]time.Duration{
		0: 200 * time.Millisecond, 1: 400 * time.Millisecond, 2: 800 * time.Millisecond, 4: 3200 * time.Millisecond, 5: 5 * time.Second, 16: 5 * time.Second, 17: 5 * time.Second, 100: 5 * time.Second,
	} {
		for drawn, want := range map[float64]time.Duration{0: shortest, 0.5: (shortest + most) / 2, 1: most} {
			if got := drawing(drawn).Wait(attempt, 0); got != want {
				t.Errorf("attempt %d, %v drawn: %v, want %v", attempt, drawn, got, want)
			}
		}
	}
	if wait := retry.NewBackoff().Wait(0, 0); wait < shortest || wait >= 2*shortest {
		t.Errorf("by chance %v", wait)
	}
}

func TestWhatTheServiceAsksForIsWaitedUpToHalfAMinute(t *testing.T) {
	t.Parallel()
	for asked, want := range map[time.Duration]time.Duration{1: 1, 30 * time.Second: 30 * time.Second, 31 * time.Second: 30 * time.Second} {
		if got := drawing(0).Wait(0, asked); got != want {
			t.Errorf("asked for %v: %v", asked, got)
		}
	}
}

func TestNobodySleepsPastTheirDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for left, want := range map[time.Duration]bool{time.Second - 1: false, time.Second: false, time.Second + 1: true, 0: true} {
			ctx := t.Context()
			if left > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, left)
				defer cancel()
			}
			began := time.Now()
			if got := drawing(0).Sleep(ctx, 0, time.Second); got != want {
				t.Errorf("with %v left: %t", left, got)
			}
			if slept := time.Since(began); want != (slept == time.Second) || !want && slept > 0 {
				t.Errorf("with %v left it slept %v", left, slept)
			}
		}
	})
}

func TestASleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if retry.Sleep(ctx, time.Minute) || time.Since(began) != time.Second {
			t.Errorf("it slept %v", time.Since(began))
		}
	})
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for value, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "31536000": year, "31536001": year, "9223372036854775807": year, "99999999999999999999999": year,
		date(time.Minute): time.Minute, date(-time.Minute): 0, date(0): 0, date(year): year, date(2 * year): year,
		now.Add(time.Hour).Format(time.RFC850): time.Hour, now.Add(time.Hour).Format(time.ANSIC): time.Hour,
	} {
		if got, ok := retry.After(http.Header{"Retry-After": {" " + value + " "}}, now); got != want || !ok {
			t.Errorf("%q: %v, %t", value, got, ok)
		}
	}
	for _, value := range []string{"", "soon", "-1", "1.5", "1e3", "7s", "Sat, 31 Foo 2026 1:00"} {
		if got, ok := retry.After(http.Header{"Retry-After": {value}}, now); got != 0 || ok {
			t.Errorf("%q: %v, %t", value, got, ok)
		}
	}
}

func networkErrors() (dial, proxy, read, untrusted, bad error) {
	wrap := func(err error) error { return &url.Error{Op: "Get", URL: "https://a/?pid=1", Err: err} }
	return wrap(&net.OpError{Op: "dial", Err: errors.New("refused")}), wrap(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}),
		wrap(&net.OpError{Op: "read", Err: errors.New("reset")}), wrap(&tls.CertificateVerificationError{Err: errors.New("who?")}), fmt.Errorf("%w: endless", errtext.ErrBadAnswer)
}

// The table of the package documentation: what may be repeated.
func TestACallIsRepeatedWhereThatDoesNoHarm(t *testing.T) {
	t.Parallel()
	dial, proxy, read, untrusted, bad := networkErrors()
	for _, row := range []struct {
		err        error
		status     int
		retryAfter string
		get, post  bool
		applied    bool // it may have been carried out
	}{
		{err: dial, get: true, post: true},
		{err: proxy, get: true, post: true},
		{err: read, get: true, applied: true},
		{err: untrusted},
		{err: bad, applied: true},
		{status: 429, get: true, post: true},
		{status: 429, retryAfter: "1", get: true, post: true},
		{status: 429, retryAfter: "soon", get: true, post: true},
		{status: 503, get: true, applied: true},
		{status: 503, retryAfter: "0", get: true, post: true},
		{status: 502, retryAfter: "1", get: true, applied: true},
		{status: 504, retryAfter: "1", get: true, applied: true},
		{status: 500, retryAfter: "1", applied: true},
		{status: 200, applied: true},
		{status: 400, applied: true},
	} {
		answer := &http.Response{StatusCode: row.status, Header: http.Header{}}
		if row.retryAfter != "" {
			answer.Header.Set("Retry-After", row.retryAfter)
		}
		what := fmt.Sprintf("%d %q %v", row.status, row.retryAfter, row.err)
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			if got := retry.Again(method, answer, row.err); got != row.get {
				t.Errorf("%s after %s: %t", method, what, got)
			}
		}
		if got := retry.Again(http.MethodPost, answer, row.err); got != row.post {
			t.Errorf("POST after %s: %t", what, got)
		}
		if got := retry.MayHaveApplied(answer, row.err); got != row.applied {
			t.Errorf("%s may have been carried out: %t", what, got)
		}
	}
}

func TestAnErrorShowsNoAddress(t *testing.T) {
	t.Parallel()
	cause := errors.New("refused")
	for _, err := range []error{cause, &url.Error{Op: "Get", URL: "https://a/?pid=1", Err: cause}, fmt.Errorf("x: %w", &url.Error{Err: cause})} {
		if got := retry.WithoutURL(err); !errors.Is(got, cause) || got.Error() != "refused" {
			t.Errorf("%v became %v", err, got)
		}
	}
}
