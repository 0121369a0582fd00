package portal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/portal"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const providerIntegration = "api-tilbyder-" + digdir

// merchants is a world in which Digdir has an integration as API provider.
func merchants(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.ok(w.Registries["test"].AssignPrefix(digdir, "difi"))
	return w
}

func goodMerchantData() portal.MerchantData {
	return portal.MerchantData{
		Invoicing: portal.Invoicing{
			RecipientOrgNo: digdir, RecipientName: "Digitaliseringsdirektoratet", PeppolID: "0192:" + digdir,
			Reference: "Kari", OrderNumber: "PO-1", Email: "faktura@digdir.no",
			Address: portal.Address{Street: "Postboks 1", PostalCode: "0114", City: "Oslo"},
		},
		NotificationPoints: []string{"drift@digdir.no", "vakt@digdir.no"},
	}
}

func TestMerchantDataIsSavedTogetherAndWhole(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	empty := check.Got(w.MerchantData("test", digdir, providerIntegration))(t)
	check.Same(t, portal.MerchantData{IntegrationID: providerIntegration, NotificationPoints: []string{}}, empty)
	want := goodMerchantData()
	want.IntegrationID = providerIntegration
	saved := check.Got(w.SaveMerchantData("test", digdir, providerIntegration, goodMerchantData()))(t)
	if diff := cmp.Diff(want, saved, cmpopts.IgnoreFields(want, "LastUpdated")); diff != "" || saved.LastUpdated.IsZero() {
		t.Error(diff)
	}
	check.Got(w.SaveMerchantData("test", digdir, providerIntegration, portal.MerchantData{NotificationPoints: []string{kari}}))(t)
	got := check.Got(w.MerchantData("test", digdir, providerIntegration))(t)
	if got.Invoicing != (portal.Invoicing{}) || !cmp.Equal(got.NotificationPoints, []string{kari}) {
		t.Errorf("a save must replace all: %+v", got)
	}
}

func TestMerchantDataWithOneBadFieldSavesNothing(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	for field, spoil := range map[string]func(*portal.MerchantData){
		"notification_points":           func(d *portal.MerchantData) { d.NotificationPoints = []string{"drift"} },
		"notification_points twice":     func(d *portal.MerchantData) { d.NotificationPoints = []string{kari, "KARI@digdir.no"} },
		"invoicing.recipient_orgno":     func(d *portal.MerchantData) { d.Invoicing.RecipientOrgNo = "123" },
		"invoicing.recipient_orgno iso": func(d *portal.MerchantData) { d.Invoicing.RecipientOrgNo = "0192:" + digdir },
		"invoicing": func(d *portal.MerchantData) {
			d.Invoicing.PeppolID, d.Invoicing.Email, d.Invoicing.Address = "", "", portal.Address{}
		},
		"invoicing.peppol_id":                 func(d *portal.MerchantData) { d.Invoicing.PeppolID = "0192:991825828" },
		"invoicing.peppol_id scheme":          func(d *portal.MerchantData) { d.Invoicing.PeppolID = digdir },
		"invoicing.peppol_id long":            func(d *portal.MerchantData) { d.Invoicing.PeppolID = "9906:" + strings.Repeat("1", 51) },
		"invoicing.email":                     func(d *portal.MerchantData) { d.Invoicing.Email = "faktura" },
		"invoicing.reference":                 func(d *portal.MerchantData) { d.Invoicing.Reference = "a\nb" },
		"invoicing.address.postal_code":       func(d *portal.MerchantData) { d.Invoicing.Address.PostalCode = "" },
		"invoicing.address.postal_code short": func(d *portal.MerchantData) { d.Invoicing.Address.PostalCode = "114" },
		"invoicing.address.city":              func(d *portal.MerchantData) { d.Invoicing.Address.City = "" },
		"invoicing.address.country":           func(d *portal.MerchantData) { d.Invoicing.Address.Country = "norge" },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			data := goodMerchantData()
			spoil(&data)
			_, err := w.SaveMerchantData("test", digdir, providerIntegration, data)
			refusal, ok := errors.AsType[*registry.Error](err)
			if want, _, _ := strings.Cut(field, " "); !ok || refusal.Field != want || refusal.Kind != registry.Invalid {
				t.Errorf("got %+v", err)
			}
			got := check.Got(w.MerchantData("test", digdir, providerIntegration))(t)
			if !got.LastUpdated.IsZero() {
				t.Error("something was saved")
			}
		})
	}
}

func TestAPeppolIDHasFiftyCharactersAtMost(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	data := goodMerchantData()
	data.Invoicing.PeppolID = "9906:" + strings.Repeat("1", 50)
	check.Got(w.SaveMerchantData("test", digdir, providerIntegration, data))(t)
}

func TestADoubledNotificationPointIsNamedByItsNumber(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	data := goodMerchantData()
	data.NotificationPoints = []string{ola, kari, kari}
	if _, err := w.SaveMerchantData("test", digdir, providerIntegration, data); err == nil || !strings.Contains(err.Error(), "number 3 is there twice") {
		t.Errorf("got %v", err)
	}
}

func TestForeignAddressNeedsNoNorwegianPostalCode(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	data := goodMerchantData()
	data.Invoicing.Address = portal.Address{PostalCode: "SE-111 22", City: "Stockholm", Country: "SE"}
	check.Got(w.SaveMerchantData("test", digdir, providerIntegration, data))(t)
}

func TestMerchantDataOfOthersIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := merchants(t)
	for name, c := range map[string]struct {
		err  error
		kind registry.Kind
	}{
		"read":    {check.Err(w.MerchantData("test", nav, providerIntegration)), registry.Forbidden},
		"saved":   {check.Err(w.SaveMerchantData("test", nav, providerIntegration, goodMerchantData())), registry.Forbidden},
		"unknown": {check.Err(w.MerchantData("test", digdir, "nope")), registry.NotFound},
		"of another environment, where it has no prefix": {check.Err(w.MerchantData("ver2", digdir, providerIntegration)), registry.NotFound},
	} {
		if refusal, ok := errors.AsType[*registry.Error](c.err); !ok || refusal.Kind != c.kind {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	refused(t, check.Err(w.MerchantData("nowhere", digdir, providerIntegration)), portal.CodeUnknown)
}

func TestNamesInBodiesCountToTheLetter(t *testing.T) {
	t.Parallel()
	data := check.Got(portal.ParseMerchantData([]byte(`{"Notification_Points":[1],"invoicing":{"Email":"a@b.no","email":"c@d.no","address":{"CITY":7}},"Invoicing":5}`)))(t)
	check.Same(t, portal.MerchantData{Invoicing: portal.Invoicing{Email: "c@d.no"}}, data)
	for body, place := range map[string]string{
		`{"notification_points":["a",1]}`: "notification_points", `{"invoicing":{"address":{"city":1}}}`: "invoicing.address.city",
	} {
		_, err := portal.ParseMerchantData([]byte(body))
		if refusal, ok := errors.AsType[*registry.Error](err); !ok || refusal.Field != place {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := portal.ParseState([]byte(`{"organizations":[{"OrgNo":"991825827"}]}`)); err == nil || !strings.Contains(err.Error(), `"OrgNo"`) {
		t.Errorf("a state: %v", err)
	}
	status, code, text := newWorld(t).browser().do("POST", "/api/users", map[string]any{"Mail": 1, "mail": 2})
	if status != 400 || code != string(portal.CodeInvalid) || !strings.Contains(text, "mail: it has the wrong type") {
		t.Errorf("a sign-up: %d %s %s", status, code, text)
	}
}
