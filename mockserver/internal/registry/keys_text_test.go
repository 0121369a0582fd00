package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// publicPEM is a test key, by number, in the form of openssl's -pubout.
func publicPEM(t testing.TB, number int) string {
	t.Helper()
	key := check.Got(testkeys.RSA(testkeys.Free + number))(t)
	der := check.Got(x509.MarshalPKIXPublicKey(key.Public()))(t)
	return pemText("PUBLIC KEY", der)
}

// certificate is a self-signed one of a test key.
func certificate(t testing.TB, number int) []byte {
	t.Helper()
	key := check.Got(testkeys.RSA(testkeys.Free + number))(t)
	der := check.Got(pki.SelfSigned(key, "test", 1))(t)
	return der
}

func TestAKeyAsTextIsACertificateOrAPublicKeyOrAJWK(t *testing.T) {
	t.Parallel()
	key := check.Got(testkeys.RSA(testkeys.Free))(t)
	own, next := certificate(t, 0), certificate(t, 1)
	jwk := check.Got(json.Marshal(registry.Key{Kty: "RSA", Use: "sig", Alg: "RS256", N: publicKey(t, 0, "").N, E: "AQAB"}))(t)
	encoded := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct {
		text string
		x5c  []string
	}{
		"public key":           {publicPEM(t, 0), nil},
		"public key, PKCS#1":   {pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)), nil},
		"certificate":          {pemText("CERTIFICATE", own), []string{encoded(own)}},
		"chain":                {pemText("CERTIFICATE", own) + pemText("CERTIFICATE", next), []string{encoded(own), encoded(next)}},
		"with words around it": {"Bag Attributes\n" + publicPEM(t, 0) + "\nthe end\n", nil},
		"JWK without kid":      {" \n" + string(jwk), nil},
	} {
		w := newWorld(t)
		id := w.create(t, server()).ClientID
		got := check.Got(w.AddKeyText(consumer, id, []byte(c.text)))(t)
		want := registry.Key{
			Kty: "RSA", Kid: got.Kid, Use: "sig", Alg: "RS256", N: publicKey(t, 0, "").N, E: "AQAB", X5c: c.x5c,
			Exp: dawn.Add(365 * day).Unix(), Created: dawn, LastUpdated: dawn,
		}
		check.Same(t, want, got, name)
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(got.Kid) {
			t.Errorf("%s: kid %q is no UUID", name, got.Kid)
		}
	}
}

func TestAJWKAsTextKeepsItsKid(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	text := check.Got(json.Marshal(keyTaken(t, publicKey(t, 0, ""))))(t)
	for range 2 { // the second time it is renewed
		w.advance(time.Hour)
		key := check.Got(w.AddKeyText(consumer, id, text))(t)
		if key.Kid != "k" || !key.LastUpdated.Equal(w.now()) || len(w.kids(t, id)) != 1 {
			t.Errorf("kid %q of %v", key.Kid, w.kids(t, id))
		}
	}
}

func TestATextThatIsNoPublicRSAKeyIsRefused(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	curve := check.Got(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	curveDER := check.Got(x509.MarshalPKIXPublicKey(curve.Public()))(t)
	for text, field := range map[string]string{
		"":                          "",
		"ssh-rsa AAAAB3NzaC1yc2E=":  "",
		"{":                         "",
		`{"keys":[]}`:               "kty",
		`{"kty":"RSA","use":"sig"}`: "alg",
		`{"kid":"a b"}`:             "kid",
		pemText("PUBLIC KEY", nil):  "",
		pemText("CERTIFICATE", []byte("certainly not")):                         "",
		pemText("CERTIFICATE REQUEST", certificate(t, 0)):                       "",
		pemText("PUBLIC KEY", curveDER):                                         "kty",
		publicPEM(t, 0) + publicPEM(t, 1):                                       "",
		pemText("CERTIFICATE", certificate(t, 0)) + publicPEM(t, 0):             "",
		publicPEM(t, 0) + pemText("CERTIFICATE", certificate(t, 0)):             "",
		pemText("CERTIFICATE", certificate(t, 0)) + pemText("CERTIFICATE", nil): "",
	} {
		t.Log(text)
		w.refusesChange(t, id, registry.Invalid, field, func() error { return check.Err(w.AddKeyText(consumer, id, []byte(text))) })
	}
}

func TestAPrivateKeyAsTextIsRefusedAndTold(t *testing.T) {
	t.Parallel()
	w, id := withClient(t)
	before := w.stored(t, id)
	key := check.Got(testkeys.RSA(testkeys.Free))(t)
	pkcs8 := check.Got(x509.MarshalPKCS8PrivateKey(key))(t)
	private := pemText("PRIVATE KEY", pkcs8)
	for name, text := range map[string]string{
		"PKCS#8":              private,
		"PKCS#1":              pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"encrypted":           pemText("ENCRYPTED PRIVATE KEY", []byte("whatever")),
		"after a certificate": pemText("CERTIFICATE", certificate(t, 0)) + private,
		"JWKS":                `{"keys":[{"kty":"RSA"},{"kty":"RSA","d":"c2VjcmV0"}]}`,
		"cut off":             private[:len(private)/2],
		"JWK":                 fmt.Sprintf(`{"kty":"RSA","d":%q}`, base64.RawURLEncoding.EncodeToString(key.D.Bytes())),
	} {
		w.happened()
		wantKind(t, check.Err(w.AddKeyText(consumer, id, []byte(text))), registry.Invalid, "")
		if diff := cmp.Diff([]registry.EventKind{registry.PrivateKeyPosted}, kinds(w.happened())); diff != "" || w.stored(t, id) != before {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
