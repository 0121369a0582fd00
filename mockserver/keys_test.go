package mockserver_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/testkeys"
)

// privateKey is one of the test keys that are free for use.
func privateKey(t *testing.T, number int, kid string) jose.JSONWebKey {
	t.Helper()
	var key jose.JSONWebKey
	check.OK(t, json.Unmarshal(check.Got(testkeys.PrivateJWK(testkeys.Free+number, kid))(t), &key))
	return key
}

// publicKey is its public half as an object, with some fields changed.
func publicKey(t *testing.T, number int, kid string, changes object) object {
	t.Helper()
	public := check.Got(testkeys.Public(testkeys.Free + number))(t)
	key := object{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": public.N, "e": public.E}
	for name, value := range changes {
		if key[name] = value; value == nil {
			delete(key, name)
		}
	}
	return key
}

func TestKeysAreReadSetAndRemovedOneByOne(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		consumer.post("/clients", app("x")).want(http.StatusOK)
		consumer.get("/clients/x/jwks").want(http.StatusOK).has(object{"keys": []any{}})
		consumer.get("/clients/x/jwks/a").refused(http.StatusNotFound, "a")
		w.fix(time.Unix(1_800_000_000, 0))
		consumer = w.as("consumer", dcrRead+" "+dcrWrite)
		year := 1_800_000_000 + 365*24*60*60
		added := consumer.put("/clients/x/jwks/a", publicKey(t, 0, "a", object{"unknown": 1})).want(http.StatusOK).has(publicKey(t, 0, "a", object{"exp": year}))
		if got := consumer.get("/clients/x/jwks/a").want(http.StatusOK); got.body != added.body {
			t.Errorf("read again it is %s", got.body)
		}
		consumer.put("/clients/x/jwks/b", publicKey(t, 1, "b", object{"exp": year - 100})).want(http.StatusOK).has(object{"exp": year - 100})
		consumer.put("/clients/x/jwks/b", publicKey(t, 1, "b", object{"exp": year + 100})).want(http.StatusOK).has(object{"exp": year})
		set := consumer.get("/clients/x/jwks").want(http.StatusOK)
		if keys := set.object()["keys"].([]any); len(keys) != 2 {
			t.Errorf("keys: %v", keys)
		}
		consumer.get("/clients/x").want(http.StatusOK).has(object{"jwks": set.object()})
		consumer.del("/clients/x/jwks/a").want(http.StatusOK)
		consumer.del("/clients/x/jwks/a").refused(http.StatusNotFound, "a")
		consumer.post("/clients/x/jwks", object{"keys": []any{publicKey(t, 2, "c", nil)}}).want(http.StatusOK)
		consumer.get("/clients/x/jwks/b").refused(http.StatusNotFound, "b")
		check.Same(t, "", consumer.del("/clients/x/jwks").want(http.StatusOK).body, "DELETE")
		consumer.get("/clients/x/jwks").want(http.StatusOK).has(object{"keys": []any{}})
	})
}

func TestKeyThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		consumer.post("/clients", app("x")).want(http.StatusOK)
		weak := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\xff", 128)))
		for _, changes := range []object{
			{"kty": nil}, {"kty": "EC"}, {"use": nil}, {"use": "enc"}, {"alg": nil}, {"alg": "HS256"}, {"n": nil}, {"e": nil}, {"n": weak}, {"n": "!"}, {"e": "AA"},
			{"kid": "other"}, {"exp": 1}, {"exp": "soon"}, {"x5c": []string{"x"}}, {"x5c": "x"}, {"d": "secret"}, {"p": "secret"}, {"k": "secret"},
		} {
			key := publicKey(t, 0, "k", changes)
			a := consumer.put("/clients/x/jwks/k", key)
			a.what = fmt.Sprint(changes)
			a.refused(http.StatusBadRequest, "")
			if changes["kid"] == nil {
				consumer.post("/clients/x/jwks", object{"keys": []any{key}}).refused(http.StatusBadRequest, "")
			}
		}
		for _, kid := range []string{"...", "a%20b", "%C3%A6", strings.Repeat("k", 256)} {
			consumer.put("/clients/x/jwks/"+kid, publicKey(t, 0, "", object{"kid": nil})).refused(http.StatusBadRequest, "kid")
		}
		for name, keys := range map[string]any{
			"none": []any{}, "absent": nil, "doubled": []any{publicKey(t, 0, "a", nil), publicKey(t, 1, "a", nil)}, "null": []any{nil}, "a text": []any{"k"},
			"six": []any{publicKey(t, 0, "a", nil), publicKey(t, 0, "b", nil), publicKey(t, 0, "c", nil), publicKey(t, 0, "d", nil), publicKey(t, 0, "e", nil), publicKey(t, 0, "f", nil)},
		} {
			a := consumer.post("/clients/x/jwks", object{"keys": keys})
			a.what = name
			a.refused(http.StatusBadRequest, "")
		}
		consumer.get("/clients/x/jwks").want(http.StatusOK).has(object{"keys": []any{}})
	})
}

func TestSixthKeyIsAConflictByEitherCall(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		consumer := w.as("consumer", dcrWrite)
		consumer.post("/clients", app("x")).want(http.StatusOK)
		for i := range 5 {
			consumer.put(fmt.Sprint("/clients/x/jwks/k", i), publicKey(t, i, "", nil)).want(http.StatusOK)
		}
		consumer.put("/clients/x/jwks/k5", publicKey(t, 5, "k5", nil)).refused(http.StatusConflict, "")
		header := map[string]string{"Authorization": "Bearer " + consumer.token}
		w.send(http.MethodPost, "/api/v2/clients/x/key", header, jsonOf(t, publicKey(t, 5, "k5", nil))).refused(http.StatusConflict, "")
	})
}

func TestKeyIsAddedAsText(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	consumer := w.as("consumer", dcrWrite)
	consumer.post("/clients", app("x")).want(http.StatusOK)
	header := map[string]string{"Authorization": "Bearer " + consumer.token, "Content-Type": "text/plain"}
	certificate := w.srv.IssueCertificate(maskinporten.Test, "889640782", mockserver.CertificateValid)
	second := privateKey(t, 1, "")
	jwk := string(check.Got(json.Marshal(publicKey(t, 3, "mine", nil)))(t))
	for text, kid := range map[string]string{
		publicPEM(t, second.Public().Key): "",
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Chain[0].Raw})): "",
		jwk: "mine",
	} {
		got := w.send(http.MethodPost, "/api/v2/clients/x/key", header, text).want(http.StatusOK).object()["kid"].(string)
		if kid != "" && got != kid || kid == "" && !uuid.MatchString(got) {
			t.Errorf("kid %q", got)
		}
	}
	private := string(check.Got(json.Marshal(privateKey(t, 2, "private")))(t))
	for name, text := range map[string]string{
		"nothing": "", "nonsense": "x", "private": private, "deep": strings.Repeat("[", 1000), "large": strings.Repeat("x", 2<<20), "private PEM": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	} {
		a := w.send(http.MethodPost, "/api/v2/clients/x/key", header, text)
		a.what = name
		a.refused(http.StatusBadRequest, "")
	}
	if keys := consumer.get("/clients/x/jwks").want(http.StatusOK).object()["keys"].([]any); len(keys) != 3 {
		t.Errorf("%d keys", len(keys))
	}
}
