// Package token gets access tokens with JWT grants (RFC 7523), and keeps them
// while they are worth having. It knows no public type: what it needs is
// handed in.
//
// One token goes through these files: engine (where callers ask), entries (the
// place of each kind of token), entry (kept, renewed, waited for), cached (by
// what age), shared (of other processes), exchange (as many requests as it
// takes), discovery (where to), grant (what is asked), answer (what came),
// failure and refusals (what went wrong). Beside them stand config, credentials,
// keyexpiry, clock, event (what observers are told) and assertion (a proof of who
// the client is, for other endpoints).
package token

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/retry"
	"golang.org/x/oauth2"
)

// Engine gets and keeps tokens. It is safe for concurrent use.
type Engine struct {
	Config

	endpoint    func(context.Context) (string, error)
	credentials atomic.Pointer[credentialState]
	pause       retry.Pause // that the token endpoint asked for

	closing context.Context // ends when Close is called
	closed  atomic.Bool     // the same for those who only ask: it costs a token less
	close   context.CancelFunc
	mu      sync.Mutex // orders new work before Close
	working sync.WaitGroup
}

// New returns an engine that works with the credentials.
func New(config Config, credentials Credentials) *Engine {
	e := &Engine{Config: config}
	e.closing, e.close = context.WithCancel(context.Background())
	e.endpoint = func(context.Context) (string, error) { return config.Endpoint, nil }
	if config.Discover {
		e.endpoint = newDiscovery(&e.Config).endpoint
	}
	e.Use(credentials)
	return e
}

// Use makes the engine work with other credentials. Tokens of the old ones are
// never served again, to callers who wait neither.
func (e *Engine) Use(credentials Credentials) {
	e.credentials.Store(newCredentialState(e, credentials))
}

// ClientID returns the id of the client that tokens are for.
func (e *Engine) ClientID() string { return e.credentials.Load().ClientID }

// Token returns a token for the request, a kept one if it lives. Where the
// credentials were changed while it waited, it asks again with the new ones.
func (e *Engine) Token(ctx context.Context, request Request) (*oauth2.Token, error) {
	key := request.key()
	for {
		state := e.credentials.Load()
		token, err := state.entry(request, key).get(ctx, request.MinLife)
		if e.credentials.Load() == state {
			return token, err
		}
	}
}

// Forget drops a token that an API did not accept, wherever it is kept.
func (e *Engine) Forget(token *oauth2.Token) { e.credentials.Load().forget(token) }

// Close ends what works in the background, and waits for it. Afterwards no
// tokens are given.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed.Store(true)
	e.close()
	e.mu.Unlock()
	e.working.Wait()
}

// background runs work that Close waits for. After Close it reports false, and
// runs nothing.
func (e *Engine) background(work func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return false
	}
	e.working.Go(work)
	return true
}

// Source serves one request over and over. It remembers where its tokens are
// kept, so that one that lives costs neither a lock nor an allocation.
type Source struct {
	engine  *Engine
	request Request
	key     string
	last    atomic.Pointer[entry]
}

// Source returns a source for the request, whose slices are its own from now
// on.
func (e *Engine) Source(request Request) *Source {
	return &Source{engine: e, request: request, key: request.key()}
}

// Token returns a token, a kept one if it lives.
func (s *Source) Token(ctx context.Context) (*oauth2.Token, error) {
	state := s.engine.credentials.Load()
	token, err := s.entry(state).get(ctx, s.request.MinLife)
	if s.engine.credentials.Load() != state {
		return s.engine.Token(ctx, s.request) // others since
	}
	return token, err
}

func (s *Source) entry(state *credentialState) *entry {
	if last := s.last.Load(); last != nil && last.state == state {
		return last
	}
	entry := state.entry(s.request, s.key)
	s.last.Store(entry)
	return entry
}

// Forget drops a token that came from here and was not accepted. It reports
// whether another one can be had: where the token is itself the fresh one that
// replaced such a token a moment ago, it is kept.
func (s *Source) Forget(token *oauth2.Token) bool {
	return s.entry(s.engine.credentials.Load()).forget(token)
}

// KeyExpires is when the key that signed last can be used no longer; zero where
// it doesn't say, or none has signed.
func (e *Engine) KeyExpires() time.Time {
	return e.credentials.Load().keyExpiry.known()
}
