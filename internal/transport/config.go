package transport

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
)

// Source gives tokens for one scope.
type Source interface {
	Token(ctx context.Context) (*oauth2.Token, error)
	// Forget drops a token that the API did not accept, and reports whether
	// another can be had.
	Forget(token *oauth2.Token) bool
}

// Config is what calls need.
type Config struct {
	API, Portal string       // where paths begin
	HTTP        *http.Client // follows no redirects
	UserAgent   string
	Attempts    int
	Backoff     *retry.Backoff
	Log         *slog.Logger

	// Now is the time as the service has it, for Retry-After.
	Now func() time.Time
	// Error makes the caller's error of a failure.
	Error func(*Failure) error
	// Source gives the tokens for a scope, ClientID says whose they are, and
	// NotRegistered tells that the client doesn't have the scope. Without a
	// Source, calls carry no token.
	Source        func(scope string) Source
	ClientID      func() string
	NotRegistered func(error) bool
	// Limit, if set, waits until another request may be sent.
	Limit func(context.Context) error
	// Begin, if set, is called when a call begins, and what it returns when it
	// ends.
	Begin func(context.Context, Begun) (context.Context, func(Ended))
}

// Begun is a call that begins.
type Begun struct{ Operation, Method, Path, Host string }

// Ended is how a call ended.
type Ended struct {
	StatusCode, Attempts, Pauses int
	Waited, Duration             time.Duration
	CorrelationID                string
	Err                          error
}

// Failure is why a call failed. The library makes its public errors of it.
type Failure struct {
	Operation, Method, Path string
	// StatusCode is 0 when there was no answer.
	StatusCode int
	Attempts   int
	// Said is what the service said of it.
	Said       wire.ErrorBody
	RetryAfter time.Duration
	// ContentType and Body are of an answer that couldn't be read.
	ContentType, Body string
	Err               error

	Kind           Kind
	OutcomeUnknown bool // it may have been carried out
	BrokeOff       bool // the answer began, and didn't end
	Interrupted    bool // the caller's context ended
	ended          error
}

// InTheEnd is the failure of a call whose context ended while it waited for a
// token: the context's error, and nothing else.
func (f *Failure) InTheEnd() *Failure {
	failure := *f
	failure.Kind, failure.Err = OfCall, f.ended
	return &failure
}

// Kind tells where a call failed.
type Kind int

const (
	// OfCall failed on its way, or was refused.
	OfCall Kind = iota
	// OfToken was not sent, since there was no token: Err says why.
	OfToken
	// OfArgument could not be sent as it is: Err says why.
	OfArgument
)

// isEmptyList reports whether a failure only means that a list has no elements.
// Refusals of the token never do, whatever their words.
func (f *Failure) isEmptyList() bool {
	return f.Kind == OfCall && f.StatusCode >= 400 && f.StatusCode < 500 &&
		f.StatusCode != http.StatusUnauthorized && f.StatusCode != http.StatusForbidden && f.Said.SaysNone()
}
