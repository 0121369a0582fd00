package doctor_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
)

// Whatever keeps a host out of reach, of the issuer or of the API, has its words.
func TestWhyAHostIsOutOfReachIsTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err           error
		proof, remedy string
	}{
		{&net.DNSError{Err: "server misbehaving", Name: "x"}, "DNS doesn't answer", "DNS"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "nothing listens at", "port"},
		{&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "doesn't answer in time", "firewall"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "connection reset by peer", "network"},
		{x509.HostnameError{Host: "test.maskinporten.no"}, "is for another name", "another server"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{Cert: &x509.Certificate{Issuer: pkix.Name{CommonName: "Our proxy"}}}}, `issued by "Our proxy"`, "--ca-file"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, "has expired", "date"},
		{x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, "is not valid", "who runs"},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "doesn't speak TLS", "is it http"},
		{tls.AlertError(40), "breaks off the TLS handshake", "old"},
		{errors.New("something new"), "something new", "network"},
	} {
		t.Run(test.proof, func(t *testing.T) {
			t.Parallel()
			for path, first := range map[string]string{"/.well-known": "connection", "/token": "token", "/v1/": "API"} {
				w := newWard(t)
				w.answer(path, func(*http.Request) (*http.Response, error) { return nil, test.err })
				isNamed(t, w.examined(), first, ailment{proof: test.proof, remedy: test.remedy})
			}
		})
	}
}

func TestWhatTheAPIAnswersIsExplained(t *testing.T) {
	t.Parallel()
	resource := []string{"https://api.example.no"}
	for _, test := range []struct {
		name          string
		answer        responder
		resource      []string
		proof, remedy string
	}{
		{"a redirect to another path", says(301, "", "Location", "/v2/weather?key=hidden"), nil, "to /v2/weather on the same host", "itself"},
		{"a redirect to plain http", says(301, "", "Location", "http://api.example.no/v1/weather"), nil, "to http: the token was not sent", "https"},
		{"a redirect to nowhere", says(302, ""), nil, "says not where to", "API provider"},
		{"a proxy", says(407, ""), nil, "proxy wants a login", "HTTPS_PROXY"},
		{"too many calls", says(429, ""), nil, "busy", "later"},
		{"another audience", says(401, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="wrong audience"`), resource, "audience", "the token is for https://api.example.no"},
		{"DPoP", says(401, "", "WWW-Authenticate", `DPoP algs="RS256"`), nil, "DPoP", "bearer"},
		{"a scope that isn't named", says(403, "", "WWW-Authenticate", `Bearer error="insufficient_scope"`), nil, "insufficient_scope", "which scope"},
		{"a clock", says(401, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="Token has expired"`), nil, "expired", "the API's clock"},
		{"no words at all", says(401, ""), nil, "no WWW-Authenticate", "belongs to the environment"},
		{"another reason", says(401, "", "WWW-Authenticate", `Bearer error="invalid_token", error_description="bad luck"`), nil, "bad luck", "what it expects"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.patient.Request.Resource = test.resource
			w.answer("/v1/", test.answer)
			isNamed(t, w.examined(), "API", ailment{proof: test.proof, remedy: test.remedy})
		})
	}
	w := newWard(t)
	w.patient.API = "api.example.no/v1"
	isNamed(t, w.examined(), "API", ailment{proof: "no absolute", remedy: "https://"})
}

// The authorities of Buypass and Commfides for tests say so in their names.
func TestAnAuthorityTellsTestFromProduction(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		issuer string
		env    maskinporten.Environment
		wrong  string // what the step says, nothing where the certificate is right
	}{
		{"Buypass Class 3 Test4 CA G2 ST Business", maskinporten.Test, ""},
		{"Buypass Class 3 Test4 CA 3", maskinporten.Prod, "it is a test certificate, and this is the production environment"},
		{"Buypass Class 3 CA G2 ST Business", maskinporten.Test, "it is a production certificate, and this is the test environment"},
		{"Buypass Class 3 CA G2 HT Business", maskinporten.Prod, ""},
		{"Commfides Legal Person - G3 - TEST", maskinporten.Test, ""},
		{"Commfides CPN Enterprise-Norwegian SHA256 CA - TEST2", maskinporten.Prod, "it is a test certificate"},
		{"Commfides Legal Person - G3", maskinporten.Prod, ""},
		{"Commfides Legal Person - G3", maskinporten.Test, "it is a production certificate"},
		{"An authority that nobody knows", maskinporten.Test, ""},
	} {
		t.Run(test.issuer+" in "+string(test.env), func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.patient.Target = w.srv.Endpoints(test.env)
			w.patient.Client.ClientID = w.certified
			key, leaf := issuedBy(w, test.issuer)
			w.keyFile("key.pem", append(pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), pemOf("CERTIFICATE", leaf)...))
			w.answer("/token", says(http.StatusServiceUnavailable, "")) // what the mock thinks of such issuers matters not
			got := step(t, w.examined(), "certificate")
			if test.wrong == "" && got.Verdict != doctor.OK || test.wrong != "" && (got.Verdict != doctor.Fail || !strings.Contains(got.Proof, test.wrong)) {
				t.Errorf("%s: %s", got.Verdict, got.Proof)
			}
		})
	}
}

// issuedBy makes a certificate in an authority's name, with its key.
func issuedBy(w *ward, issuer string) (*rsa.PrivateKey, []byte) {
	w.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		w.Fatal(err)
	}
	now := w.srv.Clock().Now()
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(2000 * time.Hour), IsCA: true}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(1000 * time.Hour),
		Subject: pkix.Name{CommonName: "ARBEIDS- OG VELFERDSETATEN", SerialNumber: "889640782"},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, &key.PublicKey, key)
	return key, w.must(der, err)
}
