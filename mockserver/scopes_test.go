package mockserver_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// scope is the body of a scope below difi, with some fields changed; nil leaves
// one out.
func scope(subscope string, changes object) object {
	s := object{"prefix": "difi", "subscope": subscope, "description": "En beskrivelse"}
	for name, value := range changes {
		if s[name] = value; value == nil {
			delete(s, name)
		}
	}
	return s
}

func named(name string) string { return "?scope=" + url.QueryEscape(name) }

func TestNewScopeHasItsDefaults(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		w.fix(time.Date(2026, 3, 4, 5, 6, 7, 8_900_000, time.UTC))
		provider := w.as("provider", scopesWrite)
		a := provider.post("/scopes", scope("api3", nil)).want(http.StatusOK)
		want := object{
			"prefix": "difi", "subscope": "api3", "name": "difi:api3", "description": "En beskrivelse", "owner_orgno": "991825827",
			"active": true, "visibility": "PRIVATE", "token_type": "SELF_CONTAINED", "accessible_for_all": false, "protected": false,
			"requires_user_consent": false, "requires_user_authentication": false, "requires_pseudonymous_tokens": false,
			"at_max_age": 0, "authorization_max_lifetime": 0, "supports_european_businesses": false,
			"created": "2026-03-04T05:06:07.008Z", "last_updated": "2026-03-04T05:06:07.008Z",
			"long_description": nil, "delegation_source": nil, "allowed_integration_types": nil, "enforced_aud_for_access_token": nil,
		}
		a.has(want)
		provider.get("/scopes/scope" + named("difi:api3")).want(http.StatusOK).has(want)
		for _, absent := range []string{"long_description", "delegation_source", "allowed_integration_types", "enforced_aud_for_access_token"} {
			if strings.Contains(a.body, absent) {
				t.Errorf("%s is not left out of %s", absent, a.body)
			}
		}
	})
}

func TestEveryFieldOfAScopeIsKept(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		full := scope("full/api.read-1:x", object{
			"long_description": "# Om\n*Les* [mer](http://x.no) (1/2), \"så\"?", "description#en": "One", "description#nn": "Ein", "long_description#en": "More",
			"allowed_integration_types": []string{"maskinporten", "ansattporten", "api_klient", "eformidling", "idporten", "idporten_saml2", "krr"},
			"token_type":                "OPAQUE", "visibility": "PUBLIC", "requires_user_consent": true, "requires_user_authentication": true,
			"requires_pseudonymous_tokens": true, "delegation_source": "https://tt02.altinn.no/", "at_max_age": 3600, "authorization_max_lifetime": 7200,
			"accessible_for_all": true, "enforced_aud_for_access_token": "https://api.example/", "supports_european_businesses": true,
		})
		sent := maps.Clone(full)
		maps.Copy(sent, object{"name": "ignored", "protected": true, "created": "2001-01-01T00:00:00Z", "last_updated": "nonsense", "a_field_of_tomorrow": object{"x": 1}})
		provider.post("/scopes", sent).want(http.StatusOK).has(full).has(object{"name": "difi:full/api.read-1:x", "a_field_of_tomorrow": nil, "protected": false})
		provider.get("/scopes/scope" + named("difi:full/api.read-1:x")).want(http.StatusOK).has(full)
		public := w.anybody().get("/scopes/all").want(http.StatusOK)
		public.compare(public.list()[0], full)
	})
}

func TestScopeThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		for _, c := range []struct {
			changes object
			status  int
			text    string
		}{
			{object{"prefix": "nav"}, http.StatusForbidden, "Prefix"},
			{object{"visibility": "INTERNAL"}, http.StatusForbidden, ""},
			{object{"prefix": nil}, http.StatusBadRequest, "prefix"},
			{object{"description": nil}, http.StatusBadRequest, "description"},
			{object{"subscope": "blåbær"}, http.StatusBadRequest, "subscope"},
			{object{"long_description#en": "{x}"}, http.StatusBadRequest, "long_description#en"},
			{object{"at_max_age": -1}, http.StatusBadRequest, "at_max_age"},
			{object{"allowed_integration_types": []string{"nonsense"}}, http.StatusBadRequest, "allowed_integration_types"},
		} {
			provider.post("/scopes", scope("a", c.changes)).refused(c.status, c.text)
		}
		w.as("consumer", scopesWrite).post("/scopes", scope("a", nil)).refused(http.StatusForbidden, "prefix")
		provider.get("/scopes?inactive=true").none()
	})
}

