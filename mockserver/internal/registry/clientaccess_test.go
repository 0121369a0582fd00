package registry_test

import (
	"errors"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestAClientBelongsToTheCallerUnlessItIsASupplier(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := func(client, supplier string) registry.ClientInput {
		return server(func(in *registry.ClientInput) { in.ClientOrgNo, in.SupplierOrgNo = client, supplier })
	}
	onlySupplier := registry.Caller{OrgNo: supplierNo, Supplier: true}
	for name, c := range map[string]struct {
		caller                   registry.Caller
		in                       registry.ClientInput
		wantClient, wantSupplier string
	}{
		"own by default":              {consumer, of("", ""), consumerNo, ""},
		"own by name":                 {consumer, of(consumerNo, ""), consumerNo, ""},
		"a customer's":                {supplier, of(consumerNo, ""), consumerNo, supplierNo},
		"a customer's, both named":    {supplier, of(consumerNo, supplierNo), consumerNo, supplierNo},
		"a supplier's own":            {supplier, of("", ""), supplierNo, ""},
		"own with the supplier scope": {onlySupplier, of("", ""), supplierNo, supplierNo},
	} {
		got, _ := check.Got2(w.CreateClient(c.caller, c.in))(t)
		if got.ClientOrgNo != c.wantClient || got.SupplierOrgNo != c.wantSupplier {
			t.Errorf("%s: client_orgno %q, supplier_orgno %q", name, got.ClientOrgNo, got.SupplierOrgNo)
		}
	}
	w.refuses(t, consumer, of(supplierNo, ""), registry.Forbidden, "")
	w.refuses(t, registry.Caller{OrgNo: consumerNo}, of("", ""), registry.Forbidden, "")
	w.refuses(t, supplier, of("123456789", ""), registry.Invalid, "client_orgno")
	w.refuses(t, supplier, of(consumerNo, providerNo), registry.Invalid, "supplier_orgno")
	w.refuses(t, consumer, of("", consumerNo), registry.Invalid, "supplier_orgno")
}

func TestWhoMayActOnAClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.create(t, server()).ClientID
	customers, _ := check.Got2(w.CreateClient(supplier, server(func(in *registry.ClientInput) { in.ClientOrgNo = consumerNo })))(t)
	suppliers, _ := check.Got2(w.CreateClient(supplier, server()))(t)
	for name, c := range map[string]struct {
		caller registry.Caller
		may    map[string]bool
	}{
		"the organisation":       {consumer, map[string]bool{own: true, customers.ClientID: true}},
		"the supplier":           {supplier, map[string]bool{customers.ClientID: true, suppliers.ClientID: true}},
		"the supplier as such":   {registry.Caller{OrgNo: supplierNo, Supplier: true}, map[string]bool{customers.ClientID: true}},
		"the supplier as others": {registry.Caller{OrgNo: supplierNo, Own: true}, map[string]bool{customers.ClientID: true, suppliers.ClientID: true}},
		"somebody else":          {provider, nil},
		"nobody":                 {registry.Caller{Own: true, Supplier: true}, nil},
	} {
		for _, id := range []string{own, customers.ClientID, suppliers.ClientID} {
			for what, err := range w.everyCall(c.caller, id) {
				if refused := isKind(err, registry.Forbidden); refused == c.may[id] {
					t.Errorf("%s, %s: %v", name, what, err)
				}
			}
		}
	}
}

// everyCall makes all calls on a client, with inputs that are refused later
// than for whose the client is.
func (w *world) everyCall(caller registry.Caller, id string) map[string]error {
	_, _, secret := w.RotateSecret(caller, id)
	return map[string]error{
		"get": check.Err(w.Client(caller, id)), "put": check.Err(w.ReplaceClient(caller, id, registry.ClientInput{})), "secret": secret,
		"keys": check.Err(w.Keys(caller, id)), "key": check.Err(w.Key(caller, id, "k")),
		"put key": check.Err(w.PutKey(caller, id, "k", registry.KeyInput{})), "add key": check.Err(w.AddKeyText(caller, id, nil)),
		"replace keys": check.Err(w.ReplaceKeys(caller, id, nil)), "delete key": w.DeleteKey(caller, id, "k"), "delete keys": w.DeleteKeys(caller, id),
		"list onbehalfof": check.Err(w.OnBehalfOfList(caller, id)), "get onbehalfof": check.Err(w.OnBehalfOfGet(caller, id, "o")),
		"create onbehalfof":  check.Err(w.OnBehalfOfCreate(caller, id, registry.OnBehalfOfInput{})),
		"replace onbehalfof": check.Err(w.OnBehalfOfReplace(caller, id, "o", registry.OnBehalfOfInput{})),
		"delete onbehalfof":  w.OnBehalfOfDelete(caller, id, "o"), "deactivate": w.DeactivateClient(caller, id),
	}
}

func isKind(err error, kind registry.Kind) bool {
	refusal, ok := errors.AsType[*registry.Error](err)
	return ok && refusal.Kind == kind
}

func TestAnUnknownClientIsNotFoundByEveryCall(t *testing.T) {
	t.Parallel()
	for what, err := range newWorld(t).everyCall(consumer, "unknown") {
		if !isKind(err, registry.NotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
