package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// ailment is something that is wrong.
type ailment struct {
	name   string
	befall func(*ward)
	first  string // the step that must be fixed
	proof  string // what its proof says
	remedy string
	admin  bool // only an admin client sees it
	more   bool // and it can't come alone
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// ofKey are ailments of the key file and the key.
var ofKey = []ailment{
	{name: "the key file is missing", first: "key file", proof: "no such file", remedy: "check the name",
		befall: func(w *ward) { w.patient.Client.KeyFile = filepath.Join(w.TempDir(), "key.json") }},
	{name: "no key file is named", first: "key file", proof: "no key is given", remedy: "--key",
		befall: func(w *ward) { w.patient.Client.KeyFile = "" }},
	{name: "the key file may not be read", first: "key file", proof: "may not read it", remedy: "chmod",
		befall: func(w *ward) {
			if os.Geteuid() <= 0 {
				w.Skip("root may read everything, and Windows has other rights")
			}
			if err := os.Chmod(w.patient.Client.KeyFile, 0); err != nil {
				w.Fatal(err)
			}
		}},
	{name: "the key file is a folder", first: "key file", proof: "a folder", remedy: "name the file in it",
		befall: func(w *ward) { w.patient.Client.KeyFile = w.TempDir() }},
	{name: "the key file is a link to nothing", first: "key file", proof: "a link to a file that isn't there", remedy: "mounted",
		befall: func(w *ward) {
			name := filepath.Join(w.TempDir(), "key.json")
			if err := os.Symlink("nowhere.json", name); err != nil {
				w.Skip(err)
			}
			w.patient.Client.KeyFile = name
		}},
	{name: "the key file is cut off", first: "key file", proof: "its last line", remedy: "anew",
		befall: func(w *ward) { w.keyFile("key.pem", w.must(w.key.MarshalPEM())[:1000]) }},
	{name: "the password's file is missing", first: "key file", proof: "password file", remedy: "--password-file",
		befall: func(w *ward) { w.patient.Client.Options.PasswordFile = filepath.Join(w.TempDir(), "password") }},
	{name: "the key file is empty", first: "key file", proof: "is empty",
		befall: func(w *ward) { w.keyFile("key.pem", nil) }},
	{name: "the key file is UTF-16", first: "key file", proof: "UTF-16", remedy: "UTF-8",
		befall: func(w *ward) {
			text := []byte{0xff, 0xfe}
			for _, unit := range utf16.Encode([]rune(string(w.must(w.key.MarshalPEM())))) {
				text = append(text, byte(unit), byte(unit>>8))
			}
			w.keyFile("key.pem", text)
		}},
	{name: "the key file has lost its line breaks", first: "key file", proof: "line breaks are lost", remedy: `\n`,
		befall: func(w *ward) {
			w.keyFile("key.pem", []byte(strings.ReplaceAll(string(w.must(w.key.MarshalPEM())), "\n", " ")))
		}},
	{name: "the key file is the name of a variable", first: "key file", proof: "variable that was not filled in",
		befall: func(w *ward) { w.keyFile("key.pem", []byte("${MASKINPORTEN_KEY}")) }},
	{name: "the PKCS#12 file needs a password", first: "key file", proof: "needs a password", remedy: "--password-file",
		befall: func(w *ward) {
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.patient.Client.Options.Password = maskinporten.Secret{}
		}},
	{name: "the password is wrong", first: "key file", proof: "password is wrong", remedy: "--password-file",
		befall: func(w *ward) {
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.patient.Client.Options.Password = maskinporten.NewSecret("another password")
		}},
	{name: "the key is encrypted PEM", first: "key file", proof: "encrypted PEM", remedy: "openssl pkey",
		befall: func(w *ward) {
			w.keyFile("key.pem", pemOf("ENCRYPTED PRIVATE KEY", []byte("what is in it matters not")))
		}},
	{name: "the key file has the public key only", first: "key file", proof: "public key", remedy: "private one",
		befall: func(w *ward) {
			der, err := x509.MarshalPKIXPublicKey(w.key.Public())
			w.keyFile("key.pem", pemOf("PUBLIC KEY", w.must(der, err)))
			w.patient.Client.Options.KeyID = w.key.KeyID()
		}},
	{name: "the key is weak", first: "key", proof: "1024 bits", remedy: "2048 bits",
		befall: func(w *ward) {
			key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // that is the ailment
			if err != nil {
				w.Fatal(err)
			}
			w.keyFile("key.pem", pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)))
			w.patient.Client.Options.KeyID = w.key.KeyID()
		}},
	{name: "the key is an elliptic one", first: "key", proof: "another kind than RSA", remedy: "maskinporten keys new",
		befall: func(w *ward) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				w.Fatal(err)
			}
			der, err := x509.MarshalPKCS8PrivateKey(key)
			w.keyFile("key.pem", pemOf("PRIVATE KEY", w.must(der, err)))
			w.patient.Client.Options.KeyID = w.key.KeyID()
		}},
	{name: "the key has no kid", first: "key", proof: "neither a kid nor a certificate", remedy: "--kid",
		befall: func(w *ward) { w.keyFile("key.pem", w.must(w.key.MarshalPEM())) }},
}

