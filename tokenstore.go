package maskinporten

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/errtext"
	"golang.org/x/oauth2"
)

// TokenCache is a store that processes share, such as Valkey or Redis, so
// that many replicas make one token request. Keys are opaque, values
// encrypted. A value that isn't there is nil without an error; life is how
// long a value is of use. Implementations give up when the context ends.
type TokenCache interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, life time.Duration) error
}

// cacheTimeout bounds what a slow cache may cost.
const cacheTimeout = 2 * time.Second

// WithTokenCache keeps tokens in a shared cache too, sealed with AES-GCM under
// a key of 16, 24 or 32 bytes that all processes have. An entry can't be
// moved to another client or request. A cache that fails or is slow costs a
// warning and at most two seconds, never the call.
func WithTokenCache(cache TokenCache, key []byte) Option {
	return func(s *settings) error {
		if cache == nil {
			return invalidArgument("", "WithTokenCache", "the cache is nil")
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return invalidArgument("", "WithTokenCache", "the key must have 16, 24 or 32 bytes")
		}
		sealer, err := cipher.NewGCM(block)
		if err != nil {
			return errtext.Wrap("WithTokenCache", err)
		}
		s.store = &tokenStore{cache: cache, sealer: sealer, settings: s}
		return nil
	}
}

// tokenStore seals tokens for a [TokenCache]. A nil store holds nothing.
type tokenStore struct {
	cache    TokenCache
	sealer   cipher.AEAD
	settings *settings
}

// storedToken is what is sealed.
type storedToken struct {
	Value     string    `json:"value"`
	Expiry    time.Time `json:"expiry"`
	ExpiresIn int64     `json:"expires_in"`
	Scope     any       `json:"scope,omitempty"`
}

// place is the key of a token in the cache: opaque, since requests may hold
// personal data.
func (s *tokenStore) place(target Endpoints, clientID string, key *Key, requestKey string) string {
	if s == nil {
		return ""
	}
	encoded, _ := json.Marshal([]string{target.Issuer, target.Token, clientID, key.identity(), requestKey})
	sum := sha256.Sum256(encoded)
	return "maskinporten:token:" + hex.EncodeToString(sum[:])
}

// get returns a token that is fresh enough to begin with, or nil.
func (s *tokenStore) get(ctx context.Context, place string, now time.Time) *oauth2.Token {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	sealed, err := s.cache.Get(ctx, place)
	if err != nil {
		s.warn(ctx, "get", err)
		return nil
	}
	if len(sealed) == 0 {
		return nil
	}
	plain, err := s.open(place, sealed)
	if err != nil {
		s.warn(ctx, "open", err)
		return nil
	}
	var stored storedToken
	if err := json.Unmarshal(plain, &stored); err != nil {
		s.warn(ctx, "read", err)
		return nil
	}
	return stored.token(now)
}

// token returns nil for one that is soon to be renewed, and for one with more
// life left than it ever had: its maker's clock is another.
func (t storedToken) token(now time.Time) *oauth2.Token {
	token := &oauth2.Token{AccessToken: t.Value, TokenType: "Bearer", Expiry: t.Expiry, ExpiresIn: t.ExpiresIn}
	left, life := t.Expiry.Sub(now), time.Duration(t.ExpiresIn)*time.Second
	if t.Value == "" || left > life+worthCorrecting || !now.Before(keep(token).stale) {
		return nil
	}
	return token.WithExtra(map[string]any{"scope": t.Scope})
}

func (s *tokenStore) set(ctx context.Context, place string, token *oauth2.Token, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	plain, err := json.Marshal(storedToken{token.AccessToken, token.Expiry, token.ExpiresIn, token.Extra("scope")})
	if err == nil {
		err = s.cache.Set(ctx, place, s.seal(place, plain), token.Expiry.Sub(now))
	}
	if err != nil {
		s.warn(ctx, "set", err)
	}
}

// seal encrypts a value so that it can only be opened at its place.
func (s *tokenStore) seal(place string, plain []byte) []byte {
	nonce := make([]byte, s.sealer.NonceSize(), s.sealer.NonceSize()+len(plain)+s.sealer.Overhead())
	_, _ = rand.Read(nonce) // never fails, says its documentation
	return s.sealer.Seal(nonce, nonce, plain, []byte(place))
}

func (s *tokenStore) open(place string, sealed []byte) ([]byte, error) {
	size := s.sealer.NonceSize()
	if len(sealed) < size {
		return nil, errors.New("the value is too short")
	}
	return s.sealer.Open(nil, sealed[:size], sealed[size:], []byte(place))
}

func (s *tokenStore) warn(ctx context.Context, what string, err error) {
	s.settings.log.WarnContext(ctx, "maskinporten: the shared token cache failed; going on without it",
		slog.String("operation", what), slog.Any("error", err))
}
