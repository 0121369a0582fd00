package verify_test

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// inBubble runs a test whose time is the bubble's, and ends with no goroutine
// left: synctest fails it else.
func inBubble(t *testing.T, f func(t *testing.T, w *world, v *verify.Verifier)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.now = time.Now()
		v := check.Got(verify.New(maskinporten.Test, verify.WithHTTPClient(&http.Client{Transport: w})))(t)
		defer func() { _ = v.Close() }()
		f(t, w, v)
	})
}

// sleep lets the bubble's time pass, and the world's with it.
func (w *world) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	w.advance(d)
}

// under is a token under a kid, signed with the second key.
func (w *world) under(kid string) string {
	return signWith(w.tb, testKey(w.tb, 2), crypto.SHA256, `{"alg":"RS256","kid":"`+kid+`"}`, w.text(nil)+"}")
}

func wantFetches(t *testing.T, w *world, want int) {
	t.Helper()
	if got := w.fetched(); got != want {
		t.Errorf("the keys were fetched %d times, want %d", got, want)
	}
}

func TestKeysAreFetchedOnceForAllWhoComeTogether(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		w.hang = make(chan struct{})
		token := w.token(nil)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { wantVerdict(t, v, token, "") })
		}
		synctest.Wait()
		close(w.hang)
		all.Wait()
		wantVerdict(t, v, token, "")
		wantFetches(t, w, 1)
	})
}

func TestNothingIsFetchedBeforeATokenNeedsIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		time.Sleep(time.Hour)
		wantVerdict(t, v, "x", verify.ReasonNotSigned)
		wantVerdict(t, v, w.token(map[string]any{"iss": prodIssuer}), verify.ReasonOtherEnvironment)
		wantFetches(t, w, 0)
	})
}

func TestKeysAreRefreshedInTheBackgroundSoThatWithdrawnOnesEnd(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2")) })
		w.sleep(15*time.Minute + time.Second) // nobody calls
		wantFetches(t, w, 2)
		wantVerdict(t, v, w.token(nil), verify.ReasonKeyUnknown)
		wantVerdict(t, v, w.under("k2"), "")
	})
}

func TestANewKeyIsFetchedWhenItsFirstTokenComes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.sleep(time.Minute)
		w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1"), jwk(testKey(t, 2), "k2")) })
		wantVerdict(t, v, w.under("k2"), "")
		wantFetches(t, w, 2)
	})
}

func TestADeadIssuerLeavesTheLastGoodKeysInPlace(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(w *world){
		"no connection": func(w *world) { w.err = errors.New("refused") },
		"server error":  func(w *world) { w.status = 503 },
		"redirect":      func(w *world) { w.status = 302 },
		"no JSON":       func(w *world) { w.sets[testIssuer+"jwk"] = "<html>" },
		"no keys":       func(w *world) { w.sets[testIssuer+"jwk"] = `{"keys":[]}` },
		"null":          func(w *world) { w.sets[testIssuer+"jwk"] = `null` },
		"endless":       func(w *world) { w.sets[testIssuer+"jwk"] = `{"keys":[` + strings.Repeat(" ", 1<<20) + `]}` },
		"keys no list":  func(w *world) { w.sets[testIssuer+"jwk"] = `{"keys":{}}` },
		"other letters": func(w *world) {
			w.sets[testIssuer+"jwk"] = strings.Replace(w.sets[testIssuer+"jwk"], "keys", "Keys", 1)
		},
		"a hundred more":  func(w *world) { w.sets[testIssuer+"jwk"] = `{"keys":[` + strings.Repeat("{},", 200) + `{}]}` },
		"no such address": func(w *world) { delete(w.sets, testIssuer+"jwk") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
				wantVerdict(t, v, w.token(nil), "")
				w.change(func() { breakIt(w) })
				outage := 24 * time.Hour
				if name == "endless" {
					outage = 2 * time.Hour // each fetch reads half a megabyte
				}
				w.sleep(outage)
				wantVerdict(t, v, w.token(nil), "")
				wantVerdict(t, v, w.under("k9"), verify.ReasonKeysUnavailable) // perhaps a new key: nobody can tell
				if n := w.fetched(); n < 100 || n > 24*60+20 {
					t.Errorf("%d fetches in a day of outage, want about one a minute", n)
				}
				fresh := newWorld(t)
				w.change(func() { w.sets, w.err, w.status = fresh.sets, nil, http.StatusOK })
				w.sleep(time.Minute)
				wantVerdict(t, v, w.under("k9"), verify.ReasonKeyUnknown)
			})
		})
	}
}

func TestASlowIssuerNeverBlocksATokenWithAKnownKey(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.change(func() { w.hang = make(chan struct{}) }) // until the fetch is given up
		w.sleep(15*time.Minute + time.Second)
		began := time.Now()
		done := make(chan error, 1)
		go func() { _, err := verifyToken(v, w.under("k9")); done <- err }()
		synctest.Wait() // it waits for the issuer
		for range 100 {
			wantVerdict(t, v, w.token(nil), "")
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("known keys waited for %s", waited)
		}
		wantReason(t, <-done, verify.ReasonKeysUnavailable)
		if waited := time.Since(began); waited > 10*time.Second {
			t.Errorf("an unknown key waited for %s", waited)
		}
	})
}

