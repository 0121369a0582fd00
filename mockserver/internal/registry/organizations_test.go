package registry_test

import (
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// malformed are values that some caller may take for organisation numbers.
var malformed = []string{
	"", "..", "12345678", "1234567890", "991825828", "99182582a", " 991825827", "991825827 ",
	"0192:991825827", "991 825 827", "９９１８２５８２７", "scopes", string(make([]byte, 5000)),
}

func TestAnInvalidOrganizationNumberIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, orgno := range malformed {
		wantKind(t, w.AddOrganization(orgno, "Somebody"), registry.Invalid, "orgnr")
		_, err := w.Organization(orgno)
		wantKind(t, err, registry.Invalid, "orgnr")
		if len(err.Error()) > 400 {
			t.Errorf("the text repeats %d bytes of what was sent", len(err.Error()))
		}
	}
}

func TestAnOrganizationIsFoundByItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := check.Got(w.Organization(providerNo))(t)
	want := &registry.Organization{OrgNo: providerNo, Name: "Digitaliseringsdirektoratet"}
	check.Same(t, want, got)
	wantKind(t, check.Err(w.Organization("974760673")), registry.NotFound, "")
}

func TestAnOrganizationNeedsAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, w.AddOrganization("974760673", " \t"), registry.Invalid, "name")
	wantKind(t, check.Err(w.Organization("974760673")), registry.NotFound, "")
}

func TestAddingAnOrganizationAgainRenamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.AddOrganization(consumerNo, "NAV"))
	check.OK(t, w.AddOrganization(consumerNo, "NAV"))
	got := check.Got(w.Organization(consumerNo))(t)
	check.Same(t, "NAV", got.Name, "name")
	want := []registry.Event{{Kind: registry.OrganizationRenamed, Time: dawn, OrgNo: consumerNo, Detail: "NAV"}}
	check.Same(t, want, w.happened())
}

func TestOrganizationsAreListedByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	numbers := check.Each(w.Organizations(), func(o *registry.Organization) string { return o.OrgNo })
	check.Same(t, []string{consumerNo, supplierNo, providerNo}, numbers)
}

func TestTheDelegationSourceIsThatOfTheKindOfEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		production bool
		issuer     string
	}{{false, "https://tt02.altinn.no/"}, {true, "https://www.altinn.no/"}} {
		w := newWorld(t, func(config *registry.Config) { config.Production = c.production })
		sources := w.DelegationSources()
		if len(sources) != 1 || sources[0].Issuer != c.issuer || sources[0].Name == "" {
			t.Errorf("production %v: %+v", c.production, sources)
		}
		if !sources[0].Created.Equal(dawn) || !sources[0].LastUpdated.Equal(dawn) {
			t.Errorf("production %v: not dated: %+v", c.production, sources)
		}
	}
}

func TestDelegationSourcesCanBeChosen(t *testing.T) {
	t.Parallel()
	created := dawn.Add(-time.Hour)
	chosen := []registry.DelegationSource{{Issuer: "https://other.example/", Name: "Other", Created: created}}
	w := newWorld(t, func(config *registry.Config) { config.DelegationSources = chosen })
	chosen[0].Issuer = "changed afterwards"
	want := []registry.DelegationSource{{Issuer: "https://other.example/", Name: "Other", Created: created, LastUpdated: created}}
	check.Same(t, want, w.DelegationSources())
	w.DelegationSources()[0].Issuer = "changed in the answer"
	check.Same(t, want, w.DelegationSources())
}

func TestTheZeroConfigWorks(t *testing.T) {
	t.Parallel()
	r := registry.New(registry.Config{})
	check.OK(t, r.AddOrganization(providerNo, "Digdir"))
	check.OK(t, r.AssignPrefix(providerNo, "difi"))
	before := time.Now().Add(-time.Second)
	s := check.Got(r.CreateScope(provider, input("difi", "api")))(t)
	if s.Created.Before(before) || s.Created.Location() != time.UTC || s.Created.Nanosecond()%int(time.Millisecond) != 0 {
		t.Errorf("created is %v: now in whole milliseconds, UTC, is wanted", s.Created)
	}
	u := check.Got(r.AddSystemUser(registry.SystemUser{OrgNo: consumerNo, VendorOrgNo: supplierNo}))(t)
	v := check.Got(r.AddSystemUser(registry.SystemUser{OrgNo: providerNo, VendorOrgNo: supplierNo}))(t)
	if !uuid.MatchString(u.ID) || u.ID == v.ID {
		t.Errorf("ids %q and %q: different UUIDs are wanted", u.ID, v.ID)
	}
}
