package maskinporten_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// memoryCache is a TokenCache that tests can look into, and break.
type memoryCache struct {
	mu             sync.Mutex
	values         map[string][]byte
	lives          map[string]time.Duration
	getErr, setErr error
	slow           bool // until the context ends
	sets           int
}

func newMemoryCache() *memoryCache {
	return &memoryCache{values: map[string][]byte{}, lives: map[string]time.Duration{}}
}

func (c *memoryCache) Get(ctx context.Context, key string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return c.values[key], c.getErr
}

func (c *memoryCache) Set(ctx context.Context, key string, value []byte, life time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slow {
		<-ctx.Done()
		return ctx.Err()
	}
	c.sets++
	if c.setErr == nil {
		c.values[key], c.lives[key] = value, life
	}
	return c.setErr
}

var sealingKey = []byte("0123456789abcdef0123456789abcdef")

// processes makes several authenticators that share a cache.
func processes(t *testing.T, b *backend, cache maskinporten.TokenCache, n int, options ...maskinporten.Option) []*maskinporten.Authenticator {
	t.Helper()
	all := make([]*maskinporten.Authenticator, n)
	for i := range all {
		all[i] = b.auth(t, append([]maskinporten.Option{maskinporten.WithTokenCache(cache, sealingKey)}, options...)...)
	}
	return all
}

func TestProcessesThatShareACacheMakeOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, cache := &backend{}, newMemoryCache()
		for _, auth := range processes(t, b, cache, 5) {
			token, err := auth.Token(t.Context(), forScope("x"))
			if err != nil || token.AccessToken != "token-1" || token.Extra("scope") != "x" || token.TokenType != "Bearer" {
				t.Errorf("%+v, error %v", token, err)
			}
			synctest.Wait() // it is stored after it was handed out
		}
		if len(b.seenGrants()) != 1 || cache.sets != 1 || len(cache.values) != 1 {
			t.Errorf("%d requests, %d stored", len(b.seenGrants()), cache.sets)
		}
		for _, life := range cache.lives {
			if life != 120*time.Second {
				t.Errorf("stored for %v", life)
			}
		}
		time.Sleep(90 * time.Second) // to be renewed: what lies there is no better
		check.Same(t, "token-2", mustToken(t.Context(), t, processes(t, b, cache, 1)[0]), "token")
	})
}

func TestACachedTokenIsSealedAndItsKeyTellsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, cache := &backend{}, newMemoryCache()
		request := maskinporten.TokenRequest{Scopes: []string{"difi:sealed"}, PID: maskinporten.NewPersonal("01017012345")}
		check.Got(processes(t, b, cache, 1)[0].Token(t.Context(), request))(t)
		synctest.Wait()
		for key, value := range cache.values {
			for _, secret := range []string{"token-1", "01017012345", "client-1", "difi:sealed"} {
				if strings.Contains(key, secret) || bytes.Contains(value, []byte(secret)) {
					t.Errorf("%q is seen in %q: %q", secret, key, value)
				}
			}
		}
	})
}

func TestACachedTokenOpensAtItsOwnPlaceOnly(t *testing.T) {
	t.Parallel()
	for what, other := range map[string]func(*maskinporten.Authenticator) (maskinporten.TokenRequest, error){
		"another request": func(*maskinporten.Authenticator) (maskinporten.TokenRequest, error) { return forScope("y"), nil },
		"another client": func(a *maskinporten.Authenticator) (maskinporten.TokenRequest, error) {
			return forScope("x"), a.SetCredentials(maskinporten.Credentials{ClientID: "client-2", Key: fileKey(t, "one")})
		},
		"another key": func(a *maskinporten.Authenticator) (maskinporten.TokenRequest, error) {
			return forScope("x"), a.SetCredentials(maskinporten.Credentials{ClientID: "client-1", Key: fileKey(t, "two")})
		},
		"another algorithm": func(a *maskinporten.Authenticator) (maskinporten.TokenRequest, error) {
			key, err := fileKey(t, "one").WithAlgorithm("RS512")
			return forScope("x"), errors.Join(err, a.SetCredentials(maskinporten.Credentials{ClientID: "client-1", Key: key}))
		},
	} {
		inBubble(t, what, func(t *testing.T) {
			var log logBuffer
			b, cache := &backend{}, newMemoryCache()
			mustToken(t.Context(), t, processes(t, b, cache, 1)[0])
			synctest.Wait()
			stolen := slices.Concat(slices.Collect(maps.Values(cache.values))...)
			auth := processes(t, b, everywhere{stolen}, 1, logTo(&log))[0]
			request := check.Got(other(auth))(t)
			token, err := auth.Token(t.Context(), request)
			if err != nil || token.AccessToken != "token-2" || !strings.Contains(log.String(), "operation=open") {
				t.Errorf("%v, error %v, logged %s", token, err, log.String())
			}
		})
	}
}

