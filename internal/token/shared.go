package token

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// sharedTimeout bounds what a slow cache may cost.
const sharedTimeout = 2 * time.Second

// Store keeps bytes for several processes.
type Store interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Set(ctx context.Context, key string, value []byte, life time.Duration) error
}

// Shared seals tokens for a [Store]. A nil one holds nothing.
type Shared struct {
	store  Store
	sealer cipher.AEAD
}

// NewShared seals with a key of 16, 24 or 32 bytes.
func NewShared(store Store, key []byte) (*Shared, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	return &Shared{store: store, sealer: sealer}, err
}

// sharedToken is what is sealed.
type sharedToken struct {
	Value     string    `json:"value"`
	Expiry    time.Time `json:"expiry"`
	ExpiresIn int64     `json:"expires_in"`
	Scope     any       `json:"scope,omitempty"`
}

// cacheKey names a token by all that distinguishes it. It is opaque, since
// requests may hold personal data.
func (s *Shared) cacheKey(distinguishing ...string) string {
	if s == nil {
		return ""
	}
	encoded, _ := json.Marshal(distinguishing)
	sum := sha256.Sum256(encoded)
	return "maskinporten:token:" + hex.EncodeToString(sum[:])
}

// get returns a token that is fresh enough to begin with, or nil.
func (s *Shared) get(ctx context.Context, log *slog.Logger, cacheKey string, now time.Time, minLife time.Duration) *cachedToken {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sharedTimeout)
	defer cancel()
	var sealed []byte
	err := guarded(func() (err error) { sealed, err = s.store.Get(ctx, cacheKey); return err })
	if err != nil {
		warnOfCache(ctx, log, "get", err)
		return nil
	}
	if len(sealed) == 0 {
		return nil
	}
	var found sharedToken
	plain, err := s.sealer.Open(nil, nil, sealed, []byte(cacheKey))
	if err == nil {
		err = json.Unmarshal(plain, &found)
	}
	if err != nil {
		warnOfCache(ctx, log, "open", err)
		return nil
	}
	return found.cached(now, minLife)
}

// cached returns nil for a token that is soon to be renewed. One with more life
// left than it ever had, whose maker's clock is another, is as old as can be.
func (t sharedToken) cached(now time.Time, minLife time.Duration) *cachedToken {
	token := &oauth2.Token{AccessToken: t.Value, TokenType: "Bearer", Expiry: t.Expiry, ExpiresIn: t.ExpiresIn}
	left, life := t.Expiry.Sub(now), time.Duration(t.ExpiresIn)*time.Second
	cached := newCachedToken(token.WithExtra(map[string]any{"scope": t.Scope}), now.Add(left-life), minLife)
	if t.Value == "" || cached.age(now) >= cached.refreshAt {
		return nil
	}
	return cached
}

func (s *Shared) set(ctx context.Context, log *slog.Logger, cacheKey string, token *oauth2.Token, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, sharedTimeout)
	defer cancel()
	plain, err := json.Marshal(sharedToken{token.AccessToken, token.Expiry, token.ExpiresIn, token.Extra("scope")})
	if err == nil {
		// It can only be opened under its cache key.
		sealed := s.sealer.Seal(nil, nil, plain, []byte(cacheKey)) //nolint:gosec // it draws its nonces itself
		err = guarded(func() error { return s.store.Set(ctx, cacheKey, sealed, token.Expiry.Sub(now)) })
	}
	if err != nil {
		warnOfCache(ctx, log, "set", err)
	}
}

// guarded keeps a cache that panics from taking the program with it: it is
// there to save requests, and works for nobody in particular.
func guarded(use func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it panicked: %v", cause)
		}
	}()
	return use()
}

func warnOfCache(ctx context.Context, log *slog.Logger, operation string, err error) {
	log.WarnContext(ctx, "maskinporten: the shared token cache failed; going on without it",
		slog.String("operation", operation), slog.Any("error", err))
}
