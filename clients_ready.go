package maskinporten

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/token"
	"golang.org/x/oauth2"
)

const (
	// defaultMaxWait is above the two minutes that are documented, the three
	// that are seen, and the fifteen that NAV's platform tells its users.
	defaultMaxWait = 16 * time.Minute
	firstPause     = time.Second
	longestPause   = 10 * time.Second
	// looksUp is after how many refusals of one kind self-service is asked why.
	looksUp = 3
)

// WaitOptions say how [ClientsService.WaitReady] goes about it. The zero value
// is good.
type WaitOptions struct {
	// MaxWait is after which time to give up, 16 minutes by default, or when
	// the context ends if that is earlier.
	MaxWait time.Duration
	// Progress, if set, is called after each attempt that will be repeated.
	Progress func(WaitProgress)
}

// WaitProgress tells how far a wait for the token endpoint has come.
type WaitProgress struct {
	// Attempt counts from 1.
	Attempt int
	// Waited is the time since the first attempt.
	Waited time.Duration
	// Err is what the last attempt got instead of a token.
	Err error
	// Next is the pause before the next attempt.
	Next time.Duration
}

// WaitReady asks for a token (POST /token) until one is given: what was just made
// or changed in self-service usually reaches the token endpoint in three minutes.
// It starts at once, and pauses between attempts for 1 to 10 seconds, each attempt
// being a new grant, past all caches.
//
// It goes on as long as the client, its key, its scopes, an access or a
// delegation may just not be known yet (MP-100, unknown key, MP-200, MP-250,
// MP-251), and while the token endpoint is out of reach. After some seconds of
// refusals it looks in self-service, as far as this client may read there: a
// client, key or scope that isn't registered, and an access that isn't there or
// was given long ago, end the wait. Any other refusal ends it at once: waiting
// would not help. The error wraps the last refusal, and what ended the wait, if that
// was the context's error or [context.DeadlineExceeded].
func (s *ClientsService) WaitReady(ctx context.Context, credentials Credentials, request TokenRequest, options WaitOptions) (*oauth2.Token, error) {
	w := waiter{
		options: options, retry: mayComeReady, random: s.admin.settings.backoff.Random,
		why: func(ctx context.Context, refusal error) string {
			return s.whyRefused(ctx, credentials, request, refusal)
		},
	}
	auth, err := s.admin.authenticatorFor(credentials)
	if err != nil {
		return nil, err
	}
	defer func() { _ = auth.Close() }()
	return w.token(ctx, auth, request)
}

// waiter asks for tokens until it gets one.
type waiter struct {
	options WaitOptions
	retry   func(error) bool
	why     func(context.Context, error) string // a refusal won't pass; empty: it may
	random  func() float64                      // in [0, 1)
	longest time.Duration                       // of a pause; 0 is longestPause

	last  token.Refusal // of its refusals, and how many of its kind there were in a row
	alike int
}

func (w *waiter) token(ctx context.Context, auth *Authenticator, request TokenRequest) (*oauth2.Token, error) {
	return w.until(ctx, func(ctx context.Context) (*oauth2.Token, error) { return auth.Token(ctx, request) })
}

func (w *waiter) until(ctx context.Context, try func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	maxWait := w.options.MaxWait
	if maxWait <= 0 {
		maxWait = defaultMaxWait
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, fmt.Errorf("gave up after %v: %w", maxWait, context.DeadlineExceeded))
	defer cancel()
	started := time.Now()
	var refusal error
	for attempt := 1; ; attempt++ {
		token, err := try(ctx)
		switch {
		case err == nil:
			return token, nil
		case ctx.Err() != nil:
			return nil, endOfWait(ctx, attempt, refusal)
		case !w.retry(err):
			return nil, err
		}
		if refusal = err; w.counts(err) == looksUp {
			if why := w.why(ctx, err); why != "" {
				return nil, errtext.Wrapf("waiting for a token is no use: %s: %v", why, err)
			}
		}
		pause := w.pause(attempt)
		if w.options.Progress != nil {
			w.options.Progress(WaitProgress{Attempt: attempt, Waited: time.Since(started), Err: err, Next: pause})
		}
		if !retry.Sleep(ctx, pause) {
			return nil, endOfWait(ctx, attempt, refusal)
		}
	}
}

// counts is how many refusals of the same kind there were in a row; 0 for other
// errors.
func (w *waiter) counts(err error) int {
	refusal := token.Unknown
	if failure, ok := errors.AsType[*TokenError](err); ok {
		refusal = failure.refusal()
	}
	switch {
	case refusal == token.Unknown:
		return 0
	case refusal != w.last:
		w.last, w.alike = refusal, 0
	}
	w.alike++
	return w.alike
}

func endOfWait(ctx context.Context, attempts int, refusal error) error {
	if refusal == nil {
		return errtext.Wrap("waiting for a token", errtext.Ended(ctx))
	}
	return errtext.Wrapf("waiting for a token: %v; attempt %d got: %v", errtext.Ended(ctx), attempts, refusal)
}

// pause doubles with each attempt, give or take a tenth, so that many waiters
// don't come back together.
func (w *waiter) pause(attempt int) time.Duration {
	pause := float64(min(firstPause<<min(attempt-1, 10), cmp.Or(w.longest, longestPause)))
	return time.Duration(pause * (0.9 + 0.2*w.random()))
}

// mayComeReady reports whether the refusal may only mean that the token
// endpoint hasn't heard yet.
func mayComeReady(err error) bool { return keyMayComeReady(err) || scopeRefused(err) }

// keyMayComeReady is mayComeReady for a new key on a client that was there
// before; an access that was just granted is refused for a while, too.
func keyMayComeReady(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClientNotFound) || errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrAccessNotGranted)
}

// scopeRefused reports whether the client was recognised, but may not have
// the scope, or not yet.
func scopeRefused(err error) bool {
	return errors.Is(err, ErrScopeNotRegistered) || errors.Is(err, ErrAccessNotGranted) || errors.Is(err, ErrNotDelegated)
}
