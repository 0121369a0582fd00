package mockserver_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// killer ends a program at its n-th request: before the server gets it, or
// after the server has acted.
type killer struct {
	http.RoundTripper
	kill  context.CancelFunc
	at    int64
	acted bool
	sent  atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (k *killer) RoundTrip(r *http.Request) (*http.Response, error) {
	switch n := k.sent.Add(1); {
	case n < k.at:
		return k.RoundTripper.RoundTrip(r)
	case n == k.at && k.acted:
		resp, err := k.RoundTripper.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
		if err == nil {
			_ = resp.Body.Close()
		}
	default: // nothing reaches the server from a program that is dead
	}
	k.kill()
	return nil, context.Canceled
}

// killedAnywhere tries what happens to a program that is killed at its first
// request, at its second and so on, until there are fewer.
func killedAnywhere(t *testing.T, try func(t *testing.T, at int64, acted bool) (finished bool)) {
	t.Helper()
	for _, acted := range []bool{false, true} {
		t.Run(fmt.Sprintf("acted=%t", acted), func(t *testing.T) {
			t.Parallel()
			for at := int64(1); !try(t, at, acted); at++ {
			}
		})
	}
}

// killed runs a program of the consumer's that is killed at one request, and
// reports whether there were fewer.
func (s *scene) killed(t *testing.T, at int64, acted bool, run func(context.Context, *maskinporten.Client) error) (finished bool) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	deadly := &killer{RoundTripper: s.srv.Transport(), kill: kill, at: at, acted: acted}
	mortal := s.srv.Client(s.srv.AddOrganization("889640782", "NAV"), maskinporten.WithHTTPClient(&http.Client{Transport: deadly}))
	err := run(ctx, mortal)
	if finished = deadly.sent.Load() < at; finished != (err == nil) {
		t.Errorf("killed at request %d of %d: %v", at, deadly.sent.Load(), err)
	}
	return finished
}

// kids are those of a client's keys.
func (s *scene) kids(t *testing.T, id string) []string {
	t.Helper()
	keys := check.Got(maskinporten.Collect(s.consumer.Clients.Keys(t.Context(), id)))(t)
	return check.Each(keys, func(k *maskinporten.JSONWebKey) string { return k.KeyID })
}

// works reports whether a token is to be had with credentials.
func (s *scene) works(t *testing.T, credentials maskinporten.Credentials) bool {
	t.Helper()
	_, err := s.ask(t, credentials, maskinporten.TokenRequest{Scopes: []string{"difi:api"}})
	return err == nil
}

func TestRotationKilledAnywhereLeavesAWorkingKeyAndIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	killedAnywhere(t, killedAt)
}

// killedAt kills a rotation at one request and reports whether there were fewer.
func killedAt(t *testing.T, at int64, acted bool) (finished bool) {
	t.Helper()
	s := newScene(t)
	renewed := maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(1, "k1")}
	finished = s.killed(t, at, acted, func(ctx context.Context, mortal *maskinporten.Client) error {
		return mortal.Clients.RotateKey(ctx, s.app.ClientID, renewed.Key, maskinporten.RotateOptions{Old: "k0"})
	})
	if !s.works(t, s.app) && !s.works(t, renewed) {
		t.Errorf("killed at request %d: no key works", at)
	}
	if err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, renewed.Key, maskinporten.RotateOptions{Old: "k0"}); err != nil {
		t.Errorf("run again after request %d: %v", at, err)
	}
	check.Same(t, []string{"k1"}, s.kids(t, s.app.ClientID), "killed at request ", at)
	if !s.works(t, renewed) {
		t.Errorf("killed at request %d: in the end the new key doesn't work", at)
	}
	return finished
}

func TestRotationWaitsForPropagationAndLosesNoRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, mockserver.WithPropagation(propagation))
		time.Sleep(propagation) // until the app is known
		renewed := maskinporten.Credentials{ClientID: s.app.ClientID, Key: s.srv.Key(1, "k1")}
		inUse, failures := atomic.Pointer[maskinporten.Credentials]{}, 0
		inUse.Store(&s.app)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() { // the load: a fresh token every second
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					if !s.works(t, *inUse.Load()) {
						failures++
					}
				}
			}
		}()
		began := time.Now()
		err := s.consumer.Clients.RotateKey(t.Context(), s.app.ClientID, renewed.Key, maskinporten.RotateOptions{
			Old:    "k0",
			Switch: func(context.Context, *maskinporten.Key) error { inUse.Store(&renewed); return nil },
		})
		if err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < propagation || took > 2*propagation {
			t.Errorf("it took %v", took)
		}
		time.Sleep(2 * propagation) // until the old key is gone everywhere
		close(stop)
		<-done
		if failures > 0 || s.works(t, s.app) || !s.works(t, renewed) {
			t.Errorf("%d requests were lost; old key works: %t", failures, s.works(t, s.app))
		}
	})
}
