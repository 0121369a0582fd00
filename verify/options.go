package verify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// Option changes how [New] sets a verifier up.
type Option func(*options) error

type options struct {
	targets   []maskinporten.Target
	resources []string
	http      *http.Client
	now       func() time.Time
	log       *slog.Logger
	leeway    time.Duration
	refresh   time.Duration
	maxSize   int
	observe   []Observer
	// introspect proves who asks about tokens by reference; nil: nobody asks.
	introspect ClientAuthenticator
	forget     bool // no token is remembered
}

// Defaults and bounds.
const (
	defaultLeeway  = 10 * time.Second
	maxLeeway      = 2 * time.Minute
	defaultMaxSize = 16 << 10
	maxMaxSize     = 1 << 20
	defaultRefresh = 15 * time.Minute
)

func newOptions(target maskinporten.Target, given []Option) (*options, error) {
	o := &options{
		targets: []maskinporten.Target{target}, now: time.Now, log: slog.New(slog.DiscardHandler),
		leeway: defaultLeeway, refresh: defaultRefresh, maxSize: defaultMaxSize,
	}
	for _, option := range given {
		if option == nil {
			continue
		}
		if err := option(o); err != nil {
			return nil, err
		}
	}
	o.http = guarded(o.http)
	return o, nil
}

// guarded copies the client, or makes one that leaves no connection behind,
// and lets it follow no redirect: keys come from the issuer or not at all.
func guarded(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	} else if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport := standard.Clone()
		transport.DisableKeepAlives = true // a fetch every quarter of an hour
		client.Transport = transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// WithIssuer trusts the tokens of one more environment. Each issuer's tokens
// are checked with its own keys only.
func WithIssuer(target maskinporten.Target) Option {
	return func(o *options) error {
		o.targets = append(o.targets, target)
		return nil
	}
}

// WithResource names this API, as consumers name it in "resource" when they
// ask for a token. Every token must then carry one of these names in aud, to
// the letter; a token that was meant for another API, or for any, is refused.
// Without this option aud isn't looked at.
func WithResource(resource string, more ...string) Option {
	return func(o *options) error {
		all := append([]string{resource}, more...)
		if slices.Contains(all, "") {
			return errors.New("verify: WithResource: a resource is empty")
		}
		o.resources = append(o.resources, all...)
		return nil
	}
}

// WithHTTPClient fetches key sets through a copy of this client. Redirects are
// not followed whatever it says. A fetch may take ten seconds.
func WithHTTPClient(client *http.Client) Option {
	return func(o *options) error {
		if client == nil {
			return errors.New("verify: WithHTTPClient: the client is nil; leave the option out for the default")
		}
		o.http = client
		return nil
	}
}

// WithClock sets where the time comes from, for tests; time.Now by default.
func WithClock(now func() time.Time) Option {
	return func(o *options) error {
		if now == nil {
			return errors.New("verify: WithClock: the function is nil; leave the option out for time.Now")
		}
		o.now = now
		return nil
	}
}

// WithLogger reports key sets that can't be fetched, at Warn. For a line about
// each request see [WithObserver].
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger != nil {
			o.log = logger
		}
		return nil
	}
}

// WithLeeway sets by how much clocks may differ when exp, iat and nbf are
// compared: at most two minutes; ten seconds by default.
func WithLeeway(leeway time.Duration) Option {
	return func(o *options) error {
		if leeway < 0 || leeway > maxLeeway {
			return errors.New("verify: WithLeeway: give 0 to 2 minutes")
		}
		o.leeway = leeway
		return nil
	}
}

// WithRefresh sets after how long key sets are fetched again in the background:
// a minute to a day; a quarter of an hour by default.
func WithRefresh(interval time.Duration) Option {
	return func(o *options) error {
		if interval < time.Minute || interval > 24*time.Hour {
			return errors.New("verify: WithRefresh: give a minute to a day")
		}
		o.refresh = interval
		return nil
	}
}

// WithMaxTokenSize sets how long a token may be, in bytes; 16 KiB by default,
// 1 MiB at most.
func WithMaxTokenSize(size int) Option {
	return func(o *options) error {
		if size < 1 || size > maxMaxSize {
			return errors.New("verify: WithMaxTokenSize: give 1 to 1048576 bytes")
		}
		o.maxSize = size
		return nil
	}
}

// WithObserver calls a function after every decision, in the goroutine of the
// request. It may be given several times.
func WithObserver(observer Observer) Option {
	return func(o *options) error {
		if observer != nil {
			o.observe = append(o.observe, observer)
		}
		return nil
	}
}

// ClientAuthenticator proves to the issuer who asks.
// [maskinporten.Authenticator] is one.
type ClientAuthenticator interface {
	// ClientAssertion returns a signed JWT (RFC 7523 section 2.2), good for one
	// request.
	ClientAssertion(ctx context.Context) (string, error)
}
