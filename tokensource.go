package maskinporten

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

// tokenSource serves one request over and over. It remembers the entry, so
// that a warm token costs neither a lock nor an allocation.
type tokenSource struct {
	auth    *Authenticator
	request TokenRequest
	key     string
	err     error // the request can't be right
	last    atomic.Pointer[tokenEntry]
}

func newTokenSource(auth *Authenticator, request TokenRequest) *tokenSource {
	s := &tokenSource{auth: auth}
	if s.request, s.err = request.clone().checked(); s.err == nil {
		s.key = s.request.cacheKey()
	}
	return s
}

func (s *tokenSource) token(ctx context.Context) (*oauth2.Token, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.auth.token(ctx, s.entry)
}

func (s *tokenSource) entry(session *session) *tokenEntry {
	if last := s.last.Load(); last != nil && last.session == session {
		return last
	}
	entry := session.entry(s.auth, s.request, s.key)
	s.last.Store(entry)
	return entry
}

// forget drops a token that came from here and was not accepted.
func (s *tokenSource) forget(token *oauth2.Token) { s.entry(s.auth.credentials.Load()).forget(token) }

// boundSource is a [oauth2.TokenSource], which leaves no other place for the
// context.
type boundSource struct {
	*tokenSource
	ctx context.Context
}

// Token implements [oauth2.TokenSource].
func (s *boundSource) Token() (*oauth2.Token, error) { return s.token(s.ctx) }

// transport adds tokens to what it sends.
type transport struct {
	source *tokenSource
	base   http.RoundTripper
}

// RoundTrip sends the request with a token, and once more with a fresh one
// when the first is not accepted.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.token(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	resp, err := t.base.RoundTrip(withToken(r, token))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	t.source.forget(token)
	again, ok := rewind(r)
	if !ok {
		return resp, nil
	}
	fresh, err := t.source.token(r.Context())
	if err != nil || fresh.AccessToken == token.AccessToken {
		closeBody(again)
		return resp, nil //nolint:nilerr // the first answer says more than that no second was possible
	}
	wire.DrainAndClose(resp)
	return t.base.RoundTrip(withToken(again, fresh))
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] looks for.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

var errRedirected = errors.New("maskinporten: a redirect led to another host: no token is sent there")

func (t *transport) token(r *http.Request) (*oauth2.Token, error) {
	if from := r.Response; from != nil && from.Request != nil &&
		(from.Request.URL.Host != r.URL.Host || from.Request.URL.Scheme != r.URL.Scheme) {
		return nil, errRedirected
	}
	return t.source.token(r.Context())
}
