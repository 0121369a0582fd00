package maskinporten_test

import (
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const (
	readScope  = "idporten:scopes.read"
	writeScope = "idporten:scopes.write"
)

// one runs an iterator to its end and returns its error.
func one[T any](seq func(func(T, error) bool)) error {
	return ignored(maskinporten.Collect(seq))
}

func TestEachScopeCallGoesToItsPlaceWithTheLeastToken(t *testing.T) {
	t.Parallel()
	const name, query = "difi:api/v3.read", "scope=difi%3Aapi%2Fv3.read"
	client, wire := newWire(t, func(s sent) answer {
		if s.Method == http.MethodGet && s.Path != "/scopes/scope" {
			return answer{http.StatusOK, `[]`}
		}
		return answer{http.StatusOK, `{}`}
	})
	ctx, s := t.Context(), client.Scopes
	public := maskinporten.PublicScopeFilter{
		Prefix: "difi", Inactive: true, DelegatedSources: true, AccessibleForAll: true, IntegrationType: maskinporten.IntegrationTypeKRR,
	}
	wire.mustGoToTheirPlaces(t, []placed{
		{one(s.All(ctx, maskinporten.ScopeFilter{})), sent{Method: "GET", Path: "/scopes", Scope: readScope}},
		{one(s.All(ctx, maskinporten.ScopeFilter{Inactive: true, Name: name})), sent{Method: "GET", Path: "/scopes", Query: "inactive=true&" + query, Scope: readScope}},
		{ignored(s.Get(ctx, name)), sent{Method: "GET", Path: "/scopes/scope", Query: query, Scope: readScope}},
		{ignored(s.Deactivate(ctx, name)), sent{Method: "DELETE", Path: "/scopes", Query: query, Scope: writeScope}},
		{one(s.Public(ctx, maskinporten.PublicScopeFilter{})), sent{Method: "GET", Path: "/scopes/all"}},
		{one(s.Public(ctx, public)), sent{
			Method: "GET", Path: "/scopes/all",
			Query: "accessible_for_all=true&delegated_sources=true&inactive=true&integration_type=krr&prefix=difi",
		}},
		{one(s.Prefixes(ctx)), sent{Method: "GET", Path: "/prefix", Scope: readScope}},
		{one(s.AllPrefixes(ctx, maskinporten.PrefixFilter{})), sent{Method: "GET", Path: "/prefix/all"}},
		{one(s.AllPrefixes(ctx, maskinporten.PrefixFilter{Inactive: true})), sent{Method: "GET", Path: "/prefix/all", Query: "inactive=true"}},
		{one(s.DelegationSources(ctx)), sent{Method: "GET", Path: "/delegationsources"}},
	})
}

func TestListsOfScopesKeepTranslationsOnly(t *testing.T) {
	t.Parallel()
	escaped := `{"name":"difi:escaped","description\u0023en":"Escaped","new":1}`
	heading := `{"name":"difi:heading","description":"# Heading","escaped\u006eew":{"a#b":1}}`
	client, _ := newWire(t, always(http.StatusOK, "["+strings.Join([]string{golden(t, "scope.json"), golden(t, "scope_full.json"), escaped, heading}, " ,\n")+"]"))
	for what, list := range map[string]iter.Seq2[*maskinporten.Scope, error]{
		"own": client.Scopes.All(t.Context(), maskinporten.ScopeFilter{}), "public": client.Scopes.Public(t.Context(), maskinporten.PublicScopeFilter{}),
	} {
		scopes, err := maskinporten.Collect(list)
		if err != nil || len(scopes) != 4 {
			t.Fatalf("%s: %d scopes, error %v", what, len(scopes), err)
		}
		if got := scopes[2].Translation(maskinporten.FieldDescription, "en"); got != "Escaped" || len(scopes[2].Extra) != 1 {
			t.Errorf("%s: an escaped translation: %q, extra %v", what, got, scopes[2].Extra)
		}
		if scopes[0].Extra != nil || scopes[3].Extra != nil || scopes[3].Description != "# Heading" {
			t.Errorf("%s: scopes without translations have %v and %v", what, scopes[0].Extra, scopes[3].Extra)
		}
		want, _ := anyJSON(t, golden(t, "scope_full.json")).(map[string]any)
		delete(want, "invented_in_2027") // which only single scopes carry
		encoded := check.Got(json.Marshal(scopes[1]))(t)
		check.Same(t, want, anyJSON(t, string(encoded)), what)
	}
}

func TestAnEmptyListIsNoError(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNotFound, emptyList))
	ctx := t.Context()
	for what, err := range map[string]error{
		"scopes":   one(client.Scopes.All(ctx, maskinporten.ScopeFilter{})),
		"public":   one(client.Scopes.Public(ctx, maskinporten.PublicScopeFilter{DelegatedSources: true})),
		"prefixes": one(client.Scopes.Prefixes(ctx)),
		"given":    one(client.Access.Given(ctx, maskinporten.AccessFilter{})),
		"received": one(client.Access.Received(ctx, maskinporten.AccessFilter{})),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOtherErrorsOfListsStayErrors(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNotFound, `{"status":404,"error":", no such thing","error_description":", no such thing"}`))
	yielded := 0
	for scope, err := range client.Scopes.All(t.Context(), maskinporten.ScopeFilter{}) {
		yielded++
		if scope != nil || !errors.Is(err, maskinporten.ErrNotFound) {
			t.Errorf("yielded %v, %v", scope, err)
		}
	}
	if yielded != 1 {
		t.Errorf("the error came %d times", yielded)
	}
}

