package verify_test

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// Bounds hold to the letter: what lies on them is taken, and what lies beyond
// isn't.

func TestOptionsAreTakenUpToTheirBounds(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]verify.Option{
		"no leeway": verify.WithLeeway(0), "the longest leeway": verify.WithLeeway(2 * time.Minute),
		"the shortest token": verify.WithMaxTokenSize(1), "the longest token": verify.WithMaxTokenSize(1 << 20),
		"the shortest interval": verify.WithRefresh(time.Minute), "the longest interval": verify.WithRefresh(24 * time.Hour),
	} {
		if _, err := verify.New(maskinporten.Test, option); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, option := range map[string]verify.Option{
		"a longer leeway": verify.WithLeeway(2*time.Minute + 1), "a longer token": verify.WithMaxTokenSize(1<<20 + 1),
		"a shorter interval": verify.WithRefresh(time.Minute - 1), "a longer interval": verify.WithRefresh(24*time.Hour + 1),
	} {
		if _, err := verify.New(maskinporten.Test, option); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestKeysAreTakenUpToTheirBounds(t *testing.T) {
	t.Parallel()
	odd := func(bits uint) string {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return b64(n.SetBit(n, 0, 1).Bytes())
	}
	exponent := func(e int64) string { return b64(big.NewInt(e).Bytes()) }
	kid := strings.Repeat("k", 256)
	for name, row := range map[string]struct {
		change map[string]any
		taken  bool
	}{
		"2048 bits": {map[string]any{"n": odd(2048)}, true}, "2047 bits": {map[string]any{"n": odd(2047)}, false},
		"8192 bits": {map[string]any{"n": odd(8192)}, true}, "8193 bits": {map[string]any{"n": odd(8193)}, false},
		"exponent 3": {map[string]any{"e": exponent(3)}, true}, "exponent of 31 bits": {map[string]any{"e": exponent(1<<31 - 1)}, true},
		"exponent of 32 bits": {map[string]any{"e": exponent(1<<32 - 1)}, false},
		"kid of 256":          {map[string]any{"kid": kid}, true}, "kid of 257": {map[string]any{"kid": kid + "k"}, false},
	} {
		w := newWorld(t)
		w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", row.change))
		if err := w.verifier().Refresh(t.Context()); (err == nil) != row.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, kid))
	v := w.verifier()
	for name, want := range map[string]verify.Reason{kid: "", kid + "k": verify.ReasonKeyName} {
		wantVerdict(t, v, w.headed(`{"alg":"RS256","kid":"`+name+`"}`), want)
	}
}

func TestKeySetsAndAnswersAreReadUpToTheirBounds(t *testing.T) {
	t.Parallel()
	filled := func(text string, size int) string { return text + strings.Repeat(" ", size-len(text)) }
	for more, taken := range map[int]bool{0: true, 1: false} {
		w := newWorld(t)
		w.sets[testIssuer+"jwk"] = filled(w.sets[testIssuer+"jwk"], 512<<10+more)
		if err := w.verifier().Refresh(t.Context()); (err == nil) != taken {
			t.Errorf("a key set of 512 KiB and %d bytes: %v", more, err)
		}
		i := newTokenInfo(t, map[string]string{opaque: filled(w.active(nil), 64<<10+more)})
		if _, err := verifyToken(w.introspecting(i), opaque); (err == nil) != taken {
			t.Errorf("an answer of 64 KiB and %d bytes: %v", more, err)
		}
		w = newWorld(t)
		keys := []map[string]any{jwk(w.key, "k1")}
		for range 99 + more {
			keys = append(keys, map[string]any{})
		}
		w.sets[testIssuer+"jwk"] = jwks(t, keys...)
		if err := w.verifier().Refresh(t.Context()); (err == nil) != taken {
			t.Errorf("a key set of 100 and %d keys: %v", more, err)
		}
		token := newWorld(t).token(nil)
		wantVerdict(t, newWorld(t).verifier(verify.WithMaxTokenSize(len(token)-more)), token, map[bool]verify.Reason{true: "", false: verify.ReasonTooLong}[taken])
	}
}

func TestAPersonsNumberMayHaveEveryDigit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	for pid, want := range map[string]verify.Reason{"01234567899": "", "0123456789:": verify.ReasonPIDMalformed, "0123456789/": verify.ReasonPIDMalformed} {
		wantVerdict(t, v, w.token(map[string]any{"pid": pid}), want)
	}
}

func TestAFetchIsDueWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]int{15*time.Minute - 1: 1, 15 * time.Minute: 2} {
		w := newWorld(t)
		v, token := w.verifier(), w.token(map[string]any{"exp": w.clock().Unix() + 3600})
		wantVerdict(t, v, token, "")
		w.advance(after)
		wantVerdict(t, v, token, "")
		check.OK(t, v.Close()) // waits for a fetch
		wantFetches(t, w, want)
	}
}

func TestAnIssuerThatFailedIsAskedAgainWhenASecondHasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.err = errors.New("dead")
	v := w.verifier()
	for _, step := range []struct {
		after   time.Duration
		fetches int
	}{{0, 1}, {time.Second - 1, 1}, {1, 2}, {2*time.Second - 1, 2}, {1, 3}} {
		w.advance(step.after)
		wantVerdict(t, v, w.token(nil), verify.ReasonKeysUnavailable)
		wantFetches(t, w, step.fetches)
	}
}

func TestAnAllowanceIsGivenBackFromWhenItWasTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	storm := func(after time.Duration, want int) {
		t.Helper()
		w.advance(after)
		for range 5 {
			_, _ = verifyToken(v, w.under("made-up"))
		}
		wantFetches(t, w, want)
	}
	storm(0, 3)
	storm(35*time.Second, 6) // all is given back
	storm(5*time.Second, 6)  // ten seconds from then, and not from before
	storm(5*time.Second, 7)
	storm(19*time.Second, 8)
	storm(time.Second, 9)
}

func TestAnOldAnswerIsUsedForTenLivesAndNoLonger(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]verify.Reason{10*time.Minute - 1: "", 10 * time.Minute: verify.ReasonAccessUnknown} {
		w := newWorld(t)
		v, token := w.verifier(), w.token(map[string]any{"exp": w.clock().Unix() + 3600})
		var failure error
		live := verify.RequireLiveAccess(checker(func(context.Context, string, string) (bool, error) { return true, failure }), time.Minute)
		ask := func(want verify.Reason) {
			wantVerdict(t, v, token, want, live)
		}
		ask("")
		failure = errors.New("503")
		w.advance(age)
		ask(want)
	}
}

func TestASealsIDIsTakenUpToItsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := strings.Repeat("x", 256)
	claims, err := verifyToken(w.verifier(), w.token(sealed(id)))
	if err != nil || claims.Consumer.ID != id {
		t.Errorf("%v, error %v", claims, err)
	}
}
