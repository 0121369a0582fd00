package issuer

import (
	"fmt"
	"runtime"
	"testing"
	"time"
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
