package maskinporten

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// attempts is one call on its way: what was tried, and what to do next. The
// transport finds it in the context of the request.
type attempts struct {
	settings *settings
	op       *operation
	path     string
	started  time.Time
	source   *tokenSource // nil: an open call

	count     int
	token     *oauth2.Token // of the last attempt
	sent      bool          // something may have reached the service
	refreshed bool          // a 401 was answered with a fresh token before
	pause     time.Duration // before the next attempt

	status int // of the answer, once there is one
	header http.Header
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
	tries.count++
	if tries.source != nil {
		token, err := tries.source.token(r.Context())
		if err != nil {
			closeBody(r)
			return nil, err
		}
		tries.token = token
		r = withToken(r, token)
	}
	resp, err := t.base.RoundTrip(r)
	tries.sent = tries.sent || err == nil || !neverSent(err)
	return resp, err
}

// check decides whether there is another attempt. It is go-retryablehttp's
// CheckRetry.
func (a *attempts) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil || a.count >= a.settings.attempts {
		return false, nil
	}
	if err == nil && resp.StatusCode == http.StatusUnauthorized && a.source != nil && !a.refreshed {
		a.refreshed, a.pause = true, 0
		a.source.auth.Forget(a.token)
		return true, nil
	}
	if tokenFailed(err) || !tryAgain(a.op.method, resp, err) {
		return false, nil
	}
	var asked time.Duration
	if resp != nil {
		asked = retryAfter(resp.Header, a.settings.now())
	}
	a.pause = a.settings.backoff.wait(a.count, asked)
	return inTime(ctx, a.pause), nil
}

// backoff tells the pause that check decided on.
func (a *attempts) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return a.pause }

// failed is the error of a call that got no answer.
func (a *attempts) failed(ctx context.Context, err error) error {
	err = withoutURL(err)
	if tokenFailed(err) {
		return fmt.Errorf("%s: %w", a.op.name, err)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	failure := a.error(0)
	failure.Err = err
	failure.outcomeUnknown = a.sent && a.op.method == http.MethodPost
	a.log(ctx, 0, failure)
	return failure
}

// refused is the error of an answer with another status than 2xx.
func (a *attempts) refused(ctx context.Context, resp *http.Response) error {
	failure := a.error(resp.StatusCode)
	failure.RetryAfter = retryAfter(resp.Header, a.settings.now())
	failure.outcomeUnknown = a.op.method == http.MethodPost && resp.StatusCode >= 500
	body, err := readBody(resp, maxErrorBody)
	if refusal := parseRefusal(body); refusal.description() != "" {
		failure.Fields, failure.Description, failure.CorrelationID = refusal.Errors, refusal.Description, refusal.CorrelationID
	} else {
		failure.ContentType = resp.Header.Get("Content-Type")
		failure.Body = string(body[:min(len(body), keptErrorBody)])
		failure.Description = contentKind(resp.Header) + " instead of an error"
		failure.Err = err
	}
	a.log(ctx, resp.StatusCode, failure)
	return failure
}

// misunderstood is the error of an answer of 2xx that makes no sense.
func (a *attempts) misunderstood(err error) error {
	failure := a.error(a.status)
	failure.ContentType = a.header.Get("Content-Type")
	failure.Err = fmt.Errorf("%w (%s): %w", ErrBadAnswer, contentKind(a.header), err)
	failure.outcomeUnknown = a.op.method == http.MethodPost
	return failure
}

// brokeOff is the error of an answer that ended early.
func (a *attempts) brokeOff(ctx context.Context, status int, err error) error {
	failure := a.error(status)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	failure.Err = fmt.Errorf("the answer broke off: %w", err)
	failure.outcomeUnknown = a.op.method == http.MethodPost
	return failure
}

func (a *attempts) error(status int) *APIError {
	return &APIError{Operation: a.op.name, Method: a.op.method, Path: a.path, StatusCode: status, Attempts: a.count}
}

// tokenFailed reports whether an attempt ended before it began, for want of a
// token. The token endpoint has a loop of its own.
func tokenFailed(err error) bool {
	if err == nil {
		return false
	}
	return asTokenError(err) != nil
}

func (a *attempts) log(ctx context.Context, status int, failure *APIError) {
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

const (
	maxErrorBody  = 256 << 10
	keptErrorBody = 1 << 10
)

// refusal is the body of an error.
type refusal struct {
	CorrelationID string
	Errors        []FieldError
	Description   string
}

// parseRefusal reads what can be read; services and gateways differ.
func parseRefusal(body []byte) refusal {
	var members struct {
		CorrelationID any             `json:"correlation_id"`
		Errors        json.RawMessage `json:"errors"`
		Error         any             `json:"error"`
		Description   any             `json:"error_description"`
		Message       any             `json:"message"`
	}
	if json.Unmarshal(body, &members) != nil {
		return refusal{}
	}
	var r refusal
	r.CorrelationID, _ = members.CorrelationID.(string)
	_ = json.Unmarshal(members.Errors, &r.Errors) // what isn't a list of errors is none
	for _, text := range []any{members.Description, members.Error, members.Message} {
		if s, ok := text.(string); ok && s != "" {
			r.Description = strings.TrimPrefix(s, ", ")
			break
		}
	}
	return r
}

// description tells whether it is a refusal at all, and which.
func (r refusal) description() string {
	if r.Description == "" && len(r.Errors) > 0 {
		return r.Errors[0].Message
	}
	return r.Description
}

// contentKind names what came, by its content type.
func contentKind(header http.Header) string {
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	switch media = strings.TrimSpace(strings.ToLower(media)); media {
	case "":
		return "an answer without content type"
	case "application/json":
		return "JSON"
	case "text/html":
		return "HTML, as from a proxy,"
	}
	return fmt.Sprintf("%.60q", media)
}
