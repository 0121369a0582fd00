package mockserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// Option changes how a server is set up.
type Option func(*options) error

type options struct {
	now           func() time.Time
	deterministic bool // ids
	world         world
	propagation   time.Duration
	variants      variants.Choice
	lenient       bool
	answers       bool // are kept
	control       bool
	tls           bool
	environments  []string // that are served
	requests      int      // that are kept
	changes       int      // likewise
	seed          uint64
	chaos         *uint64
	log           *slog.Logger
	middleware    []func(http.Handler) http.Handler
}

func newOptions(given []Option) (options, error) {
	o := options{now: time.Now, requests: 1000, changes: 100_000, seed: 1, log: slog.New(slog.DiscardHandler), environments: environmentNames()}
	for _, option := range given {
		if option == nil {
			continue
		}
		if err := option(&o); err != nil {
			return options{}, err
		}
	}
	return o, nil
}

// WithPropagation makes changes in self-service reach the token endpoint only
// after d of the server's clock, as they take up to two minutes on the real
// service. By default they reach it at once.
func WithPropagation(d time.Duration) Option {
	return func(o *options) error {
		if d < 0 {
			return fmt.Errorf("mockserver: WithPropagation: %v is negative", d)
		}
		o.propagation = d
		return nil
	}
}

// WithControl serves the control API below /_mock/ of listeners and handlers.
func WithControl() Option {
	return func(o *options) error { o.control = true; return nil }
}

// WithTime makes the server's clock go by now instead of time.Now.
func WithTime(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("mockserver: WithTime: the function is nil")
		}
		o.now = now
		return nil
	}
}

// WithLogger logs a line for each request. Tokens, grants and secrets are never
// logged.
func WithLogger(log *slog.Logger) Option {
	return func(o *options) error {
		if log == nil {
			return errors.New("mockserver: WithLogger: the logger is nil")
		}
		o.log = log
		return nil
	}
}

// WithHistory sets how many of the last requests [Server.Requests] keeps, 1,000
// unless set, and how many of the last changes [Server.AuditLog], 100,000 unless
// set.
func WithHistory(requests, changes int) Option {
	return func(o *options) error {
		if requests < 0 || changes < 0 {
			return errors.New("mockserver: WithHistory: a number is negative")
		}
		o.requests, o.changes = requests, changes
		return nil
	}
}

// WithSeed sets what chance goes by, in faults with a Probability and in
// [WithDeterministicIDs]; 1 unless set.
func WithSeed(seed uint64) Option {
	return func(o *options) error { o.seed = seed; return nil }
}

// WithMiddleware puts a handler of your own around the server, at all its
// addresses and in memory too: to record what is asked and answered, or to bend
// it where no [Fault] can. The first given is the outermost. The journal shows
// what reached the server, and what it answered.
func WithMiddleware(wrap func(http.Handler) http.Handler) Option {
	return func(o *options) error {
		if wrap == nil {
			return errors.New("mockserver: WithMiddleware: the function is nil")
		}
		o.middleware = append(o.middleware, wrap)
		return nil
	}
}

// around puts the middleware around a handler.
func (o *options) around(handler http.Handler) http.Handler {
	for _, wrap := range slices.Backward(o.middleware) {
		handler = wrap(handler)
	}
	return handler
}
