package maskinporten_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// The example of RFC 7638, section 3.1, and its thumbprint.
const (
	rfc7638Modulus    = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	rfc7638Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)

// rsaKeys are made once, for tests only.
var rsaKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 3)
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return keys
})

func pemBlock(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func publicPEM(t testing.TB, public any) string {
	t.Helper()
	der := check.Got(x509.MarshalPKIXPublicKey(public))(t)
	return pemBlock("PUBLIC KEY", der)
}

// selfSigned is a certificate for a test key.
func selfSigned(t *testing.T, key *rsa.PrivateKey, name string, until time.Time) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
	}
	return check.Got(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
}

func privatePEM(t *testing.T) string {
	t.Helper()
	der := check.Got(x509.MarshalPKCS8PrivateKey(rsaKeys()[0]))(t)
	return pemBlock("PRIVATE KEY", der)
}

func mustParse(t *testing.T, text string) maskinporten.JSONWebKey {
	t.Helper()
	return check.Got(maskinporten.ParseJSONWebKey([]byte(text)))(t)
}

func TestAPublicKeyIsReadInEveryForm(t *testing.T) {
	t.Parallel()
	key := rsaKeys()[0]
	want, err := mustParse(t, publicPEM(t, key.Public())), error(nil)
	if err != nil || want.KeyType != "RSA" || want.Use != "sig" || want.Algorithm != "RS256" || want.E != "AQAB" || len(want.N) != 342 {
		t.Fatalf("key %+v", want)
	}
	kid, err := want.Thumbprint()
	if err != nil || want.KeyID != kid {
		t.Errorf("kid %q, want the thumbprint %q (error %v)", want.KeyID, kid, err)
	}
	until := time.Date(2031, 5, 17, 12, 0, 0, 0, time.UTC)
	leaf := selfSigned(t, key, "leaf", until)
	certified := want
	certified.Exp = until.Unix()
	certified.X5C = []string{base64.StdEncoding.EncodeToString(leaf)}
	jwk := `{"kty":"RSA","n":"` + want.N + `","e":"AQAB"`
	named := want
	named.KeyID, named.Algorithm = "mine", "RS512"
	named.Extra = map[string]json.RawMessage{"note": json.RawMessage(`"x"`)}
	for what, test := range map[string]struct {
		text string
		want maskinporten.JSONWebKey
	}{
		"PKCS#1":                           {pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)), want},
		"bare JWK":                         {"\n" + jwk + "}\n", want},
		"whole JWK":                        {jwk + `,"use":"sig","alg":"RS512","kid":"mine","note":"x"}`, named},
		"certificate":                      {pemBlock("CERTIFICATE", leaf), certified},
		"certificate after its public key": {publicPEM(t, key.Public()) + pemBlock("CERTIFICATE", leaf), certified},
		"text before the PEM":              {"Subject: somebody\n" + publicPEM(t, key.Public()), want},
	} {
		check.Same(t, test.want, mustParse(t, test.text), what)
	}
}

func TestTheThumbprintIsThatOfRFC7638(t *testing.T) {
	t.Parallel()
	key := mustParse(t, `{"kty":"RSA","e":"AQAB","alg":"RS256","kid":"2011-04-29","n":"`+rfc7638Modulus+`"}`)
	got, err := key.Thumbprint()
	if err != nil || got != rfc7638Thumbprint {
		t.Errorf("thumbprint %q (error %v), want %q", got, err, rfc7638Thumbprint)
	}
}

func TestPrivateMaterialIsRefusedInEveryForm(t *testing.T) {
	t.Parallel()
	key := rsaKeys()[0]
	public := publicPEM(t, key.Public())
	certificate := pemBlock("CERTIFICATE", selfSigned(t, key, "leaf", time.Now().AddDate(1, 0, 0)))
	texts := map[string]string{
		"PKCS#8":                             privatePEM(t),
		"PKCS#1":                             pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"encrypted":                          pemBlock("ENCRYPTED PRIVATE KEY", []byte("hush")),
		"private key after the public one":   public + privatePEM(t),
		"private key after the certificate":  certificate + privatePEM(t),
		"private key before the certificate": privatePEM(t) + certificate,
	}
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "D", "Dp"} {
		texts["JWK with "+member] = `{"kty":"RSA","e":"AQAB","n":"` + rfc7638Modulus + `","` + member + `":"aHVzaC1odXNo"}`
	}
	for what, text := range texts {
		got, err := maskinporten.ParseJSONWebKey([]byte(text))
		if err == nil || !strings.Contains(err.Error(), "private") {
			t.Errorf("%s: key %+v, error %v", what, got, err)
			continue
		}
		if strings.Contains(err.Error(), "aHVzaC1odXNo") {
			t.Errorf("%s: the error quotes it: %v", what, err)
		}
	}
}

