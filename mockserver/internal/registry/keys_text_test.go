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
	key, err := testkeys.RSA(testkeys.Free + number)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	return pemText("PUBLIC KEY", der)
}

// certificate is a self-signed one of a test key.
func certificate(t testing.TB, number int) []byte {
	t.Helper()
	key, err := testkeys.RSA(testkeys.Free + number)
	must(t, err)
	der, err := pki.SelfSigned(key, "test", 1)
	must(t, err)
	return der
}

func TestAKeyAsTextIsACertificateOrAPublicKeyOrAJWK(t *testing.T) {
	t.Parallel()
	key, err := testkeys.RSA(testkeys.Free)
	must(t, err)
	own, next := certificate(t, 0), certificate(t, 1)
	jwk, err := json.Marshal(registry.Key{Kty: "RSA", Use: "sig", Alg: "RS256", N: publicKey(t, 0, "").N, E: "AQAB"})
	must(t, err)
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
		got, err := w.AddKeyText(consumer, id, []byte(c.text))
		must(t, err)
		want := registry.Key{
			Kty: "RSA", Kid: got.Kid, Use: "sig", Alg: "RS256", N: publicKey(t, 0, "").N, E: "AQAB", X5c: c.x5c,
			Exp: dawn.Add(365 * day).Unix(), Created: dawn, LastUpdated: dawn,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(got.Kid) {
			t.Errorf("%s: kid %q is no UUID", name, got.Kid)
		}
	}
}

func TestAJWKAsTextKeepsItsKid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, server()).ClientID
	text, err := json.Marshal(keyTaken(t, publicKey(t, 0, "")))
	must(t, err)
	for range 2 { // the second time it is renewed
		w.advance(time.Hour)
		key, err := w.AddKeyText(consumer, id, text)
		must(t, err)
		if key.Kid != "k" || !key.LastUpdated.Equal(w.now()) || len(w.kids(t, id)) != 1 {
			t.Errorf("kid %q of %v", key.Kid, w.kids(t, id))
		}
	}
}

func TestATextThatIsNoPublicRSAKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, server()).ClientID
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	curveDER, err := x509.MarshalPKIXPublicKey(curve.Public())
	must(t, err)
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
		w.refusesChange(t, id, registry.Invalid, field, func() error {
			_, err := w.AddKeyText(consumer, id, []byte(text))
			return err
		})
	}
}

func TestAPrivateKeyAsTextIsRefusedAndTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(t, server()).ClientID
	before := w.stored(t, id)
	key, err := testkeys.RSA(testkeys.Free)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
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
		_, err := w.AddKeyText(consumer, id, []byte(text))
		wantKind(t, err, registry.Invalid, "")
		if diff := cmp.Diff([]registry.EventKind{registry.PrivateKeyPosted}, kinds(w.happened())); diff != "" || w.stored(t, id) != before {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
