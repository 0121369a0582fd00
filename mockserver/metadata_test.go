package mockserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// asTestAnswers is the metadata of the real test environment.
const asTestAnswers = `{"issuer":"https://test.maskinporten.no/","token_endpoint":"https://test.maskinporten.no/token","jwks_uri":"https://test.maskinporten.no/jwk","token_endpoint_auth_methods_supported":["private_key_jwt"],"grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer"],"token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","RS512"],"authorization_details_types_supported":["urn:altinn:systemuser","urn:altinn:consent"]}`

// inMemory fetches something from one of the real hosts.
func inMemory(t *testing.T, srv *mockserver.Server, address string) answer {
	t.Helper()
	r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
	return readAll(t, address, check.Got(srv.HTTPClient().Do(r))(t)) //nolint:bodyclose // readAll does
}

func TestMetadataIsThatOfTheRealEnvironments(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for issuer, want := range map[string]string{
		"https://test.maskinporten.no/": asTestAnswers,
		"https://ver1.maskinporten.no/": strings.ReplaceAll(asTestAnswers, "//test.", "//ver1."),
		"https://ver2.maskinporten.no/": strings.ReplaceAll(asTestAnswers, "//test.", "//ver2."),
		"https://maskinporten.no/":      strings.ReplaceAll(asTestAnswers, "//test.", "//"),
	} {
		got := inMemory(t, srv, issuer+".well-known/oauth-authorization-server").want(http.StatusOK)
		check.Same(t, want, got.body, issuer)
	}
}

func TestMetadataIsFoundInBothForms(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for issuer, targets := range map[string][]string{
		base + "/":      {"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/"},
		base + "/ver1/": {"/ver1/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/ver1", "/.well-known/oauth-authorization-server/ver1/"},
		base + "/ver2/": {"/ver2/.well-known/oauth-authorization-server/", "/.well-known/oauth-authorization-server/ver2", "/.well-known/oauth-authorization-server/ver2/"},
		base + "/prod/": {"/prod/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/prod", "/.well-known/oauth-authorization-server/prod/"},
	} {
		for _, target := range targets {
			w.send(http.MethodGet, target, nil, "").want(http.StatusOK).has(object{
				"issuer": issuer, "token_endpoint": issuer + "token", "jwks_uri": issuer + "jwk",
			})
		}
	}
	for _, target := range []string{"/.well-known/oauth-authorization-server/test", "/.well-known/oauth-authorization-server/x", "/.well-known/openid-configuration", "/.well-known"} {
		w.send(http.MethodGet, target, nil, "").want(http.StatusNotFound)
	}
}

func TestMetadataBelowAPathIsFoundInBothForms(t *testing.T) {
	t.Parallel()
	srv := start(t)
	const below = "http://mock.example/deep/down"
	handler := srv.Handler(below)
	for target, issuer := range map[string]string{
		"/deep/down/.well-known/oauth-authorization-server":      below + "/",
		"/.well-known/oauth-authorization-server/deep/down":      below + "/",
		"/.well-known/oauth-authorization-server/deep/down/":     below + "/",
		"/deep/down/ver2/.well-known/oauth-authorization-server": below + "/ver2/",
		"/.well-known/oauth-authorization-server/deep/down/ver2": below + "/ver2/",
		"/ver2/.well-known/oauth-authorization-server":           below + "/ver2/", // behind http.StripPrefix
	} {
		w := wireTo(t, srv, handler)
		w.send(http.MethodGet, target, nil, "").want(http.StatusOK).has(object{"issuer": issuer})
	}
}

func TestIssuerIsNotTakenFromTheHostHeader(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://evil.example/.well-known/oauth-authorization-server", nil)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	if _, _, body := w.exchange(r); !strings.Contains(body, base) || strings.Contains(body, "evil") {
		t.Errorf("got %s", body)
	}
}

func TestDocumentsAreReadOnly(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for _, target := range []string{"/jwk", "/.well-known/oauth-authorization-server", "/errors/MP-100"} {
		a := w.send(http.MethodPost, target, nil, "").want(http.StatusMethodNotAllowed)
		check.Same(t, "GET, HEAD", a.header.Get("Allow"), target, ": Allow")
	}
}