// ofCertificate are ailments of the business certificate.
var ofCertificate = []ailment{
	{name: "the certificate is for another key", first: "certificate", proof: "another key", remedy: "in one file",
		befall: func(w *ward) {
			certificate := w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.keyFile("key.pem", append(w.must(w.key.MarshalPEM()), pemOf("CERTIFICATE", certificate.Chain[0].Raw)...))
		}},
	{name: "the certificate has expired", first: "certificate", proof: "it has expired", remedy: "get a new",
		befall: func(w *ward) { w.withCertificate(w.consumer.OrgNo, mockserver.CertificateExpired) }},
	{name: "the certificate is not valid yet", first: "certificate", proof: "not valid yet", remedy: "before it",
		befall: func(w *ward) {
			w.srv.Clock().Advance(10 * 24 * time.Hour)
			w.withCertificate(w.consumer.OrgNo, mockserver.CertificateValid)
			w.srv.Clock().Advance(-10 * 24 * time.Hour)
		}},
	{name: "a production certificate in test", first: "certificate", proof: "production certificate", remedy: "use a test certificate",
		befall: func(w *ward) { w.withCertificate(w.consumer.OrgNo, mockserver.CertificateProduction) }},
	{name: "the certificate is signed by itself", first: "certificate", proof: "signed by itself", remedy: "--kid",
		befall: func(w *ward) {
			w.patient.Client.ClientID = w.certified
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				w.Fatal(err)
			}
			template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Somebody"}, NotBefore: w.srv.Clock().Now().Add(-time.Hour), NotAfter: w.srv.Clock().Now().Add(1000 * time.Hour)}
			der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
			w.keyFile("key.pem", append(pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), pemOf("CERTIFICATE", w.must(der, err))...))
		}},
	{name: "the certificate was revoked", first: "certificate", proof: "MP-120", remedy: "revoked",
		befall: func(w *ward) { w.withCertificate(w.consumer.OrgNo, mockserver.CertificateRevoked) }},
	{name: "the certificate is another organisation's", first: "certificate", proof: "MP-122", remedy: "another organisation",
		befall: func(w *ward) { w.withCertificate(w.provider.OrgNo, mockserver.CertificateValid) }},
}

// ofSettings are ailments of what is asked for.
var ofSettings = []ailment{
	{name: "no client is named", first: "settings", proof: "no client", remedy: "--client-id",
		befall: func(w *ward) { w.patient.Client.ClientID = "" }},
	{name: "the client id has a blank", first: "settings", proof: "blank", remedy: "type it anew",
		befall: func(w *ward) { w.patient.Client.ClientID += " " }},
	{name: "no scope is named", first: "settings", proof: "no scope", remedy: "name one",
		befall: func(w *ward) { w.patient.Request.Scopes = nil }},
	{name: "scopes are separated by a comma", first: "settings", proof: "comma", remedy: "blanks",
		befall: func(w *ward) { w.patient.Request.Scopes = []string{weather + ",difi:other"} }},
	{name: "a scope without its prefix", first: "settings", proof: "prefix is missing", remedy: "prefix:scope",
		befall: func(w *ward) { w.patient.Request.Scopes = []string{"weather.read"} }},
	{name: "consumer_org is no organisation number", first: "settings", proof: "ConsumerOrg",
		befall: func(w *ward) { w.patient.Request.ConsumerOrg = "123456789" }},
}

