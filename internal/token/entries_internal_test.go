package token

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

func idleState(t *testing.T) *credentialState {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	e := New(Config{Endpoint: "https://issuer.example/token", Log: log, Clock: NewClock(nil, log)}, Credentials{ClientID: "app"})
	t.Cleanup(e.Close)
	return e.credentials.Load()
}

func TestTheThousandAndFirstEntryMakesRoom(t *testing.T) {
	t.Parallel()
	fill := func(s *credentialState, n int, living bool) {
		for i := range n {
			made := s.entry(Request{}, fmt.Sprint(len(s.entries), i))
			if living {
				made.current.Store(newCachedToken(&oauth2.Token{ExpiresIn: 120}, time.Now(), 0))
			}
		}
	}
	idle := idleState(t)
	fill(idle, 1000, false)
	if len(idle.entries) != 1000 {
		t.Errorf("%d entries", len(idle.entries))
	}
	fill(idle, 1, false)
	if len(idle.entries) != 1 || idle.sweepAt != 1000 {
		t.Errorf("%d entries, the next look at %d", len(idle.entries), idle.sweepAt)
	}
	busy := idleState(t)
	fill(busy, 1001, true)
	if len(busy.entries) != 1001 || busy.sweepAt != 2000 {
		t.Errorf("%d living entries, the next look at %d", len(busy.entries), busy.sweepAt)
	}
}

func TestARenewalMayStartWhereNobodyWasFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := idleState(t).entry(Request{}, "x")
		if !e.mayRenew(time.Minute) {
			t.Error("not without a token")
		}
		e.current.Store(newCachedToken(&oauth2.Token{ExpiresIn: 120}, time.Now(), 0))
		time.Sleep(time.Minute - 1)
		if e.mayRenew(time.Minute) {
			t.Error("too early")
		}
		time.Sleep(time.Nanosecond)
		if !e.mayRenew(time.Minute) {
			t.Error("not in time")
		}
		e.renewAt = time.Now().Add(time.Minute)
		time.Sleep(time.Minute - 1)
		if e.mayRenew(time.Minute) {
			t.Error("too early after a failure")
		}
		time.Sleep(time.Nanosecond)
		if !e.mayRenew(time.Minute) {
			t.Error("not in time after a failure")
		}
	})
}

// A token that was forgotten while somebody waited for a better one is served
// all the same: nothing else is there.
func TestATokenThatWasForgottenMeanwhileIsServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := idleState(t).entry(Request{}, "x")
		cached := newCachedToken(&oauth2.Token{ExpiresIn: 120}, time.Now(), 0)
		e.renewAt = time.Now().Add(time.Hour) // no renewal now
		if got := e.waitForBetter(t.Context(), cached, 0, 0); got != cached.token {
			t.Errorf("served %v", got)
		}
		latest := newCachedToken(&oauth2.Token{ExpiresIn: 120, AccessToken: "latest"}, time.Now(), 0)
		e.current.Store(latest)
		if got := e.waitForBetter(t.Context(), cached, 0, 0); got != latest.token {
			t.Errorf("served %v", got)
		}
	})
}

func TestATokenThatCameMeanwhileIsServed(t *testing.T) {
	t.Parallel()
	e := idleState(t).entry(Request{}, "x")
	cached := newCachedToken(&oauth2.Token{ExpiresIn: 120}, time.Now(), 0)
	e.current.Store(cached)
	if got, err := e.wait(t.Context(), 0); err != nil || got != cached.token || e.waited.Load() != 0 {
		t.Errorf("%v, error %v, %d waited", got, err, e.waited.Load())
	}
}

func TestCountsAreSpreadAndAddedUp(t *testing.T) {
	t.Parallel()
	var (
		c       counter
		counted sync.WaitGroup
		done    sync.WaitGroup
		end     = make(chan struct{})
	)
	const callers, each = 200, 10
	counted.Add(callers)
	for range callers { // all live at the same time, as callers do
		done.Go(func() {
			for range each {
				c.add()
			}
			counted.Done()
			<-end
		})
	}
	counted.Wait()
	close(end)
	done.Wait()
	used := 0
	for i := range c {
		switch n := c[i].n.Load(); {
		case n > callers*each/4:
			t.Errorf("%d of %d in place %d", n, callers*each, i)
		case n > 0:
			used++
		}
	}
	if used < len(c)/2 {
		t.Errorf("%d places of %d are used", used, len(c))
	}
	if n := c.take(); n != callers*each || c.take() != 0 {
		t.Errorf("%d counted", n)
	}
}

func TestNoEngineWorksAfterItWasClosed(t *testing.T) {
	t.Parallel()
	e := idleState(t).engine
	done := make(chan struct{})
	if !e.background(func() { close(done) }) {
		t.Error("it doesn't work")
	}
	<-done
	e.Close()
	if e.background(func() { t.Error("it works") }) {
		t.Error("it says that it works")
	}
	if _, err := e.Token(t.Context(), Request{}); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
	if _, err := e.credentials.Load().entry(Request{}, "").wait(t.Context(), 0); !errors.Is(err, ErrClosed) { // closed since it asked
		t.Errorf("error %v of who waits", err)
	}
}
