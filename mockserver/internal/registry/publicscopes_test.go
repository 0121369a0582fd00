package registry_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// publicWorld has scopes that differ in all that the filter looks at.
func publicWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	check.OK(t, w.AssignPrefix(consumerNo, "nav"))
	for _, s := range []struct {
		caller registry.Caller
		fields registry.ScopeFields
	}{
		{provider, registry.ScopeFields{Prefix: "difi", Subscope: "any", Visibility: "PUBLIC"}},
		{provider, registry.ScopeFields{Prefix: "difi", Subscope: "krr", Visibility: "PUBLIC", AllowedIntegrationTypes: []string{"krr"}}},
		{provider, registry.ScopeFields{Prefix: "difi", Subscope: "old", Visibility: "PUBLIC"}},
		{provider, registry.ScopeFields{Prefix: "difi", Subscope: "private", Visibility: "PRIVATE", AccessibleForAll: true, DelegationSource: "https://tt02.altinn.no/"}},
		{provider, registry.ScopeFields{Prefix: "difitest", Subscope: "all", Visibility: "PUBLIC", AccessibleForAll: true, AllowedIntegrationTypes: []string{"maskinporten", "api_klient"}}},
		{consumer, registry.ScopeFields{Prefix: "nav", Subscope: "delegated", Visibility: "PUBLIC", DelegationSource: "https://tt02.altinn.no/"}},
	} {
		s.fields.Description = "x"
		check.Got(w.CreateScope(s.caller, registry.ScopeInput{ScopeFields: s.fields}))(t)
	}
	w.deactivate(t, "difi:old")
	return w
}

func TestThePublicListHoldsWhatTheFilterAsksFor(t *testing.T) {
	t.Parallel()
	w := publicWorld(t)
	for _, c := range []struct {
		name   string
		filter registry.PublicFilter
		want   []string
	}{
		{"only PUBLIC and active ones", registry.PublicFilter{}, []string{"difi:any", "difi:krr", "difitest:all", "nav:delegated"}},
		{"inactive", registry.PublicFilter{Inactive: true}, []string{"difi:any", "difi:krr", "difi:old", "difitest:all", "nav:delegated"}},
		{"prefix", registry.PublicFilter{Prefix: "difi"}, []string{"difi:any", "difi:krr"}},
		{"unknown prefix", registry.PublicFilter{Prefix: "dif"}, []string{}},
		{"accessible for all", registry.PublicFilter{AccessibleForAll: true}, []string{"difitest:all"}},
		{"delegated sources", registry.PublicFilter{DelegatedSources: true}, []string{"nav:delegated"}},
		{
			"a scope without types matches every type",
			registry.PublicFilter{IntegrationType: "krr"},
			[]string{"difi:any", "difi:krr", "nav:delegated"},
		},
		{"types in any case", registry.PublicFilter{IntegrationType: "API_Klient"}, []string{"difi:any", "difitest:all", "nav:delegated"}},
		{"all at once", registry.PublicFilter{Prefix: "difitest", Inactive: true, AccessibleForAll: true, IntegrationType: "MASKINPORTEN"}, []string{"difitest:all"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := check.Got(w.PublicScopes(c.filter))(t)
			check.Same(t, c.want, scopeNames(got))
		})
	}
}

func TestAnUnknownIntegrationTypeInTheFilterIsInvalid(t *testing.T) {
	t.Parallel()
	wantKind(t, check.Err(newWorld(t).PublicScopes(registry.PublicFilter{IntegrationType: "MASKINPORTEN_X"})), registry.Invalid, "integration_type")
}

func TestTheEmptyPublicListIsAnErrorOnlyForDelegatedSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := check.Got(w.PublicScopes(registry.PublicFilter{}))(t)
	if got == nil || len(got) != 0 {
		t.Errorf("got %v: an empty list that is not nil is wanted", got)
	}
	none, err := w.PublicScopes(registry.PublicFilter{DelegatedSources: true})
	wantEmpty(t, none, err)
}
