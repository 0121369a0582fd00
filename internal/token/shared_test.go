package token_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten/internal/token"
)

// memory is a store that processes share, and what goes wrong with it.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	life   time.Duration // of the last one

	err      error
	panics   bool
	slow     time.Duration
	tampered func(key string, value []byte) []byte
}

func (m *memory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := m.trouble(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if value := m.values[key]; m.tampered != nil && value != nil {
		return m.tampered(key, value), nil
	}
	return m.values[key], nil
}

func (m *memory) Set(ctx context.Context, key string, value []byte, life time.Duration) error {
	if err := m.trouble(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[key], m.life = value, life
	return nil
}

func (m *memory) trouble(ctx context.Context) error {
	if m.panics {
		panic("out of order") //nolint:forbidigo // as a store may
	}
	select {
	case <-time.After(m.slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	return m.err
}

// sharing puts a store before the endpoint.
func sharing(t *testing.T, store token.Store) func(*token.Config) {
	t.Helper()
	shared, err := token.NewShared(store, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return func(c *token.Config) { c.Cache = shared }
}

func TestASharedTokenIsTakenWhileItIsFresh(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		age      time.Duration
		min, all time.Duration // of life that the request wants, and all do
		requests int
	}{
		{0, 0, 0, 1}, {90*time.Second - 1, 0, 0, 1}, {90 * time.Second, 0, 0, 2}, {time.Hour, 0, 0, 2},
		{40*time.Second - 1, time.Minute, 0, 1}, {40 * time.Second, time.Minute, 0, 2}, {40*time.Second - 1, 0, time.Minute, 1}, {40 * time.Second, 0, time.Minute, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			e, store := &endpoint{}, &memory{}
			first := mustToken(t, e.start(t, sharing(t, store)), forX)
			synctest.Wait()
			if store.life != 2*time.Minute || len(store.values) != 1 {
				t.Errorf("%d values, for %v", len(store.values), store.life)
			}
			time.Sleep(row.age)
			var events []token.Event
			request := forX
			request.MinLife = row.min
			engine := e.start(t, sharing(t, store), func(c *token.Config) {
				c.Observe = func(_ context.Context, v token.Event) { events = append(events, v) }
				c.MinLife = row.all
			})
			got, taken := mustToken(t, engine, request), row.requests == 1
			if e.count() != row.requests || (got.AccessToken == first.AccessToken) != taken || events[0].FromCache != taken {
				t.Errorf("%v old, %v or %v wanted: %d requests, %s", row.age, row.min, row.all, e.count(), got.AccessToken)
			}
			if taken && (!got.Expiry.Equal(first.Expiry) || got.ExpiresIn != 120 || got.Extra("scope") != "x" || got.TokenType != "Bearer") {
				t.Errorf("it came back as %+v", got)
			}
		})
	}
}

func TestWhoWantsMoreLifeOfASharedTokenShortensItForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, store := &endpoint{}, &memory{}
		mustToken(t, e.start(t, sharing(t, store)), forX)
		synctest.Wait()
		engine, demanding := e.start(t, sharing(t, store)), forX
		demanding.MinLife = time.Minute
		mustToken(t, engine, demanding)
		time.Sleep(50 * time.Second)
		for i, request := range []token.Request{forX, demanding} {
			mustToken(t, engine, request)
			if synctest.Wait(); e.count() != i+1 {
				t.Errorf("%d requests, want %d", e.count(), i+1)
			}
		}
	})
}

func TestASharedTokenOfAClockThatIsThreeSecondsAheadIsNotTaken(t *testing.T) {
	t.Parallel()
	for ahead, requests := range map[time.Duration]int{3*time.Second - 1: 1, 3 * time.Second: 2, time.Hour: 2, -3 * time.Second: 1, -time.Hour: 2} {
		synctest.Test(t, func(t *testing.T) {
			e, store, clock := &endpoint{}, &memory{}, setBack{by: ahead}
			mustToken(t, e.start(t, sharing(t, store), func(c *token.Config) { c.Clock = token.NewClock(clock.now, c.Log) }), forX)
			synctest.Wait()
			mustToken(t, e.start(t, sharing(t, store)), forX)
			if e.count() != requests {
				t.Errorf("%v ahead: %d requests, want %d", ahead, e.count(), requests)
			}
		})
	}
}