// ofNetwork are ailments of the way to the issuer.
var ofNetwork = []ailment{
	{name: "there is no such host", first: "connection", proof: "no host test.maskinporten.no in DNS", remedy: "VPN",
		befall: func(w *ward) {
			w.answer("/", func(r *http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}}
			})
		}},
	{name: "the proxy is dead", first: "connection", proof: "the proxy http://127.0.0.1:1 can't be reached", remedy: "HTTPS_PROXY",
		befall: func(w *ward) {
			transport := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1", User: url.UserPassword("me", "a password of tests")})}
			w.Cleanup(transport.CloseIdleConnections)
			w.patient.HTTP = &http.Client{Transport: transport}
		}},
	{name: "the TLS certificate is not trusted", first: "connection", proof: "not trusted", remedy: "--ca-file",
		befall: func(w *ward) {
			elsewhere := mockserver.Start(w, mockserver.WithTLS())
			w.Cleanup(func() { _ = elsewhere.Close() })
			w.patient.Target = elsewhere.EndpointsAt(elsewhere.URL(), maskinporten.Test)
			transport := &http.Transport{}
			w.Cleanup(transport.CloseIdleConnections)
			w.patient.HTTP = &http.Client{Transport: transport}
		}},
	{name: "nothing listens", first: "connection", proof: "nothing listens at 127.0.0.1:1", remedy: "port",
		befall: func(w *ward) {
			w.patient.Target = w.srv.EndpointsAt("http://127.0.0.1:1", maskinporten.Test)
			transport := &http.Transport{}
			w.Cleanup(transport.CloseIdleConnections)
			w.patient.HTTP = &http.Client{Transport: transport}
		}},
	{name: "a page answers in place of the metadata", first: "metadata", proof: "no metadata (text/html)", remedy: "login page",
		befall: func(w *ward) {
			w.answer("/.well-known", says(http.StatusOK, "<html>Welcome to our guest network</html>"))
		}},
	{name: "the issuer redirects", first: "metadata", proof: "redirect (302) to https://login.example.no", remedy: "login",
		befall: func(w *ward) {
			w.answer("/.well-known", says(http.StatusFound, "", "Location", "https://login.example.no/?secret=1"))
		}},
	{name: "the issuer's slash is missing", first: "metadata", proof: "the slash counts", remedy: "https://test.maskinporten.no/",
		befall: func(w *ward) { w.patient.Target.Issuer = strings.TrimSuffix(w.patient.Target.Issuer, "/") }},
	{name: "another issuer answers", first: "metadata", proof: "another issuer answers", remedy: "give the issuer as",
		befall: func(w *ward) {
			w.answer("/.well-known", says(http.StatusOK, `{"issuer":"https://maskinporten.no/","token_endpoint":"https://maskinporten.no/token"}`))
		}},
	{name: "the clock is 5 minutes fast", first: "clock", proof: "5m0s ahead", remedy: "NTP",
		befall: func(w *ward) { w.patient.Now = func() time.Time { return w.srv.Clock().Now().Add(5 * time.Minute) } }},
	{name: "the clock is 5 minutes slow", first: "clock", proof: "5m0s behind", remedy: "NTP",
		befall: func(w *ward) { w.patient.Now = func() time.Time { return w.srv.Clock().Now().Add(-5 * time.Minute) } }},
	{name: "the token endpoint is down", first: "token", proof: "503", remedy: "try again later",
		befall: func(w *ward) { w.answer("/token", says(http.StatusServiceUnavailable, "<html>down</html>")) }},
}
