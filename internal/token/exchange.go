package token

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

const (
	grantType    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	mostAttempts = 3
	// requestTimeout bounds a token request, whose callers may all have gone.
	// Pauses that the service asks for come on top.
	requestTimeout = 30 * time.Second
)

// exchange is one token request, as often as it takes: it tries again when the
// endpoint can't be reached or is busy, and once more when the grant was
// refused for its times and the endpoint's Date shows that our clock is wrong.
// It has a loop of its own rather than go-retryablehttp's, since each attempt
// needs a new grant.
type exchange struct {
	*Engine

	clientID string
	key      Key
	request  *Request

	patience  retry.Patience
	left      time.Duration // of requestTimeout
	sent      int           // grants
	attempts  int           // those that count
	corrected bool          // the clock was
}

// do gets a token. What the endpoint said or failed to say is a [*Failure].
func (x *exchange) do(ctx context.Context) (*cachedToken, error) {
	for x.left = requestTimeout; ; {
		if !x.patience.SitOut(ctx, &x.pause) {
			return nil, x.heldBack()
		}
		used, started := x.Clock.learnt(), time.Now()
		x.sent++
		token, date, err := x.try(ctx)
		x.left -= time.Since(started)
		failure, ok := errors.AsType[*Failure](err)
		if !ok {
			return token, err
		}
		failure.Attempts = x.sent
		if !x.again(ctx, failure, used, date) {
			return nil, failure
		}
	}
}

// again decides whether there is another attempt, and waits for it.
func (x *exchange) again(ctx context.Context, failure *Failure, used time.Duration, date time.Time) bool {
	if failure.isForTimes() && !x.corrected && x.Clock.learn(ctx, used, date) {
		x.corrected = true
		return true
	}
	if failure.busy && x.Attempts > 1 {
		if failure.RetryAfter > retry.LongestPause {
			return false
		}
		x.pause.Extend(x.Backoff.Wait(x.sent, failure.RetryAfter))
		return x.patience.SitOut(ctx, &x.pause)
	}
	x.attempts++
	wait := x.Backoff.Wait(x.attempts, failure.RetryAfter)
	if x.attempts >= min(mostAttempts, x.Attempts) || !failure.mayPass() || wait >= x.left {
		return false
	}
	x.left -= wait
	return retry.Sleep(ctx, wait)
}

// try makes one grant and posts it. The date is that of the answer.
func (x *exchange) try(ctx context.Context) (*cachedToken, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, x.left)
	defer cancel()
	endpoint, err := x.endpoint(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	assertion, err := grant(x.key, x.clientID, x.Issuer, x.request, x.Clock.Corrected())
	if err != nil {
		return nil, time.Time{}, err
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {assertion}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
	if err != nil {
		return nil, time.Time{}, errtext.Wrap("token endpoint", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", x.UserAgent)
	issued := x.Clock.Now()     // a token's life counts from before the request: the answer may take its time
	resp, err := x.HTTP.Do(req) //nolint:bodyclose // wire.DrainAndClose does
	if err != nil {
		return nil, time.Time{}, x.failure(0, retry.WithoutURL(err))
	}
	defer wire.DrainAndClose(resp)
	failure := x.failure(resp.StatusCode, nil)
	failure.RetryAfter, _ = retry.After(resp.Header, x.Clock.Corrected())
	failure.busy = retry.RejectedBusy(resp.StatusCode, resp.Header)
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	token, err := (&answer{failure: failure, header: resp.Header}).read(resp.Body, assertion, issued)
	if err != nil {
		return nil, date, err
	}
	return newCachedToken(token, issued, x.MinLife), date, nil
}

func (x *exchange) failure(status int, err error) *Failure {
	return &Failure{ClientID: x.clientID, Host: x.Host(), StatusCode: status, Err: err}
}

// heldBack is of a request that was not sent, since the endpoint wants to be
// left alone for longer than it has patience.
func (x *exchange) heldBack() *Failure {
	failure := heldBack(x.Engine, x.clientID, x.pause.Left())
	failure.Attempts = x.sent
	return failure
}

func heldBack(e *Engine, clientID string, left time.Duration) *Failure {
	return &Failure{ClientID: clientID, Host: e.Host(), RetryAfter: left, Err: &retry.HeldBack{Left: left}}
}

// Host is the token endpoint's.
func (e *Engine) Host() string {
	address, err := url.Parse(e.Endpoint)
	if err != nil {
		return ""
	}
	return address.Host
}
