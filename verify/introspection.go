package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/strictjson"
)

// What is taken for a token by reference, and for an answer about one.
const (
	minOpaque        = 8
	maxOpaque        = 512
	maxIntrospection = 64 << 10 // bytes
	// introspectionLife is how long an answer is used: a token that was taken
	// back since is let in for so long.
	introspectionLife = 30 * time.Second
)

// WithIntrospection also takes tokens by reference, which a scope with the token
// type OPAQUE gives: the issuer of the environment given to [New] is asked what
// they stand for (RFC 7662). Without this option they are refused as no JWT.
//
// An answer is used for 30 seconds, and while there is no new one ten times as
// long, but not after the token has expired; then requests are refused with 503.
// A request waits five seconds for an answer, at most. Strangers can cause a
// question with each token that they make up: put a limit before this.
func WithIntrospection(client ClientAuthenticator) Option {
	return func(o *options) error {
		if client == nil {
			return errors.New("verify: WithIntrospection: the client is nil; give a maskinporten.Authenticator")
		}
		o.introspect = client
		return nil
	}
}

// introspection asks an issuer about tokens by reference.
type introspection struct {
	issuer  string
	http    *http.Client
	client  ClientAuthenticator
	answers answers[string, *introspected]
}

// introspected is what a token stands for, or why it is refused.
type introspected struct {
	claims  *Claims
	refusal Reason
}

func newIntrospection(issuer string, o *options) *introspection {
	i := &introspection{issuer: issuer, http: o.http, client: o.introspect}
	i.answers = answers[string, *introspected]{
		ask: i.ask, life: introspectionLife,
		cheap: func(answer *introspected) bool { return answer.claims == nil },
	}
	return i
}

// isOpaque reports whether a token can be one by reference: characters of RFC
// 6750 without dots, which are a JWT's.
func isOpaque(token string) bool {
	return len(token) >= minOpaque && len(token) <= maxOpaque && !strings.ContainsFunc(token, func(r rune) bool {
		isWord := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		return !isWord && !strings.ContainsRune("-_~+/=", r)
	})
}

// genuine returns the claims of a token that the issuer knows.
func (i *introspection) genuine(ctx context.Context, token string, now func() time.Time) (*Claims, error) {
	answer, err := i.answers.get(ctx, now, token)
	if err != nil {
		return nil, refuseBecause(ReasonIntrospection, err)
	}
	if answer.claims == nil {
		return nil, refuse(answer.refusal)
	}
	return answer.claims.clone(), nil
}

func (i *introspection) ask(ctx context.Context, token string) (*introspected, error) {
	body, err := i.post(ctx, token)
	if err != nil {
		return nil, err
	}
	answer, err := strictjson.Parse(body, tokenBounds)
	if err != nil {
		return nil, fmt.Errorf("the answer about a token: %w", err)
	}
	switch string(answer.Get("active")) {
	case "true":
	case "false":
		return &introspected{refusal: ReasonInactive}, nil
	default:
		return nil, errors.New("the answer about a token doesn't say whether it is active")
	}
	issuer, err := readIssuer(answer)
	if err == nil && issuer != i.issuer {
		err = refuse(ReasonIssuer)
	}
	if err != nil {
		return &introspected{refusal: reasonOf(err)}, nil
	}
	claims, err := readClaims(answer, issuer, "."+base64.RawURLEncoding.EncodeToString(body)+".") // as a token has it
	if err != nil {
		return &introspected{refusal: reasonOf(err)}, nil
	}
	return &introspected{claims: claims}, nil
}

func (i *introspection) post(ctx context.Context, token string) ([]byte, error) {
	assertion, err := i.client.ClientAssertion(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"token":                 {token},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(i.issuer, "/")+"/tokeninfo", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := i.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return nil, errors.New("the issuer doesn't know the client that asks about tokens: look at its id, key and environment")
	default:
		return nil, fmt.Errorf("the issuer answers %d about a token", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxIntrospection+1))
	if err == nil && len(body) > maxIntrospection {
		err = errors.New("the answer about a token is too large")
	}
	return body, err
}
