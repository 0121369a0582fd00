package verify_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"math"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// allocated is how many allocations a function takes, whatever else happens.
func allocated(f func()) float64 {
	least := math.Inf(1) // pools, which may be empty at any time, only add to it
	for range 20 {
		least = min(least, testing.AllocsPerRun(1, f))
	}
	return least
}

// fromMemory is more than a token takes that comes again, and less than one
// whose signature is checked.
const fromMemory = 4

func TestATokenThatComesAgainTakesFourAllocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole program
	w := newWorld(t)
	scope := verify.RequireScope("difi:api3")
	for name, row := range map[string]struct {
		claims map[string]any
		want   float64
	}{
		"a usual one": {nil, 1},
		"a long one":  {map[string]any{"aud": []string{strings.Repeat("x", 1000)}, "scope": "difi:api3 a b c d e f"}, fromMemory},
	} {
		v, token := w.verifier(), w.token(row.claims)
		ask := func() {
			check.Got(v.Verify(context.Background(), token, scope))(t)
		}
		if got := allocated(ask); got > row.want {
			t.Errorf("%s: %v allocations, want at most %v", name, got, row.want)
		}
	}
}

func TestOnlyTokensThatWereLetInAreRemembered(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole program
	w := newWorld(t)
	v, forgetful := w.verifier(), w.verifier(verify.WithoutVerifiedCache())
	for name, row := range map[string]struct {
		v     *verify.Verifier
		token string
		scope verify.ScopeRequirement
		kept  bool
	}{
		"let in":                   {v, w.token(nil), verify.RequireScope("difi:api3"), true},
		"without the cache":        {forgetful, w.token(nil), verify.RequireScope("difi:api3"), false},
		"without the scope":        {v, w.token(map[string]any{"scope": "difi:other"}), verify.RequireScope("difi:api3"), false},
		"expired":                  {v, w.token(map[string]any{"iat": 1, "exp": 2}), verify.RequireScope("difi:api3"), false},
		"signed by somebody else":  {v, w.under("k1"), verify.RequireScope("difi:api3"), false},
		"under a kid that is none": {v, w.under("k9"), verify.RequireScope("difi:api3"), false},
	} {
		_, _ = verifyToken(v, row.token)
		got := allocated(func() { _, _ = row.v.Verify(context.Background(), row.token, row.scope) })
		if kept := got <= fromMemory; kept != row.kept {
			t.Errorf("%s: %v allocations, remembered %t, want %t", name, got, kept, row.kept)
		}
	}
}

func TestARememberedTokenEndsWithItsTimeAndItsKey(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		end  func(w *world)
		want verify.Reason
	}{
		"just before it expires": {func(w *world) { w.advance(129 * time.Second) }, ""},
		"it expires":             {func(w *world) { w.advance(130 * time.Second) }, verify.ReasonExpired},
		"the clock is put back":  {func(w *world) { w.advance(-time.Minute) }, verify.ReasonIssuedInFuture},
		"its key is withdrawn": {func(w *world) {
			w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k2")) })
		}, verify.ReasonKeyUnknown},
		"its key is replaced": {func(w *world) {
			w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 2), "k1")) })
		}, verify.ReasonSignature},
		"its key is for another algorithm": {func(w *world) {
			w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", map[string]any{"alg": "RS512"})) })
		}, verify.ReasonKeyAlgorithm},
		"another key comes": {func(w *world) {
			w.change(func() {
				w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1", map[string]any{"alg": nil}), jwk(testKey(t, 2), "k2"))
			})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v, token := w.verifier(), w.token(nil)
			for range 2 {
				wantVerdict(t, v, token, "")
			}
			row.end(w)
			check.OK(t, v.Refresh(t.Context()))
			for range 2 {
				wantVerdict(t, v, token, row.want)
			}
		})
	}
}

func TestATokenWhoseKeyIsTakenBackIsRefusedUntilItIsPublishedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, token := w.verifier(), w.token(nil)
	first := w.sets[testIssuer+"jwk"]
	for _, step := range []struct {
		set  string
		want verify.Reason
	}{{first, ""}, {jwks(t, jwk(testKey(t, 2), "k2")), verify.ReasonKeyUnknown}, {first, ""}, {jwks(t, jwk(w.key, "k2")), verify.ReasonKeyUnknown}} {
		w.change(func() { w.sets[testIssuer+"jwk"] = step.set })
		check.OK(t, v.Refresh(t.Context()))
		for range 2 {
			wantVerdict(t, v, token, step.want)
		}
	}
}

func TestAKeyThatStaysKeepsItsTokensThroughAFetch(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole program
	w := newWorld(t)
	v, token, scope := w.verifier(), w.token(nil), verify.RequireScope("difi:api3")
	_, err := v.Verify(t.Context(), token, scope)
	wantReason(t, err, "")
	check.OK(t, v.Refresh(t.Context()))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = v.Verify(context.Background(), token, scope) // the first time after that
	runtime.ReadMemStats(&after)
	wantReason(t, err, "")
	if got := after.Mallocs - before.Mallocs; got > 20 { // checked anew it takes more than 50
		t.Errorf("%d allocations: it is no longer remembered", got)
	}
}

