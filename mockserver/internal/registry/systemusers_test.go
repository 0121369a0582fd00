package registry_test

import (
	"regexp"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestUntilTheFirstIsRegisteredEveryOrganizationHasASystemUser(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	ids := map[string]bool{}
	for _, ask := range [][3]string{
		{supplierNo, consumerNo, ""}, {supplierNo, consumerNo, "a"}, {supplierNo, providerNo, ""}, {consumerNo, supplierNo, ""},
	} {
		u, ok := w.SystemUser(ask[0], ask[1], ask[2])
		again, _ := other.SystemUser(ask[0], ask[1], ask[2])
		if !ok || u != again || !uuid.MatchString(u.ID) || u.SystemID == "" ||
			u.VendorOrgNo != ask[0] || u.OrgNo != ask[1] || u.ExternalRef != ask[2] {
			t.Errorf("%v: got %+v, then %+v", ask, u, again)
		}
		ids[u.ID] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d different ids for 4 system users", len(ids))
	}
	if users := w.SystemUsers(); len(users) != 0 {
		t.Errorf("made-up ones are listed: %+v", users)
	}
}

func TestOnceOneIsRegisteredOnlyThoseExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := registry.SystemUser{ID: "f2b1d1a0-0000-4000-8000-000000000001", OrgNo: consumerNo, ExternalRef: "a", SystemID: "sys", VendorOrgNo: supplierNo}
	got := check.Got(w.AddSystemUser(sent))(t)
	if got != sent {
		t.Errorf("got %+v", got)
	}
	found, ok := w.SystemUser(supplierNo, consumerNo, "a")
	if !ok || found != sent {
		t.Errorf("found %+v, %v", found, ok)
	}
	for _, ask := range [][3]string{
		{supplierNo, consumerNo, ""}, {supplierNo, consumerNo, "b"}, {supplierNo, providerNo, "a"}, {providerNo, consumerNo, "a"},
	} {
		if u, ok := w.SystemUser(ask[0], ask[1], ask[2]); ok || u.ID != "" {
			t.Errorf("%v: found %+v", ask, u)
		}
	}
}

func TestASystemUsersIdentifiersAreMadeUpWhereNotGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := check.Got(w.AddSystemUser(registry.SystemUser{OrgNo: consumerNo, VendorOrgNo: supplierNo}))(t)
	want := registry.SystemUser{
		ID: "00000000-0000-4000-8000-000000000001", OrgNo: consumerNo, SystemID: supplierNo + "_system", VendorOrgNo: supplierNo,
	}
	check.Same(t, want, u)
	wantEvent := []registry.Event{{Kind: registry.SystemUserAdded, Time: dawn, OrgNo: consumerNo, SupplierOrgNo: supplierNo, Detail: u.ID}}
	check.Same(t, wantEvent, w.happened())
}

func TestWhichSystemUsersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := registry.SystemUser{OrgNo: consumerNo, VendorOrgNo: supplierNo}
	check.Got(w.AddSystemUser(user))(t)
	wantKind(t, check.Err(w.AddSystemUser(user)), registry.Conflict, "")
	wantKind(t, check.Err(w.AddSystemUser(registry.SystemUser{OrgNo: "1", VendorOrgNo: supplierNo})), registry.Invalid, "orgno")
	wantKind(t, check.Err(w.AddSystemUser(registry.SystemUser{OrgNo: consumerNo})), registry.Invalid, "vendor_orgno")
	if users := w.SystemUsers(); len(users) != 1 {
		t.Errorf("there are %+v", users)
	}
}

func TestSystemUsersAreListedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := []registry.SystemUser{
		{ID: "1", VendorOrgNo: consumerNo, OrgNo: supplierNo, ExternalRef: "z", SystemID: "s"},
		{ID: "2", VendorOrgNo: supplierNo, OrgNo: consumerNo, ExternalRef: "a", SystemID: "s"},
		{ID: "3", VendorOrgNo: supplierNo, OrgNo: consumerNo, ExternalRef: "b", SystemID: "s"},
		{ID: "4", VendorOrgNo: supplierNo, OrgNo: providerNo, SystemID: "s"},
	}
	for _, i := range []int{2, 0, 3, 1} {
		check.Got(w.AddSystemUser(want[i]))(t)
	}
	check.Same(t, want, w.SystemUsers())
}
