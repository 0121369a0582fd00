package registry_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestANewScopeHasTheDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := check.Got(w.CreateScope(provider, input("difi", "api3")))(t)
	want := &registry.Scope{
		ScopeFields: registry.ScopeFields{
			Prefix: "difi", Subscope: "api3", Description: "For api3", TokenType: "SELF_CONTAINED", Visibility: "PRIVATE",
		},
		Name: "difi:api3", OwnerOrgNo: providerNo, Active: true, Created: dawn, LastUpdated: dawn,
	}
	check.Same(t, want, got)
	stored := check.Got(w.Scope(providerNo, "difi:api3"))(t)
	check.Same(t, want, stored)
}

func TestAnOrganizationWithoutPrefixCannotCreateScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, check.Err(w.CreateScope(consumer, input("nav", "api"))), registry.Forbidden, "")
}

func TestThePrefixMustBeOneOfTheCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AssignPrefix(consumerNo, "nav"))
	wantKind(t, check.Err(w.CreateScope(consumer, input("difi", "api"))), registry.Forbidden, "")
	wantKind(t, check.Err(w.CreateScope(consumer, input("nosuch", "api"))), registry.Forbidden, "")
	wantKind(t, check.Err(w.Scope(providerNo, "difi:api")), registry.NotFound, "")
}

func TestCreatingWhatExistsIsAConflictActiveOrNot(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	wantKind(t, check.Err(w.CreateScope(provider, input("difi", "api"))), registry.Conflict, "")
	w.deactivate(t, scope)
	wantKind(t, check.Err(w.CreateScope(provider, input("difi", "api"))), registry.Conflict, "")
	s := check.Got(w.Scope(providerNo, scope))(t)
	if s.Active {
		t.Error("the refused call reactivated the scope")
	}
}

func TestAScopeCanBeCreatedInactive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := w.scope(t, "api", func(in *registry.ScopeInput) { in.Active = new(false) })
	if s, err := w.Scope(providerNo, name); err != nil || s.Active {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestAScopeIsOwnedByItsCreator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := input("difi", "api")
	in.OwnerOrgNo = consumerNo
	wantKind(t, check.Err(w.CreateScope(provider, in)), registry.Invalid, "owner_orgno")
	in.OwnerOrgNo = providerNo
	check.Got(w.CreateScope(provider, in))(t)
}

func TestAnothersScopeIsForbiddenAndAnUnknownOneNotFound(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	before := check.Got(w.Scope(providerNo, scope))(t)
	w.happened()
	calls := map[string]func(name string) error{
		"Scope":           func(name string) error { return check.Err(w.Scope(consumerNo, name)) },
		"Scopes":          func(name string) error { return check.Err(w.Scopes(consumerNo, registry.ScopeFilter{Name: name})) },
		"ReplaceScope":    func(name string) error { return check.Err(w.ReplaceScope(consumer, name, input("difi", "api"))) },
		"DeactivateScope": func(name string) error { return check.Err(w.DeactivateScope(consumer, name)) },
		"AccessGiven": func(name string) error {
			return check.Err(w.AccessGiven(consumerNo, registry.AccessFilter{Scope: name}))
		},
		"GrantAccess":  func(name string) error { return check.Err(w.GrantAccess(consumer, name, supplierNo)) },
		"RevokeAccess": func(name string) error { return check.Err(w.RevokeAccess(consumer, name, supplierNo)) },
	}
	for call, f := range calls {
		t.Log(call)
		wantKind(t, f(scope), registry.Forbidden, "")
		wantKind(t, f("idporten:dcr.write"), registry.Forbidden, "")
		wantKind(t, f("difi:nosuch"), registry.NotFound, "")
		wantKind(t, f("no scope at all"), registry.NotFound, "")
	}
	after := check.Got(w.Scope(providerNo, scope))(t)
	if before != after {
		t.Error("a refused call changed the scope")
	}
	w.silent(t)
}

func TestBuiltInScopesBelongToNobodyWhoCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, check.Err(w.Scope(providerNo, "idporten:scopes.read")), registry.Forbidden, "")
	check.OK(t, w.AssignPrefix(providerNo, "idporten"))
	wantKind(t, check.Err(w.CreateScope(provider, input("idporten", "scopes.read"))), registry.Conflict, "")
}

func TestScopesAreListedByCreationThenName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, subscope := range []string{"c", "a", "b"} {
		w.scope(t, subscope)
	}
	w.advance(time.Second)
	w.scope(t, "0")
	w.advance(-time.Minute) // somebody put the clock back
	w.scope(t, "z")
	got := check.Got(w.Scopes(providerNo, registry.ScopeFilter{}))(t)
	want := []string{"difi:z", "difi:a", "difi:b", "difi:c", "difi:0"}
	check.Same(t, want, scopeNames(got))
	check.Same(t, want, scopeNames(w.AllScopes()))
}

func TestAnOrganizationListsOnlyItsOwnScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope(t, "api")
	none, err := w.Scopes(consumerNo, registry.ScopeFilter{Inactive: true})
	wantEmpty(t, none, err)
}

func TestDeactivatedScopesAreHiddenFromTheDefaultList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deactivate(t, w.scope(t, "old"))
	none, err := w.Scopes(providerNo, registry.ScopeFilter{})
	wantEmpty(t, none, err)
	w.scope(t, "api")
	for inactive, want := range map[bool][]string{false: {"difi:api"}, true: {"difi:api", "difi:old"}} {
		got := check.Got(w.Scopes(providerNo, registry.ScopeFilter{Inactive: inactive}))(t)
		check.Same(t, want, scopeNames(got), "inactive ", inactive)
	}
}

