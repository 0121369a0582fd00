// Package rediscache shares tokens between the processes of a program, through
// Valkey or Redis: many replicas make one token request.
//
//	cache := rediscache.Cache{Client: redis.NewClient(&redis.Options{Addr: "cache:6379"})}
//	auth, err := maskinporten.NewAuthenticator(target, credentials, maskinporten.WithTokenCache(cache, key))
//
// What is kept is encrypted with the key that [maskinporten.WithTokenCache] is
// given, and expires with the token. A server that fails or is slow costs a
// warning and a short wait, never the call.
//
// It is a module of its own, so that the SDK needs no client for Redis.
package rediscache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/maskinporten-go/maskinporten"
)

// Cache is a [maskinporten.TokenCache]. It is safe for concurrent use, as its
// client is.
type Cache struct {
	// Client is the connection: to a server, a cluster, or behind sentinels.
	// Close it when the program ends. Required.
	Client redis.UniversalClient
	// Prefix is put before the keys, which begin with "maskinporten:token:", so
	// that programs of several teams can share a server.
	Prefix string
}

var _ maskinporten.TokenCache = Cache{}

var errNoClient = errors.New("maskinporten: rediscache: Cache.Client is nil: give a client of go-redis")

// Get returns the value of a key, or nil when there is none.
func (c Cache) Get(ctx context.Context, key string) ([]byte, error) {
	if c.Client == nil {
		return nil, errNoClient
	}
	value, err := c.Client.Get(ctx, c.Prefix+key).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil //nolint:nilnil // what TokenCache asks for
	case err != nil:
		return nil, fmt.Errorf("maskinporten: rediscache: get: %w", err)
	}
	return value, nil
}

// Set keeps a value until its life ends. One whose life has ended is not kept:
// Redis would take 0 for "for ever".
func (c Cache) Set(ctx context.Context, key string, value []byte, life time.Duration) error {
	switch {
	case c.Client == nil:
		return errNoClient
	case life < time.Millisecond:
		return nil
	}
	if err := c.Client.Set(ctx, c.Prefix+key, value, life).Err(); err != nil {
		return fmt.Errorf("maskinporten: rediscache: set: %w", err)
	}
	return nil
}
