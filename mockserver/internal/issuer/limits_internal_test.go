package issuer

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// remembered is how many grants are kept, expired ones included.
func (s *spentGrants) remembered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.young.expires) + len(s.old.expires)
}

func TestSpentGrantsAreDropped(t *testing.T) {
	t.Parallel()
	s := &spentGrants{}
	const perSecond, lifetime = 100, 120
	for now := range int64(2000) {
		for n := range perSecond {
			if !s.add("app", fmt.Sprint(now, n), now+lifetime, now) {
				t.Fatal("a new grant was refused")
			}
		}
		if most := perSecond * 2 * generationSeconds; s.remembered() > most {
			t.Fatalf("%d grants are remembered after %d s, want %d at most", s.remembered(), now, most)
		}
		if n := now - lifetime + 1; n >= 0 && !s.contains("app", fmt.Sprint(n, 0), now) {
			t.Fatalf("a grant that is good for a second more was forgotten at %d s", now)
		}
	}
	s.add("app", "last", 5000, 4000)
	if s.remembered() != 1 {
		t.Errorf("%d grants are remembered long after", s.remembered())
	}
}

func TestAHundredThousandGrantsDoNotGrowTheHeapForGood(t *testing.T) { //nolint:paralleltest // others' memory would count
	s := &spentGrants{}
	before := heap()
	for n := range 100_000 {
		s.add("app", fmt.Sprint(n), 120, 0)
	}
	const most = 8 << 20
	if grown := heap() - before; grown > most {
		t.Errorf("100,000 live grants take %d bytes", grown)
	}
	s.add("app", "later", 1120, 1000)
	if grown := heap() - before; grown > 100<<10 {
		t.Errorf("%d bytes are left when they have expired", grown)
	}
	runtime.KeepAlive(s)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestAClockPutBackDoesNotStopTheDropping(t *testing.T) {
	t.Parallel()
	s := &spentGrants{}
	s.add("app", "future", 1_000_120, 1_000_000)
	for now := range int64(1000) {
		s.add("app", fmt.Sprint(now), now+120, now)
	}
	if s.remembered() > 2*generationSeconds+1 {
		t.Errorf("%d grants are remembered", s.remembered())
	}
}

func TestVerifiedTokensAreBounded(t *testing.T) {
	t.Parallel()
	v, start := newVerifiedTokens(), time.Unix(0, 0)
	last := v.digest("")
	for n := range 10 * maxVerified {
		now := start.Add(time.Duration(n) * time.Second)
		last = v.digest(fmt.Sprint(n))
		v.put(last, remembered{&Claims{}, now.Add(time.Hour)}, now)
		if len(v.tokens) > maxVerified {
			t.Fatalf("%d tokens are remembered", len(v.tokens))
		}
	}
	if _, ok := v.get(last, start); !ok {
		t.Error("the last one isn't")
	}
	for n := range maxVerified { // none of which expires: all go when room is needed
		v.put(v.digest(fmt.Sprint("x", n)), remembered{&Claims{}, start.Add(1000 * time.Hour)}, start)
	}
	if len(v.tokens) > maxVerified {
		t.Errorf("%d tokens are remembered", len(v.tokens))
	}
}

func TestVerifiedTokensThatAreStillGoodAreKeptWhenOthersGo(t *testing.T) {
	t.Parallel()
	v, start := newVerifiedTokens(), time.Unix(0, 0)
	const good = minVerified / 2
	for n := range minVerified {
		until := start.Add(time.Second)
		if n < good {
			until = start.Add(time.Hour)
		}
		v.put(v.digest(fmt.Sprint(n)), remembered{&Claims{}, until}, start)
	}
	later := start.Add(time.Minute)
	v.put(v.digest("another"), remembered{&Claims{}, later.Add(time.Hour)}, later)
	for n := range good {
		if _, ok := v.get(v.digest(fmt.Sprint(n)), later); !ok {
			t.Fatalf("token %d is good for an hour and isn't remembered", n)
		}
	}
	if len(v.tokens) != good+1 {
		t.Errorf("%d tokens are remembered, want %d", len(v.tokens), good+1)
	}
}

func TestTokensGivenByReferenceAreDroppedWhenTheyHaveEnded(t *testing.T) {
	t.Parallel()
	const lifetime, perSecond = 120, 10
	var kept referencedTokens
	name := func(second, n int) string { return fmt.Sprint(second, " ", n) }
	for second := range 2000 {
		now := time.Unix(int64(second), 0)
		for n := range perSecond {
			check.OK(t, kept.add(name(second, n), &tokenClaims{Expires: now.Unix() + lifetime}, now))
		}
		if most := 2*lifetime*perSecond + minVerified; len(kept.tokens) > most {
			t.Fatalf("%d tokens are kept after %d s, want %d at most", len(kept.tokens), second, most)
		}
		if _, ok := kept.find(name(max(0, second-lifetime+1), 0), now); !ok {
			t.Fatalf("a token that is good for a second more was forgotten at %d s", second)
		}
	}
	end := time.Unix(2000+lifetime, 0)
	for n := range 4 * lifetime * perSecond { // of which none has ended when room is needed
		check.OK(t, kept.add(name(-1, n), &tokenClaims{Expires: end.Unix() + lifetime}, end))
	}
	if _, ok := kept.tokens[name(1999, 0)]; ok {
		t.Error("an ended token is still kept")
	}
}

func TestATokenThatEndsNowGoesWhenRoomIsNeeded(t *testing.T) {
	t.Parallel()
	var kept referencedTokens
	now := time.Unix(1000, 0)
	for n := range minVerified {
		check.OK(t, kept.add(fmt.Sprint(n), &tokenClaims{Expires: now.Unix()}, now.Add(-time.Minute)))
	}
	check.OK(t, kept.add("new", &tokenClaims{Expires: now.Unix() + 1}, now))
	if len(kept.tokens) != 1 {
		t.Errorf("%d tokens are kept, want the one that is good", len(kept.tokens))
	}
}

func testKeyring() *keyring {
	return newKeyring(Config{
		Environment: "test", Keys: [2]int{testkeys.Issuers, testkeys.Issuers + 1}, KeyOverlap: time.Hour,
		Now: func() time.Time { return time.Unix(1_000_000, 0) },
	})
}

func TestKeysThatWereRotatedAwayAreForgotten(t *testing.T) {
	t.Parallel()
	k := testKeyring()
	for range 5 {
		check.Got(k.document())(t)
		check.Got(k.signer())(t)
		k.rotate()
	}
	if len(k.shown) > 2 || len(k.signers) > 1 {
		t.Errorf("%d keys and %d signers are kept", len(k.shown), len(k.signers))
	}
}

func TestAKeyGoesOutOfTheKeySetOnlyAfterItsTurn(t *testing.T) {
	t.Parallel()
	k := testKeyring()
	first := k.currentKid()
	second := k.rotate()
	for kid, want := range map[string]time.Time{first: k.now().Add(time.Hour), second: {}} {
		if _, until, err := k.public(kid); err != nil || !until.Equal(want) {
			t.Errorf("key %s goes at %v (%v), want %v", kid, until, err, want)
		}
	}
}

func TestATokenJustGivenIsNotVerifiedAnew(t *testing.T) { //nolint:paralleltest // others' allocations would count
	i := New(Config{Environment: "test", PKI: pki.New(nil), Keys: [2]int{testkeys.Issuers, testkeys.Issuers + 1}, Now: func() time.Time { return time.Unix(1_000_000, 0) }})
	i.issuers = []string{"https://issuer.example/"}
	claims := &tokenClaims{Issuer: i.issuers[0], Consumer: newParty("991825827"), Expires: 1_000_120}
	var tokens []string
	for n := range 11 { // AllocsPerRun runs once more
		claims.ID = fmt.Sprint(n)
		request := &tokenRequest{Issuer: i, now: i.config.Now()}
		token := check.Got(request.token(claims))(t)
		tokens = append(tokens, token)
	}
	allocated := testing.AllocsPerRun(10, func() {
		if _, err := i.Verify(tokens[0]); err != nil {
			t.Error(err)
		}
		tokens = tokens[1:]
	})
	if allocated != 0 {
		t.Errorf("verifying it allocates %v times", allocated)
	}
}
