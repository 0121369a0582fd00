package bench_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
)

// privateKey is the key of the service's credentials, for the bare signature.
func privateKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	block, _ := pem.Decode(keyPEM(tb))
	if block == nil {
		tb.Fatal("the test key is no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		tb.Fatalf("the test key is a %T", parsed)
	}
	return key
}

// stopwatch gives the key for a grant, and takes the token request that
// carries it: what lies between is the grant, built and signed, and the
// request around it.
type stopwatch struct {
	service
	key     *maskinporten.Key
	started time.Time
	took    time.Duration
}

// Key implements maskinporten.KeySource.
func (w *stopwatch) Key(context.Context) (*maskinporten.Key, error) {
	w.started = time.Now()
	return w.key, nil
}

// RoundTrip implements http.RoundTripper.
func (w *stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	w.took += time.Since(w.started)
	return w.service.RoundTrip(r)
}

// getToken gets one with an authenticator of its own, since a young token that took
// the place of a rejected one is kept.
func (w *stopwatch) getToken(tb testing.TB) {
	tb.Helper()
	auth, err := maskinporten.NewAuthenticator(endpoints, maskinporten.Credentials{ClientID: "client-1", KeySource: w},
		maskinporten.WithHTTPClient(&http.Client{Transport: w}))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = auth.Close() }() // nothing is cached that counts
	before := w.took
	if _, err := auth.Token(tb.Context(), request); err != nil {
		tb.Fatal(err)
	}
	if w.took == before {
		tb.Fatal("no grant was sent")
	}
}

// Limit: 1.05 of the bare RSA signature.
func BenchmarkGrant(b *testing.B) {
	const times = 4 // short rounds: the median is of those that nobody disturbed
	key, digest := privateKey(b), sha256.Sum256([]byte("a grant"))
	watch := &stopwatch{key: credentials(b).Key}
	signature := func() (took time.Duration) {
		started := time.Now()
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			b.Error(err)
		}
		return time.Since(started)
	}
	signatures := func() float64 {
		var took time.Duration
		for range times { // each on a stack of its own, as grants are
			var alone sync.WaitGroup
			alone.Go(func() { took += signature() })
			alone.Wait()
		}
		return float64(took.Nanoseconds()) / times
	}
	grants := func() float64 {
		watch.took = 0
		for range times {
			watch.getToken(b)
		}
		return float64(watch.took.Nanoseconds()) / times
	}
	took := rounds.Alternate(b, signatures, grants)
	b.ReportMetric(took.Ratio(), "×signature")
	b.ReportMetric(took.Floor/1e3, "signature-µs")
	b.ReportMetric(took.Subject/1e3, "µs")
}
