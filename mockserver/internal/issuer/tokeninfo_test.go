package issuer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const clientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// opaqueWorld has a scope difi:opaque whose tokens are given by reference.
func opaqueWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.scope(t, "opaque", func(in *registry.ScopeInput) { in.TokenType = "OPAQUE" })
	w.client(t, consumer, registry.ClientFields{ClientID: "by-reference", Scopes: []string{"difi:opaque", "difi:a"}})
	w.key(t, consumer, "by-reference", kid, appKey, "RS256")
	return w
}

// opaque gets a token by reference.
func (w *world) opaque(t *testing.T, claims object) string {
	t.Helper()
	all := object{"iss": "by-reference", "scope": "difi:opaque"}
	maps.Copy(all, claims)
	got := w.ask(t, w.good(t, all))
	if got.status != http.StatusOK {
		t.Fatalf("refused: %v", got.body)
	}
	return fmt.Sprint(got.body["access_token"])
}

// info asks about a token as the client app, with changes to the assertion's
// claims and to the form.
func (w *world) info(t *testing.T, token string, claims object, form url.Values) reply {
	t.Helper()
	now := w.now().Unix()
	all := object{"iss": app, "sub": app, "aud": issuerURL, "iat": now, "exp": now + 60, "jti": w.newID()}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	values := url.Values{
		"token": {token}, "client_assertion_type": {clientAssertion},
		"client_assertion": {sign(t, appKey, object{"alg": "RS256", "kid": kid}, all)},
	}
	maps.Copy(values, form)
	r := request(t, http.MethodPost, "/tokeninfo", formType, values.Encode())
	return answered(t, w.door.TokenInfo, r)
}

func answered(t *testing.T, handle func(http.ResponseWriter, *http.Request) *issuer.Decision, r *http.Request) reply {
	t.Helper()
	recorder := httptest.NewRecorder()
	got := reply{decision: handle(recorder, r), status: recorder.Code, header: recorder.Header()}
	check.OK(t, json.Unmarshal(recorder.Body.Bytes(), &got.body))
	return got
}

func TestAnOpaqueScopeGivesATokenByReference(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	token := w.opaque(t, nil)
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(token) || token == w.opaque(t, nil) {
		t.Errorf("the token is %q", token)
	}
	if mixed := w.opaque(t, object{"scope": "difi:a difi:opaque"}); len(mixed) != 43 {
		t.Errorf("with another scope it is %q", mixed)
	}
	granted(t, w.ask(t, w.good(t, object{"iss": "by-reference"}))) // the other scope alone gives a JWT
}

func TestTokenInfoTellsWhatAReferenceStandsFor(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	token := w.opaque(t, object{"resource": "https://api.example/"})
	w.advance(20 * time.Second)
	got := w.info(t, token, nil, nil)
	want := object{
		"active": true, "expires_in": 100.0, "iss": issuerURL, "client_id": "by-reference", "client_amr": "private_key_jwt", "consumer": party(consumerNo),
		"scope": "difi:opaque", "token_type": "Bearer", "iat": float64(dawn.Unix()), "exp": float64(dawn.Unix() + 120), "jti": got.body["jti"], "aud": []any{"https://api.example/"},
	}
	if diff := cmp.Diff(want, got.body); diff != "" || got.status != http.StatusOK {
		t.Errorf("%d (-want +got):\n%s", got.status, diff)
	}
	if d := got.decision; d.ClientID != app || d.Status != http.StatusOK || d.Unexpected || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("decision %+v", d)
	}
}

func TestTokenInfoKnowsJWTsToo(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	token := fmt.Sprint(w.ask(t, w.good(t, nil)).body["access_token"])
	got := w.info(t, token, nil, nil)
	want := claimsOf(t, token)
	want["active"], want["expires_in"] = true, 120.0
	check.Same(t, want, got.body)
}