func TestScopeThatExistsIsAConflict(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		provider.post("/scopes", scope("a", nil)).want(http.StatusOK)
		provider.post("/scopes", scope("a", nil)).refused(http.StatusConflict, "difi:a")
		provider.del("/scopes" + named("difi:a")).want(http.StatusOK)
		provider.post("/scopes", scope("a", nil)).refused(http.StatusConflict, "difi:a")
	})
}

func TestPutReplacesTheWholeScope(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		before := provider.post("/scopes", scope("a", object{"visibility": "PUBLIC", "at_max_age": 60, "description#en": "One"})).want(http.StatusOK).object()
		w.advance(time.Minute)
		after := provider.put("/scopes"+named("difi:a"), object{"prefix": "difi", "subscope": "a", "description": "Two"}).want(http.StatusOK)
		after.has(object{"description": "Two", "visibility": "PRIVATE", "at_max_age": 0, "description#en": nil, "active": true, "created": before["created"]})
		if after.object()["last_updated"] == before["last_updated"] {
			t.Error("last_updated stands still")
		}
		provider.put("/scopes"+named("difi:a"), before).want(http.StatusOK).has(object{"visibility": "PUBLIC", "description#en": "One"})
		for field, value := range map[string]any{"subscope": "b", "prefix": "difitest", "owner_orgno": "889640782", "description": nil} {
			provider.put("/scopes"+named("difi:a"), scope("a", object{field: value})).refused(http.StatusBadRequest, "")
		}
		provider.put("/scopes"+named("difi:unknown"), scope("unknown", nil)).refused(http.StatusNotFound, "difi:unknown")
		provider.put("/scopes", scope("a", nil)).refused(http.StatusBadRequest, "scope is required")
	})
}

func TestDeactivatedScopeHidesAndComesBackWithPut(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		for _, name := range []string{"a", "b"} {
			provider.post("/scopes", scope(name, object{"visibility": "PUBLIC"})).want(http.StatusOK)
		}
		for range 2 { // again: nothing changes
			provider.del("/scopes" + named("difi:a")).want(http.StatusOK).has(object{"name": "difi:a", "active": false})
		}
		both, left := []string{"difi:a", "difi:b"}, []string{"difi:b"}
		for path, want := range map[string][]string{
			"/scopes": left, "/scopes?inactive=true": both, "/scopes/all": left, "/scopes/all?inactive=TRUE": both, "/scopes?scope=difi:a": {"difi:a"},
		} {
			check.Same(t, want, provider.get(path).names("name"), path)
		}
		provider.put("/scopes"+named("difi:a"), scope("a", object{"active": true})).want(http.StatusOK).has(object{"active": true})
		provider.put("/scopes"+named("difi:a"), scope("a", object{"active": false})).want(http.StatusOK).has(object{"active": false})
	})
}

func TestScopeOfAnotherOrganisationIs403(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		w.as("provider", scopesWrite).post("/scopes", scope("a", object{"visibility": "PUBLIC"})).want(http.StatusOK)
		other := w.as("consumer", scopesWrite)
		other.get("/scopes/scope"+named("difi:a")).refused(http.StatusForbidden, "difi:a")
		other.get("/scopes"+named("difi:a")).refused(http.StatusForbidden, "difi:a")
		other.put("/scopes"+named("difi:a"), scope("a", nil)).refused(http.StatusForbidden, "difi:a")
		other.del("/scopes"+named("difi:a")).refused(http.StatusForbidden, "difi:a")
		other.put("/scopes/access/889640782"+named("difi:a"), nil).refused(http.StatusForbidden, "difi:a")
		other.del("/scopes/access/889640782"+named("difi:a")).refused(http.StatusForbidden, "difi:a")
		other.get("/scopes/access"+named("difi:a")).refused(http.StatusForbidden, "difi:a")
		other.get("/scopes/scope"+named("difi:unknown")).refused(http.StatusNotFound, "difi:unknown")
	})
}

