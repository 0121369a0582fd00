package bench_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"testing"
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

// Limit: 1.05 of the bare RSA signature. The whole of a token request is
// measured, over a transport that answers at once, which is more than the
// grant.
func BenchmarkGrant(b *testing.B) {
	key, digest := privateKey(b), sha256.Sum256([]byte("a grant"))
	floor := func() {
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			b.Error(err)
		}
	}
	s := &service{}
	auth := s.auth(b)
	subject := func() {
		token, err := auth.Token(b.Context(), request)
		if err != nil {
			b.Error(err)
			return
		}
		auth.Forget(token)
	}
	took := inTurns(b, 20, floor, subject)
	b.ReportMetric(took.ratio(), "×signature")
	b.ReportMetric(took.floor/1e3, "signature-µs")
	b.ReportMetric(took.subject/1e3, "µs")
}
