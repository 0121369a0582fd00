package token

import (
	"context"
	"time"
)

// Credentials are what a client proves itself with.
type Credentials struct {
	ClientID string
	// Key gives the key to sign a grant with, once in a token's life.
	Key func(context.Context) (Key, error)
}

// Key signs grants.
type Key interface {
	// Sign makes a JWS in compact form (RFC 7515, 7.1) of the payload.
	Sign(payload []byte) (string, error)
	// Identity tells keys apart, by all that shows in a token.
	Identity() string
	// Expires is when it can be used no longer; zero where it doesn't say.
	Expires() time.Time
}
