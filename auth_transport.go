package maskinporten

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/bearer"
	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/token"
	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

// TokenSource returns a source of x/oauth2 for the request. ctx is used for
// every token that it gets, so it must live as long as the source. For tokens
// with a context of their own see [Authenticator.Token].
func (a *Authenticator) TokenSource(ctx context.Context, request TokenRequest) oauth2.TokenSource {
	return &boundSource{newTokenSource(a, request), ctx}
}

// tokenSource serves one request over and over.
type tokenSource struct {
	source *token.Source
	err    error // the request can't be right
}

func newTokenSource(a *Authenticator, request TokenRequest) *tokenSource {
	request, err := request.clone().checked()
	if err != nil {
		return &tokenSource{err: err}
	}
	return &tokenSource{source: a.engine.Source(request.forEngine())}
}

func (s *tokenSource) token(ctx context.Context) (*oauth2.Token, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.source.Token(ctx)
}

// forget drops a token that came from here and was not accepted, and reports
// whether another can be had.
func (s *tokenSource) forget(token *oauth2.Token) bool { return s.source.Forget(token) }

// boundSource is a [oauth2.TokenSource], which leaves no other place for the
// context.
type boundSource struct {
	*tokenSource
	ctx context.Context
}

// Token implements [oauth2.TokenSource].
func (s *boundSource) Token() (*oauth2.Token, error) {
	token, err := s.token(s.ctx)
	if err != nil && s.ctx.Err() != nil && errors.Is(err, s.ctx.Err()) {
		return nil, errtext.Wrapf("no new token: the context given to TokenSource has ended (%v): give one that lives as long as the source, such as context.Background()", err)
	}
	return token, err
}

// Transport returns a [http.RoundTripper] that adds a token for the request
// to everything it sends through base; nil is [http.DefaultTransport].
//
// A request that is answered with 401 is sent once more with a fresh token if
// its body can be had again (GetBody, or none). No token leaves for where it
// could be read or where a third party says: a request over plain http is
// refused, save to this machine itself or with [WithPlainHTTP], and so is one
// to which a redirect from another host has led.
func (a *Authenticator) Transport(request TokenRequest, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &tokenTransport{source: newTokenSource(a, request), base: base, plainHTTP: a.settings.plainHTTP}
}

// Client returns a [http.Client] that adds a token for the request to
// everything it sends, as [Authenticator.Transport] does. It follows no
// redirects, and waits for answers as long as the contexts of the requests
// allow; one given with [WithHTTPClient] is used as it is.
func (a *Authenticator) Client(request TokenRequest) *http.Client {
	client := *a.settings.http
	base := client.Transport
	if a.settings.patient != nil {
		base = a.settings.patient
	}
	client.Transport = a.Transport(request, base)
	return &client
}

// tokenTransport adds tokens to what it sends.
type tokenTransport struct {
	source    *tokenSource
	base      http.RoundTripper
	plainHTTP bool // tokens may go over plain http
}

// RoundTrip sends the request with a token, and once more with a fresh one
// when the first is not accepted.
func (t *tokenTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.token(r)
	if err != nil {
		bearer.CloseBody(r)
		return nil, err
	}
	resp, err := t.base.RoundTrip(bearer.WithToken(r, token.AccessToken))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	if !t.source.forget(token) {
		return resp, nil
	}
	again, ok := bearer.Rewind(r)
	if !ok {
		return resp, nil
	}
	fresh, err := t.source.token(r.Context())
	if err != nil || fresh.AccessToken == token.AccessToken {
		bearer.CloseBody(again)
		return resp, nil //nolint:nilerr // the first answer says more than that no second was possible
	}
	wire.DrainAndClose(resp)
	return t.base.RoundTrip(bearer.WithToken(again, fresh.AccessToken))
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] looks for.
func (t *tokenTransport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

var errRedirected = errors.New("maskinporten: a redirect led to another host: no token is sent there")

func (t *tokenTransport) token(r *http.Request) (*oauth2.Token, error) {
	switch {
	case bearer.MovedHost(r):
		return nil, errRedirected
	case !t.plainHTTP && bearer.IsReadable(r.URL):
		return nil, fmt.Errorf("%sno token is sent to %s over plain http, where anybody on the way can read it: use https, or WithPlainHTTP in a network that is safe", errtext.Prefix, errtext.OneLine(r.URL.Host))
	}
	return t.source.token(r.Context())
}