func TestTokensThatAreNotGoodAreInactive(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	opaque, jwt := w.opaque(t, nil), fmt.Sprint(w.ask(t, w.good(t, nil)).body["access_token"])
	inactive := func(token string) {
		t.Helper()
		if got := w.info(t, token, nil, nil); got.status != http.StatusOK || !cmp.Equal(got.body, object{"active": false}) {
			t.Errorf("%.20q: %d %v", token, got.status, got.body)
		}
	}
	minted := check.Got(w.door.Mint(nil, issuer.OtherKey))(t)
	for _, token := range []string{"x", opaque + "x", opaque[1:], jwt + "x", jwt[:len(jwt)-20], minted} {
		inactive(token)
	}
	w.advance(119 * time.Second)
	for _, token := range []string{opaque, jwt} {
		if got := w.info(t, token, nil, nil); got.body["active"] != true || got.body["expires_in"] != 1.0 {
			t.Errorf("a second before its end: %v", got.body)
		}
	}
	w.advance(time.Second)
	inactive(opaque)
	inactive(jwt)
	fresh := w.opaque(t, nil)
	w.issuer.Reset()
	inactive(fresh)
}

func TestTokenInfoWantsToKnowWhoAsks(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	token, now := w.opaque(t, nil), dawn.Unix()
	for name, got := range map[string]reply{
		"no assertion":            w.info(t, token, nil, url.Values{"client_assertion": nil}),
		"no type":                 w.info(t, token, nil, url.Values{"client_assertion_type": nil}),
		"another type":            w.info(t, token, nil, url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}}),
		"no JWT":                  w.info(t, token, nil, url.Values{"client_assertion": {"x"}}),
		"another's sub":           w.info(t, token, object{"sub": "by-reference"}, nil),
		"no sub":                  w.info(t, token, object{"sub": nil}, nil),
		"an unknown client":       w.info(t, token, object{"iss": "nobody", "sub": "nobody"}, nil),
		"another audience":        w.info(t, token, object{"aud": issuerURL + "tokeninfo"}, nil),
		"expired":                 w.info(t, token, object{"iat": now - 60, "exp": now}, nil),
		"an hour of life":         w.info(t, token, object{"exp": now + 3600}, nil),
		"a claim of another kind": w.info(t, token, object{"scope": "difi:a"}, nil),
	} {
		t.Log(name)
		refused(t, got, unknownClient)
	}
	assertion := url.Values{"client_assertion": {sign(t, appKey, object{"alg": "RS256", "kid": kid}, object{"iss": app, "sub": app, "aud": issuerURL, "iat": now, "exp": now + 60, "jti": "once"})}}
	if got := w.info(t, token, nil, assertion); got.body["active"] != true {
		t.Errorf("got %v", got.body)
	}
	refused(t, w.info(t, token, nil, assertion), unknownClient) // the same again
	refused(t, w.info(t, token, nil, url.Values{"client_assertion": {sign(t, otherKey, object{"alg": "RS256", "kid": kid}, w.claims(object{"sub": app, "scope": nil}))}}), unknownClient)
}

func TestTokenInfoWantsATokenByPost(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	refused(t, w.info(t, "", nil, nil), malformed)
	got := answered(t, w.door.TokenInfo, request(t, http.MethodGet, "/tokeninfo?token=x", "", ""))
	refused(t, got, methodForbidden)
}

func TestAReferenceProvesItsBearerLikeAJWT(t *testing.T) {
	t.Parallel()
	w := opaqueWorld(t)
	token := w.opaque(t, nil)
	claims := check.Got(w.issuer.Verify(token))(t)
	if claims.OrgNo != consumerNo || claims.ClientID != "by-reference" || !slices.Contains(claims.Scopes, "difi:opaque") {
		t.Errorf("claims %+v", claims)
	}
	w.advance(120 * time.Second)
	if _, err := w.issuer.Verify(token); err == nil {
		t.Error("it is good for longer than it says")
	}
}