func TestKeySetHasTheKeysOfTokens(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.role("test", "provider")
	kids := map[string]bool{}
	for range 2 {
		token := w.ask("test", w.grant(c, "idporten:scopes.read", nil)).want(http.StatusOK).object()["access_token"].(string)
		keys := w.send(http.MethodGet, "/jwk", nil, "").want(http.StatusOK)
		for _, key := range keys.object()["keys"].([]any) {
			for _, field := range []string{"kty", "use", "alg", "kid", "n", "e", "x5c"} {
				if key.(object)[field] == nil {
					t.Errorf("a key without %s: %v", field, key)
				}
			}
			if key.(object)["d"] != nil {
				t.Error("a private key")
			}
		}
		var set jose.JSONWebKeySet
		keys.decode(&set)
		parsed := check.Got(jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256}))(t)
		kid := parsed.Headers[0].KeyID
		found := set.Key(kid)
		if len(found) != 1 {
			t.Fatalf("kid %q is in the key set %d times", kid, len(found))
		}
		var claims object
		if err := parsed.Claims(found[0].Key, &claims); err != nil || claims["iss"] != base+"/" {
			t.Errorf("claims %v, %v", claims, err)
		}
		kids[kid] = true
		w.srv.RotateSigningKey(maskinporten.Test)
	}
	if keys := w.send(http.MethodGet, "/jwk", nil, "").object()["keys"].([]any); len(kids) != 2 || len(keys) != 2 {
		t.Errorf("%d keys in the set, tokens signed with %v", len(keys), kids)
	}
	w.srv.Clock().Advance(25 * time.Hour)
	if keys := w.send(http.MethodGet, "/jwk", nil, "").object()["keys"].([]any); len(keys) != 1 {
		t.Errorf("%d keys a day later", len(keys))
	}
}

func TestErrorURIExplainsTheCode(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	c := w.role("ver2", "provider")
	a := w.ask("ver2", w.grant(c, "difi:unknown", nil)).want(http.StatusBadRequest)
	target, ok := strings.CutPrefix(a.object()["error_uri"].(string), base)
	if !ok || target != "/ver2/errors/MP-200" {
		t.Fatalf("error_uri in %s", a.body)
	}
	if text := w.send(http.MethodGet, target, nil, "").want(http.StatusOK).body; !strings.Contains(text, "MP-200 invalid_scope") {
		t.Errorf("got %q", text)
	}
	w.send(http.MethodGet, "/errors/MP-999", nil, "").want(http.StatusNotFound)
}

func TestRealHostsHaveWhatTheRealOnesHave(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for address, status := range map[string]int{
		"https://integrasjon-ver1.difi.no/prefix/all":                      http.StatusOK,
		"https://integrasjon-ver2.difi.no/api/v1/prefix/all/":              http.StatusOK,
		"https://api.test.samarbeid.digdir.no/api/v1/prefix/all":           http.StatusOK,
		"https://api.test.samarbeid.digdir.no:443/api/v1/prefix/all":       http.StatusOK,
		"https://api.samarbeid.digdir.no/api/v1/prefix/all":                http.StatusOK,
		"https://integrasjon.difi.no/prefix/all":                           http.StatusOK,
		"https://MASKINPORTEN.no/jwk":                                      http.StatusOK,
		"https://maskinporten.no/prefix/all":                               http.StatusNotFound,
		"https://api.samarbeid.digdir.no/jwk":                              http.StatusNotFound,
		"https://maskinporten.no/_mock/clock":                              http.StatusNotFound,
		"https://maskinporten.no/ver2/jwk":                                 http.StatusNotFound,
		"https://portal.mockserver.invalid/api/v1/prefix/all":              http.StatusNotFound,
		"https://portal.mockserver.invalid/portal/api/session":             http.StatusUnauthorized,
		"https://maskinporten.no/.well-known/oauth-authorization-server/x": http.StatusNotFound,
		"https://maskinporten.no":                                          http.StatusNotFound,
		"https://api.test.samarbeid.digdir.no/api/v1/scopes/../prefix/all": http.StatusBadRequest,
	} {
		inMemory(t, srv, address).want(status)
	}
	inMemory(t, srv, "https://test.maskinporten.no/scopes").refused(http.StatusNotFound, "self-service is at https://api.test.samarbeid.digdir.no/api/v1")
}

func TestOtherHostsAreRefusedByName(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for _, address := range []string{
		"https://example.no/token", "http://maskinporten.no/token", "https://maskinporten.no.example/token", "https://maskinporten.no:8443/token", "https://127.0.0.1/",
	} {
		r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
		resp, err := srv.HTTPClient().Do(r)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s was answered", address)
		} else if !strings.Contains(err.Error(), r.URL.Host) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
