package maskinporten

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/token"
)

// Option changes how [New] and [NewAuthenticator] set things up.
type Option func(*settings) error

// settings is what the options decided. It is never changed afterwards.
type settings struct {
	env              Environment // empty for custom endpoints
	target           Endpoints
	http             *http.Client
	owned            *http.Transport // of http, unless the caller gave one
	patient          *http.Transport // likewise, for calls that are the user's own: it waits for as long as they do
	plainHTTP        bool            // tokens may go over plain http
	log              *slog.Logger
	now              func() time.Time // of clock; nil: the machine's
	clock            *token.Clock
	backoff          *retry.Backoff
	attempts         int
	userAgent        string
	withoutPreflight bool
	externalAuth     bool
	discover         bool
	observer         Observer
	limiter          Limiter
	cache            *token.Shared
	minTokenLife     time.Duration
}

func newSettings(target Target, options []Option) (*settings, error) {
	if target == nil {
		return nil, invalidArgument("", "target", "is nil: give an Environment such as maskinporten.Test, or Endpoints")
	}
	endpoints, err := target.Endpoints()
	if err != nil {
		return nil, err
	}
	s := &settings{
		target: endpoints, log: slog.New(slog.DiscardHandler),
		backoff: retry.NewBackoff(), attempts: retry.DefaultAttempts, userAgent: "maskinporten-go",
	}
	s.env, _ = target.(Environment)
	_, s.discover = target.(issuerTarget)
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option(s); err != nil {
			return nil, err
		}
	}
	s.guardHTTP()
	s.clock = token.NewClock(s.now, s.log)
	return s, nil
}

// guardHTTP copies the caller's HTTP client, or makes one, so that it follows
// no redirects: one could carry a token away, or turn one call into another.
func (s *settings) guardHTTP() {
	client := http.Client{}
	if s.http != nil {
		client = *s.http
	} else if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		s.owned = standard.Clone()
		s.owned.MaxIdleConnsPerHost = 32
		s.patient = s.owned.Clone()
		s.owned.ResponseHeaderTimeout = 30 * time.Second
		client.Transport = s.owned
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.http = &client
}

// closeConnections closes those that no request uses, and that are no
// caller's.
func (s *settings) closeConnections() {
	if s.owned != nil {
		s.owned.CloseIdleConnections()
		s.patient.CloseIdleConnections()
	}
}

// environment is the one that was named, or empty for custom endpoints.
func (s *settings) environment() Environment { return s.env }

// WithHTTPClient sends everything through a copy of this client, for proxies,
// TLS settings and test doubles. Redirects are not followed whatever it says.
// Its Timeout, if it has one, bounds each attempt, the answer's body included.
// By default a client that waits 30 seconds for the answer's beginning is
// used; bound the whole of a call with its context.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) error {
		if client == nil {
			return invalidArgument("", "WithHTTPClient", "is nil: leave the option out for the default")
		}
		s.http = client
		return nil
	}
}

// WithLogger logs one line a call at level Debug, and what somebody should
// know at Warn. Tokens, grants, secrets and bodies are never logged. By
// default nothing is.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger != nil {
			s.log = logger
		}
		return nil
	}
}

// WithClock sets where the time comes from, for tests; time.Now by default.
// Waits between attempts go by the real clock all the same.
func WithClock(now func() time.Time) Option {
	return func(s *settings) error {
		if now != nil {
			s.now = now
		}
		return nil
	}
}

// WithAttempts sets how often a call is sent at most, 1 to 10; 4 by default.
// With 1 a call is never sent again, not even after a pause that the service
// asked for. Token requests are sent 3 times at most.
// What is repeated at all is a table in the package documentation.
func WithAttempts(n int) Option {
	return func(s *settings) error {
		if n < 1 || n > 10 {
			return invalidArgument("", "WithAttempts", "must be 1 to 10")
		}
		s.attempts = n
		return nil
	}
}

// WithJitter sets the source of chance for the waits between attempts, numbers
// in [0, 1), so that tests know them. It must be safe for concurrent use.
func WithJitter(random func() float64) Option {
	return func(s *settings) error {
		if random != nil {
			s.backoff = &retry.Backoff{Random: random}
		}
		return nil
	}
}

// WithUserAgent puts a name before "maskinporten-go" in User-Agent, such as
// "my-operator/1.2".
func WithUserAgent(name string) Option {
	return func(s *settings) error {
		if strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c >= 0x7f }) {
			return invalidArgument("", "WithUserAgent", fmt.Sprintf("%.80q can't be sent in a header", name))
		}
		s.userAgent = strings.TrimSpace(name + " maskinporten-go")
		return nil
	}
}

// WithoutPreflight sends clients, keys and names of scopes without checking them against the
// documented rules first, since the service may change its rules before this
// library does. Identifiers that become part of an address, and private keys,
// are checked all the same.
func WithoutPreflight() Option {
	return func(s *settings) error { s.withoutPreflight = true; return nil }
}

// WithExternalAuth leaves authentication to the HTTP client that is given with
// [WithHTTPClient], as behind a gateway that adds tokens, or with the session
// of a portal. No tokens are asked for, and [New] takes empty [Credentials].
func WithExternalAuth() Option {
	return func(s *settings) error { s.externalAuth = true; return nil }
}

// WithPlainHTTP lets [Authenticator.Transport] and [Authenticator.Client] send
// tokens over plain http to other machines, where whoever is on the way can
// read them: for networks that are safe, such as that of a service mesh. This
// machine itself may always be called so.
func WithPlainHTTP() Option {
	return func(s *settings) error { s.plainHTTP = true; return nil }
}

// WithDiscovery takes the token endpoint from the issuer's metadata (RFC
// 8414), and reads it again every hour. Issuer and host must be those of the
// target. While the metadata can't be fetched, the last good one is used, or the
// target's own.
func WithDiscovery() Option {
	return func(s *settings) error { s.discover = true; return nil }
}

// Limiter bounds how often something may be done. The Limiter of
// golang.org/x/time/rate is one.
type Limiter interface {
	// Wait returns when it may be done, or why it can't be: the context ended,
	// or would have before that.
	Wait(ctx context.Context) error
}

// WithLimiter has each request to the self-service API wait for the limiter,
// also when it repeats another. Token requests, which are few, don't.
func WithLimiter(limiter Limiter) Option {
	return func(s *settings) error {
		if limiter == nil {
			return invalidArgument("", "WithLimiter", "is nil: leave the option out for no limit")
		}
		s.limiter = limiter
		return nil
	}
}

// WithObserver tells an [Observer] what is done.
func WithObserver(observer Observer) Option {
	return func(s *settings) error { s.observer = observer; return nil }
}
