package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/maskinporten-go/maskinporten/internal/bearer"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

// attempts is one call on its way: what was tried, and what to do next. The
// transport finds it in the context of the request.
type attempts struct {
	settings *settings
	op       operation
	path     string
	started  time.Time
	client   retryablehttp.Client // for this call alone
	source   *tokenSource         // nil: an open call

	count     int
	token     *oauth2.Token // of the last attempt
	noToken   error         // why the last attempt was not made
	lost      bool          // the last attempt may have arrived, and its answer did not
	maybeDone bool          // so may an earlier one
	refreshed bool          // a 401 was answered with a fresh token before
	pause     time.Duration // before the next attempt

	status int // of the answer, once there is one
	header http.Header
	body   []byte
}

type attemptsKey struct{}

// attemptTransport adds the current token to each attempt, and counts.
type attemptTransport struct{ base http.RoundTripper }

// RoundTrip makes one attempt.
func (t *attemptTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	tries, ok := r.Context().Value(attemptsKey{}).(*attempts)
	if !ok {
		return t.base.RoundTrip(r)
	}
	if tries.source != nil {
		if tries.token, tries.noToken = tries.source.token(r.Context()); tries.noToken != nil {
			bearer.CloseBody(r)
			return nil, tries.noToken
		}
		r = tries.authorized(r)
	}
	tries.count++
	resp, err := t.base.RoundTrip(r)
	tries.lost = err != nil && !retry.NeverSent(err)
	return resp, err
}

// authorized is the request with the token. The first attempt's request is the
// call's own, and nobody else's yet; later ones share their header with those
// before them, which a transport may still look at.
func (a *attempts) authorized(r *http.Request) *http.Request {
	if a.count > 0 {
		return bearer.WithToken(r, a.token.AccessToken)
	}
	r.Header.Set("Authorization", "Bearer "+a.token.AccessToken)
	return r
}

// checkAttempt is go-retryablehttp's CheckRetry.
func checkAttempt(ctx context.Context, resp *http.Response, err error) (bool, error) {
	tries, ok := ctx.Value(attemptsKey{}).(*attempts)
	if !ok {
		return false, nil //nolint:nilerr // the error of the attempt is reported by itself
	}
	return tries.check(ctx, resp, err)
}

// check decides whether there is another attempt.
func (a *attempts) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if a.noToken != nil || ctx.Err() != nil || a.count >= a.settings.attempts {
		return false, nil //nolint:nilerr // the error of the attempt is reported by itself
	}
	if err == nil && resp.StatusCode == http.StatusUnauthorized && a.source != nil && !a.refreshed {
		a.refreshed, a.pause = true, 0
		a.source.forget(a.token)
		return true, nil
	}
	if !retry.Again(a.op.method, resp, err) {
		return false, nil
	}
	a.maybeDone = a.maybeDone || retry.MayHaveApplied(resp, err)
	a.pause = a.settings.backoff.Wait(a.count, a.asked(resp))
	return retry.InTime(ctx, a.pause), nil
}

// asked is how long the service wants to be left alone.
func (a *attempts) asked(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	asked, _ := retry.After(resp.Header, a.settings.clock.Corrected())
	return asked
}

// backoff tells the pause that check decided on.
func (a *attempts) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return a.pause }

// receive reads the whole of a good answer, as a part of the attempt: where it
// breaks off, the attempt has failed. It is go-retryablehttp's
// ResponseHandler.
func (a *attempts) receive(resp *http.Response) error {
	a.status, a.header = resp.StatusCode, resp.Header
	if !wire.Succeeded(resp.StatusCode) {
		return nil
	}
	var err error
	a.body, err = wire.ReadBody(resp, wire.MaxObject)
	return err
}

// removedBefore reports whether a 404 only means that an earlier attempt at
// the same DELETE has worked, and its answer was lost.
func (a *attempts) removedBefore(status int) bool {
	return status == http.StatusNotFound && a.op.method == http.MethodDelete && a.maybeDone
}

// failed is the error of a call that got no answer, or not the whole of one.
func (a *attempts) failed(ctx context.Context, resp *http.Response, err error) error {
	if a.noToken != nil && (ctx.Err() == nil || isTokenError(a.noToken)) {
		a.log(ctx, 0, a.noToken)
		return errtext.Wrap(a.op.name, a.noToken)
	}
	if resp != nil {
		defer wire.DrainAndClose(resp)
		return a.brokeOff(ctx, err)
	}
	failure := a.error(0)
	failure.outcomeUnknown = a.lost && a.op.method == http.MethodPost
	failure.Err = retry.WithoutURL(err)
	return a.logged(ctx, failure)
}

