package maskinporten

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// Errors to compare with [errors.Is]. The typed errors, [*APIError],
// [*TokenError] and [*ArgumentError], match those that fit them.
var (
	// ErrInvalidArgument: an argument was refused before anything was sent.
	ErrInvalidArgument = errtext.ErrInvalidArgument
	// ErrRejected: the service refused the request as invalid (400).
	ErrRejected = errors.New("maskinporten: refused as invalid")
	// ErrUnauthorized: the service did not accept the token (401).
	ErrUnauthorized = errors.New("maskinporten: unauthorized")
	// ErrForbidden: the token lacks a scope, or the resource belongs to
	// another organisation (403).
	ErrForbidden = errors.New("maskinporten: forbidden")
	// ErrNotFound: there is no such resource (404).
	ErrNotFound = errors.New("maskinporten: not found")
	// ErrTermsNotSigned: the organisation hasn't signed the terms of use (428).
	ErrTermsNotSigned = errors.New("maskinporten: terms of use not signed")
	// ErrConflict: the resource exists already, or its state doesn't allow the
	// call (409).
	ErrConflict = errors.New("maskinporten: conflict")
	// ErrUnavailable: the service could not be reached, was too busy (429),
	// or failed (5xx). It may work later. A call whose own context ended is not
	// one of these.
	ErrUnavailable = errors.New("maskinporten: service unavailable")
	// ErrOutcomeUnknown: a call that may not be repeated was sent, and its answer
	// was lost. It may have been carried out: look whether it was (FindCreated
	// does) before calling again.
	ErrOutcomeUnknown = errors.New("maskinporten: outcome unknown")
	// ErrBadAnswer: the service's answer can't be read.
	ErrBadAnswer = errtext.ErrBadAnswer
)

// ArgumentError says which argument of a call was refused before anything was
// sent. [errors.Is] matches it with [ErrInvalidArgument].
type ArgumentError struct {
	// Operation is the call, such as "Access.Grant"; empty for constructors
	// and parsers.
	Operation string
	// Argument is the name of the argument or field.
	Argument string
	// Problem says what is wrong with it, and what to do.
	Problem string
}

// Error describes the problem in one line.
func (e *ArgumentError) Error() string {
	text := errtext.Prefix
	if e.Operation != "" {
		text += e.Operation + ": "
	}
	return text + e.Argument + ": " + e.Problem
}

// Is matches [ErrInvalidArgument].
func (e *ArgumentError) Is(target error) bool { return target == ErrInvalidArgument }

func invalidArgument(operation, argument, problem string) error {
	return &ArgumentError{Operation: operation, Argument: argument, Problem: problem}
}

// FieldError is one complaint of the service about what was sent.
type FieldError struct {
	// Message is the service's text.
	Message string `json:"errorMessage"`
	// IsField tells whether it is about one field.
	IsField bool `json:"isFieldError"`
	// Object and Field are the place, such as "Client" and "client_name".
	Object string `json:"objectName"`
	Field  string `json:"fieldIdentifier"`
}

// APIError is a refusal or failure of the self-service API. [errors.Is]
// matches it with the sentinel of its status.
type APIError struct {
	// Operation is the call, such as "Scopes.Create".
	Operation string
	// Method and Path are of the HTTP request; Path has no query.
	Method, Path string
	// StatusCode is the HTTP status, 0 when there was no answer.
	StatusCode int
	// CorrelationID finds the call in the service's logs; quote it to Digdir.
	CorrelationID string
	// Fields are the service's complaints.
	Fields []FieldError
	// Description is the service's text.
	Description string
	// Code is the member error of the answer, where it isn't the description.
	Code string
	// Timestamp is when the call failed, by the service; zero where it didn't say.
	Timestamp time.Time
	// Attempts counts how often the call was sent.
	Attempts int
	// RetryAfter is how long the service asked to wait, 0 if it didn't.
	RetryAfter time.Duration
	// ContentType and Body are of an answer that isn't a JSON object which says
	// what is wrong. Body is kept for statuses other than 2xx only, 1 KiB at most.
	ContentType, Body string
	// Err is the cause when the service refused nothing: a network error,
	// [ErrBadAnswer], or that of the context.
	Err error

	outcomeUnknown bool
	brokeOff       bool // the answer began, and didn't end
	interrupted    bool // the caller's context ended
}

// Error is one line: operation, status, what the service said, and what to do
// about it.
func (e *APIError) Error() string {
	parts := []string{e.Operation}
	if e.StatusCode != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode))))
	}
	return errtext.Sentence(append(parts, e.text()), e.Err, errtext.Details(e.CorrelationID, "correlation id", e.Attempts), e.Remedy())
}

// text is what the service said.
func (e *APIError) text() string {
	if len(e.Fields) == 0 {
		return e.Description
	}
	messages := make([]string, 0, len(e.Fields))
	for _, field := range e.Fields {
		message := field.Message
		if field.Field != "" && !strings.Contains(message, field.Field) {
			message = field.Field + ": " + message
		}
		messages = append(messages, message)
	}
	return strings.Join(messages, ", ")
}

// Is matches the sentinels of this package.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrRejected:
		return e.StatusCode == http.StatusBadRequest
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrTermsNotSigned:
		return e.StatusCode == http.StatusPreconditionRequired
	case ErrConflict:
		return e.StatusCode == http.StatusConflict
	case ErrUnavailable:
		return !e.interrupted && (e.brokeOff || unavailable(e.StatusCode))
	case ErrOutcomeUnknown:
		return e.outcomeUnknown
	}
	return false
}

// Remedy is one sentence on what to do about the refusal; empty when the
// service's own text says it.
func (e *APIError) Remedy() string {
	switch {
	case e.outcomeUnknown:
		return "it may have been carried out: look whether it was (FindCreated does) before calling again"
	case e.StatusCode == http.StatusUnauthorized:
		return "the token was not accepted: check that credentials and environment belong together"
	case e.StatusCode == http.StatusForbidden:
		return "it belongs to another organisation, or the admin client lacks the scope for this call"
	case e.StatusCode == http.StatusPreconditionRequired:
		return "the organisation must sign the terms of use first, on https://samarbeid.digdir.no; ask servicedesk@digdir.no which"
	case e.StatusCode >= 300 && e.StatusCode < 400:
		return "redirects are not followed: check the address of the API"
	case e.StatusCode != 0 && e.RetryAfter > 0:
		return askedToWait("the service", e.RetryAfter)
	}
	return ""
}

// askedToWait is the remedy after an answer with Retry-After, in whole seconds.
func askedToWait(who string, wait time.Duration) string {
	return who + " asks to be left alone for " + (wait + time.Second - 1).Truncate(time.Second).String() + ": try again after that"
}

// unavailable reports whether a later call may succeed after this status; 0 is no
// answer.
func unavailable(status int) bool {
	return status == 0 || status == http.StatusTooManyRequests || status >= 500
}

// Unwrap returns Err.
func (e *APIError) Unwrap() error { return e.Err }

// LogValue gives the error to slog as a group.
func (e *APIError) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("operation", e.Operation),
		slog.Int("status", e.StatusCode),
		slog.String("message", errtext.OneLine(e.text())),
		slog.String("reason", errtext.Reason(e.Err)),
		slog.String("correlation_id", e.CorrelationID),
		slog.Int("attempts", e.Attempts),
	)
}
