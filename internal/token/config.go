package token

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
)

// Config is what an engine works with. All is required but what says so.
type Config struct {
	Issuer   string // the audience of grants
	Endpoint string // where grants are posted
	Discover bool   // whether the endpoint is taken from the issuer's metadata (RFC 8414)
	// CheckAddress says what is wrong with an endpoint that was discovered.
	CheckAddress func(address string) error

	HTTP      *http.Client
	UserAgent string
	Log       *slog.Logger
	Backoff   *retry.Backoff
	Attempts  int // of a token request, if fewer than its own limit
	Clock     *Clock
	Cache     *Shared // optional: tokens of other processes

	// MinLife is how much life a token has left at least when it is handed
	// out, if that is more than what is usual and can be had.
	MinLife time.Duration
	// Fail makes the error that callers see, once for all who wait.
	Fail func(*Failure) error
	// Observe, if set, is told how each token request ended.
	Observe func(context.Context, Event)
}

// ErrClosed is the error of an engine that was closed.
var ErrClosed = errors.New(errtext.Prefix + "closed")
