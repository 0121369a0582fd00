package verify_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// withKeys is a verifier that has fetched a set of this many keys, the good
// one last, and that checks every token anew.
func withKeys(tb testing.TB, w *world, count int) *verify.Verifier {
	tb.Helper()
	var keys []map[string]any
	for i := range count - 1 {
		keys = append(keys, jwk(testKey(tb, 2), "other-"+strconv.Itoa(i)))
	}
	w.sets[testIssuer+"jwk"] = jwks(tb, append(keys, jwk(w.key, "k1"))...)
	v := w.verifier(verify.WithoutVerifiedCache())
	check.OK(tb, v.Refresh(tb.Context()))
	return v
}

func TestVerifyingAllocatesTheSameWhateverTheNumberOfKeys(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole program
	allocations := func(keys int) float64 {
		w := newWorld(t)
		v, token := withKeys(t, w, keys), w.token(nil)
		least := math.Inf(1) // pools, which may be empty at any time, only add to it
		for range 50 {
			least = min(least, testing.AllocsPerRun(1, func() {
				check.Got(verifyToken(v, token))(t)
			}))
		}
		return least
	}
	one := allocations(1)
	for _, keys := range []int{2, 10, 100} {
		if got := allocations(keys); got != one {
			t.Errorf("%d keys: %v allocations, with one key %v", keys, got, one)
		}
	}
}

// BenchmarkVerify measures, by turns in one run, what verifying costs and what
// no verifier can do without: the bare RSA verification of a digest, and a
// parse by go-jose. The ratio of the two medians is the metric.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	v, token := withKeys(b, w, 2), w.token(map[string]any{"supplier": party(vendor), "delegation_source": "https://www.altinn.no/", "scope": "difi:api3 difi:api3.write"})
	end := strings.LastIndexByte(token, '.')
	digest := sha256.Sum256([]byte(token[:end]))
	signature := check.Got(base64.RawURLEncoding.DecodeString(token[end+1:]))(b)
	var bare, whole []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		check.Got(jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}))(b)
		check.OK(b, rsa.VerifyPKCS1v15(&w.key.PublicKey, crypto.SHA256, digest[:], signature))
		middle := time.Now()
		check.Got(verifyToken(v, token))(b)
		bare, whole = append(bare, middle.Sub(start)), append(whole, time.Since(middle))
	}
	b.ReportMetric(median(whole)/median(bare), "ratio")
	b.ReportMetric(median(whole), "verify-ns")
	b.ReportMetric(median(bare), "bare-ns")
}

// median is not moved by what else the machine does.
func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2].Nanoseconds())
}
