package verify_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"math/big"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

const (
	testIssuer = "https://test.maskinporten.no/"
	prodIssuer = "https://maskinporten.no/"
	digdir     = "991825827"
	nav        = "889640782"
	vendor     = "910753614"
)

var (
	testKeys    sync.Map // by number: reading one takes a while
	signedTexts sync.Map // by key, hash and text: making one takes a millisecond, and it is always the same
)

// testKey returns one of the keys in testdata, which are published and good
// for tests only.
func testKey(tb testing.TB, number int) *rsa.PrivateKey {
	tb.Helper()
	if read, ok := testKeys.Load(number); ok {
		return read.(*rsa.PrivateKey) //nolint:forcetypeassert // nothing else is there
	}
	text := check.Got(os.ReadFile("testdata/test-key-" + strconv.Itoa(number) + ".pem"))(tb)
	block, _ := pem.Decode(text)
	parsed := check.Got(x509.ParsePKCS8PrivateKey(block.Bytes))(tb)
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		tb.Fatal("no RSA key")
	}
	testKeys.Store(number, key)
	return key
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// jwk is a public key as a key set has it, with members changed or (nil) left
// out.
func jwk(key *rsa.PrivateKey, kid string, changes ...map[string]any) map[string]any {
	k := map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
		"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
	}
	for _, change := range changes {
		maps.Copy(k, change)
	}
	maps.DeleteFunc(k, func(_ string, v any) bool { return v == nil })
	return k
}

func jwks(tb testing.TB, keys ...map[string]any) string {
	tb.Helper()
	return string(marshal(tb, map[string]any{"keys": keys}))
}

func marshal(tb testing.TB, v any) []byte {
	tb.Helper()
	return check.Got(json.Marshal(v))(tb)
}

// world is an issuer's key set in memory, a clock and a verifier.
type world struct {
	tb  testing.TB
	key *rsa.PrivateKey

	mu      sync.Mutex
	now     time.Time
	sets    map[string]string // by URL
	status  int
	err     error
	hang    chan struct{} // fetches wait until it is closed
	cached  string        // what a cache between answers to those who take that
	fetches int
}

// newWorld has the test environment's key k1 in its set, and production's key
// p1 in the other.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, key: testKey(tb, 1), now: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), status: http.StatusOK}
	w.sets = map[string]string{
		testIssuer + "jwk": jwks(tb, jwk(w.key, "k1", map[string]any{"alg": nil}), jwk(testKey(tb, 3), "k512", map[string]any{"alg": "RS512"})),
		prodIssuer + "jwk": jwks(tb, jwk(testKey(tb, 2), "p1")),
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) { w.change(func() { w.now = w.now.Add(d) }) }

func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *world) fetched() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetches
}

// RoundTrip answers for the issuers' key sets.
func (w *world) RoundTrip(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.fetches++
	set, ok := w.sets[request.URL.String()]
	status, err, hang := w.status, w.err, w.hang
	if w.cached != "" && request.Header.Get("Cache-Control") != "no-cache" {
		set = w.cached
	}
	w.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("no such address: " + request.URL.String())
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Location": {"https://elsewhere.invalid/"}},
		Body: io.NopCloser(strings.NewReader(set)), Request: request,
	}, nil
}

// verifier is one with the world's clock and key sets.
func (w *world) verifier(opts ...verify.Option) *verify.Verifier {
	w.tb.Helper()
	opts = append([]verify.Option{verify.WithHTTPClient(&http.Client{Transport: w}), verify.WithClock(w.clock)}, opts...)
	v := check.Got(verify.New(maskinporten.Test, opts...))(w.tb)
	w.tb.Cleanup(func() { _ = v.Close() })
	return v
}

func party(orgno string) map[string]any {
	return map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + orgno}
}

// claims are those of a real token, with some changed or (nil) left out.
func (w *world) claims(changes map[string]any) map[string]any {
	now := w.clock().Unix()
	all := map[string]any{
		"iss": testIssuer, "client_id": "3f1c1f4e-6a5b-4a0e-9d55-0f6c1de9a001", "client_amr": "private_key_jwt", "consumer": party(nav),
		"scope": "difi:api3", "token_type": "Bearer", "iat": now, "exp": now + 120, "jti": "jti-1",
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// token is a good one, save for what was changed.
func (w *world) token(changes map[string]any) string {
	w.tb.Helper()
	return w.signed(`{"kid":"k1","alg":"RS256"}`, string(marshal(w.tb, w.claims(changes))))
}

// signed signs any header and payload with the key of the test environment.
func (w *world) signed(header, payload string) string {
	w.tb.Helper()
	return signWith(w.tb, w.key, crypto.SHA256, header, payload)
}

// headed is a token with good claims and another header.
func (w *world) headed(header string) string {
	w.tb.Helper()
	return w.signed(header, string(marshal(w.tb, w.claims(nil))))
}

// text is the payload of a good token without its last brace, so that members
// can be added as text.
func (w *world) text(changes map[string]any) string {
	w.tb.Helper()
	return strings.TrimSuffix(string(marshal(w.tb, w.claims(changes))), "}")
}

func signWith(tb testing.TB, key *rsa.PrivateKey, hash crypto.Hash, header, payload string) string {
	tb.Helper()
	type signing struct {
		key  *rsa.PrivateKey
		hash crypto.Hash
		text string
	}
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	if made, ok := signedTexts.Load(signing{key, hash, signed}); ok {
		return signed + "." + made.(string) //nolint:forcetypeassert // nothing else is there
	}
	digest := hash.New()
	digest.Write([]byte(signed))
	signature := check.Got(rsa.SignPKCS1v15(rand.Reader, key, hash, digest.Sum(nil)))(tb)
	signedTexts.Store(signing{key, hash, signed}, b64(signature))
	return signed + "." + b64(signature)
}

// verifyToken verifies a token with the scope that good ones have.
func verifyToken(v *verify.Verifier, token string, more ...verify.Requirement) (*verify.Claims, error) {
	return v.Verify(context.Background(), token, verify.RequireScope("difi:api3"), more...)
}

// wantVerdict fails the test unless the token is refused for this reason, or
// taken if there is none.
func wantVerdict(tb testing.TB, v *verify.Verifier, token string, want verify.Reason, more ...verify.Requirement) {
	tb.Helper()
	_, err := verifyToken(v, token, more...)
	wantReason(tb, err, want)
}

// wantReason fails the test unless err is a refusal for this reason.
func wantReason(tb testing.TB, err error, want verify.Reason) {
	tb.Helper()
	if want == "" {
		if err != nil {
			tb.Errorf("refused: %v, want it to be taken", err)
		}
		return
	}
	if refusal, ok := errors.AsType[*verify.Error](err); !ok || refusal.Reason != want || !errors.Is(err, want) {
		tb.Errorf("err = %v, want the reason %q", err, want)
	}
}

func decoded(tb testing.TB, part string) string {
	tb.Helper()
	return string(check.Got(base64.RawURLEncoding.DecodeString(part))(tb))
}