func TestAStoreThatFailsCostsAWarning(t *testing.T) {
	t.Parallel()
	cut := func(n int) func(string, []byte) []byte {
		return func(_ string, value []byte) []byte { return value[:n] }
	}
	sealing := func(text string) func(string, []byte) []byte { // as who has the key may
		return func(key string, _ []byte) []byte {
			block, _ := aes.NewCipher(make([]byte, 32))
			sealer, _ := cipher.NewGCMWithRandomNonce(block)
			return sealer.Seal(nil, nil, []byte(text), []byte(key))
		}
	}
	for what, row := range map[string]struct {
		store *memory
		says  string
		warns int
		took  time.Duration
	}{
		"an error":          {&memory{err: errors.New("out of order")}, "out of order", 2, 0},
		"a panic":           {&memory{panics: true}, "it panicked: out of order", 2, 0},
		"slow":              {&memory{slow: time.Hour}, "deadline", 2, 2 * time.Second},
		"in time":           {&memory{slow: 2*time.Second - 1}, "", 0, 2*time.Second - 1},
		"a value too short": {&memory{tampered: cut(11)}, "authentication failed", 1, 0},
		"a nonce alone":     {&memory{tampered: cut(12)}, "authentication failed", 1, 0},
		"an empty value":    {&memory{tampered: cut(0)}, "", 0, 0},
		"no token":          {&memory{tampered: sealing(`{"expires_in":120,"expiry":"2000-01-01T00:03:00Z"}`)}, "", 0, 0},
		"something else":    {&memory{tampered: sealing(`7`)}, "cannot unmarshal number", 1, 0},
		"damaged":           {&memory{tampered: func(_ string, value []byte) []byte { value[20] ^= 1; return value }}, "authentication failed", 1, 0},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log logged
				e := &endpoint{}
				mustToken(t, e.start(t, sharing(t, row.store)), forX)
				synctest.Wait()
				time.Sleep(time.Minute)
				began := time.Now()
				got := mustToken(t, e.start(t, sharing(t, row.store), func(c *token.Config) { c.Log = log.logger() }), forX)
				took := time.Since(began)
				if got.AccessToken == "" {
					t.Error("a token of nothing is served")
				}
				time.Sleep(time.Minute)
				if text := log.String(); strings.Count(text, "WARN") != row.warns || !strings.Contains(text, row.says) || took != row.took {
					t.Errorf("after %v: %s", took, text)
				}
			})
		})
	}
}

func TestATokenThatWasRejectedIsNotTakenFromTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, store := &endpoint{}, &memory{}
		engine := e.start(t, sharing(t, store))
		first := mustToken(t, engine, forX)
		synctest.Wait()
		engine.Forget(first)
		if got := mustToken(t, engine, forX); got.AccessToken != "2" {
			t.Errorf("got %s", got.AccessToken)
		}
		synctest.Wait()
		time.Sleep(85 * time.Second)
		second := mustToken(t, engine, forX)
		time.Sleep(5 * time.Second) // its own renewal doesn't find it in the store again
		mustToken(t, engine, forX)
		synctest.Wait()
		if got := mustToken(t, engine, forX); got.AccessToken != "3" || second.AccessToken != "2" {
			t.Errorf("renewed to %s", got.AccessToken)
		}
	})
}

func TestWhoSealsWithAnotherKeyFindsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, store := &endpoint{}, &memory{}
		mustToken(t, e.start(t, sharing(t, store)), forX)
		synctest.Wait()
		other, err := token.NewShared(store, []byte("another key of 16"[:16]))
		if err != nil {
			t.Fatal(err)
		}
		mustToken(t, e.start(t, func(c *token.Config) { c.Cache = other }), forX)
		if e.count() != 2 {
			t.Errorf("%d requests", e.count())
		}
	})
	if _, err := token.NewShared(&memory{}, make([]byte, 15)); err == nil {
		t.Error("a key of 15 bytes was taken")
	}
}

func TestWhatIsInTheStoreHasNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, store := &endpoint{answers: func(int) answer { return good("very-secret", 120) }}, &memory{}
		var got *oauth2.Token
		for range 2 { // the second finds the first's
			got = mustToken(t, e.start(t, sharing(t, store)), forX)
			synctest.Wait()
		}
		for key, value := range store.values {
			if strings.Contains(string(value), "very-secret") || !strings.HasPrefix(key, "maskinporten:token:") || len(key) != len("maskinporten:token:")+64 {
				t.Errorf("%s: %q", key, value)
			}
		}
		if got.AccessToken != "very-secret" || e.count() != 1 {
			t.Errorf("%s after %d requests", got.AccessToken, e.count())
		}
	})
}
