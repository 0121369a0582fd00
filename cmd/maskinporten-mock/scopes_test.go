package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNewScopeHasTheDefaults(t *testing.T) {
	t.Parallel()
	p := serve(t)
	scope := p.newScope("api3", object{"description": "En", "description#en": "One", "long_description#nn": "Lang *tekst* (éin)", "name": "ignored", "unknown": 1})
	created, err := time.Parse(time.RFC3339Nano, text(scope, "created"))
	if err != nil || !created.Equal(created.UTC()) || p.now().Sub(created).Abs() > time.Minute || scope["last_updated"] != scope["created"] {
		t.Errorf("created %v, updated %v", scope["created"], scope["last_updated"])
	}
	want := object{
		"prefix": "difi", "subscope": "api3", "name": "difi:api3", "description": "En", "description#en": "One", "long_description#nn": "Lang *tekst* (éin)",
		"active": true, "owner_orgno": digdir, "token_type": "SELF_CONTAINED", "visibility": "PRIVATE",
		"requires_user_consent": false, "requires_user_authentication": false, "requires_pseudonymous_tokens": false, "accessible_for_all": false,
		"at_max_age": 0.0, "authorization_max_lifetime": 0.0, "protected": false, "supports_european_businesses": false,
	}
	for _, field := range []string{"created", "last_updated"} {
		want[field] = scope[field]
	}
	if scope["allowed_integration_types"] != nil || scope["delegation_source"] != nil {
		want["an unset field"] = "is omitted"
	}
	if diff := cmp.Diff(want, scope); diff != "" {
		t.Error(diff)
	}
}

