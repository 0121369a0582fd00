package maskinporten_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestIntegrationsAreListed(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, "["+golden(t, "integration.json")+"]"))
	list, err := maskinporten.Collect(client.Integrations.All(t.Context(), maskinporten.IntegrationFilter{}))
	if err != nil || len(list) != 1 || list[0].Kind != maskinporten.IntegrationKindMaskinporten {
		t.Errorf("list %+v, error %v", list, err)
	}
	check.Got(maskinporten.Collect(client.Integrations.All(t.Context(), maskinporten.IntegrationFilter{
		OrgNo: nav, UpdatedSince: time.Date(2026, 1, 2, 4, 4, 5, 600_000_000, time.FixedZone("CET", 3600)),
	})))(t)
	wire.mustHaveSent(t,
		sent{Method: "GET", Path: "/integrations", Scope: dcrRead},
		sent{Method: "GET", Path: "/integrations", Query: "org_number=889640782&updated_since=2026-01-02T03%3A04%3A05.6Z", Scope: dcrRead},
	)
}

func TestOneIntegrationIsFoundInTheList(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, `[{"id":"a"},`+golden(t, "integration.json")+`]`))
	got, err := client.Integrations.Get(t.Context(), "0f8fad5b-d9cb-469f-a165-70867728950e")
	if err != nil || got.SupplierOrgNo != supplier {
		t.Errorf("got %+v, error %v", got, err)
	}
	check.Is(t, maskinporten.ErrNotFound, ignored(client.Integrations.Get(t.Context(), "b")))
	wire.mustHaveSentTimes(t, 2)
	mustBeArgumentError(t, ignored(client.Integrations.Get(t.Context(), "")))
}

func TestOneIntegrationFailsWithTheList(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusForbidden, `{"status":403}`))
	check.Is(t, maskinporten.ErrForbidden, ignored(client.Integrations.Get(t.Context(), "b")))
}

func TestAPIsAreListed(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, "["+golden(t, "api.json")+"]"))
	apis := check.Got(maskinporten.Collect(client.Integrations.APIs(t.Context())))(t)
	check.Same(t, []*maskinporten.OfferedAPI{{CustomerOrgNo: digdir, Prefixes: []string{"difi", "difitest"}, ConsumerCount: 17}}, apis, "APIs")
	wire.mustHaveSent(t, sent{Method: "GET", Path: "/apis", Scope: readScope})
}

// The service's description has twenty values: eleven, and nine in which a
// supplier acts on behalf of the customer. Which of two endings those have is
// published for four of them, so that both are read for all.
func TestEachOfTheTwentyKindsOfIntegrationsHasOneNameWhateverItsEnding(t *testing.T) {
	t.Parallel()
	onBehalf := map[maskinporten.IntegrationKind]maskinporten.IntegrationKind{
		maskinporten.IntegrationKindAPIClient: "", maskinporten.IntegrationKindMaskinporten: "",
		maskinporten.IntegrationKindIDPorten:       maskinporten.IntegrationKindIDPortenOnBehalf,
		maskinporten.IntegrationKindIDPortenSAML2:  maskinporten.IntegrationKindIDPortenSAML2OnBehalf,
		maskinporten.IntegrationKindKRR:            maskinporten.IntegrationKindKRROnBehalf,
		maskinporten.IntegrationKindKRRSOAP:        maskinporten.IntegrationKindKRRSOAPOnBehalf,
		maskinporten.IntegrationKindEFormidlingDPI: maskinporten.IntegrationKindEFormidlingDPIOnBehalf,
		maskinporten.IntegrationKindEFormidlingDPV: maskinporten.IntegrationKindEFormidlingDPVOnBehalf,
		maskinporten.IntegrationKindEFormidlingDPO: maskinporten.IntegrationKindEFormidlingDPOOnBehalf,
		maskinporten.IntegrationKindEFormidlingDPE: maskinporten.IntegrationKindEFormidlingDPEOnBehalf,
		maskinporten.IntegrationKindEFormidlingDPF: maskinporten.IntegrationKindEFormidlingDPFOnBehalf,
	}
	kinds := 0
	for kind, variant := range onBehalf {
		kinds++
		mustBeKind(t, string(kind), kind)
		if of, ok := kind.OnBehalf(); ok || of != kind {
			t.Errorf("%s is a variant of %s, %v", kind, of, ok)
		}
		if variant == "" {
			continue
		}
		kinds++
		mustBeKind(t, string(kind)+"_ONBEHALF", variant)
		mustBeKind(t, string(kind)+"_ONBEHALFOF", variant)
		if of, ok := variant.OnBehalf(); !ok || of != kind {
			t.Errorf("%s is a variant of %s, %v", variant, of, ok)
		}
	}
	if kinds != 20 {
		t.Errorf("%d kinds", kinds)
	}
	for _, unknown := range []string{"EFORMIDLING_DPX_ONBEHALF", "EFORMIDLING_DPI_OF", "MASKINPORTEN_ONBEHALF", "altinn"} {
		mustBeKind(t, unknown, maskinporten.IntegrationKind(unknown))
	}
}

func mustBeKind(t *testing.T, onTheWire string, want maskinporten.IntegrationKind) {
	t.Helper()
	var integration maskinporten.Integration
	if err := json.Unmarshal([]byte(`{"id":"1","integration_type":"`+onTheWire+`"}`), &integration); err != nil || integration.Kind != want {
		t.Errorf("%s is read as %s, want %s (%v)", onTheWire, integration.Kind, want, err)
	}
}
