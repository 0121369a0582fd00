package issuer_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// discard takes an answer and keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// tokenRequests returns a function that carries out one good token request
// after another, each made beforehand.
func tokenRequests(t testing.TB, count int) func() {
	t.Helper()
	w := newWorld(t)
	var requests []*http.Request
	for range count {
		form := url.Values{"grant_type": {jwtBearer}, "assertion": {w.good(t, nil)}}.Encode()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/token", strings.NewReader(form))
		r.Header.Set("Content-Type", formType)
		requests = append(requests, r)
	}
	next := 0
	return func() {
		answer := &discard{header: http.Header{}}
		w.door.Token(answer, requests[next])
		next++
		if answer.status != http.StatusOK {
			t.Fatalf("status %d", answer.status)
		}
	}
}

func TestATokenCostsFewAllocations(t *testing.T) { //nolint:paralleltest // others' allocations would count
	const most = 250
	if got := testing.AllocsPerRun(20, tokenRequests(t, 21)); got > most {
		t.Errorf("%v allocations, want %d at most", got, most)
	}
}

// BenchmarkToken compares the token handler with what it can't do without,
// one verification and one signature, turn by turn: the metric "ratio" is
// that of the medians.
func BenchmarkToken(b *testing.B) {
	const turns = 400
	key, err := testkeys.RSA(appKey)
	must(b, err)
	digest := sha256.Sum256([]byte("grant"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	must(b, err)
	bare := func() {
		must(b, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature))
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		must(b, err)
	}
	var ratios []float64
	for b.Loop() {
		token := tokenRequests(b, turns)
		var whole, least []time.Duration
		for range turns {
			whole, least = append(whole, timed(token)), append(least, timed(bare))
		}
		slices.Sort(whole)
		slices.Sort(least)
		ratios = append(ratios, float64(whole[turns/2])/float64(least[turns/2]))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(testing.AllocsPerRun(20, tokenRequests(b, 21)), "allocs/token")
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
