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

	"golang.org/x/oauth2"
)

const (
	grantType     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	maxTokenBody  = 1 << 20
	tokenAttempts = 3
	// longestLife bounds expires_in: more is a mistake that would keep a
	// token for ever.
	longestLife = 24 * time.Hour
)

// tokenEndpoint exchanges grants for tokens. It has a loop of its own rather
// than go-retryablehttp's, since each attempt needs a new grant.
type tokenEndpoint struct {
	endpoints func(context.Context) (Endpoints, error)
	http      *http.Client
	clock     *clock
	backoff   *backoff
	userAgent string
}

// exchange gets a token, trying again when the endpoint can't be reached or
// fails, and once more when the grant was refused for its times and the
// endpoint's Date shows that our clock is wrong.
func (e *tokenEndpoint) exchange(ctx context.Context, clientID string, key *Key, request TokenRequest) (*oauth2.Token, error) {
	corrected := false
	for attempt := 1; ; attempt++ {
		token, date, err := e.try(ctx, clientID, key, request)
		if err == nil {
			return token, nil
		}
		refusal, ok := errors.AsType[*TokenError](err)
		if !ok {
			return nil, err
		}
		refusal.Attempts = attempt
		if refusal.refusedForTimes() {
			if !corrected && e.clock.learn(ctx, date) {
				corrected = true
				continue
			}
			return nil, err
		}
		if attempt >= tokenAttempts || !refusal.Is(ErrUnavailable) || !e.backoff.sleep(ctx, attempt, refusal.RetryAfter) {
			return nil, err
		}
	}
}

// try makes one grant and posts it. The date is that of the answer.
func (e *tokenEndpoint) try(ctx context.Context, clientID string, key *Key, request TokenRequest) (*oauth2.Token, time.Time, error) {
	endpoints, err := e.endpoints(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	assertion, err := grant(key, clientID, endpoints.Issuer, request, e.clock.corrected())
	if err != nil {
		return nil, time.Time{}, err
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {assertion}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoints.Token, strings.NewReader(form))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("maskinporten: token endpoint: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", e.userAgent)
	asked := e.clock.now()
	resp, err := e.http.Do(req)
	if err != nil {
		return nil, time.Time{}, &TokenError{ClientID: clientID, Err: withoutURL(err)}
	}
	defer drain(resp.Body)
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	token, err := readToken(resp, clientID, asked)
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
}

func readToken(resp *http.Response, clientID string, asked time.Time) (*oauth2.Token, error) {
	failure := &TokenError{ClientID: clientID, StatusCode: resp.StatusCode, RetryAfter: retryAfter(resp.Header, asked)}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody+1))
	switch {
	case err != nil:
		failure.Err = fmt.Errorf("the answer broke off: %w", err)
		failure.StatusCode = 0
		return nil, failure
	case len(body) > maxTokenBody:
		failure.Err = fmt.Errorf("%w: larger than %d bytes", ErrBadAnswer, maxTokenBody)
		return nil, failure
	}
	var answer tokenAnswer
	parsed := json.Unmarshal(body, &answer)
	if parsed == nil && answer.Error != "" {
		refusal := newTokenError(clientID, resp.StatusCode, answer.Error, answer.Description, answer.URI)
		refusal.RetryAfter = failure.RetryAfter
		return nil, refusal
	}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		failure.Err = fmt.Errorf("%w: a redirect, which is not followed: check the token endpoint's address", ErrBadAnswer)
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated:
		failure.Err = fmt.Errorf("%w: %s instead of an OAuth2 error", ErrBadAnswer, contentKind(resp.Header))
	case parsed != nil:
		failure.Err = fmt.Errorf("%w: %s that is no JSON object of a token", ErrBadAnswer, contentKind(resp.Header))
	default:
		return answer.token(failure, asked)
	}
	return nil, failure
}

// token checks what the rest of the program will rely on.
func (a tokenAnswer) token(failure *TokenError, asked time.Time) (*oauth2.Token, error) {
	seconds, err := a.ExpiresIn.Float64()
	switch {
	case a.AccessToken == "" || strings.ContainsFunc(a.AccessToken, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		failure.Err = fmt.Errorf("%w: no access_token that could be sent", ErrBadAnswer)
	case !strings.EqualFold(a.TokenType, "Bearer"):
		failure.Err = fmt.Errorf("%w: token_type is %.20q, not Bearer", ErrBadAnswer, a.TokenType)
	case err != nil || seconds < 1 || seconds > longestLife.Seconds():
		failure.Err = fmt.Errorf("%w: expires_in is %.20q", ErrBadAnswer, a.ExpiresIn)
	default:
		life := time.Duration(seconds) * time.Second
		// The life counts from before the request: the answer may have taken
		// its time.
		token := &oauth2.Token{AccessToken: a.AccessToken, TokenType: "Bearer", Expiry: asked.Add(life), ExpiresIn: int64(life / time.Second)}
		return token.WithExtra(map[string]any{"scope": a.Scope}), nil
	}
	return nil, failure
}

// withoutURL takes the address out of net/http's errors: it adds nothing, and
// a query may be personal.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
