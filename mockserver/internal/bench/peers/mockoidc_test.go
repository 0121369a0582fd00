package peers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/bench/grants"
)

// oidcClient is the client of mockoidc, which takes no JWT grants: people sign
// in, and their tokens are refreshed.
type oidcClient struct {
	Authorize string `json:"authorize"`
	Endpoint  string `json:"token"`
	ID        string `json:"client_id"`
	Secret    string `json:"client_secret"`
}

func oidcClientOf(p *grants.Program) (c *oidcClient, err error) {
	c = &oidcClient{}
	return c, json.Unmarshal(p.Ready, c)
}

func (c *oidcClient) form(more url.Values) url.Values {
	more.Set("client_id", c.ID)
	more.Set("client_secret", c.Secret)
	return more
}

// signIn gets the first tokens. The scope doesn't begin with openid, which
// saves mockoidc a signature.
func (c *oidcClient) signIn(ctx context.Context) (refreshToken string, err error) {
	const callback = "http://client.example.test/"
	form := c.form(url.Values{"scope": {"email openid"}, "state": {"s"}, "response_type": {"code"}, "redirect_uri": {callback}})
	direct := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Authorize+"?"+form.Encode(), http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := direct.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	location, err := resp.Location()
	if err != nil {
		return "", err
	}
	form = c.form(url.Values{"grant_type": {"authorization_code"}, "code": {location.Query().Get("code")}})
	answer, err := post(ctx, c.Endpoint, form.Encode())
	return answer.RefreshToken, err
}

// refreshes are so many requests for a token. Each costs mockoidc what a JWT
// grant costs the others: a verification and a signature.
func (c *oidcClient) refreshes(refreshToken string, tokens int) []string {
	form := c.form(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
	return slices.Repeat([]string{form.Encode()}, tokens)
}

// tokens are those that were given.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}

// post asks for tokens as any program does.
func post(ctx context.Context, endpoint, form string) (t tokens, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
	if err != nil {
		return t, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return t, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return t, err
	}
	if resp.StatusCode != http.StatusOK {
		return t, fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	if err := json.Unmarshal(body, &t); err != nil {
		return t, err
	}
	if t.AccessToken == "" {
		return t, errors.New("there is no token in the answer")
	}
	return t, nil
}