func TestScopesByNameAnswersAListOfOneActiveOrNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope(t, "other")
	scope := w.scope(t, "api")
	w.deactivate(t, scope)
	got := check.Got(w.Scopes(providerNo, registry.ScopeFilter{Name: scope}))(t)
	check.Same(t, []string{scope}, scopeNames(got))
}

func TestReplacingReplacesEverythingTheOwnerDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := w.scope(t, "api", func(in *registry.ScopeInput) {
		in.ScopeFields = registry.ScopeFields{
			Prefix: "difi", Subscope: "api", Description: "Before", LongDescription: "Long", Visibility: "PUBLIC",
			AllowedIntegrationTypes: []string{registry.KRR}, TokenType: "OPAQUE", DelegationSource: "https://tt02.altinn.no/",
			RequiresUserConsent: true, RequiresUserAuthentication: true, RequiresPseudonymousTokens: true,
			AtMaxAge: 30, AuthorizationMaxLifetime: 40, AccessibleForAll: true, EnforcedAudForAccessToken: "https://api.example/",
			SupportsEuropeanBusinesses: true, Translations: map[string]string{"description#en": "x"},
		}
	})
	before := check.Got(w.Scope(providerNo, name))(t)
	w.advance(time.Hour)
	after := check.Got(w.ReplaceScope(provider, name, registry.ScopeInput{ScopeFields: registry.ScopeFields{Description: "After"}}))(t)
	want := &registry.Scope{
		ScopeFields: registry.ScopeFields{
			Prefix: "difi", Subscope: "api", Description: "After", TokenType: "SELF_CONTAINED", Visibility: "PRIVATE",
		},
		Name: name, OwnerOrgNo: providerNo, Active: true, Created: dawn, LastUpdated: dawn.Add(time.Hour),
	}
	check.Same(t, want, after)
	if before.Description != "Before" || !before.AccessibleForAll {
		t.Error("an answer given earlier was changed in place")
	}
}

func TestPrefixSubscopeAndOwnerNeverChange(t *testing.T) {
	t.Parallel()
	w, name := withScope(t)
	for field, change := range map[string]func(*registry.ScopeInput){
		"prefix":      func(in *registry.ScopeInput) { in.Prefix = "difitest" },
		"subscope":    func(in *registry.ScopeInput) { in.Subscope = "other" },
		"owner_orgno": func(in *registry.ScopeInput) { in.OwnerOrgNo = consumerNo },
	} {
		in := input("difi", "api")
		in.OwnerOrgNo = providerNo
		change(&in)
		wantKind(t, check.Err(w.ReplaceScope(provider, name, in)), registry.Invalid, field)
	}
}

func TestActiveInAReplacement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		before, want bool
		sent         *bool
		event        registry.EventKind
	}{
		{"absent keeps an active scope", true, true, nil, registry.ScopeUpdated},
		{"absent keeps an inactive scope", false, false, nil, registry.ScopeUpdated},
		{"true reactivates", false, true, new(true), registry.ScopeReactivated},
		{"true on an active scope", true, true, new(true), registry.ScopeUpdated},
		{"false deactivates", true, false, new(false), registry.ScopeDeactivated},
		{"false on an inactive scope", false, false, new(false), registry.ScopeUpdated},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			name := w.scope(t, "api", func(in *registry.ScopeInput) { in.Active = &c.before })
			w.happened()
			in := input("difi", "api")
			in.Active = c.sent
			s := check.Got(w.ReplaceScope(provider, name, in))(t)
			check.Same(t, c.want, s.Active, "active")
			check.Same(t, []registry.EventKind{c.event}, kinds(w.happened()))
		})
	}
}

func TestDeactivatingKeepsTheAccesses(t *testing.T) {
	t.Parallel()
	w, name := withScope(t)
	w.grant(t, name, consumerNo)
	w.advance(time.Minute)
	s := check.Got(w.DeactivateScope(provider, name))(t)
	if s.Active || !s.LastUpdated.Equal(dawn.Add(time.Minute)) || !s.Created.Equal(dawn) {
		t.Errorf("answered %+v", s)
	}
	got := w.AccessReceived(consumerNo, false)
	check.Same(t, []string{"difi:api 889640782 APPROVED"}, pairs(got))
}

func TestEveryEnvironmentHasItsOwnPrefixesScopesAndAccesses(t *testing.T) {
	t.Parallel()
	test, scope := withScope(t)
	prod := newWorld(t, func(c *registry.Config) { c.Production = true })
	check.OK(t, test.AssignPrefix(providerNo, "more"))
	test.grant(t, scope, consumerNo)
	check.OK(t, test.GrantAdminScopes(consumerNo, "idporten:dcr.read"))
	check.OK(t, test.Delegate(consumerNo, supplierNo, scope))
	check.Same(t, 2, len(prod.AllPrefixes(true)), "prefixes in production")
	_, err := prod.Scope(providerNo, scope)
	wantKind(t, err, registry.NotFound, "")
	wantEmpty(t, prod.AccessReceived(consumerNo, true), nil)
	if prod.IssuedAccess("idporten:dcr.read", consumerNo) || prod.Delegated(consumerNo, supplierNo, scope) {
		t.Error("rights given in test hold in production")
	}
}
