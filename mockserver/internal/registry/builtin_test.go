package registry_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

var adminScopes = []string{
	"idporten:dcr.modify", "idporten:dcr.read", "idporten:dcr.supplier", "idporten:dcr.write",
	"idporten:dcr/onbehalfof.write", "idporten:dcr/onbehalfof:write", "idporten:scopes.read", "idporten:scopes.write",
}

func TestAdminScopesNeedToBeAssigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range adminScopes {
		s, ok := w.IssuedScope(name)
		if !ok || s.Name != name || !s.Active {
			t.Errorf("%s is %+v", name, s)
		}
		if w.IssuedAccess(name, consumerNo) || w.IssuedAccess(name, providerNo) {
			t.Errorf("%s can be used by those to whom it wasn't assigned", name)
		}
		check.OK(t, w.GrantAdminScopes(consumerNo, name))
		if !w.IssuedAccess(name, consumerNo) || w.IssuedAccess(name, supplierNo) {
			t.Errorf("%s: not exactly the one to whom it was assigned can use it", name)
		}
	}
	check.Same(t, adminScopes, w.AdminScopes(consumerNo))
	if got := w.AdminScopes(supplierNo); len(got) != 0 {
		t.Errorf("the supplier has %v", got)
	}
}

func TestAssigningAgainAddsWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.GrantAdminScopes(consumerNo, "idporten:dcr.read"))
	check.OK(t, w.GrantAdminScopes(consumerNo, "idporten:dcr.read", "idporten:dcr.write"))
	want := []registry.Event{
		{Kind: registry.AdminScopesGranted, Time: dawn, OrgNo: consumerNo, Scope: "idporten:dcr.read"},
		{Kind: registry.AdminScopesGranted, Time: dawn, OrgNo: consumerNo, Scope: "idporten:dcr.write"},
	}
	check.Same(t, want, w.happened())
}

func TestOnlyAdminScopesAreAssignedAndOnlyToTheRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"", "openid", "krr:global/kontaktinformasjon.read", "difi:api", "idporten:nosuch"} {
		wantKind(t, w.GrantAdminScopes(consumerNo, "idporten:dcr.read", name), registry.Invalid, "scope")
	}
	wantKind(t, w.GrantAdminScopes("974760673", "idporten:dcr.read"), registry.NotFound, "")
	if got := w.AdminScopes(consumerNo); len(got) != 0 {
		t.Errorf("a refused call assigned %v", got)
	}
}

func TestLoginAndKRRScopesAreThereForEveryone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, types := range map[string][]string{
		"openid": {"idporten", "api_klient", "ansattporten"}, "profile": {"idporten", "api_klient", "ansattporten"},
		"eidas": {"idporten"}, "no_pid": {"idporten"},
		"krr:global/kontaktinformasjon.read": {"krr", "maskinporten"}, "krr:global/digitalpost.read": {"krr", "maskinporten"},
	} {
		s, ok := w.IssuedScope(name)
		if !ok || !w.IssuedAccess(name, consumerNo) {
			t.Errorf("%s cannot be used", name)
			continue
		}
		check.Same(t, types, s.AllowedIntegrationTypes, name)
	}
}

func TestBuiltInScopesAreInNoList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.GrantAdminScopes(providerNo, adminScopes...))
	none, err := w.Scopes(providerNo, registry.ScopeFilter{Inactive: true})
	wantEmpty(t, none, err)
	wantEmpty(t, w.AccessReceived(providerNo, true), nil)
	public := check.Got(w.PublicScopes(registry.PublicFilter{Inactive: true}))(t)
	if len(public) != 0 || len(w.AllScopes()) != 0 {
		t.Errorf("listed: %v, %v", scopeNames(public), scopeNames(w.AllScopes()))
	}
}
