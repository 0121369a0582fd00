package registry_test

import (
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestPrefixAndSubscopeAreRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, check.Err(w.CreateScope(provider, input("", "api"))), registry.Invalid, "prefix")
	wantKind(t, check.Err(w.CreateScope(provider, input("difi", ""))), registry.Invalid, "subscope")
}

func TestNamesMayHoldFurtherSeparators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, subscope := range []string{
		"a", "accessmanagement/authorizedparties.admin", "a:b:c", "v1.read-only_x", "a//b", "-", ".", "1/2:3",
		strings.Repeat("x", 255),
	} {
		s, err := w.CreateScope(provider, input("difi", subscope))
		if err != nil {
			t.Errorf("%q is refused: %v", subscope, err)
			continue
		}
		if s.Name != "difi:"+subscope {
			t.Errorf("name is %q", s.Name)
		}
	}
}

func TestAMalformedSubscopeIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, subscope := range []string{
		" ", "a b", "a\tb", "a\n", "..", "a..b", "/a", "a/", ":a", "a:", "/", ":", "a?b", "a#b", "a%2fb", "æ", "a\x00",
		`a"b`, `a\b`, "a&b", strings.Repeat("x", 256), strings.Repeat("x", 1_000_000),
	} {
		_, err := w.CreateScope(provider, input("difi", subscope))
		wantKind(t, err, registry.Invalid, "subscope")
		if len(err.Error()) > 400 {
			t.Errorf("the text repeats %d bytes of what was sent", len(err.Error()))
		}
	}
	none, err := w.Scopes(providerNo, registry.ScopeFilter{Inactive: true})
	wantEmpty(t, none, err)
}

// fieldRules are what is wrong with the fields of a scope, both new and
// replaced.
var fieldRules = []struct {
	name   string
	change func(*registry.ScopeFields)
	kind   registry.Kind
	field  string
}{
	{"a description is required", func(f *registry.ScopeFields) { f.Description = "" }, registry.Invalid, "description"},
	{"a description is not blank", func(f *registry.ScopeFields) { f.Description = " \n\t" }, registry.Invalid, "description"},
	{"long descriptions hold no HTML", func(f *registry.ScopeFields) { f.LongDescription = "<b>" }, registry.Invalid, "long_description"},
	{"long descriptions hold no other letters", func(f *registry.ScopeFields) { f.LongDescription = "русский" }, registry.Invalid, "long_description"},
	{"long descriptions hold no NUL", func(f *registry.ScopeFields) { f.LongDescription = "a\x00" }, registry.Invalid, "long_description"},
	{"nor do their translations", func(f *registry.ScopeFields) {
		f.Translations = map[string]string{"description#en": "<b>", "long_description#en": "{}"}
	}, registry.Invalid, "long_description#en"},
	{"a translation is of a description", func(f *registry.ScopeFields) {
		f.Translations = map[string]string{"name#en": "x"}
	}, registry.Invalid, "name#en"},
	{"integration types are known ones", func(f *registry.ScopeFields) {
		f.AllowedIntegrationTypes = []string{registry.KRR, "Maskinporten"}
	}, registry.Invalid, "allowed_integration_types"},
	{"integration types are not blank", func(f *registry.ScopeFields) {
		f.AllowedIntegrationTypes = []string{""}
	}, registry.Invalid, "allowed_integration_types"},
	{"token types are known ones", func(f *registry.ScopeFields) { f.TokenType = "opaque" }, registry.Invalid, "token_type"},
	{"visibilities are known ones", func(f *registry.ScopeFields) { f.Visibility = "SECRET" }, registry.Invalid, "visibility"},
	{"INTERNAL is for Digdir", func(f *registry.ScopeFields) { f.Visibility = "INTERNAL" }, registry.Forbidden, ""},
	{"at_max_age is 0 or more", func(f *registry.ScopeFields) { f.AtMaxAge = -1 }, registry.Invalid, "at_max_age"},
	{"authorization_max_lifetime is 0 or more", func(f *registry.ScopeFields) { f.AuthorizationMaxLifetime = -1 }, registry.Invalid, "authorization_max_lifetime"},
	{"the delegation source is a listed issuer", func(f *registry.ScopeFields) { f.DelegationSource = "https://www.altinn.no/" }, registry.Invalid, "delegation_source"},
	{"the delegation source ends in a slash", func(f *registry.ScopeFields) { f.DelegationSource = "https://tt02.altinn.no" }, registry.Invalid, "delegation_source"},
}

func TestFieldsOfANewScope(t *testing.T) {
	t.Parallel()
	for _, rule := range fieldRules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := input("difi", "api")
			rule.change(&in.ScopeFields)
			wantKind(t, check.Err(w.CreateScope(provider, in)), rule.kind, rule.field)
			wantKind(t, check.Err(w.Scope(providerNo, "difi:api")), registry.NotFound, "")
		})
	}
}

func TestFieldsOfAReplacedScope(t *testing.T) {
	t.Parallel()
	for _, rule := range fieldRules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			name := w.scope(t, "api")
			before := check.Got(w.Scope(providerNo, name))(t)
			w.happened()
			in := input("difi", "api")
			in.Active = new(false)
			rule.change(&in.ScopeFields)
			wantKind(t, check.Err(w.ReplaceScope(provider, name, in)), rule.kind, rule.field)
			if after, _ := w.Scope(providerNo, name); after != before {
				t.Error("the refused call changed the scope")
			}
			w.silent(t)
		})
	}
}

func TestFieldsThatAreAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := check.Got(w.CreateScope(provider, registry.ScopeInput{ScopeFields: registry.ScopeFields{
		Prefix: "difi", Subscope: "api", Description: "<anything> русский",
		LongDescription: "ÆØÅ æøå É é Ü ü Ñ ñ Ç ç 0-9 .,-_:;!?'\"()/*[]#\r\n\t\f",
		Translations:    map[string]string{"description#en": "<x>", "description#nn-NO": "", "long_description#nn": "Å"},
		AllowedIntegrationTypes: []string{
			"ansattporten", "api_klient", "eformidling", "idporten", "idporten_saml2", "krr", "maskinporten", "krr",
		},
		TokenType: "OPAQUE", Visibility: "PUBLIC", DelegationSource: "https://tt02.altinn.no/",
		AtMaxAge: 1 << 30, AuthorizationMaxLifetime: 1 << 30,
	}}))(t)
	want := []string{"ansattporten", "api_klient", "eformidling", "idporten", "idporten_saml2", "krr", "maskinporten"}
	check.Same(t, want, s.AllowedIntegrationTypes, "integration types once each")
	if len(s.Translations) != 3 {
		t.Errorf("translations: %v", s.Translations)
	}
}

func TestWhatWasSentIsCopied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input("difi", "api")
	in.AllowedIntegrationTypes = []string{registry.KRR}
	in.Translations = map[string]string{"description#en": "x"}
	s := check.Got(w.CreateScope(provider, in))(t)
	in.AllowedIntegrationTypes[0] = "changed"
	clear(in.Translations)
	if s.AllowedIntegrationTypes[0] != registry.KRR || s.Translations["description#en"] != "x" {
		t.Errorf("the stored scope shares memory with what was sent: %+v", s)
	}
}
