package verify_test

import (
	"crypto"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

func TestAStormOfMadeUpKeysCostsThreeFetchesAndThenOneEveryTenSeconds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		for i := range 500 {
			wantVerdict(t, v, b64([]byte(`{"alg":"RS256","kid":"made-up-`+strconv.Itoa(i)+`"}`))+"."+b64([]byte(w.text(nil)+"}"))+".AA", verify.ReasonKeyUnknown)
			if i%100 == 99 {
				w.sleep(10 * time.Second)
			}
		}
		wantFetches(t, w, 3+4)
		w.sleep(9 * time.Second) // 19 s after the last: one is given back
		wantVerdict(t, v, w.under("made-up"), verify.ReasonKeyUnknown)
		wantVerdict(t, v, w.under("made-up"), verify.ReasonKeyUnknown)
		wantFetches(t, w, 3+4+1)
	})
}

func TestANewKeyRightAfterAFetchIsFoundAllTheSame(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.sleep(time.Second)
		wantVerdict(t, v, w.under("made-up"), verify.ReasonKeyUnknown) // a stranger asks in between
		w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2")) })
		wantVerdict(t, v, w.under("k2"), "")
		wantFetches(t, w, 3)
	})
}

func TestAClockThatIsPutBackDoesNotStopTheFetching(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	for range 5 { // the burst is spent
		wantVerdict(t, v, w.under("made-up"), verify.ReasonKeyUnknown)
	}
	w.advance(-time.Hour)
	w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2")) })
	wantVerdict(t, v, w.under("k2"), "")
}

func TestANewKeyUnderAKnownNameIsFoundByTheSignatureThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{"another key": nil, "and another algorithm": {"alg": "RS256"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
				w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", map[string]any{"alg": "RS512"}), jwk(w.key, "k0"))
				if name == "another key" {
					w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1"), jwk(w.key, "k0"))
				}
				check.OK(t, v.Refresh(t.Context()))
				w.change(func() { w.cached = w.sets[testIssuer+"jwk"] })
				w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k1", change), jwk(w.key, "k0")) })
				wantVerdict(t, v, w.under("k1"), "") // past the cache
				wantFetches(t, w, 2)
			})
		})
	}
}

func TestAStormOfWrongSignaturesCostsOneFetchEveryTenSeconds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		forged, unsigned := w.under("k1"), w.token(nil)
		unsigned = unsigned[:strings.LastIndexByte(unsigned, '.')+1]
		for range 3 {
			for range 20 {
				wantVerdict(t, v, forged, verify.ReasonSignature)
				wantVerdict(t, v, unsigned, verify.ReasonSignatureMissing)
			}
			w.sleep(10 * time.Second)
		}
		wantFetches(t, w, 1+3)
		wantVerdict(t, v, w.under("k2"), verify.ReasonKeyUnknown) // a new key has an allowance of its own
		wantFetches(t, w, 1+3+1)
	})
}

func TestAWrongSignatureIsWrongAlsoWhenTheIssuerIsDown(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.change(func() { w.status = http.StatusBadGateway })
		wantVerdict(t, v, w.under("k1"), verify.ReasonSignature)
		wantVerdict(t, v, w.token(nil), "")
	})
}

func TestOnlyFetchesForAKeyThatIsMissedGoPastCaches(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.change(func() {
			w.cached = w.sets[testIssuer+"jwk"]
			w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2"))
		})
		w.sleep(15*time.Minute + time.Second) // in the background: the cache's answer is good enough
		wantVerdict(t, v, w.token(nil), "")
		wantVerdict(t, v, w.under("k2"), "")
		wantFetches(t, w, 3)
	})
}

func TestWhoJoinsAFetchFromACacheAsksOncePastIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world, v *verify.Verifier) {
		wantVerdict(t, v, w.token(nil), "")
		w.change(func() {
			w.hang = make(chan struct{})
			w.cached = w.sets[testIssuer+"jwk"]
			w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2"), jwk(testKey(t, 3), "k1"))
		})
		w.sleep(15*time.Minute + time.Second) // the fetch in the background is under way
		tokens := map[string]string{"a new key": w.under("k2"), "a key replaced": signWith(t, testKey(t, 3), crypto.SHA256, `{"alg":"RS256","kid":"k1"}`, w.text(nil)+"}")}
		var all sync.WaitGroup
		for name, token := range tokens {
			all.Go(func() {
				if _, err := verifyToken(v, token); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		synctest.Wait()
		close(w.hang)
		all.Wait()
		wantFetches(t, w, 3)
	})
}
