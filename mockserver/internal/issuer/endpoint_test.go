package issuer_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

// document gets a JSON document from one of a door's handlers.
func document(t *testing.T, handler http.HandlerFunc, method string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler(recorder, request(t, method, "/", "", ""))
	return recorder
}

func TestMetadataIsWhatTestReallyAnswers(t *testing.T) {
	t.Parallel()
	const want = `{"issuer":"https://test.maskinporten.no/","token_endpoint":"https://test.maskinporten.no/token","jwks_uri":"https://test.maskinporten.no/jwk","token_endpoint_auth_methods_supported":["private_key_jwt"],"grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer"],"token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","RS512"],"authorization_details_types_supported":["urn:altinn:systemuser","urn:altinn:consent"]}`
	w := newWorld(t)
	got := document(t, w.door.Metadata, http.MethodGet)
	if diff := cmp.Diff(want, got.Body.String()); diff != "" || got.Code != http.StatusOK {
		t.Errorf("%d (-want +got):\n%s", got.Code, diff)
	}
}

func TestMetadataHasTheDoorsAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got object
	door := w.openDoor(t, "http://127.0.0.1:8080/ver2/")
	check.OK(t, json.Unmarshal(document(t, door.Metadata, http.MethodGet).Body.Bytes(), &got))
	if got["issuer"] != "http://127.0.0.1:8080/ver2/" || got["token_endpoint"] != "http://127.0.0.1:8080/ver2/token" || got["jwks_uri"] != "http://127.0.0.1:8080/ver2/jwk" {
		t.Errorf("metadata %v", got)
	}
}

func TestDocumentsAreReadOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, handler := range []http.HandlerFunc{w.door.Metadata, w.door.JWKS} {
		check.Same(t, http.StatusOK, document(t, handler, http.MethodHead).Code, "HEAD")
		got := document(t, handler, http.MethodPost)
		var body object
		check.OK(t, json.Unmarshal(got.Body.Bytes(), &body))
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" || body["error"] != "invalid_request" {
			t.Errorf("POST: %d %v %v", got.Code, got.Header(), body)
		}
	}
}

func TestAGrantIsForTheDoorItComesThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const local = "http://127.0.0.1:8080/"
	door := w.openDoor(t, local)
	post := func(through *issuer.Endpoint, grant string) reply {
		return w.post(t, through, url.Values{"grant_type": {jwtBearer}, "assertion": {grant}}.Encode())
	}
	got := granted(t, post(door, w.good(t, object{"aud": local})))
	if got["iss"] != local {
		t.Errorf("iss %v", got["iss"])
	}
	refusal := post(door, w.good(t, nil))
	if refusal.decision.Code != "MP-110" || refusal.body["error_uri"] != local+"errors/MP-110" {
		t.Errorf("refusal %v", refusal.body)
	}
	refused(t, w.ask(t, w.good(t, object{"aud": local})), wrongAudience)

	spent := w.claims(nil)
	granted(t, w.ask(t, sign(t, appKey, object{"alg": "RS256", "kid": kid}, spent)))
	spent["aud"] = local // spent grants are the same behind all doors
	if got := post(door, sign(t, appKey, object{"alg": "RS256", "kid": kid}, spent)); got.decision.Code != "MP-012" {
		t.Errorf("a grant spent at another door: %v", got.body)
	}
}

// keySet gets the key set and checks its form.
func (w *world) keySet(t *testing.T) jose.JSONWebKeySet {
	t.Helper()
	got := document(t, w.door.JWKS, http.MethodGet)
	var raw struct {
		Keys []object `json:"keys"`
	}
	check.OK(t, json.Unmarshal(got.Body.Bytes(), &raw))
	for _, key := range raw.Keys {
		for _, member := range []string{"kty", "use", "alg", "kid", "n", "e", "x5c"} {
			if key[member] == nil {
				t.Errorf("a key has no %s", member)
			}
		}
		if key["kty"] != "RSA" || key["use"] != "sig" || key["alg"] != "RS256" || len(key) != 7 {
			t.Errorf("key %v", key)
		}
	}
	var set jose.JSONWebKeySet
	check.OK(t, json.Unmarshal(got.Body.Bytes(), &set))
	return set
}

