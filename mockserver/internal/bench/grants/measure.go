package grants

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// BareRSA returns what no token can do without: a verification and a signature.
func BareRSA(tb testing.TB) (verify, sign func()) {
	tb.Helper()
	key, err := testkeys.RSA(testkeys.Free)
	if err != nil {
		tb.Fatal(err)
	}
	digest := sha256.Sum256([]byte("a grant"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		tb.Fatal(err)
	}
	verify = func() {
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			tb.Error(err)
		}
	}
	sign = func() {
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			tb.Error(err)
		}
	}
	return verify, sign
}

// Once is how many nanoseconds something takes that takes long enough to be
// measured alone. The median is then of those that nobody disturbed, neither
// other programs nor the collector.
func Once(work func()) float64 {
	started := time.Now()
	work()
	return float64(time.Since(started).Nanoseconds())
}

// Asking returns a function that asks a handler for one token after another, so
// many at most: the grants are made beforehand, issued at now.
func (c *Client) Asking(tb testing.TB, handler http.Handler, now time.Time, tokens int) func() {
	tb.Helper()
	bodies, err := c.Requests(now, tokens)
	if err != nil {
		tb.Fatal(err)
	}
	var requests []*http.Request
	for _, body := range bodies {
		r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/token", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		requests = append(requests, r)
	}
	return func() {
		answer := &discard{header: http.Header{}, status: http.StatusOK}
		handler.ServeHTTP(answer, requests[0])
		requests = requests[1:]
		if answer.status != http.StatusOK {
			tb.Errorf("a token was refused: %d", answer.status)
		}
	}
}

// discard takes an answer and keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

// Header implements [http.ResponseWriter].
func (d *discard) Header() http.Header { return d.header }

// Write implements [http.ResponseWriter].
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements [http.ResponseWriter].
func (d *discard) WriteHeader(status int) { d.status = status }

// The programs of this module that are measured, for Build.
const (
	Mock  = "github.com/maskinporten-go/maskinporten/cmd/maskinporten-mock"
	Limit = "github.com/maskinporten-go/maskinporten/mockserver/internal/bench/limit"
)

// Build builds a program as the Dockerfile does, and returns its path.
func Build(tb testing.TB, path string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), filepath.Base(path))
	command := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, path) //nolint:gosec // benchmarks name it
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, output)
	}
	return program
}
