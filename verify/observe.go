package verify

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Observer is called with every decision; see [WithObserver].
type Observer func(ctx context.Context, event Event)

// Event is a decision about a token.
type Event struct {
	// Reason is why the token was refused; empty when it was taken.
	Reason Reason
	// Claims are those of a genuine token, taken or refused; else nil, since
	// a forged token can say anything.
	Claims *Claims
	// Required are the scopes that were asked for.
	Required []string
	// Request is the request; nil if [Verifier.Verify] was called. Its headers
	// have the token: don't log them.
	Request *http.Request
	// Duration is what the decision took.
	Duration time.Duration
	// Err is the refusal; nil when the token was taken.
	Err error
}

// Accepted reports whether the token was taken.
func (e Event) Accepted() bool { return e.Err == nil }

// LogValue implements [slog.LogValuer]: the decision, and of a genuine token
// who, for whom, which scope and the token's ID. Neither the token nor a
// person is in it.
func (e Event) LogValue() slog.Value {
	attributes := []slog.Attr{slog.Bool("accepted", e.Accepted())}
	if e.Reason != "" {
		attributes = append(attributes, slog.String("reason", string(e.Reason)))
	}
	if len(e.Required) > 0 {
		attributes = append(attributes, slog.String("required_scope", Scopes(e.Required).String()))
	}
	if e.Request != nil {
		attributes = append(attributes, slog.String("method", e.Request.Method), slog.String("route", e.Request.Pattern))
	}
	if e.Claims != nil {
		attributes = append(attributes, slog.Any("token", e.Claims))
	}
	return slog.GroupValue(append(attributes, slog.Duration("duration", e.Duration))...)
}

// AuditLog returns an observer that writes one line about each decision: at
// Info when the token was taken, at Warn when it was refused, at Error when
// it couldn't be decided.
func AuditLog(logger *slog.Logger) Observer {
	return func(ctx context.Context, event Event) {
		level, message := slog.LevelInfo, "token accepted"
		if !event.Accepted() {
			level, message = slog.LevelWarn, "token refused"
			if event.Reason.Status() >= http.StatusInternalServerError {
				level = slog.LevelError
			}
		}
		logger.LogAttrs(ctx, level, message, slog.Any("decision", event))
	}
}