// kidOf is the name of the test environment's nth signing key.
func kidOf(turn int) string {
	digest := sha256.Sum256([]byte("kid\x00test " + strconv.Itoa(turn)))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func kids(set jose.JSONWebKeySet) []string {
	var all []string
	for _, key := range set.Keys {
		all = append(all, key.KeyID)
	}
	return all
}

func TestTokensAreSignedWithAKeyOfTheKeySet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := w.keySet(t)
	if diff := cmp.Diff([]string{kidOf(1)}, kids(set)); diff != "" {
		t.Fatalf("kids (-want +got):\n%s", diff)
	}
	token := w.token(t)
	signed := check.Got(jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256}))(t)
	if _, err := signed.Verify(set); err != nil {
		t.Error(err)
	}
	key := set.Keys[0]
	if len(key.Certificates) != 1 || !cmp.Equal(key.Certificates[0].PublicKey, key.Key) {
		t.Error("x5c is not the key's certificate")
	}
}

// token asks for one with a good grant.
func (w *world) token(t *testing.T) string {
	t.Helper()
	got := w.ask(t, w.good(t, nil))
	granted(t, got)
	return got.body["access_token"].(string)
}

func TestARotationShowsTwoKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.token(t)
	w.issuer.RotateKey()
	check.Same(t, []string{kidOf(2), kidOf(1)}, kids(w.keySet(t)), "kids")
	after := w.token(t)
	for _, token := range []string{before, after} {
		if _, err := w.issuer.Verify(token); err != nil {
			t.Errorf("during the rotation: %v", err)
		}
	}
	w.advance(24 * time.Hour)
	check.Same(t, []string{kidOf(2)}, kids(w.keySet(t)), "kids a day later")
}

func TestEveryRotationHasAKeyIDOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 4 {
		w.issuer.RotateKey()
		w.keySet(t)
	}
	set := w.keySet(t)
	check.Same(t, []string{kidOf(5), kidOf(4)}, kids(set), "kids")
	if cmp.Equal(set.Keys[0].Key, set.Keys[1].Key) {
		t.Error("both are the same key")
	}
	w.issuer.Reset()
	check.Same(t, []string{kidOf(1)}, kids(w.keySet(t)), "kids after a reset")
}

func TestHowLongKeysOverlapCanBeChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *issuer.Config) { c.KeyOverlap = time.Minute })
	before := w.token(t)
	w.issuer.RotateKey()
	w.advance(59 * time.Second)
	if got := kids(w.keySet(t)); len(got) != 2 {
		t.Errorf("kids after 59 s: %v", got)
	}
	w.advance(time.Second)
	if got := kids(w.keySet(t)); len(got) != 1 {
		t.Errorf("kids after a minute: %v", got)
	}
	if _, err := w.issuer.Verify(before); err == nil {
		t.Error("a token of a key that has gone is still good")
	}
}

func TestTheKeySetsCertificateIsReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var raw struct {
		Keys []struct {
			X5c []string `json:"x5c"`
		} `json:"keys"`
	}
	check.OK(t, json.Unmarshal(document(t, w.door.JWKS, http.MethodGet).Body.Bytes(), &raw))
	der := check.Got(base64.StdEncoding.DecodeString(raw.Keys[0].X5c[0]))(t)
	if certificate, err := x509.ParseCertificate(der); err != nil || certificate.Subject.CommonName != "Maskinporten mock test" {
		t.Errorf("certificate: %v", err)
	}
}

func TestAKeySetThatCannotBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *issuer.Config) { c.Keys = [2]int{1000, 1000} })
	if got := document(t, w.door.JWKS, http.MethodGet); got.Code != http.StatusInternalServerError {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}