func TestARememberedTokenIsJudgedAnewByEachRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, token := w.verifier(), w.token(map[string]any{"supplier": party(vendor)})
	wantVerdict(t, v, token, "")
	access := true
	live := verify.RequireLiveAccess(checker(func(context.Context, string, string) (bool, error) { return access, nil }), time.Second)
	once := verify.RequireFirstUse(10)
	for _, row := range []struct {
		name  string
		scope verify.ScopeRequirement
		more  verify.Requirement
		want  verify.Reason
	}{
		{"another scope", verify.RequireScope("difi:other"), verify.RequireSuppliers(vendor), verify.ReasonScope},
		{"no supplier", verify.RequireScope("difi:api3"), verify.RequireNoSupplier(), verify.ReasonSupplier},
		{"first use", verify.RequireScope("difi:api3"), once, ""},
		{"second use", verify.RequireScope("difi:api3"), once, verify.ReasonUsedBefore},
		{"live access", verify.RequireScope("difi:api3"), live, ""},
	} {
		_, err := v.Verify(t.Context(), token, row.scope, row.more)
		wantReason(t, err, row.want)
	}
	access = false
	w.advance(time.Second)
	wantVerdict(t, v, token, verify.ReasonAccess, live)
}

func TestNoPartOfARememberedTokenCanBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, token := w.verifier(), w.token(nil)
	wantVerdict(t, v, token, "")
	for i := range len(token) {
		for _, changed := range []string{token[:i] + token[i+1:], token[:i] + "A" + token[i+1:], token[:i] + "A" + token[i:]} {
			if _, err := verifyToken(v, changed); changed != token && err == nil {
				t.Fatalf("at %d: %s is taken", i, changed)
			}
		}
	}
}

func TestEachCallerHasClaimsOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, scopes := range map[string]string{"few scopes": "difi:api3 difi:api4", "many scopes": "difi:api3 a b c d e f"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachHasItsOwn(t, scopes)
		})
	}
}

func eachHasItsOwn(t *testing.T, scopes string) {
	t.Helper()
	w := newWorld(t)
	changes := map[string]any{
		"pid": "01017000000", "aud": []string{"a", "b"}, "scope": scopes, "odd": []string{"x"},
		"authorization_details": []any{systemUser("externalRef", "ref"), consent(map[string]any{"consentRights": []any{map[string]any{
			"action": []string{"consent"}, "resource": []any{map[string]any{"type": "t", "value": "income"}}, "metadata": map[string]any{"year": "2022"},
		}}})},
	}
	token := w.token(changes)
	v := w.verifier()
	want := check.Got(verifyToken(w.verifier(), token))(t)
	for range 3 { // the first, which is remembered, and two of memory
		got := check.Got(verifyToken(v, token))(t)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(verify.Claims{}, verify.AuthorizationDetail{})); diff != "" {
			t.Fatalf("somebody changed them (-want +got):\n%s", diff)
		}
		var odd []string
		if ok, err := got.Claim("odd", &odd); !ok || err != nil || !cmp.Equal(odd, []string{"x"}) {
			t.Fatalf("Claim: %t %v %q", ok, err, odd)
		}
		spoil(got)
	}
}

// spoil changes all that can be changed.
func spoil(c *verify.Claims) {
	c.Issuer, c.PID, c.Consumer.OrgNo = "x", maskinporten.NewPersonal("x"), digdir
	for i := range c.Scopes {
		c.Scopes[i] = "x"
	}
	for i := range c.Audience {
		c.Audience[i] = "x"
	}
	user, given := c.AuthorizationDetails[0].SystemUser, c.AuthorizationDetails[1].Consent
	user.SystemID, user.IDs[0] = "x", "x"
	right := given.Rights[0]
	given.ID, right.Actions[0], right.Resources[0].Value, right.Metadata["year"] = "x", "x", "x", maskinporten.NewPersonal("x")
	given.Rights[0].Actions = nil
	c.AuthorizationDetails[0].Type = "x"
}

func TestManyMayAskAtOnceWhileKeysChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = w.token(map[string]any{"jti": strconv.Itoa(i)})
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				for i, token := range tokens {
					if claims, err := verifyToken(v, token); err != nil || claims.ID != strconv.Itoa(i) {
						t.Errorf("%d: %v %v", i, claims, err)
					}
				}
			}
		})
	}
	for i := range 20 {
		w.change(func() {
			w.sets[testIssuer+"jwk"] = jwks(t, jwk(w.key, "k1"), jwk(testKey(t, 2), "k"+strconv.Itoa(10+i)))
		})
		check.OK(t, v.Refresh(t.Context()))
	}
	all.Wait()
}

