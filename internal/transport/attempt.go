package transport

import (
	"net/http"

	"github.com/maskinporten-go/maskinporten/internal/bearer"
	"github.com/maskinporten-go/maskinporten/internal/retry"
)

// attempts sends requests, each of them an attempt at a call.
type attempts struct{ base http.RoundTripper }

// RoundTrip makes one attempt: it waits until it may, adds the current token,
// and counts.
func (t *attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	c, ok := r.Context().Value(callKey{}).(*call)
	if !ok {
		return t.base.RoundTrip(r)
	}
	if c.notSent = c.ready(); c.notSent != nil {
		bearer.CloseBody(r)
		return nil, c.notSent
	}
	if c.source != nil {
		r = c.authorized(r)
	}
	c.sent++
	resp, err := t.base.RoundTrip(r)
	c.answerLost = err != nil && !retry.NeverSent(err)
	return resp, err
}

// ready waits for the end of a pause and for the limit on requests, and gets
// the token.
func (c *call) ready() error {
	if err := c.sitOut(); err != nil {
		return err
	}
	if limit := c.transport.config.Limit; limit != nil {
		if err := limit(c.ctx); err != nil {
			return err
		}
	}
	if c.source == nil || c.hasToken {
		c.hasToken = false
		return nil
	}
	var err error
	c.token, err = c.source.Token(c.ctx)
	c.authErr = err != nil
	return err
}

// authorized is the request with the token. The first attempt's request is the
// call's own, and nobody else's yet; later ones share their header with those
// before them, which a transport may still look at.
func (c *call) authorized(r *http.Request) *http.Request {
	if c.sent > 0 {
		return bearer.WithToken(r, c.token.AccessToken)
	}
	r.Header.Set("Authorization", "Bearer "+c.token.AccessToken)
	return r
}

// sitOut waits for the end of a pause that the service asked this call for, or
// another.
func (c *call) sitOut() error {
	if c.transport.pause.Left() <= 0 {
		return nil
	}
	c.hasToken = false // it may die meanwhile
	switch {
	case c.patience.SitOut(c.ctx, &c.transport.pause):
		return nil
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	}
	return &retry.HeldBack{Left: c.transport.pause.Left()}
}