func TestOpenListShowsPublicScopesByFilter(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		provider := w.as("provider", scopesWrite)
		for name, changes := range map[string]object{
			"any":       {},
			"private":   {"visibility": "PRIVATE"},
			"krr":       {"allowed_integration_types": []string{"krr"}},
			"all":       {"accessible_for_all": true, "allowed_integration_types": []string{"maskinporten"}},
			"delegated": {"delegation_source": "https://tt02.altinn.no/", "allowed_integration_types": []string{"maskinporten"}},
		} {
			s := scope(name, object{"visibility": "PUBLIC"})
			maps.Copy(s, changes)
			provider.post("/scopes", s).want(http.StatusOK)
		}
		provider.post("/scopes", scope("other", object{"prefix": "difitest", "visibility": "PUBLIC"})).want(http.StatusOK)
		for query, want := range map[string][]string{
			"":                      {"difi:all", "difi:any", "difi:delegated", "difi:krr", "difitest:other"},
			"?prefix=difi":          {"difi:all", "difi:any", "difi:delegated", "difi:krr"},
			"?prefix=difitest":      {"difitest:other"},
			"?integration_type=KRR": {"difi:any", "difi:krr", "difitest:other"},
			"?integration_type=maskinporten&prefix=difi": {"difi:all", "difi:any", "difi:delegated"},
			"?accessible_for_all=true":                   {"difi:all"},
			"?delegated_sources=True":                    {"difi:delegated"},
			"?delegated_sources=false":                   {"difi:all", "difi:any", "difi:delegated", "difi:krr", "difitest:other"},
		} {
			got := w.anybody().get("/scopes/all" + query).names("name")
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: %v", query, got)
			}
		}
		w.anybody().get("/scopes/all?integration_type=nonsense").refused(http.StatusBadRequest, "integration type")
	})
}

func TestPrefixesAndOrganisationsAndDelegationSources(t *testing.T) {
	t.Parallel()
	atBothDoors(t, func(t *testing.T, w *wire) {
		own := w.as("provider", scopesRead).get("/prefix").want(http.StatusOK)
		own.compare(own.list()[0], object{"prefix": "difi", "owner_orgno": "991825827", "organization_name": "Digitaliseringsdirektoratet", "active": true})
		for _, field := range []string{"created", "last_updated"} {
			if text, _ := own.list()[0][field].(string); !instant.MatchString(text) {
				t.Errorf("%s: %q", field, text)
			}
		}
		w.set("organizations", object{"orgno": "974760673", "name": "Brønnøysundregistrene"})
		w.set("prefixes", object{"orgno": "974760673", "prefix": "brreg"})
		check.Same(t, []string{"difi", "difitest", "brreg"}, w.anybody().get("/prefix/all").names("prefix"), "all prefixes")
		w.anybody().get("/organizations/974760673").want(http.StatusOK).has(object{"orgnr": "974760673", "name": "Brønnøysundregistrene"})
		w.anybody().get("/organizations/997770234").refused(http.StatusNotFound, "997770234")
		for _, bad := range []string{"97476067", "974760674", "0192:974760673", "x", "%20"} {
			w.anybody().get("/organizations/"+bad).refused(http.StatusBadRequest, "organization number")
		}
		for environment, issuer := range map[string]string{"test": "https://tt02.altinn.no/", "ver2": "https://tt02.altinn.no/", "prod": "https://www.altinn.no/"} {
			a := session{w, environment, ""}.get("/delegationsources").want(http.StatusOK)
			a.compare(a.list()[0], object{"issuer": issuer, "last_updated": nil})
			if text, _ := a.list()[0]["lastUpdated"].(string); !instant.MatchString(text) {
				t.Errorf("lastUpdated in %s", a.body)
			}
		}
	})
}
