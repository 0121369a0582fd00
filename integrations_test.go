package maskinporten_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
)

const clientsRead = "idporten:dcr.read"

func TestIntegrationsAreListed(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, "["+golden(t, "integration.json")+"]"))
	list, err := maskinporten.Collect(client.Integrations.All(t.Context(), maskinporten.IntegrationFilter{}))
	if err != nil || len(list) != 1 || list[0].Kind != maskinporten.IntegrationKindMaskinporten {
		t.Errorf("list %+v, error %v", list, err)
	}
	_, err = maskinporten.Collect(client.Integrations.All(t.Context(), maskinporten.IntegrationFilter{
		OrgNo: nav, UpdatedSince: time.Date(2026, 1, 2, 4, 4, 5, 600_000_000, time.FixedZone("CET", 3600)),
	}))
	if err != nil {
		t.Fatal(err)
	}
	wire.mustHaveSent(t,
		sent{Method: "GET", Path: "/integrations", Scope: clientsRead},
		sent{Method: "GET", Path: "/integrations", Query: "org_number=889640782&updated_since=2026-01-02T03%3A04%3A05.6Z", Scope: clientsRead},
	)
}

func TestOneIntegrationIsFoundInTheList(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `[{"id":"a"},`+golden(t, "integration.json")+`]`))
	got, err := client.Integrations.Get(t.Context(), "0f8fad5b-d9cb-469f-a165-70867728950e")
	if err != nil || got.SupplierOrgNo != supplier {
		t.Errorf("got %+v, error %v", got, err)
	}
	if _, err := client.Integrations.Get(t.Context(), "b"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if len(wire.requests()) != 2 {
		t.Errorf("sent %+v", wire.requests())
	}
	_, err = client.Integrations.Get(t.Context(), "")
	mustBeArgumentError(t, err)
}

func TestOneIntegrationFailsWithTheList(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	if _, err := client.Integrations.Get(t.Context(), "b"); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("error %v", err)
	}
}

func TestAPIsAreListed(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, "["+golden(t, "api.json")+"]"))
	apis, err := maskinporten.Collect(client.Integrations.APIs(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*maskinporten.OfferedAPI{{CustomerOrgNo: digdir, Prefixes: []string{"difi", "difitest"}, ConsumerCount: 17}}, apis); diff != "" {
		t.Errorf("APIs (-want +got):\n%s", diff)
	}
	wire.mustHaveSent(t, sent{Method: "GET", Path: "/apis", Scope: readScope})
}

// The service's description has twenty values: eleven, and nine in which a
// supplier acts on behalf of the customer. How the endings of five of those are
// spelt is published nowhere, so that both spellings are told.
func TestEachOfTheTwentyKindsOfIntegrationsIsTold(t *testing.T) {
	t.Parallel()
	alone := []maskinporten.IntegrationKind{maskinporten.IntegrationKindAPIClient, maskinporten.IntegrationKindMaskinporten}
	withVariant := []maskinporten.IntegrationKind{
		maskinporten.IntegrationKindIDPortenSAML2, maskinporten.IntegrationKindIDPorten, maskinporten.IntegrationKindKRR, maskinporten.IntegrationKindKRRSOAP,
		maskinporten.IntegrationKindEFormidlingDPI, maskinporten.IntegrationKindEFormidlingDPV, maskinporten.IntegrationKindEFormidlingDPO,
		maskinporten.IntegrationKindEFormidlingDPE, maskinporten.IntegrationKindEFormidlingDPF,
	}
	if n := len(alone) + 2*len(withVariant); n != 20 {
		t.Errorf("%d kinds", n)
	}
	for _, kind := range slices.Concat(alone, withVariant) {
		if of, ok := kind.OnBehalf(); ok || of != kind {
			t.Errorf("%s is a variant of %s, %v", kind, of, ok)
		}
	}
	for _, kind := range withVariant {
		for _, ending := range []maskinporten.IntegrationKind{"_ONBEHALF", "_ONBEHALFOF"} {
			if of, ok := (kind + ending).OnBehalf(); !ok || of != kind {
				t.Errorf("%s is a variant of %s, %v", kind+ending, of, ok)
			}
		}
	}
	for kind, want := range map[maskinporten.IntegrationKind]maskinporten.IntegrationKind{
		maskinporten.IntegrationKindIDPortenOnBehalf: maskinporten.IntegrationKindIDPorten, maskinporten.IntegrationKindIDPortenSAML2OnBehalf: maskinporten.IntegrationKindIDPortenSAML2,
		maskinporten.IntegrationKindKRROnBehalf: maskinporten.IntegrationKindKRR, maskinporten.IntegrationKindKRRSOAPOnBehalf: maskinporten.IntegrationKindKRRSOAP,
	} {
		if of, ok := kind.OnBehalf(); !ok || of != want {
			t.Errorf("%s is a variant of %s, %v", kind, of, ok)
		}
	}
}