// refused is the error of an answer with another status than 2xx.
func (a *attempts) refused(ctx context.Context, resp *http.Response) error {
	failure := a.error(resp.StatusCode)
	failure.RetryAfter = a.asked(resp)
	failure.outcomeUnknown = a.op.method == http.MethodPost && resp.StatusCode >= 500 && !retry.RejectedBusy(resp.StatusCode, resp.Header)
	said, body := wire.ReadErrorBody(resp.Body, a.secret())
	failure.Fields, failure.Description, failure.CorrelationID = fieldErrors(said.Complaints), said.Text, said.CorrelationID
	failure.saysNone = said.SaysNone()
	if !said.HasMessage() {
		failure.ContentType = resp.Header.Get("Content-Type")
		failure.Body = string(body[:min(len(body), wire.KeptErrorBody)])
		if len(body) > 0 {
			failure.Err = fmt.Errorf("%w: %s instead of an error", ErrBadAnswer, wire.ContentKind(resp.Header))
		}
	}
	return a.logged(ctx, failure)
}

// misunderstood is the error of an answer of 2xx that makes no sense.
func (a *attempts) misunderstood(ctx context.Context, err error) error {
	return a.logged(ctx, a.nonsense(err))
}

// nonsense is the error of something in an answer of 2xx that makes no sense.
func (a *attempts) nonsense(err error) *APIError {
	failure := a.error(a.status)
	failure.ContentType = a.header.Get("Content-Type")
	failure.outcomeUnknown = a.op.method == http.MethodPost
	failure.Err = errtext.Wrapf("%v: %s: %v", ErrBadAnswer, wire.ContentKind(a.header), err)
	return failure
}

// brokeOff is the error of an answer that ended early, or didn't end.
func (a *attempts) brokeOff(ctx context.Context, err error) error {
	if errors.Is(err, ErrBadAnswer) {
		return a.misunderstood(ctx, err)
	}
	failure := a.error(a.status)
	failure.brokeOff = true
	failure.outcomeUnknown = a.op.method == http.MethodPost
	failure.Err = fmt.Errorf("the answer broke off: %w", err)
	return a.logged(ctx, failure)
}

func (a *attempts) error(status int) *APIError {
	return &APIError{Operation: a.op.name, Method: a.op.method, Path: a.path, StatusCode: status, Attempts: a.count}
}

// logged is an error on its way to the caller. Where the caller's context has
// ended, that is why.
func (a *attempts) logged(ctx context.Context, failure *APIError) error {
	if ctx.Err() != nil && (failure.StatusCode == 0 || failure.brokeOff) {
		failure.Err, failure.interrupted = errtext.Ended(ctx), true
	}
	a.log(ctx, failure.StatusCode, failure)
	return failure
}

func (a *attempts) log(ctx context.Context, status int, failure error) {
	if !a.settings.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attributes := []slog.Attr{
		slog.String("operation", a.op.name), slog.String("method", a.op.method), slog.String("path", a.path),
		slog.Int("status", status), slog.Int("attempts", a.count), slog.Duration("duration", time.Since(a.started)),
	}
	if failure != nil {
		attributes = append(attributes, slog.Any("error", failure))
	}
	a.settings.log.LogAttrs(ctx, slog.LevelDebug, "maskinporten: call", attributes...)
}

// isTokenError reports whether the token endpoint is why a call failed.
func isTokenError(err error) bool {
	_, ok := errors.AsType[*TokenError](err)
	return ok
}

// secret is what no error may show: the token of the last attempt.
func (a *attempts) secret() string {
	if a.token == nil {
		return ""
	}
	return a.token.AccessToken
}

// decode reads one object from the answer, and takes an error that came with
// a status of 2xx for what it is.
func (a *attempts) decode(ctx context.Context, value any) error {
	err := wire.ErrorAsSuccess(a.body, a.secret())
	if err == nil {
		err = wire.Object(a.body, value)
	}
	if err != nil {
		return a.misunderstood(ctx, err)
	}
	return nil
}

// empty reports whether the answer holds nothing.
func (a *attempts) empty() bool { return wire.IsBlank(a.body) }

func fieldErrors(complaints []wire.Complaint) []FieldError {
	var errs []FieldError
	for _, complaint := range complaints {
		errs = append(errs, FieldError(complaint))
	}
	return errs
}
