package maskinporten

import (
	"context"
	"sync/atomic"

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