func TestScopeKeepsEveryField(t *testing.T) {
	t.Parallel()
	p := serve(t)
	fields := object{
		"long_description": "Litt *Markdown*, [lenke] (ja) \"nei\" 'kanskje'; # / - _ ! ?\r\nÆØÅ", "allowed_integration_types": []any{"maskinporten", "krr"}, "token_type": "OPAQUE",
		"visibility": "PUBLIC", "requires_user_consent": true, "requires_user_authentication": true, "requires_pseudonymous_tokens": true,
		"delegation_source": "https://tt02.altinn.no/", "at_max_age": 3600.0, "authorization_max_lifetime": 7200.0, "accessible_for_all": true,
		"enforced_aud_for_access_token": "https://api.example/", "description#nn": "nynorsk",
	}
	scope := p.newScope("all", fields)
	for name, want := range fields {
		if diff := cmp.Diff(want, scope[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	got := p.call(p.credential("provider"), scopesRead, http.MethodGet, "/scopes/scope?scope=difi:all", nil).ok()
	if diff := cmp.Diff(scope, got); diff != "" {
		t.Error(diff)
	}
}

func TestScopeFieldsAreChecked(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	for field, values := range map[string][]any{
		"subscope":                   {"", remove, "a..b", "a b", "/a", "a/", ":a", "a:", strings.Repeat("a", 256), "æ", "a?b", "a%2fb", 5},
		"prefix":                     {remove, ""},
		"description":                {remove, "", nil, 5},
		"long_description":           {"<script>", "a=b", "€", 5},
		"long_description#en":        {"<b>"},
		"token_type":                 {"X", "opaque"},
		"visibility":                 {"X", "public"},
		"delegation_source":          {"https://evil.example/", "https://www.altinn.no/", "https://tt02.altinn.no"},
		"at_max_age":                 {-1, "5s", 1.5},
		"authorization_max_lifetime": {-1},
		"allowed_integration_types":  {[]string{"nope"}, "maskinporten", []string{"MASKINPORTEN"}},
		"active":                     {"yes"},
	} {
		for _, value := range values {
			body := with(object{"prefix": "difi", "subscope": "bad", "description": "d"}, object{field: value})
			if said := p.call(provider, scopesWrite, http.MethodPost, "/scopes", body).fails(http.StatusBadRequest); said == "" {
				t.Errorf("%s: %v: %s", field, value, said)
			}
		}
	}
	p.call(provider, scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "in", "description": "d", "visibility": "INTERNAL"}).fails(http.StatusForbidden)
	for _, subscope := range []string{"1", "a:b.c-d_e/f", "A/B/C", strings.Repeat("a", 255)} {
		p.newScope(subscope, nil)
	}
}

func TestScopeBelongsToWhoHasThePrefix(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider, consumer := p.credential("provider"), p.credential("consumer")
	body := object{"prefix": "difi", "subscope": "api", "description": "d"}
	p.call(consumer, scopesWrite, http.MethodPost, "/scopes", body).fails(http.StatusForbidden)
	p.call(provider, scopesWrite, http.MethodPost, "/scopes", with(body, object{"prefix": "nav"})).fails(http.StatusForbidden)
	scope := p.newScope("api", nil)
	for method, path := range map[string]string{"GET": "/scopes/scope?scope=difi:api", "PUT": "/scopes?scope=difi:api", "DELETE": "/scopes?scope=difi:api"} {
		p.call(consumer, scopesWrite, method, path, scope).fails(http.StatusForbidden)
		p.call(provider, scopesWrite, method, strings.Replace(path, "difi:api", "difi:none", 1), scope).fails(http.StatusNotFound)
		p.call(provider, scopesWrite, method, strings.Replace(path, "?scope=difi:api", "", 1), scope)
		if method != "GET" {
			p.call(provider, scopesWrite, method, "/scopes", scope).fails(http.StatusBadRequest)
		}
	}
	p.call(provider, scopesRead, http.MethodGet, "/scopes/scope", nil).fails(http.StatusBadRequest)
}

func TestReplacingAScope(t *testing.T) {
	t.Parallel()
	p := serve(t)
	scope := p.newScope("api", object{"description#en": "One", "at_max_age": 60})
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	changed := p.putScope(scope, object{"description": "To", "name": "difi:other", "created": "2000-01-01T00:00:00Z"}).ok()
	want := with(scope, object{"description": "To", "last_updated": changed["last_updated"]})
	if diff := cmp.Diff(want, changed); diff != "" || changed["last_updated"] == scope["last_updated"] {
		t.Errorf("%s, updated %v", diff, changed["last_updated"])
	}
	small := p.call(p.credential("provider"), scopesWrite, http.MethodPut, "/scopes?scope=difi:api", object{"prefix": "difi", "subscope": "api", "description": "Tre"}).ok()
	if small["description#en"] != nil || small["at_max_age"] != 0.0 {
		t.Errorf("PUT did not replace: %v", small)
	}
	for field, value := range map[string]any{"subscope": "other", "prefix": "difitest", "owner_orgno": nav, "description": remove, "visibility": "X"} {
		p.putScope(scope, object{field: value}).fails(http.StatusBadRequest)
	}
	p.putScope(scope, object{"visibility": "INTERNAL"}).fails(http.StatusForbidden)
}

func TestScopesAreDeactivatedAndNeverDeleted(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	scope := p.newScope("api", nil)
	p.newScope("other", nil)
	remove := func() object {
		return p.call(provider, scopesWrite, http.MethodDelete, "/scopes?scope=difi:api", nil).ok()
	}
	listed := func(query string) []string {
		return names(p.call(provider, scopesRead, http.MethodGet, "/scopes"+query, nil).list(), "name")
	}
	first := remove()
	p.control(http.MethodPost, "clock", object{"advance": "1h"}).ok()
	if again := remove(); first["active"] != false || !cmp.Equal(first, again) {
		t.Errorf("deactivated once: %v, twice: %v", first, again)
	}
	if diff := cmp.Diff([][]string{{"difi:other"}, {"difi:api", "difi:other"}, {"difi:other"}}, [][]string{listed(""), listed("?inactive=true"), listed("?inactive=false")}); diff != "" {
		t.Error(diff)
	}
	p.call(provider, scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "api", "description": "d"}).fails(http.StatusConflict)
	p.call(provider, scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "other", "description": "d"}).fails(http.StatusConflict)
	if on := p.putScope(scope, object{"active": true}).ok(); on["active"] != true || on["created"] != scope["created"] {
		t.Errorf("reactivated: %v", on)
	}
	if off := p.putScope(scope, object{"active": false}).ok(); off["active"] != false {
		t.Errorf("PUT with active false: %v", off)
	}
}

