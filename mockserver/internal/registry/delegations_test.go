package registry_test

import (
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestADelegationIsForOneConsumerSupplierAndScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:api"))
	if !w.Delegated(consumerNo, supplierNo, "difi:api") {
		t.Error("the delegation isn't there")
	}
	for _, d := range [][3]string{
		{supplierNo, consumerNo, "difi:api"}, {consumerNo, providerNo, "difi:api"}, {consumerNo, supplierNo, "difi:other"},
	} {
		if w.Delegated(d[0], d[1], d[2]) {
			t.Errorf("%v was never delegated", d)
		}
	}
}

func TestADelegationCanBeTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:api"))
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:api"))
	check.OK(t, w.Undelegate(consumerNo, supplierNo, "difi:api"))
	if w.Delegated(consumerNo, supplierNo, "difi:api") {
		t.Error("the delegation is there still")
	}
	wantKind(t, w.Undelegate(consumerNo, supplierNo, "difi:api"), registry.NotFound, "")
	event := registry.Event{
		Kind: registry.DelegationAdded, Time: dawn, OrgNo: consumerNo, ConsumerOrgNo: consumerNo, SupplierOrgNo: supplierNo, Scope: "difi:api",
	}
	removed := event
	removed.Kind = registry.DelegationRemoved
	check.Same(t, []registry.Event{event, removed}, w.happened())
}

func TestAMalformedDelegationIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantKind(t, w.Delegate("..", supplierNo, "difi:api"), registry.Invalid, "consumer")
	wantKind(t, w.Delegate(consumerNo, "", "difi:api"), registry.Invalid, "supplier")
	wantKind(t, w.Delegate(consumerNo, consumerNo, "difi:api"), registry.Invalid, "supplier")
	wantKind(t, w.Delegate(consumerNo, supplierNo, ""), registry.Invalid, "scope")
	if list := w.Delegations(); len(list) != 0 {
		t.Errorf("there are %+v", list)
	}
}

func TestDelegationsAreListedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := []registry.Delegation{
		{Consumer: consumerNo, Supplier: supplierNo, Scope: "a"},
		{Consumer: consumerNo, Supplier: supplierNo, Scope: "b"},
		{Consumer: consumerNo, Supplier: providerNo, Scope: "a"},
		{Consumer: providerNo, Supplier: supplierNo, Scope: "a"},
	}
	for _, i := range []int{3, 1, 2, 0} {
		check.OK(t, w.Delegate(want[i].Consumer, want[i].Supplier, want[i].Scope))
	}
	check.Same(t, want, w.Delegations())
}
