package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestPrefixesOfTheOwnOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AssignPrefix(consumerNo, "nav"))
	got := w.Prefixes(providerNo)
	prefix := func(name string) *registry.Prefix {
		return &registry.Prefix{
			Prefix: name, OwnerOrgNo: providerNo, OrganizationName: "Digitaliseringsdirektoratet",
			Active: true, Created: dawn, LastUpdated: dawn,
		}
	}
	check.Same(t, []*registry.Prefix{prefix("difi"), prefix("difitest")}, got)
}

func TestAnOrganizationWithoutPrefixHasAnEmptyList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantEmpty(t, w.Prefixes(consumerNo), nil)
}

func TestPrefixesAreListedByCreationThenName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, prefix := range []string{"c", "a", "b"} {
		check.OK(t, w.AssignPrefix(consumerNo, prefix))
	}
	w.advance(time.Second)
	check.OK(t, w.AssignPrefix(consumerNo, "0"))
	got := w.Prefixes(consumerNo)
	check.Same(t, []string{"a", "b", "c", "0"}, prefixNames(got))
}

func TestAPrefixBelongsToOneOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, w.AssignPrefix(consumerNo, "difi"), registry.Conflict, "")
	check.OK(t, w.AssignPrefix(providerNo, "difi")) // its own again: nothing to do
	w.silent(t)
}

func TestAPrefixGoesToARegisteredOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, w.AssignPrefix("974760673", "tax"), registry.NotFound, "")
}

func TestAMalformedPrefixIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, prefix := range []string{"", "a:b", "a/b", "a b", "..", "-a", "æ", "a\n", strings.Repeat("a", 256)} {
		wantKind(t, w.AssignPrefix(providerNo, prefix), registry.Invalid, "prefix")
	}
	for _, prefix := range []string{"Difi.X_1", strings.Repeat("a", 255)} { // as the portal takes them
		check.OK(t, w.AssignPrefix(providerNo, prefix))
	}
}

func TestAWithdrawnPrefixIsOnNoDefaultListAndMakesNoScopes(t *testing.T) {
	t.Parallel()
	w, scope := withScope(t)
	w.happened()
	check.OK(t, w.WithdrawPrefix(providerNo, "difi"))
	check.OK(t, w.WithdrawPrefix(providerNo, "difi"))
	check.Same(t, []registry.EventKind{registry.PrefixWithdrawn}, kinds(w.happened()))
	own := w.Prefixes(providerNo)
	check.Same(t, []string{"difitest"}, prefixNames(own))
	check.Same(t, []string{"difitest"}, prefixNames(w.AllPrefixes(false)))
	check.Same(t, []string{"difi", "difitest"}, prefixNames(w.AllPrefixes(true)))
	_, err := w.CreateScope(provider, input("difi", "more"))
	wantKind(t, err, registry.Forbidden, "")
	if _, err := w.Scope(provider.OrgNo, scope); err != nil {
		t.Errorf("its scopes went with it: %v", err)
	}
	wantKind(t, w.AssignPrefix(consumerNo, "difi"), registry.Conflict, "")
	check.OK(t, w.AssignPrefix(providerNo, "difi"))
	w.scope(t, "more")
}

func TestOnlyTheOwnersPrefixIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, w.WithdrawPrefix(consumerNo, "difi"), registry.NotFound, "")
	wantKind(t, w.WithdrawPrefix(providerNo, "nosuch"), registry.NotFound, "")
}

func TestAPrefixCarriesTheOwnersNameAsItIsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AddOrganization(providerNo, "Digdir"))
	check.Same(t, "Digdir", w.AllPrefixes(false)[0].OrganizationName, "organization_name")
}

func prefixNames(prefixes []*registry.Prefix) []string {
	return check.Each(prefixes, func(p *registry.Prefix) string { return p.Prefix })
}
