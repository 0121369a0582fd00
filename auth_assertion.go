package maskinporten

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
)

// assertionClaims are those of a client assertion (RFC 7523 section 3).
type assertionClaims struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// ClientAssertion returns a JWT that proves to the issuer which client asks (RFC
// 7523 section 2.2), for requests that carry client_assertion, such as those to
// <issuer>tokeninfo. It is good for one request within a minute. Package verify
// asks for it: see its WithIntrospection. Errors are those of the context and
// the [KeySource].
func (a *Authenticator) ClientAssertion(ctx context.Context) (string, error) {
	endpoints, err := a.settings.endpoints(ctx)
	if err != nil {
		return "", errtext.Wrap("client assertion", err)
	}
	credentials := a.credentials.Load()
	key, err := credentials.key(ctx)
	if err != nil {
		return "", err
	}
	now := a.settings.clock.corrected()
	payload, err := json.Marshal(assertionClaims{
		Audience: endpoints.Issuer, Issuer: credentials.ClientID, Subject: credentials.ClientID,
		IssuedAt: now.Unix(), Expires: now.Add(grantLife).Unix(), ID: rand.Text(),
	})
	if err != nil {
		return "", errtext.Wrap("client assertion", err)
	}
	return key.sign(payload)
}
