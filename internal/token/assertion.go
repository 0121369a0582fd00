package token

import (
	"context"
	"crypto/rand"
	"encoding/json"
)

// assertionClaims are those of a client assertion (RFC 7523, 3).
type assertionClaims struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// ClientAssertion returns a JWT that proves to the issuer which client asks
// (RFC 7523, 2.2). It is good for one request within a minute.
func (e *Engine) ClientAssertion(ctx context.Context) (string, error) {
	credentials := e.credentials.Load()
	key, err := credentials.Key(ctx)
	if err != nil {
		return "", err
	}
	now := e.Clock.Corrected()
	payload, _ := json.Marshal(assertionClaims{ // texts and numbers
		Audience: e.Issuer, Issuer: credentials.ClientID, Subject: credentials.ClientID,
		IssuedAt: now.Unix(), Expires: now.Add(grantLife).Unix(), ID: rand.Text(),
	})
	return key.Sign(payload)
}