// everywhere answers every question alike.
type everywhere struct{ value []byte }

func (e everywhere) Get(context.Context, string) ([]byte, error)            { return e.value, nil }
func (everywhere) Set(context.Context, string, []byte, time.Duration) error { return nil }

func TestWhatLiesInTheCacheIsNotTrusted(t *testing.T) {
	t.Parallel()
	for what, value := range map[string][]byte{"nothing": {}, "a byte": {1}, "text": []byte("token, please, this is long enough"), "nonce": make([]byte, 12), "zeros": make([]byte, 100)} {
		b := &backend{}
		check.Same(t, "token-1", mustToken(t.Context(), t, processes(t, b, everywhere{value}, 1)[0]), what)
	}
}

func TestACacheThatFailsCostsAWarningAndTwoSecondsAtMost(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		spoil func(*memoryCache)
		took  time.Duration
		warns int
	}{
		"cannot be read":    {func(c *memoryCache) { c.getErr = errors.New("cache down") }, 0, 1},
		"cannot be written": {func(c *memoryCache) { c.setErr = errors.New("cache down") }, 0, 1},
		"is slow":           {func(c *memoryCache) { c.slow = true }, 2 * time.Second, 2},
	} {
		inBubble(t, what, func(t *testing.T) {
			var log logBuffer
			b, cache := &backend{}, newMemoryCache()
			test.spoil(cache)
			auth := processes(t, b, cache, 1, logTo(&log))[0]
			started := time.Now()
			if got := mustToken(t.Context(), t, auth); got != "token-1" || time.Since(started) != test.took {
				t.Errorf("%q after %v", got, time.Since(started))
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
			if n := strings.Count(log.String(), "level=WARN"); n != test.warns {
				t.Errorf("%d warnings: %s", n, log.String())
			}
		})
	}
}

func TestATokenThatWasNotAcceptedIsNotTakenFromTheCacheAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, cache := &backend{}, newMemoryCache()
		two := processes(t, b, cache, 2)
		first := check.Got(two[0].Token(t.Context(), forScope("x")))(t)
		synctest.Wait()
		check.Same(t, "token-1", mustToken(t.Context(), t, two[1]), "token")
		two[0].Forget(first)
		check.Same(t, "token-2", mustToken(t.Context(), t, two[0]), "token")
		synctest.Wait()
		two[1].Forget(first) // and the other process shares the new one
		if got := mustToken(t.Context(), t, two[1]); got != "token-2" || len(b.seenGrants()) != 2 {
			t.Errorf("got %q after %d requests", got, len(b.seenGrants()))
		}
	})
}

func TestACacheNeedsAKeyOfTheRightSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 15, 31, 33} {
		_, err := maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithTokenCache(newMemoryCache(), make([]byte, size)))
		if !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
	check.Is(t, maskinporten.ErrInvalidArgument, ignored(maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithTokenCache(nil, sealingKey))), "no cache")
	for _, size := range []int{16, 24, 32} {
		if _, err := maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithTokenCache(newMemoryCache(), make([]byte, size))); err != nil {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
}

func TestARotationNeverLooksIntoTheSharedCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, cache := &backend{}, newMemoryCache()
		client := b.client(t, maskinporten.WithTokenCache(cache, sealingKey))
		mustToken(t.Context(), t, client.Authenticator())
		synctest.Wait()
		token, err := client.Clients.WaitReady(t.Context(), fileCredentials(t), forScope("x"), maskinporten.WaitOptions{})
		if err != nil || token.AccessToken != "token-2" || cache.sets != 1 {
			t.Errorf("%v, error %v, %d stored", token, err, cache.sets)
		}
	})
}
