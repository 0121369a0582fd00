package rediscache_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/rediscache"
)

// secret is the key of the tests, which seals nothing worth keeping.
var secret = []byte("test key, 32 bytes, keep nothing")

// startServer runs a server on a socket in the test's own folder: no port, no
// file is kept.
func startServer(t *testing.T) *redis.Client {
	t.Helper()
	program, err := exec.LookPath("valkey-server")
	if err != nil {
		if program, err = exec.LookPath("redis-server"); err != nil {
			t.Fatal("neither valkey-server nor redis-server is installed: apt-get install redis-server")
		}
	}
	socket := filepath.Join(t.TempDir(), "s")
	ctx, stop := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() {
		_ = client.Close()
		stop()
		_ = server.Wait()
	})
	for range 100 {
		if client.Ping(t.Context()).Err() == nil {
			return client
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the server doesn't answer")
	return nil
}

// process is one of many that ask for the same token.
func process(t *testing.T, srv *mockserver.Server, c maskinporten.Credentials, cache *redis.Client, key []byte) *maskinporten.Authenticator {
	t.Helper()
	auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), c,
		append(srv.ClientOptions(), maskinporten.WithTokenCache(rediscache.Cache{Client: cache}, key))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Close() })
	return auth
}

// kept waits until so many tokens are in the cache: callers don't wait for that.
func kept(t *testing.T, cache *redis.Client, n int64) {
	t.Helper()
	for range 100 {
		if size, err := cache.DBSize(t.Context()).Result(); err == nil && size >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there never were %d tokens in the cache", n)
}

func tokenRequests(srv *mockserver.Server) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Operation == "POST /token" {
			n++
		}
	}
	return n
}

var request = maskinporten.TokenRequest{Scopes: []string{"idporten:scopes.read"}}

func TestManyProcessesShareOneToken(t *testing.T) {
	t.Parallel()
	srv, cache := mockserver.Start(t), startServer(t)
	c := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("991825827", "Digdir"))
	first, err := process(t, srv, c, cache, secret).Token(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	kept(t, cache, 1)
	var group sync.WaitGroup
	for range 10 {
		other := process(t, srv, c, cache, secret)
		group.Go(func() {
			token, err := other.Token(t.Context(), request)
			if err != nil || token.AccessToken != first.AccessToken {
				t.Errorf("another token, or %v", err)
			}
		})
	}
	group.Wait()
	if n := tokenRequests(srv); n != 1 {
		t.Errorf("%d token requests", n)
	}
	srv.Clock().Advance(3 * time.Minute)
	if _, err := process(t, srv, c, cache, secret).Token(t.Context(), request); err != nil || tokenRequests(srv) != 2 {
		t.Errorf("an expired token was served: %d requests, %v", tokenRequests(srv), err)
	}
}

func TestTokensAreSealedAndCannotBeMoved(t *testing.T) {
	t.Parallel()
	srv, cache := mockserver.Start(t), startServer(t)
	digdir, nav := srv.AddOrganization("991825827", "Digdir"), srv.AddOrganization("889640782", "NAV")
	mine, theirs := srv.AdminCredentials(maskinporten.Test, digdir), srv.AdminCredentials(maskinporten.Test, nav)
	token, err := process(t, srv, mine, cache, secret).Token(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := process(t, srv, theirs, cache, secret).Token(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	kept(t, cache, 2)
	keys, err := cache.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	values := make([][]byte, 2)
	for i, key := range keys {
		if values[i], err = cache.Get(t.Context(), key).Bytes(); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(values[i], []byte(token.AccessToken[:40])) || strings.Contains(key, mine.ClientID) || cache.TTL(t.Context(), key).Val() <= 0 {
			t.Errorf("entry %s is readable, or never ends", key)
		}
	}
	// Somebody who can write to the cache swaps the entries.
	for i, key := range keys {
		if err := cache.Set(t.Context(), key, values[1-i], time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for name, auth := range map[string]*maskinporten.Authenticator{
		"swapped entry": process(t, srv, mine, cache, secret), "another key": process(t, srv, mine, cache, []byte("another key of 32 bytes, of test")),
	} {
		before := tokenRequests(srv)
		if _, err := auth.Token(t.Context(), request); err != nil || tokenRequests(srv) != before+1 {
			t.Errorf("%s: served from the cache, or %v", name, err)
		}
	}
}

func TestTokensOfTwoPrefixesAreApart(t *testing.T) {
	t.Parallel()
	srv, server := mockserver.Start(t), startServer(t)
	c := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("991825827", "Digdir"))
	for n, prefix := range []string{"", "one:", "two:", "one:"} {
		auth, err := maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), c,
			append(srv.ClientOptions(), maskinporten.WithTokenCache(rediscache.Cache{Client: server, Prefix: prefix}, secret))...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.Token(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		kept(t, server, int64(min(n+1, 3)))
		if err := auth.Close(); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := server.Keys(t.Context(), "*").Result()
	for _, key := range keys {
		if !strings.Contains(key, "maskinporten:token:") {
			t.Errorf("key %s, %v", key, err)
		}
	}
	if n := tokenRequests(srv); n != 3 {
		t.Errorf("%d token requests for three prefixes", n)
	}
}

func TestWhatHasNoLifeIsNotKept(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	cache := rediscache.Cache{Client: server}
	for _, life := range []time.Duration{0, -time.Second, time.Microsecond} {
		if err := cache.Set(t.Context(), "k", []byte("v"), life); err != nil {
			t.Error(err)
		}
	}
	if n := server.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d entries", n)
	}
	if value, err := cache.Get(t.Context(), "k"); value != nil || err != nil {
		t.Errorf("%s, %v", value, err)
	}
}

func TestErrorsSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	dead := redis.NewClient(&redis.Options{Network: "unix", Addr: filepath.Join(t.TempDir(), "nobody"), MaxRetries: -1})
	t.Cleanup(func() { _ = dead.Close() })
	for _, cache := range []rediscache.Cache{{}, {Client: dead}} {
		_, err := cache.Get(t.Context(), "k")
		for _, err := range []error{err, cache.Set(t.Context(), "k", []byte("v"), time.Minute)} {
			if err == nil || !strings.HasPrefix(err.Error(), "maskinporten: rediscache: ") || strings.Contains(err.Error(), "v\"") {
				t.Errorf("error %v", err)
			}
		}
	}
}

func TestDeadCacheCostsNoToken(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	c := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("991825827", "Digdir"))
	dead := redis.NewClient(&redis.Options{Network: "unix", Addr: filepath.Join(t.TempDir(), "nobody"), MaxRetries: -1})
	t.Cleanup(func() { _ = dead.Close() })
	if _, err := process(t, srv, c, dead, secret).Token(t.Context(), request); err != nil {
		t.Error(err)
	}
}
