package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var environmentPaths = map[string]string{"test": "", "ver1": "/ver1", "ver2": "/ver2", "prod": "/prod"}

func TestMetadataIsTheRealOne(t *testing.T) {
	t.Parallel()
	p := serve(t)
	const document = "/.well-known/oauth-authorization-server"
	for name, path := range environmentPaths {
		want := object{
			"issuer": p.origin + path + "/", "token_endpoint": p.origin + path + "/token", "jwks_uri": p.origin + path + "/jwk",
			"token_endpoint_auth_methods_supported":            []any{"private_key_jwt"},
			"grant_types_supported":                            []any{jwtBearer},
			"token_endpoint_auth_signing_alg_values_supported": []any{"RS256", "RS384", "RS512"},
			"authorization_details_types_supported":            []any{"urn:altinn:systemuser", "urn:altinn:consent"},
		}
		places := []string{path + document}
		if path != "" {
			places = append(places, document+path, document+path+"/") // RFC 8414 section 3
		}
		for _, place := range places {
			if diff := cmp.Diff(want, p.get(place).ok()); diff != "" {
				t.Errorf("%s at %s: %s", name, place, diff)
			}
		}
	}
	for _, place := range []string{document + "/test", document + "/elsewhere", document + "/prod/x"} {
		if a := p.get(place); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", place, a.Status)
		}
	}
}

func TestKeySetShowsPublicSigningKeys(t *testing.T) {
	t.Parallel()
	p := serve(t)
	kids := map[any]bool{}
	for name := range environmentPaths {
		keys, _ := p.get(strings.TrimPrefix(p.ready.Environments[name].Keys, p.origin)).ok()["keys"].([]any)
		if len(keys) == 0 {
			t.Fatalf("%s: no keys", name)
		}
		for _, key := range keys {
			key, _ := key.(object)
			chain, _ := key["x5c"].([]any)
			if key["kty"] != "RSA" || key["use"] != "sig" || key["alg"] != "RS256" || key["n"] == nil || key["e"] != "AQAB" || key["d"] != nil || len(chain) == 0 {
				t.Errorf("%s: %v", name, key)
			}
			if kids[key["kid"]] {
				t.Errorf("%s shares key %v with another environment", name, key["kid"])
			}
			kids[key["kid"]] = true
		}
	}
}

func TestDelegationSourceIsTheEnvironments(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for name, want := range map[string]string{"test": "https://tt02.altinn.no/", "ver2": "https://tt02.altinn.no/", "prod": "https://www.altinn.no/"} {
		api := strings.TrimPrefix(p.ready.Environments[name].API, p.origin)
		sources := p.get(api + "/delegationsources").list()
		if diff := cmp.Diff([]string{want}, names(sources, "issuer")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if s := sources[0]; s["name"] == "" || s["created"] == nil || s["lastUpdated"] == nil {
			t.Errorf("%s: %v", name, s)
		}
	}
}

// Every environment serves its API below /api/v1 and at its root, with or
// without a last slash.
func TestAPIIsServedInEveryPlaceItEverHad(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for name, path := range environmentPaths {
		provider := p.credential("provider", name)
		for _, place := range []string{"/prefix", "/prefix/", "/api/v1/prefix", "/api/v1/prefix/"} {
			prefixes := p.callAt(p.origin+path+place, provider, scopesRead, http.MethodGet, nil).list()
			if diff := cmp.Diff([]string{"difi", "difitest"}, names(prefixes, "prefix")); diff != "" {
				t.Errorf("%s: %s: %s", name, place, diff)
			}
		}
	}
}

func TestEnvironmentsShareNothing(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for name := range environmentPaths {
		p.call(p.credential("provider", name), scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "in-" + name, "description": "d"}).ok()
	}
	for name := range environmentPaths {
		scopes := p.call(p.credential("provider", name), scopesRead, http.MethodGet, "/scopes", nil).list()
		if diff := cmp.Diff([]string{"difi:in-" + name}, names(scopes, "name")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for other := range environmentPaths {
			if other == name {
				continue
			}
			stranger := p.credential("provider", other)
			token := p.token(stranger, scopesRead)
			a := p.send(http.MethodGet, p.ready.Environments[name].API+"/scopes", map[string]string{"Authorization": "Bearer " + token}, "")
			if a.Status != http.StatusUnauthorized {
				t.Errorf("a token of %s in %s: %d", other, name, a.Status)
			}
			stranger.Environment = name
			p.ask(stranger, nil).refused("MP-100", "invalid_grant", "Client not found")
		}
	}
}

// The issuer is that of the address which is printed, whatever a request calls
// its host.
func TestIssuerDoesNotFollowTheHostHeader(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, header := range []map[string]string{{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}} {
		if got := p.send(http.MethodGet, "/.well-known/oauth-authorization-server", header, "").ok()["issuer"]; got != p.origin+"/" {
			t.Errorf("%v: issuer %v", header, got)
		}
	}
}