func TestWhoWaitsForKeysMayGiveUp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		w.hang = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := v.Verify(ctx, w.token(nil), verify.RequireScope("difi:api3"))
		wantReason(t, err, verify.ReasonKeysUnavailable)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want the context's", err)
		}
		if err := v.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Refresh: %v, want the context's error", err)
		}
		close(w.hang) // the fetch goes on for others
		synctest.Wait()
		wantVerdict(t, v, w.token(nil), "")
		wantFetches(t, w, 1)
	})
}

func TestAfterAFailureKeysAreAskedForAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		w.err = errors.New("dead")
		for _, step := range []struct {
			after   time.Duration
			fetches int
		}{{0, 1}, {500 * time.Millisecond, 1}, {500 * time.Millisecond, 2}, {time.Second, 2}, {time.Second, 3}, {4 * time.Second, 4}} {
			w.sleep(step.after)
			_, err := verifyToken(v, w.token(nil))
			wantReason(t, err, verify.ReasonKeysUnavailable)
			if !errors.Is(err, w.err) {
				t.Errorf("err = %v, want the cause in it", err)
			}
			wantFetches(t, w, step.fetches)
		}
		w.change(func() { w.err = nil })
		w.sleep(8 * time.Second) // by itself
		wantFetches(t, w, 5)
		wantVerdict(t, v, w.token(nil), "")
	})
}

func TestRefreshTellsWhetherTheKeysCanBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log strings.Builder
	v := w.verifier(verify.WithIssuer(maskinporten.Prod), verify.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if err := v.Refresh(t.Context()); err != nil || log.Len() > 0 {
		t.Fatalf("%v, and the log says %s", err, log.String())
	}
	w.change(func() { delete(w.sets, prodIssuer+"jwk") })
	if err := v.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), prodIssuer) || strings.Contains(err.Error(), testIssuer) {
		t.Errorf("Refresh: %v, want production's failure only", err)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the log says nothing: %s", log.String())
	}
}

func TestAClosedVerifierKnowsItsKeysAndFetchesNoMore(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		token := w.token(nil)
		wantVerdict(t, v, token, "")
		other := check.Got(verify.New(maskinporten.Test, verify.WithHTTPClient(&http.Client{Transport: w})))(t)
		w.change(func() { w.hang = make(chan struct{}) })
		waiting := make(chan error, 1)
		go func() { _, err := verifyToken(other, token); waiting <- err }()
		synctest.Wait()
		for range 2 {
			check.OK(t, errors.Join(v.Close(), other.Close()))
		}
		wantReason(t, <-waiting, verify.ReasonKeysUnavailable)
		wantVerdict(t, v, token, "")
		wantVerdict(t, other, token, verify.ReasonKeysUnavailable)
		if err := v.Refresh(t.Context()); !errors.Is(err, verify.ErrClosed) {
			t.Errorf("Refresh: %v, want ErrClosed", err)
		}
		time.Sleep(time.Hour)
		wantFetches(t, w, 2)
	})
}

func TestOnlySafeRSAKeysForSignaturesAreTakenFromASet(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"another kind": {"kty": "EC"}, "a secret": {"kty": "oct", "k": "AAAA"}, "for encryption": {"use": "enc"},
		"another algorithm": {"alg": "PS256"}, "symmetric": {"alg": "HS256"}, "no name": {"kid": nil}, "name a number": {"kid": 1},
		"a long name": {"kid": strings.Repeat("k", 300)}, "short": {"n": b64(make([]byte, 127)) + "AQ"}, "no modulus": {"n": nil},
		"huge": {"n": b64([]byte(strings.Repeat("\xff", 1025)))}, "even": {"n": b64([]byte(strings.Repeat("\xfe", 256)))},
		"exponent 1": {"e": "AQ"}, "even exponent": {"e": "AQAC"}, "huge exponent": {"e": b64([]byte(strings.Repeat("\xff", 9)))},
		"no base64": {"n": "§"}, "for another operation": {"key_ops": []string{"encrypt"}}, "for no operation": {"key_ops": []string{}},
		"operations no list": {"key_ops": "verify"}, "for encryption, whatever the operation": {"use": "enc", "key_ops": []string{"verify"}},
		"use no text": {"use": 1}, "use empty": {"use": ""}, "in other letters": {"kid": nil, "KID": "k1"}, "kind in other letters": {"kty": nil, "Kty": "RSA"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", change), jwk(testKey(t, 2), "k2"))
			v := w.verifier()
			wantVerdict(t, v, w.token(nil), verify.ReasonKeyUnknown)
			wantVerdict(t, v, w.under("k2"), "") // others in the set aren't harmed
		})
	}
	for name, change := range map[string]map[string]any{
		"no use and no algorithm": {"use": nil, "alg": nil}, "an operation": {"use": nil, "key_ops": []string{"sign", "verify"}},
		"more members": {"x5t": "AAAA", "x5c": []string{"AAAA"}, "exp": 1, "n2": map[string]any{"a": 1}},
	} {
		w := newWorld(t)
		w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", change))
		if _, err := verifyToken(w.verifier(), w.token(nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	w.sets[testIssuer+"jwk"] = `{"keys":[{"kty":"RSA","kty":"RSA"},1,"` + "\xff" + `",` + strings.TrimPrefix(jwks(t, jwk(w.key, "k1"), jwk(testKey(t, 2), "k1")), `{"keys":[`)
	wantVerdict(t, w.verifier(), w.token(nil), "") // of two with one name the first counts
}
