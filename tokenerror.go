package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/token"
	"golang.org/x/oauth2"
)

// Refusals of the token endpoint to compare with [errors.Is].
var (
	// ErrClientNotFound: MP-100.
	ErrClientNotFound = errors.New("maskinporten: client not found")
	// ErrUnknownKey: the client has no such key, or not yet.
	ErrUnknownKey = errors.New("maskinporten: unknown key")
	// ErrKeyExpired: MP-121.
	ErrKeyExpired = errors.New("maskinporten: key expired")
	// ErrScopeNotRegistered: MP-200.
	ErrScopeNotRegistered = errors.New("maskinporten: scope not registered on the client")
	// ErrAccessNotGranted: MP-250.
	ErrAccessNotGranted = errors.New("maskinporten: access not granted")
	// ErrNotDelegated: MP-251.
	ErrNotDelegated = errors.New("maskinporten: access not delegated")
)

// TokenError is a refusal or failure of the token endpoint (RFC 6749, 5.2).
// [errors.As] finds an [*oauth2.RetrieveError] in it.
type TokenError struct {
	// ClientID is the client that asked.
	ClientID string
	// Host is the token endpoint's.
	Host string
	// StatusCode is the HTTP status, 0 when there was no answer.
	StatusCode int
	// Code is the OAuth2 error, such as "invalid_grant".
	Code string
	// Description is the service's text, without the trace id.
	Description string
	// MP is Maskinporten's own code, such as "MP-250"; empty where it has
	// none.
	MP string
	// TraceID finds the request in the service's logs; quote it to Digdir.
	TraceID string
	// URI is where the service explains the error.
	URI string
	// Attempts counts how many grants were sent.
	Attempts int
	// RetryAfter is how long the service asked to wait, 0 if it didn't.
	RetryAfter time.Duration
	// ContentType and Body are what came when it was no error of OAuth2; Body
	// is cut after 1 KiB, and kept for statuses other than 2xx only.
	ContentType, Body string
	// Err is the reason when the failure was not a refusal: a network error,
	// [ErrBadAnswer], the end of the time that a request may take.
	Err error

	brokeOff bool // the answer began, and didn't end
}

// newTokenError is a failure as callers see it.
func newTokenError(f *token.Failure) error {
	return &TokenError{
		ClientID: f.ClientID, Host: f.Host, StatusCode: f.StatusCode, Code: f.Code, Description: f.Description, MP: f.MP, TraceID: f.TraceID, URI: f.URI,
		Attempts: f.Attempts, RetryAfter: f.RetryAfter, ContentType: f.ContentType, Body: f.Body, Err: f.Err, brokeOff: f.BrokeOff,
	}
}

// Error is one line: what the service said, and what to do about it.
func (e *TokenError) Error() string {
	cause := e.Err
	if e.isBusy() && errors.Is(cause, ErrBadAnswer) {
		cause = nil // what a proxy's error page looks like helps nobody
	}
	parts := []string{"no token for client " + e.ClientID, e.outcome(), e.MP, e.Code, e.Description}
	return errtext.Sentence(parts, cause, errtext.Details(e.TraceID, "trace id", 0), e.Remedy())
}

// outcome says what came, from where, and after how many attempts.
func (e *TokenError) outcome() string {
	text := strconv.Itoa(e.StatusCode)
	_, held := errors.AsType[*retry.HeldBack](e.Err)
	switch {
	case held && e.Attempts == 0:
		return e.Host // Err says the rest
	case e.StatusCode == 0 && errors.Is(e.Err, context.DeadlineExceeded):
		text = "no answer in time"
	case e.StatusCode == 0:
		text = "no answer"
	case e.Code == "": // the name of OAuth2 says more
		text = strings.TrimSpace(text + " " + http.StatusText(e.StatusCode))
	}
	if e.Host != "" {
		text += " from " + e.Host
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf(" after %d attempts", e.Attempts)
	}
	return text
}

// isBusy reports whether the endpoint, or what stands before it, was down or
// busy and said no more than that.
func (e *TokenError) isBusy() bool { return e.Code == "" && retry.IsTransient(e.StatusCode) }

// Is matches the sentinels of this package: by the refusal's code, else by its
// text, since real ones come without a code and in more than one wording.
func (e *TokenError) Is(target error) bool {
	if target == ErrUnavailable {
		return e.brokeOff || unavailable(e.StatusCode)
	}
	sentinel := refusals[e.refusal()].sentinel
	return sentinel != nil && sentinel == target
}

func (e *TokenError) refusal() token.Refusal { return token.Recognise(e.MP, e.Code, e.Description) }

// Remedy is one sentence on what to do about it; empty when nothing is known.
func (e *TokenError) Remedy() string {
	if remedy := refusals[e.refusal()].remedy; remedy != "" {
		return remedy
	}
	switch {
	case e.isBusy() && e.StatusCode != 0 && e.RetryAfter > 0:
		return askedToWait("the token endpoint", e.RetryAfter)
	case e.isBusy():
		return "the token endpoint is down or busy, try again later"
	}
	return ""
}

// Unwrap returns Err.
func (e *TokenError) Unwrap() error { return e.Err }

// As makes an [*oauth2.RetrieveError] of it, for code that is written for
// x/oauth2.
func (e *TokenError) As(target any) bool {
	to, ok := target.(**oauth2.RetrieveError)
	if !ok || e.StatusCode == 0 {
		return false
	}
	*to = &oauth2.RetrieveError{
		Response: &http.Response{
			StatusCode: e.StatusCode, Status: fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode)), Body: http.NoBody,
		},
		ErrorCode:        e.Code,
		ErrorDescription: e.Description,
		ErrorURI:         e.URI,
	}
	return true
}

// LogValue gives the error to slog as a group.
func (e *TokenError) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("client_id", e.ClientID),
		slog.String("host", e.Host),
		slog.Int("status", e.StatusCode),
		slog.String("error", e.Code),
		slog.String("mp", e.MP),
		slog.String("description", errtext.OneLine(e.Description)),
		slog.String("reason", errtext.Reason(e.Err)),
		slog.String("trace_id", e.TraceID),
		slog.Int("attempts", e.Attempts),
	)
}
