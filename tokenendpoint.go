package maskinporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"github.com/maskinporten-go/maskinporten/internal/retry"
	"github.com/maskinporten-go/maskinporten/internal/wire"
	"golang.org/x/oauth2"
)

const (
	grantType     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	maxTokenBody  = 1 << 20
	tokenAttempts = 3
	// assumedLife is that of a token that doesn't say; the service's default
	// is 120 s.
	assumedLife = 60 * time.Second
	// longestLife bounds expires_in: more is a mistake that would keep a
	// token for ever.
	longestLife = 24 * time.Hour
)

// exchange gets a token for a grant. It tries again when the endpoint can't be
// reached or is busy, and once more when the grant was refused for its times
// and the endpoint's Date shows that our clock is wrong. It has a loop of its
// own rather than go-retryablehttp's, since each attempt needs a new grant.
func (s *settings) exchange(ctx context.Context, clientID string, key *Key, request TokenRequest) (*oauth2.Token, error) {
	corrected := false
	for attempt := 1; ; attempt++ {
		used := s.clock.learnt()
		token, date, err := s.tryExchange(ctx, clientID, key, request)
		if err == nil {
			return token, nil
		}
		failure, ok := errors.AsType[*TokenError](err)
		if !ok {
			return nil, err
		}
		failure.Attempts = attempt
		if failure.refusedForTimes() && !corrected && s.clock.learn(ctx, used, date) {
			corrected = true
			continue
		}
		if attempt >= min(tokenAttempts, s.attempts) || !failure.mayPass() || !s.backoff.Sleep(ctx, attempt, failure.RetryAfter) {
			return nil, err
		}
	}
}

// tryExchange makes one grant and posts it. The date is that of the answer.
func (s *settings) tryExchange(ctx context.Context, clientID string, key *Key, request TokenRequest) (*oauth2.Token, time.Time, error) {
	endpoints, err := s.endpoints(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	assertion, err := grant(key, clientID, endpoints.Issuer, request, s.clock.corrected())
	if err != nil {
		return nil, time.Time{}, err
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {assertion}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoints.Token, strings.NewReader(form))
	if err != nil {
		return nil, time.Time{}, errtext.Wrap("token endpoint", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.userAgent)
	asked := s.now()
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, time.Time{}, &TokenError{ClientID: clientID, Err: retry.WithoutURL(err)}
	}
	defer wire.DrainAndClose(resp)
	answer := tokenAnswer{status: resp.StatusCode, header: resp.Header, failure: &TokenError{ClientID: clientID, StatusCode: resp.StatusCode}}
	answer.failure.RetryAfter, _ = retry.After(resp.Header, s.clock.corrected())
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	token, err := answer.read(resp.Body, assertion, asked)
	return token, date, err
}

// tokenAnswer is a token, or a refusal (RFC 6749, 5.1 and 5.2).
type tokenAnswer struct {
	AccessToken string      `json:"access_token"`
	TokenType   string      `json:"token_type"`
	ExpiresIn   json.Number `json:"expires_in"`
	Scope       string      `json:"scope"`
	Error       string      `json:"error"`
	Description string      `json:"error_description"`
	URI         string      `json:"error_uri"`

	status  int
	header  http.Header
	failure *TokenError // what it is when it is no token
}

// read makes a token or an error of an answer. The assertion is taken out of
// whatever quotes it.
func (a *tokenAnswer) read(from io.Reader, assertion string, asked time.Time) (*oauth2.Token, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxTokenBody+1))
	switch {
	case err != nil:
		a.failure.brokeOff = true
		a.failure.Err = fmt.Errorf("the answer broke off: %w", err)
		return nil, a.failure
	case len(body) > maxTokenBody:
		return nil, a.bad("it is larger than %d bytes", maxTokenBody)
	}
	parsed := json.Unmarshal(wire.Hide(body, assertion), a)
	switch {
	case parsed == nil && a.Error != "":
		a.failure.say(a.Error, a.Description, a.URI)
		return nil, a.failure
	case a.status >= 300 && a.status < 400:
		return nil, a.bad("a redirect, which is not followed: check the token endpoint's address")
	case !wire.Succeeded(a.status):
		return nil, a.bad("%s instead of an OAuth2 error", wire.ContentKind(a.header))
	case parsed != nil:
		return nil, a.bad("%s that is no JSON object of a token", wire.ContentKind(a.header))
	}
	return a.token(asked)
}

func (a *tokenAnswer) bad(format string, args ...any) error {
	a.failure.Err = fmt.Errorf("%w: %s", ErrBadAnswer, fmt.Sprintf(format, args...))
	return a.failure
}

// token checks what the rest of the program will rely on. Its life counts from
// before the request: the answer may have taken its time.
func (a *tokenAnswer) token(asked time.Time) (*oauth2.Token, error) {
	life := assumedLife
	if a.ExpiresIn != "" {
		seconds, err := a.ExpiresIn.Float64()
		if err != nil || seconds < 1 || seconds > longestLife.Seconds() {
			return nil, a.bad("expires_in is %.20q", a.ExpiresIn)
		}
		life = time.Duration(seconds) * time.Second
	}
	switch {
	case a.AccessToken == "" || strings.ContainsFunc(a.AccessToken, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return nil, a.bad("no access_token that could be sent")
	case a.TokenType != "" && !strings.EqualFold(a.TokenType, "Bearer"):
		return nil, a.bad("token_type is %.20q, not Bearer", a.TokenType)
	}
	token := &oauth2.Token{AccessToken: a.AccessToken, TokenType: "Bearer", Expiry: asked.Add(life), ExpiresIn: int64(life / time.Second)}
	return token.WithExtra(map[string]any{"scope": a.Scope}), nil
}
