package maskinporten

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// TokenCache is a store that processes share, such as Valkey or Redis, so
// that many replicas make one token request. Keys are opaque, values
// encrypted. A value that isn't there is nil without an error.
type TokenCache interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, life time.Duration) error
	Delete(ctx context.Context, key string) error
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
			return &ArgumentError{Argument: "WithTokenCache", Problem: "cache is nil"}
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return &ArgumentError{Argument: "WithTokenCache", Problem: "the key must have 16, 24 or 32 bytes"}
		}
		sealer, err := cipher.NewGCM(block)
		if err != nil {
			return err
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
	AccessToken string    `json:"access_token"`
	Expiry      time.Time `json:"expiry"`
	ExpiresIn   int64     `json:"expires_in"`
	Scope       any       `json:"scope,omitempty"`
}

// get returns a token that is fresh enough to begin with, or nil.
func (s *tokenStore) get(ctx context.Context, identity entryKey, now time.Time) *oauth2.Token {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	key := s.key(identity)
	sealed, err := s.cache.Get(ctx, key)
	if err != nil {
		s.warn(ctx, "get", err)
		return nil
	}
	size := s.sealer.NonceSize()
	if len(sealed) <= size {
		return nil
	}
	plain, err := s.sealer.Open(nil, sealed[:size], sealed[size:], []byte(key))
	if err != nil {
		s.warn(ctx, "open", err)
		return nil
	}
	var stored storedToken
	if err := json.Unmarshal(plain, &stored); err != nil {
		return nil
	}
	token := &oauth2.Token{AccessToken: stored.AccessToken, TokenType: "Bearer", Expiry: stored.Expiry, ExpiresIn: stored.ExpiresIn}
	if token.AccessToken == "" || !now.Before(keep(token).stale) {
		return nil
	}
	return token.WithExtra(map[string]any{"scope": stored.Scope})
}

func (s *tokenStore) set(ctx context.Context, identity entryKey, token *oauth2.Token, now time.Time) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTimeout)
	defer cancel()
	plain, err := json.Marshal(storedToken{token.AccessToken, token.Expiry, token.ExpiresIn, token.Extra("scope")})
	if err != nil {
		return
	}
	key := s.key(identity)
	nonce := make([]byte, s.sealer.NonceSize())
	_, _ = rand.Read(nonce) // never fails, says its documentation
	sealed := s.sealer.Seal(nonce, nonce, plain, []byte(key))
	if err := s.cache.Set(ctx, key, sealed, token.Expiry.Sub(now)); err != nil {
		s.warn(ctx, "set", err)
	}
}

// drop takes out a token that an API did not accept.
func (s *tokenStore) drop(identity entryKey, _ *oauth2.Token) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cacheTimeout)
	defer cancel()
	if err := s.cache.Delete(ctx, s.key(identity)); err != nil {
		s.warn(ctx, "delete", err)
	}
}

// key is opaque, since requests may hold personal data.
func (s *tokenStore) key(identity entryKey) string {
	encoded, _ := json.Marshal([]string{s.settings.target.Issuer, s.settings.target.Token, identity.clientID, identity.key, identity.request})
	sum := sha256.Sum256(encoded)
	return "maskinporten:token:" + hex.EncodeToString(sum[:])
}

func (s *tokenStore) warn(ctx context.Context, what string, err error) {
	s.settings.log.WarnContext(ctx, "maskinporten: shared token cache", slog.String("operation", what), slog.Any("error", err))
}