func TestDecodingAndEncodingRefusePrivateMaterial(t *testing.T) {
	t.Parallel()
	var key maskinporten.JSONWebKey
	if err := json.Unmarshal([]byte(`{"kty":"RSA","d":"AQAB"}`), &key); err == nil || !cmp.Equal(key, maskinporten.JSONWebKey{}) {
		t.Errorf("decoded %+v, error %v", key, err)
	}
	key.Extra = map[string]json.RawMessage{"qi": json.RawMessage(`"AQAB"`)}
	if data, err := json.Marshal(key); err == nil || bytes.Contains(data, []byte("AQAB")) {
		t.Errorf("encoded %s, error %v", data, err)
	}
}

func TestWhatIsNoPublicRSAKeyIsRefused(t *testing.T) {
	t.Parallel()
	elliptic256 := check.Got(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	other := base64.StdEncoding.EncodeToString(selfSigned(t, rsaKeys()[1], "other", time.Now().AddDate(1, 0, 0)))
	for what, text := range map[string]string{
		"nothing":                    "",
		"words":                      "let me in",
		"broken JSON":                `{"kty":`,
		"wrong types":                `{"kty":"RSA","n":1}`,
		"no modulus":                 `{"kty":"RSA","e":"AQAB"}`,
		"modulus not base64":         `{"kty":"RSA","e":"AQAB","n":"£"}`,
		"no kty":                     `{"e":"AQAB","n":"` + rfc7638Modulus + `"}`,
		"a key set":                  `{"keys":[]}`,
		"elliptic curve":             publicPEM(t, elliptic256.Public()),
		"elliptic curve JWK":         `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
		"symmetric":                  `{"kty":"oct"}`,
		"chain of another key":       `{"kty":"RSA","e":"AQAB","n":"` + rfc7638Modulus + `","x5c":["` + other + `"]}`,
		"certificate that is none":   pemBlock("CERTIFICATE", []byte("x")),
		"public key that is none":    pemBlock("PUBLIC KEY", []byte("x")),
		"PKCS#1 that is none":        pemBlock("RSA PUBLIC KEY", []byte("x")),
		"PEM of something else":      pemBlock("CERTIFICATE REQUEST", []byte("x")),
		"an exponent of nothing":     `{"kty":"RSA","e":"","n":"` + rfc7638Modulus + `"}`,
		"an exponent beyond reason":  `{"kty":"RSA","e":"` + rfc7638Modulus + `","n":"` + rfc7638Modulus + `"}`,
		"JSON after the JWK":         `{"kty":"RSA","e":"AQAB","n":"` + rfc7638Modulus + `"} x`,
		"a number instead of a JWK":  "42",
		"certificate and no content": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
	} {
		if key, err := maskinporten.ParseJSONWebKey([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", what, key)
		} else if !errors.Is(err, maskinporten.ErrInvalidArgument) {
			t.Errorf("%s: %T %v", what, err, err)
		}
	}
}

func TestAKeyWithoutExpExpiresAtNoKnownTime(t *testing.T) {
	t.Parallel()
	if got := (maskinporten.JSONWebKey{}).Expires(); !got.IsZero() {
		t.Errorf("expires %v", got)
	}
}

func TestAPublicJWKOfASigningKeyCanBeRegistered(t *testing.T) {
	t.Parallel()
	key := check.Got(maskinporten.KeyFromSigner(rsaKeys()[0], "mine"))(t)
	jwk := check.Got(key.PublicJWK())(t)
	public, err := jwk.PublicKey()
	if err != nil || !public.Equal(rsaKeys()[0].Public()) || jwk.KeyID != "mine" {
		t.Errorf("public JWK %+v, error %v", jwk, err)
	}
}

// FuzzParseJSONWebKey looks for private members that slip through.
func FuzzParseJSONWebKey(f *testing.F) {
	f.Add([]byte(`{"kty":"RSA","e":"AQAB","n":"` + rfc7638Modulus + `"}`))
	f.Add([]byte(`{"kty":"RSA","e":"AQAB","n":"` + rfc7638Modulus + `","d":"AQ"}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"))
	private := []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := maskinporten.ParseJSONWebKey(text)
		if err != nil {
			return
		}
		if _, err := key.PublicKey(); err != nil {
			t.Fatalf("read a key without a public key: %v", err)
		}
		data, err := json.Marshal(key)
		if err != nil {
			t.Fatalf("cannot be encoded: %v", err)
		}
		var members map[string]json.RawMessage
		check.OK(t, json.Unmarshal(data, &members))
		for name := range members {
			if slices.Contains(private, strings.ToLower(name)) {
				t.Fatalf("kept the private member %q", name)
			}
		}
	})
}
