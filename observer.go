package maskinporten

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/token"
	"github.com/maskinporten-go/maskinporten/internal/transport"
)

// Observer is told what the library does, for traces and metrics: see
// [WithObserver]. Functions that are nil are not called. They are called where
// the work is done, several at a time, so they must be quick and safe for
// concurrent use. One that panics is noted in the log ([WithLogger]), and the
// work goes on. Nothing that they are told is secret or personal.
type Observer struct {
	// Call, if set, is told of each call of the self-service API when it
	// begins. The call goes on with the context that is returned, so that what
	// is sent can be a part of it; finish, if not nil, is told once how the call
	// ended. A list ends when it was read to its end, or left.
	Call func(ctx context.Context, call CallInfo) (goOn context.Context, finish func(CallResult))
	// Token, if set, is told of what happens to tokens.
	Token func(ctx context.Context, event TokenEvent)
}

// CallInfo is a call that begins.
type CallInfo struct {
	// Operation is its name, such as "Clients.Get".
	Operation string
	// Method is that of HTTP.
	Method string
	// Path is a template, the same for all calls of the operation:
	// "/clients/{}/jwks/{}".
	Path string
	// Host is where the API is, with its port if it has one.
	Host string
}

// CallResult is how a call ended.
type CallResult struct {
	// StatusCode is the last HTTP status, 0 when there was no answer.
	StatusCode int
	// Attempts counts how often it was sent. 0: there was no token, or it was
	// given up before.
	Attempts int
	// Pauses counts how often it was held back because the service had asked
	// for that, and Waited is how long.
	Pauses int
	Waited time.Duration
	// Duration is the time from its beginning to its end.
	Duration time.Duration
	// CorrelationID is the service's, where it refused.
	CorrelationID string
	// Err is what the caller gets, nil for a success.
	Err error
}

// TokenEventKind is what happened to a token.
type TokenEventKind string

// The kinds of token events.
const (
	// TokenObtained: the token endpoint, or the shared cache, gave a token that
	// somebody waited for.
	TokenObtained TokenEventKind = "obtained"
	// TokenRenewed: the same in the background, while the old one was served.
	TokenRenewed TokenEventKind = "renewed"
	// TokenFailed: there was none. Err says why.
	TokenFailed TokenEventKind = "failed"
)

// TokenEvent is the end of a request for a token. What is served from memory
// is counted, and reported with the next event.
type TokenEvent struct {
	Kind TokenEventKind
	// ClientID is the client that asked, and Scopes are what it asked for.
	ClientID string
	Scopes   []string
	// FromCache tells that the token came from the shared cache
	// ([WithTokenCache]).
	FromCache bool
	// Attempts counts how many grants were sent.
	Attempts int
	// Duration is the time that the request took.
	Duration time.Duration
	// Served counts the tokens that were served from memory since the last
	// event about the same token, and Waited the callers who waited for this
	// one. What is served after the last event is not reported.
	Served, Waited int64
	// Life is how long the token lives, counted from when it was asked for.
	Life time.Duration
	// KeyExpires is when the key that signs can be used no longer, as far as it
	// says so; zero where it doesn't.
	KeyExpires time.Time
	// Err is a [*TokenError] where the token endpoint refused, else what went
	// wrong; nil for a success.
	Err error
}

// begin is what the transport tells of calls; nil without an observer of them.
func (o Observer) begin(log *slog.Logger) func(context.Context, transport.Begun) (context.Context, func(transport.Ended)) {
	if o.Call == nil {
		return nil
	}
	return func(ctx context.Context, begun transport.Begun) (context.Context, func(transport.Ended)) {
		goOn, finish := o.called(ctx, log, CallInfo(begun))
		if finish == nil {
			return goOn, nil
		}
		return goOn, func(ended transport.Ended) {
			defer logPanic(ctx, log, begun.Operation)
			finish(CallResult(ended))
		}
	}
}

// called goes on with the caller's context where the observer has none.
func (o Observer) called(ctx context.Context, log *slog.Logger, call CallInfo) (goOn context.Context, finish func(CallResult)) {
	goOn = ctx
	defer logPanic(ctx, log, call.Operation)
	own, finish := o.Call(ctx, call)
	if own != nil {
		goOn = own
	}
	return goOn, finish
}

// forEngine tells the observer of tokens; nil where it doesn't listen.
func (o Observer) forEngine(log *slog.Logger) func(context.Context, token.Event) {
	if o.Token == nil {
		return nil
	}
	return func(ctx context.Context, e token.Event) {
		defer logPanic(ctx, log, "Token")
		kind := TokenObtained
		switch {
		case e.Err != nil:
			kind = TokenFailed
		case e.Renewed:
			kind = TokenRenewed
		}
		o.Token(ctx, TokenEvent{
			Kind: kind, ClientID: e.ClientID, Scopes: strings.Fields(e.Scope), FromCache: e.FromCache, Attempts: e.Attempts, Duration: e.Duration,
			Served: e.Served, Waited: e.Waited, Life: e.Life, KeyExpires: e.KeyExpires, Err: e.Err,
		})
	}
}

// logPanic keeps an observer that panics from taking the program with it: token
// requests run where nobody could recover.
func logPanic(ctx context.Context, log *slog.Logger, what string) {
	if cause := recover(); cause != nil {
		log.ErrorContext(ctx, "maskinporten: the observer panicked; the work goes on",
			slog.String("operation", what), slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
	}
}