// heap is how much the program holds.
func heap() int64 {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestARememberedTokenTakesLittleMoreThanItsClaimsAndIsLetGo(t *testing.T) { //nolint:paralleltest // the whole program's heap is measured
	const count = 800
	w := newWorld(t)
	tokens := make([]string, count)
	for i := range tokens {
		tokens[i] = w.token(map[string]any{"jti": strconv.Itoa(i)})
	}
	grown := func(v *verify.Verifier, keep func(*verify.Claims)) int64 {
		before := heap()
		for _, token := range tokens {
			claims := check.Got(verifyToken(v, token))(t)
			keep(claims)
		}
		return heap() - before
	}
	var claims []*verify.Claims
	forgetful, v := w.verifier(verify.WithoutVerifiedCache()), w.verifier()
	for _, one := range []*verify.Verifier{forgetful, v} {
		check.OK(t, one.Refresh(t.Context()))
	}
	bare := grown(forgetful, func(c *verify.Claims) { claims = append(claims, c) })
	before := heap()
	kept := grown(v, func(*verify.Claims) {})
	runtime.KeepAlive(claims) // and not let go while the other is measured
	runtime.KeepAlive(tokens)
	if more := (kept - bare) / count; more > 300 {
		t.Errorf("a token takes %d bytes beyond its claims", more)
	}
	w.advance(time.Hour)
	if err := v.Refresh(t.Context()); err != nil { // as it is in the background
		t.Fatal(err)
	}
	if left := heap() - before; left > 100<<10 {
		t.Errorf("%d bytes are left of tokens that have expired", left)
	}
}

func TestAFloodOfBadTokensIsNotRemembered(t *testing.T) { //nolint:paralleltest // the whole program's heap is measured
	w := newWorld(t)
	v := w.verifier()
	good, elsewhere := w.token(nil), w.token(map[string]any{"scope": "other:api"})
	for range 2 {
		wantVerdict(t, v, good, "")
		wantVerdict(t, v, elsewhere, verify.ReasonScope)
	}
	end := strings.LastIndexByte(good, '.')
	before := heap()
	for i := range 2000 {
		wantVerdict(t, v, good[:end+1]+b64([]byte(strings.Repeat(strconv.Itoa(100_000+i), 42))), verify.ReasonSignature) // 252 bytes
	}
	if grown := heap() - before; grown > 100<<10 {
		t.Errorf("2,000 forged tokens leave %d bytes behind", grown)
	}
	if got := allocated(func() { _, _ = v.Verify(context.Background(), good, verify.RequireScope("difi:api3")) }); got > fromMemory+2 {
		t.Errorf("%v allocations: the good token was displaced", got)
	}
}

func TestTokensOfSeveralIssuersAreRememberedApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier(verify.WithIssuer(maskinporten.Prod))
	prod := signWith(t, testKey(t, 2), crypto.SHA256, `{"alg":"RS256","kid":"p1"}`, string(marshal(t, w.claims(map[string]any{"iss": prodIssuer}))))
	for range 2 {
		for token, issuer := range map[string]string{w.token(nil): testIssuer, prod: prodIssuer} {
			claims, err := verifyToken(v, token)
			if err != nil || claims.Issuer != issuer {
				t.Errorf("%v %v, want %s", claims, err, issuer)
			}
		}
	}
	w.change(func() { w.sets[testIssuer+"jwk"] = jwks(t, jwk(testKey(t, 3), "k3")) })
	check.OK(t, v.Refresh(t.Context()))
	wantVerdict(t, v, prod, "")
}

// BenchmarkRepeated measures, by turns in one run, what a token costs that
// comes again, and what no cache keyed by the whole token can do without: its
// SHA-256.
func BenchmarkRepeated(b *testing.B) {
	w := newWorld(b)
	v, token := w.verifier(), w.token(map[string]any{"supplier": party(vendor), "delegation_source": "https://www.altinn.no/"})
	scope := verify.RequireScope("difi:api3")
	text := []byte(token)
	const times = 100 // a clock's reading costs something itself
	var bare, whole []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range times {
			_ = sha256.Sum256(text)
		}
		middle := time.Now()
		for range times {
			check.Got(v.Verify(context.Background(), token, scope))(b)
		}
		bare, whole = append(bare, middle.Sub(start)/times), append(whole, time.Since(middle)/times)
	}
	b.ReportMetric(median(whole)/median(bare), "ratio")
	b.ReportMetric(median(whole), "repeated-ns")
	b.ReportMetric(median(bare), "sha256-ns")
}

func BenchmarkRepeatedByAllCores(b *testing.B) {
	w := newWorld(b)
	handler := w.verifier().Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), verify.RequireScope("difi:api3"))
	request := check.Got(http.NewRequestWithContext(b.Context(), http.MethodGet, "/", http.NoBody))(b)
	request.Header.Set("Authorization", "Bearer "+w.token(nil))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			handler.ServeHTTP(nil, request)
		}
	})
}