func TestDoesNotHaveAnyIsAnErrorOutsideLists(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusNotFound, emptyList))
	check.Is(t, maskinporten.ErrNotFound, ignored(client.Scopes.Get(t.Context(), "difi:api3")))
}

func TestCreateSendsWhatWasSetAndNoMore(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusCreated, golden(t, "scope.json")))
	create := maskinporten.ScopeCreate{Prefix: "altinn", Subscope: "a/b", Description: "Les"}
	create.SetTranslation(maskinporten.FieldDescription, "en", "Read")
	scope := check.Got(client.Scopes.Create(t.Context(), create))(t)
	if scope.Name != "altinn:accessmanagement/authorizedparties.admin" {
		t.Errorf("got %+v", scope)
	}
	requests := wire.requests()
	if len(requests) != 1 {
		t.Fatalf("sent %+v", requests)
	}
	sameJSON(t, `{"prefix":"altinn","subscope":"a/b","description":"Les","description#en":"Read"}`, requests[0].Body)
	requests[0].Body = ""
	check.Same(t, sent{Method: "POST", Path: "/scopes", Scope: writeScope}, requests[0], "request")
}

func TestCreateSendsEveryField(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `{}`))
	check.Got(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{
		Prefix: "difi", Subscope: "api3", Description: "d", LongDescription: "l", Visibility: maskinporten.VisibilityPublic,
		AllowedIntegrationTypes: []maskinporten.IntegrationType{maskinporten.IntegrationTypeMaskinporten},
		TokenType:               maskinporten.TokenTypeOpaque, AccessibleForAll: true, DelegationSource: "https://tt02.altinn.no/",
		AtMaxAge: 60, AuthorizationMaxLifetime: 70, RequiresUserConsent: true, RequiresUserAuthentication: true,
		RequiresPseudonymousTokens: true, EnforcedAudForAccessToken: "https://api.example.no/", Protected: true, SupportsEuropeanBusinesses: true,
		Extra: map[string]json.RawMessage{"invented_in_2027": json.RawMessage(`[1]`)},
	}))(t)
	sameJSON(t, `{"prefix":"difi","subscope":"api3","description":"d","long_description":"l","visibility":"PUBLIC",
		"allowed_integration_types":["maskinporten"],"token_type":"OPAQUE","accessible_for_all":true,"delegation_source":"https://tt02.altinn.no/",
		"at_max_age":60,"authorization_max_lifetime":70,"requires_user_consent":true,"requires_user_authentication":true,
		"requires_pseudonymous_tokens":true,"enforced_aud_for_access_token":"https://api.example.no/","protected":true,"supports_european_businesses":true,
		"invented_in_2027":[1]}`, wire.requests()[0].Body)
}

func TestCreateChecksBeforeItSends(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `{}`))
	for what, scope := range map[string]maskinporten.ScopeCreate{
		"nothing":           {},
		"no prefix":         {Subscope: "api3", Description: "d"},
		"no subscope":       {Prefix: "difi", Description: "d"},
		"no description":    {Prefix: "difi", Subscope: "api3"},
		"colon in prefix":   {Prefix: "difi:x", Subscope: "api3", Description: "d"},
		"blank in subscope": {Prefix: "difi", Subscope: "api 3", Description: "d"},
		"dots as subscope":  {Prefix: "difi", Subscope: "..", Description: "d"},
		"negative lifetime": {Prefix: "difi", Subscope: "api3", Description: "d", AtMaxAge: -1},
		"negative maximum":  {Prefix: "difi", Subscope: "api3", Description: "d", AuthorizationMaxLifetime: -1},
	} {
		if _, err := client.Scopes.Create(t.Context(), scope); err == nil {
			t.Errorf("%s: no error", what)
		} else {
			mustBeArgumentError(t, err)
		}
	}
	wire.mustHaveSentNothing(t)
}

// stored answers GET with a document, and PUT with what was put.
func stored(document string) func(sent) answer {
	return func(s sent) answer {
		if s.Method == http.MethodPut {
			return answer{http.StatusOK, s.Body}
		}
		return answer{http.StatusOK, document}
	}
}

func TestUpdateGivesBackWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(golden(t, "scope_full.json")))
	scope := check.Got(client.Scopes.Update(t.Context(), "difi:api3", func(s *maskinporten.Scope) error {
		s.Description = "Les noe"
		s.SetTranslation(maskinporten.FieldDescription, "en", "Read something")
		s.SetTranslation(maskinporten.FieldDescription, "nn", "")
		return nil
	}))(t)
	if scope.Description != "Les noe" || scope.Translation(maskinporten.FieldDescription, "en") != "Read something" {
		t.Errorf("got %+v", scope)
	}
	requests := wire.requests()
	if len(requests) != 2 {
		t.Fatalf("sent %+v", requests)
	}
	want, _ := anyJSON(t, golden(t, "scope_full.json")).(map[string]any)
	want["description"], want["description#en"] = "Les noe", "Read something"
	delete(want, "description#nn")
	check.Same(t, want, anyJSON(t, requests[1].Body), "put")
	requests[1].Body = ""
	want2 := []sent{
		{Method: "GET", Path: "/scopes/scope", Query: "scope=difi%3Aapi3", Scope: readScope},
		{Method: "PUT", Path: "/scopes", Query: "scope=difi%3Aapi3", Scope: writeScope},
	}
	check.Same(t, want2, requests, "requests")
}

func TestUpdateRefusesToChangeWhatNeverChanges(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*maskinporten.Scope){
		"prefix":            func(s *maskinporten.Scope) { s.Prefix = "other" },
		"subscope":          func(s *maskinporten.Scope) { s.Subscope = "other" },
		"name":              func(s *maskinporten.Scope) { s.Name = "difi:other" },
		"owner":             func(s *maskinporten.Scope) { s.OwnerOrgNo = "889640782" },
		"no description":    func(s *maskinporten.Scope) { s.Description = "" },
		"negative lifetime": func(s *maskinporten.Scope) { s.AtMaxAge = -1 },
		"negative maximum":  func(s *maskinporten.Scope) { s.AuthorizationMaxLifetime = -1 },
	} {
		client, wire := newWire(t, stored(golden(t, "scope_full.json")))
		_, err := client.Scopes.Update(t.Context(), "difi:api3", func(s *maskinporten.Scope) error { change(s); return nil })
		if err == nil {
			t.Errorf("%s: no error", what)
			continue
		}
		mustBeArgumentError(t, err)
		if requests := wire.requests(); len(requests) != 1 {
			t.Errorf("%s: sent %+v", what, requests)
		}
	}
}

func TestUpdateWithoutAFunctionIsAnArgumentError(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(`{}`))
	mustBeArgumentError(t, ignored(client.Scopes.Update(t.Context(), "difi:api3", nil)))
	wire.mustHaveSentNothing(t)
}

func TestReactivatePutsTheScopeBackActive(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(golden(t, "scope_full.json")))
	scope, err := client.Scopes.Reactivate(t.Context(), "difi:api3")
	if err != nil || !scope.Active {
		t.Fatalf("scope %+v, error %v", scope, err)
	}
	want, _ := anyJSON(t, golden(t, "scope_full.json")).(map[string]any)
	want["active"] = true
	check.Same(t, want, anyJSON(t, wire.requests()[1].Body), "put")
}

func TestOrganizationLooksUpAName(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, golden(t, "organization.json")))
	organization, err := client.Organization(t.Context(), "991825827")
	if err != nil || organization.Name != "Digitaliseringsdirektoratet" {
		t.Errorf("got %+v, error %v", organization, err)
	}
	wire.mustHaveSent(t, sent{Method: "GET", Path: "/organizations/991825827"})
}

func TestTranslations(t *testing.T) {
	t.Parallel()
	var scope maskinporten.Scope
	check.Same(t, "", scope.Translation(maskinporten.FieldLongDescription, "en"), "translation of nothing")
	scope.SetTranslation(maskinporten.FieldLongDescription, "en", "")
	if scope.Extra != nil {
		t.Errorf("extra %v", scope.Extra)
	}
	scope.SetTranslation(maskinporten.FieldLongDescription, "en", "æ \"quoted\" <b>")
	check.Same(t, "æ \"quoted\" <b>", scope.Translation(maskinporten.FieldLongDescription, "en"), "came back as")
	scope.SetTranslation(maskinporten.FieldLongDescription, "en", "")
	if len(scope.Extra) != 0 {
		t.Errorf("extra %v", scope.Extra)
	}
	scope.Extra = map[string]json.RawMessage{"description#en": json.RawMessage(`7`)}
	check.Same(t, "", scope.Translation(maskinporten.FieldDescription, "en"), "a number as text")
}
