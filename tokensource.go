package maskinporten

import (
	"context"
	"net/http"
	"sync/atomic"

	"golang.org/x/oauth2"
)

// tokenSource serves one request over and over. It remembers the entry, so
// that a warm token costs neither a lock nor an allocation.
type tokenSource struct {
	auth    *Authenticator
	ctx     context.Context //nolint:containedctx // oauth2.TokenSource has no other place for it
	request TokenRequest
	err     error // the request can't be right
	key     string
	last    atomic.Pointer[sourceEntry]
}

// sourceEntry is an entry and the credentials that it was found with.
type sourceEntry struct {
	entry       *tokenEntry
	credentials *Credentials
}

func newTokenSource(auth *Authenticator, ctx context.Context, request TokenRequest) *tokenSource { //nolint:revive // the context belongs to the source, as in x/oauth2
	s := &tokenSource{auth: auth, ctx: ctx, request: request.clone()}
	if s.err = request.check(); s.err == nil {
		s.key = request.cacheKey()
	}
	return s
}

// Token implements [oauth2.TokenSource].
func (s *tokenSource) Token() (*oauth2.Token, error) { return s.token(s.ctx) }

func (s *tokenSource) token(ctx context.Context) (*oauth2.Token, error) {
	if s.err != nil {
		return nil, s.err
	}
	credentials := s.auth.credentials.Load()
	if last := s.last.Load(); last != nil && last.credentials == credentials && credentials.KeySource == nil && s.auth.closing.Err() == nil {
		return last.entry.get(ctx)
	}
	entry, err := s.auth.entry(ctx, s.request, s.key)
	if err != nil {
		return nil, err
	}
	s.last.Store(&sourceEntry{entry: entry, credentials: credentials})
	return entry.get(ctx)
}

// transport adds tokens to what it sends.
type transport struct {
	source *tokenSource
	base   http.RoundTripper
}

// RoundTrip sends the request with a token, and once more with a fresh one
// when the first is not accepted.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.source.token(r.Context())
	if err != nil {
		closeBody(r)
		return nil, err
	}
	resp, err := t.base.RoundTrip(withToken(r, token))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	t.source.auth.Forget(token)
	again, ok := rewind(r)
	if !ok {
		return resp, nil
	}
	fresh, err := t.source.token(r.Context())
	if err != nil || fresh.AccessToken == token.AccessToken {
		return resp, nil //nolint:nilerr // the first answer says more than that no second was possible
	}
	drain(resp.Body)
	return t.base.RoundTrip(withToken(again, fresh))
}

// withToken copies the request so far that the token shows in the copy only.
func withToken(r *http.Request, token *oauth2.Token) *http.Request {
	copied := *r
	copied.Header = make(http.Header, len(r.Header)+1)
	for name, values := range r.Header {
		copied.Header[name] = values
	}
	token.SetAuthHeader(&copied)
	return &copied
}

// rewind returns the request with its body from the beginning.
func rewind(r *http.Request) (*http.Request, bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	copied := *r
	copied.Body = body
	return &copied, true
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