func TestListingScopes(t *testing.T) {
	t.Parallel()
	p := serve(t)
	provider := p.credential("provider")
	p.newScope("private", nil)
	p.newScope("public", object{"visibility": "PUBLIC", "allowed_integration_types": []string{"maskinporten"}})
	p.newScope("any", object{"visibility": "PUBLIC", "accessible_for_all": true})
	p.newScope("del", object{"visibility": "PUBLIC", "delegation_source": "https://tt02.altinn.no/", "allowed_integration_types": []string{"krr"}})
	off := p.newScope("off", object{"visibility": "PUBLIC"})
	p.putScope(off, object{"active": false}).ok()
	for query, want := range map[string][]string{
		"":                           {"difi:any", "difi:del", "difi:public"},
		"?inactive=true":             {"difi:any", "difi:del", "difi:off", "difi:public"},
		"?inactive=FALSE":            {"difi:any", "difi:del", "difi:public"},
		"?prefix=difi":               {"difi:any", "difi:del", "difi:public"},
		"?prefix=nav":                {},
		"?accessible_for_all=true":   {"difi:any"},
		"?delegated_sources=true":    {"difi:del"},
		"?integration_type=krr":      {"difi:any", "difi:del"},
		"?integration_type=KRR":      {"difi:any", "difi:del"},
		"?integration_type=idporten": {"difi:any"},
	} {
		if diff := cmp.Diff(want, names(p.get("/scopes/all"+query).list(), "name")); diff != "" {
			t.Errorf("/scopes/all%s: %s", query, diff)
		}
	}
	p.get("/scopes/all?inactive=maybe").fails(http.StatusBadRequest)
	p.call(provider, scopesRead, http.MethodGet, "/scopes?inactive=maybe", nil).fails(http.StatusBadRequest)
	if diff := cmp.Diff([]string{"difi:private"}, names(p.call(provider, scopesRead, http.MethodGet, "/scopes?scope=difi:private", nil).list(), "name")); diff != "" {
		t.Error(diff)
	}
	p.newScope("a/b:c", nil)
	if got := p.call(provider, scopesRead, http.MethodGet, "/scopes/scope?scope="+url.QueryEscape("difi:a/b:c"), nil).ok(); got["name"] != "difi:a/b:c" {
		t.Errorf("%v", got)
	}
}

func TestPrefixesAndOrganisations(t *testing.T) {
	t.Parallel()
	p := serve(t)
	own := p.call(p.credential("provider"), scopesRead, http.MethodGet, "/prefix", nil).list()
	for _, prefix := range own {
		want := object{"prefix": prefix["prefix"], "owner_orgno": digdir, "organization_name": "Digitaliseringsdirektoratet", "active": true, "created": prefix["created"], "last_updated": prefix["last_updated"]}
		if diff := cmp.Diff(want, prefix); diff != "" || prefix["created"] == nil {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(own, p.get("/prefix/all").list()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(object{"orgnr": nav, "name": "Arbeids- og velferdsetaten"}, p.get("/organizations/"+nav).ok()); diff != "" {
		t.Error(diff)
	}
	p.get("/organizations/974760673").fails(http.StatusNotFound)
	for _, bad := range []string{"123", "889640783", "88964078a", "0192:889640782"} {
		p.get("/organizations/" + bad).fails(http.StatusBadRequest)
	}
}

func TestOneOfAHundredWritersCreatesAScope(t *testing.T) {
	t.Parallel()
	p := serve(t)
	header := map[string]string{"Authorization": "Bearer " + p.token(p.credential("provider"), scopesWrite), "Content-Type": "application/json"}
	var mu sync.Mutex
	statuses := map[int]int{}
	var writers sync.WaitGroup
	for i := range 100 {
		writers.Go(func() {
			a := p.send(http.MethodPost, "/scopes", header, fmt.Sprintf(`{"prefix":"difi","subscope":"race","description":"writer %d"}`, i))
			mu.Lock()
			defer mu.Unlock()
			statuses[a.Status]++
		})
	}
	writers.Wait()
	if diff := cmp.Diff(map[int]int{http.StatusOK: 1, http.StatusConflict: 99}, statuses); diff != "" {
		t.Error(diff)
	}
}
