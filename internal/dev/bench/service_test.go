package bench_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
)

// service answers in memory, and gives floor and subject the same to read.
type service struct {
	api        func() (io.Reader, int64) // body and length of every answer
	tokenDelay time.Duration             // before the token endpoint answers
	tokenFails bool
	tokenLife  int // seconds; 0: an hour

	tokens atomic.Int64 // requests to the token endpoint
}

const (
	issuer = "https://issuer.example.test/"
	api    = "https://api.example.test/api/v1"
)

var jsonHeader = http.Header{"Content-Type": {"application/json"}}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "issuer.example.test" {
		return s.token(r)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, length := s.api()
	return answer(r, http.StatusOK, body, length), nil
}

func (s *service) token(r *http.Request) (*http.Response, error) {
	_ = r.Body.Close()
	n := s.tokens.Add(1)
	if s.tokenDelay > 0 {
		select {
		case <-time.After(s.tokenDelay):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if s.tokenFails {
		return answer(r, http.StatusInternalServerError, bytes.NewReader([]byte(`{"error":"server_error"}`)), -1), nil
	}
	life := s.tokenLife
	if life == 0 {
		life = 3600
	}
	body := fmt.Appendf(nil, `{"access_token":"token-%d","token_type":"Bearer","expires_in":%d,"scope":"difi:api3"}`, n, life)
	return answer(r, http.StatusOK, bytes.NewReader(body), int64(len(body))), nil
}

func answer(r *http.Request, status int, body io.Reader, length int64) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: jsonHeader, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// always answers with the same bytes.
func always(body []byte) func() (io.Reader, int64) {
	return func() (io.Reader, int64) { return bytes.NewReader(body), int64(len(body)) }
}

func (s *service) http() *http.Client { return &http.Client{Transport: s} }

// testKey is the key of the repository's tests, as it lies in its file.
var testKey = sync.OnceValues(func() ([]byte, error) {
	return os.ReadFile(filepath.Join("..", "..", "..", "testdata", "keys", "one.pem"))
})

func keyPEM(tb testing.TB) []byte {
	tb.Helper()
	text, err := testKey()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func credentials(tb testing.TB) maskinporten.Credentials {
	tb.Helper()
	key, err := maskinporten.KeyFromPEM(keyPEM(tb), "one")
	if err != nil {
		tb.Fatal(err)
	}
	return maskinporten.Credentials{ClientID: "client-1", Key: key}
}

var endpoints = maskinporten.Endpoints{Issuer: issuer, Token: issuer + "token", API: api}

// client is an admin client of the service.
func (s *service) client(tb testing.TB) *maskinporten.Client {
	tb.Helper()
	client, err := maskinporten.New(endpoints, credentials(tb), maskinporten.WithHTTPClient(s.http()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// auth gets tokens from the service.
func (s *service) auth(tb testing.TB, options ...maskinporten.Option) *maskinporten.Authenticator {
	tb.Helper()
	auth, err := maskinporten.NewAuthenticator(endpoints, credentials(tb), append(options, maskinporten.WithHTTPClient(s.http()))...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = auth.Close() })
	return auth
}

var request = maskinporten.TokenRequest{Scopes: []string{"difi:api3"}}
