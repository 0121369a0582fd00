package registry_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// integrations lists those of an organisation by id.
func (w *world) integrations(t testing.TB, owner string, f registry.IntegrationFilter) []string {
	t.Helper()
	list := check.Got(w.Integrations(owner, f))(t)
	return check.Each(list, func(i registry.Integration) string { return i.ID })
}

func TestAnIntegrationShowsAClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := check.Got2(w.CreateClient(supplier, server(func(in *registry.ClientInput) {
		in.ClientID, in.ClientOrgNo, in.Description = "app", consumerNo, "Our app"
	})))(t)
	w.advance(time.Hour)
	check.OK(t, w.DeactivateClient(supplier, c.ClientID))
	for _, owner := range []string{consumerNo, supplierNo} { // customer and supplier see the same
		list := check.Got(w.Integrations(owner, registry.IntegrationFilter{}))(t)
		answer := check.Got(json.Marshal(list))(t)
		want := `[{"id":"app","description":"Our app","customer_organization_number":"889640782","supplier_organization_number":"910753614",` +
			`"integration_type":"MASKINPORTEN","created":"2025-07-02T08:30:00Z","last_updated":"2025-07-02T09:30:00Z","active":false}]`
		check.Same(t, want, string(answer))
	}
}

func TestIntegrationTypesAreWrittenInUpperCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for integrationType, want := range map[string]string{
		registry.Maskinporten: "MASKINPORTEN", registry.KRR: "KRR_REST", registry.IDPorten: "IDPORTEN_OIDC",
		registry.APIKlient: "API_KLIENT", registry.Ansattporten: "IDPORTEN_OIDC",
	} {
		in := server(typed(integrationType))
		if integrationType != registry.Maskinporten && integrationType != registry.KRR {
			in = login(typed(integrationType))
		}
		id := w.create(t, in).ClientID
		list := check.Got(w.Integrations(consumerNo, registry.IntegrationFilter{}))(t)
		if got := list[len(list)-1]; got.ID != id || got.Type != want || got.Description != in.ClientName {
			t.Errorf("%s: %+v", integrationType, got)
		}
	}
}

func TestAnOrganisationWithAPrefixIsAnIntegrationItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.advance(time.Hour)
	check.OK(t, w.WithdrawPrefix(providerNo, "difi"))
	list := check.Got(w.Integrations(providerNo, registry.IntegrationFilter{Provider: true}))(t)
	want := []registry.Integration{{
		ID: "api-tilbyder-991825827", Description: "API-tilbyder", CustomerOrgNo: providerNo, Type: registry.APIProvider,
		Created: dawn, LastUpdated: dawn.Add(time.Hour), Active: true,
	}}
	check.Same(t, want, list)
	if list, err := w.Integrations(providerNo, registry.IntegrationFilter{}); err != nil || len(list) != 0 {
		t.Errorf("outside the portal: %v, %v", list, err)
	}
	check.OK(t, w.WithdrawPrefix(providerNo, "difitest"))
	if list, err := w.Integrations(providerNo, registry.IntegrationFilter{Provider: true}); err != nil || list[0].Active {
		t.Errorf("without an active prefix: %+v, %v", list, err)
	}
	if list, err := w.Integrations(consumerNo, registry.IntegrationFilter{}); err != nil || list == nil || len(list) != 0 {
		t.Errorf("without anything: %+v, %v", list, err)
	}
}

func TestIntegrationsAreFilteredByCustomerAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	named := func(id, customer string) registry.ClientInput {
		return server(func(in *registry.ClientInput) { in.ClientID, in.ClientOrgNo = id, customer })
	}
	check.OK(t, w.AssignPrefix(supplierNo, "lev"))
	w.advance(time.Hour)
	for _, in := range []registry.ClientInput{named("own", ""), named("customers", consumerNo), named("providers", providerNo)} {
		check.Got2(w.CreateClient(supplier, in))(t)
	}
	w.advance(time.Hour)
	check.OK(t, w.DeactivateClient(supplier, "customers"))
	for name, c := range map[string]struct {
		filter registry.IntegrationFilter
		want   []string
	}{
		"all":               {registry.IntegrationFilter{Provider: true}, []string{"api-tilbyder-910753614", "own", "customers", "providers"}},
		"own":               {registry.IntegrationFilter{OrgNo: supplierNo, Provider: true}, []string{"api-tilbyder-910753614", "own"}},
		"a customer's":      {registry.IntegrationFilter{OrgNo: consumerNo}, []string{"customers"}},
		"since the first":   {registry.IntegrationFilter{UpdatedSince: dawn, Provider: true}, []string{"api-tilbyder-910753614", "own", "customers", "providers"}},
		"since later":       {registry.IntegrationFilter{UpdatedSince: dawn.Add(time.Hour), Provider: true}, []string{"own", "customers", "providers"}},
		"since just now":    {registry.IntegrationFilter{UpdatedSince: dawn.Add(2 * time.Hour)}, []string{"customers"}},
		"since a bit later": {registry.IntegrationFilter{UpdatedSince: dawn.Add(2*time.Hour + 1)}, []string{}},
		"both":              {registry.IntegrationFilter{OrgNo: providerNo, UpdatedSince: dawn.Add(2 * time.Hour)}, []string{}},
	} {
		check.Same(t, c.want, w.integrations(t, supplierNo, c.filter), name)
	}
	wantKind(t, check.Err(w.Integrations(supplierNo, registry.IntegrationFilter{OrgNo: "12"})), registry.Invalid, "org_number")
}

func TestAPIsCountEachConsumerOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.scope(t, "a"), w.scope(t, "b"), w.scope(t, "c")
	others := orgNos(3)
	w.grant(t, a, consumerNo, supplierNo, others[0])
	w.grant(t, b, consumerNo, supplierNo, others[1])
	w.grant(t, c, consumerNo, others[2])
	w.revoke(t, a, supplierNo) // has b still
	w.revoke(t, b, others[1])  // has nothing left
	w.revoke(t, c, consumerNo) // has a and b still
	want := []registry.API{{CustomerOrgNo: providerNo, Prefixes: []string{"difi", "difitest"}, ConsumerCount: 4}}
	check.Same(t, want, w.APIs(providerNo))
	check.OK(t, w.WithdrawPrefix(providerNo, "difitest"))
	answer := check.Got(json.Marshal(w.APIs(providerNo)))(t)
	check.Same(t, `[{"customer_organization_number":"991825827","prefix":["difi"],"consumer_count":4}]`, string(answer))
	if list := w.APIs(consumerNo); list == nil || len(list) != 0 {
		t.Errorf("without a prefix: %v", list)
	}
}
