// Package tokencache keeps tokens in Valkey or Redis, for programs that run in
// many processes. It is a module of its own, so that the SDK needs no client for
// either; copy it, it is short.
package tokencache

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cache is a [github.com/maskinporten-go/maskinporten.TokenCache].
type Cache struct{ Client redis.UniversalClient }

// Get returns the value of a key, or nil when there is none.
func (c Cache) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.Client.Get(ctx, key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil //nolint:nilnil // what TokenCache asks for
	}
	return value, err
}

// Set keeps a value until its life ends.
func (c Cache) Set(ctx context.Context, key string, value []byte, life time.Duration) error {
	return c.Client.Set(ctx, key, value, life).Err()
}
