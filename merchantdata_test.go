package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const merchantPath = "/integrations/0f8fad5b/merchant-data"

func unchanged(*maskinporten.MerchantData) error { return nil }

func TestMerchantDataIsReadFromThePortal(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, always(http.StatusOK, golden(t, "merchantdata.json")))
	data, err := client.Integrations.MerchantData(t.Context(), "0f8fad5b")
	if err != nil || data.Invoicing.PeppolID != "0192:991825827" || len(data.NotificationPoints) != 2 {
		t.Errorf("data %+v, error %v", data, err)
	}
	wire.mustHaveSent(t, sent{Method: "GET", Path: merchantPath, Scope: dcrRead})
}

func TestMerchantDataIsSavedTogetherAndWhole(t *testing.T) {
	t.Parallel()
	document := strings.Replace(golden(t, "merchantdata.json"), "{", `{"from_the_future": [1],`, 1)
	client, wire := newWire(t, stored(document))
	data, err := client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", func(m *maskinporten.MerchantData) error {
		m.Invoicing.OrderNumber = "PO-18"
		m.NotificationPoints = append(m.NotificationPoints, "ny@example.no")
		return nil
	}, maskinporten.MerchantDataOptions{})
	if err != nil || data.Invoicing.OrderNumber != "PO-18" || len(data.NotificationPoints) != 3 {
		t.Fatalf("data %+v, error %v", data, err)
	}
	requests := wire.requests()
	want, _ := anyJSON(t, document).(map[string]any)
	invoicing, _ := want["invoicing"].(map[string]any)
	invoicing["order_number"] = "PO-18"
	want["notification_points"] = []any{"drift@example.no", "vakt@example.no", "ny@example.no"}
	check.Same(t, want, anyJSON(t, requests[1].Body), "put")
	requests[1].Body = ""
	check.Same(t, sent{Method: "PUT", Path: merchantPath, Scope: "idporten:dcr.write"}, requests[1], "request")
}

func TestWithoutAPortalMerchantDataIsUnsupported(t *testing.T) {
	t.Parallel()
	client, wire := newWireAt(t, "", always(http.StatusOK, golden(t, "merchantdata.json")))
	_, read := client.Integrations.MerchantData(t.Context(), "0f8fad5b")
	_, write := client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", unchanged, maskinporten.MerchantDataOptions{})
	for _, err := range []error{read, write, one(client.Integrations.WithoutNotificationPoints(t.Context()))} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v", err)
		} else if !strings.Contains(err.Error(), "samarbeid") {
			t.Errorf("%v doesn't say where on the web it is done", err)
		}
	}
	wire.mustHaveSentNothing(t)
}

func TestMerchantDataIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		change func(*maskinporten.MerchantData)
		fields []string
	}{
		"nobody to be told":      {func(m *maskinporten.MerchantData) { m.NotificationPoints = nil }, []string{"NotificationPoints"}},
		"no address":             {func(m *maskinporten.MerchantData) { m.NotificationPoints[1] = "vakt" }, []string{"NotificationPoints[1]"}},
		"a name before":          {func(m *maskinporten.MerchantData) { m.NotificationPoints[0] = "Vakt <vakt@example.no>" }, []string{"NotificationPoints[0]"}},
		"two in one":             {func(m *maskinporten.MerchantData) { m.NotificationPoints[0] = "a@example.no, b@example.no" }, []string{"NotificationPoints[0]"}},
		"a header smuggled in":   {func(m *maskinporten.MerchantData) { m.NotificationPoints[0] = "a@example.no\r\nBcc: b@example.no" }, []string{"NotificationPoints[0]"}},
		"an endless address":     {func(m *maskinporten.MerchantData) { m.NotificationPoints[0] = strings.Repeat("a", 300) + "@example.no" }, []string{"NotificationPoints[0]"}},
		"the same twice":         {func(m *maskinporten.MerchantData) { m.NotificationPoints[1] = "DRIFT@example.no" }, []string{"NotificationPoints[1]"}},
		"no recipient":           {func(m *maskinporten.MerchantData) { m.Invoicing.RecipientOrgNo = "" }, []string{"Invoicing.RecipientOrgNo"}},
		"a mistyped recipient":   {func(m *maskinporten.MerchantData) { m.Invoicing.RecipientOrgNo = "991825828" }, []string{"Invoicing.RecipientOrgNo"}},
		"Peppol without scheme":  {func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "991825827" }, []string{"Invoicing.PeppolID"}},
		"Peppol, odd scheme":     {func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "no:991825827" }, []string{"Invoicing.PeppolID"}},
		"Peppol, nothing after":  {func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "0192:" }, []string{"Invoicing.PeppolID"}},
		"Peppol, mistyped":       {func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "0192:991825828" }, []string{"Invoicing.PeppolID"}},
		"Peppol, not one line":   {func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "0088:\n" }, []string{"Invoicing.PeppolID"}},
		"no invoice mail":        {func(m *maskinporten.MerchantData) { m.Invoicing.Email = "@" }, []string{"Invoicing.Email"}},
		"two lines":              {func(m *maskinporten.MerchantData) { m.Invoicing.Reference = "a\nb" }, []string{"Invoicing.Reference"}},
		"invalid UTF-8":          {func(m *maskinporten.MerchantData) { m.Invoicing.OrderNumber = "\xff" }, []string{"Invoicing.OrderNumber"}},
		"an endless name":        {func(m *maskinporten.MerchantData) { m.Invoicing.RecipientName = strings.Repeat("å", 256) }, []string{"Invoicing.RecipientName"}},
		"a short postal code":    {func(m *maskinporten.MerchantData) { m.Invoicing.Address.PostalCode = "114" }, []string{"Invoicing.Address.PostalCode"}},
		"letters in postal code": {func(m *maskinporten.MerchantData) { m.Invoicing.Address.PostalCode = "O114" }, []string{"Invoicing.Address.PostalCode"}},
		"no country means Norway": {func(m *maskinporten.MerchantData) {
			m.Invoicing.Address = maskinporten.PostalAddress{PostalCode: "SW1A", City: "London"}
		}, []string{"Invoicing.Address.PostalCode"}},
		"no postal code": {func(m *maskinporten.MerchantData) {
			m.Invoicing.Address = maskinporten.PostalAddress{Country: "SE", City: "Umeå"}
		}, []string{"Invoicing.Address.PostalCode"}},
		"no city":                  {func(m *maskinporten.MerchantData) { m.Invoicing.Address.City = " " }, []string{"Invoicing.Address.City"}},
		"no country code":          {func(m *maskinporten.MerchantData) { m.Invoicing.Address.Country = "Norge" }, []string{"Invoicing.Address.Country"}},
		"a small country code":     {func(m *maskinporten.MerchantData) { m.Invoicing.Address.Country = "no" }, []string{"Invoicing.Address.Country"}},
		"two lines of street":      {func(m *maskinporten.MerchantData) { m.Invoicing.Address.Street = "a\r\nb" }, []string{"Invoicing.Address.Street"}},
		"nowhere to send invoices": {func(m *maskinporten.MerchantData) { m.Invoicing = maskinporten.Invoicing{RecipientOrgNo: digdir} }, []string{"Invoicing"}},
		"several at once": {func(m *maskinporten.MerchantData) {
			m.NotificationPoints = nil
			m.Invoicing.Email = "no mail"
			m.Invoicing.Address.City = ""
		}, []string{"Invoicing.Email", "Invoicing.Address.City", "NotificationPoints"}},
	} {
		client, wire := newWire(t, stored(golden(t, "merchantdata.json")))
		_, err := client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", func(m *maskinporten.MerchantData) error {
			test.change(m)
			return nil
		}, maskinporten.MerchantDataOptions{})
		if diff := cmp.Diff(test.fields, wrongFields(err)); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s\nerror %v", what, diff, err)
		}
		mustBeArgumentError(t, err)
		if len(wire.requests()) != 1 {
			t.Errorf("%s: sent %+v", what, wire.requests())
		}
	}
}

// wrongFields names the argument of every ArgumentError in err.
func wrongFields(err error) []string {
	switch err := err.(type) { //nolint:errorlint // walks the tree itself
	case *maskinporten.ArgumentError:
		return []string{err.Argument}
	case interface{ Unwrap() []error }:
		var fields []string
		for _, inner := range err.Unwrap() {
			fields = append(fields, wrongFields(inner)...)
		}
		return fields
	case interface{ Unwrap() error }:
		return wrongFields(err.Unwrap())
	default:
		return nil
	}
}

func TestMerchantDataThatHoldsUpIsSaved(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*maskinporten.MerchantData){
		"no invoicing yet": func(m *maskinporten.MerchantData) { m.Invoicing = maskinporten.Invoicing{} },
		"only by mail": func(m *maskinporten.MerchantData) {
			m.Invoicing = maskinporten.Invoicing{RecipientOrgNo: digdir, Email: "a+b@example.no"}
		},
		"another Peppol code": func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "0088:7300010000001" },
		"a Swedish address": func(m *maskinporten.MerchantData) {
			m.Invoicing.Address = maskinporten.PostalAddress{PostalCode: "903 26", City: "Umeå", Country: "SE"}
		},
		"Norway left out":      func(m *maskinporten.MerchantData) { m.Invoicing.Address.Country = "" },
		"Peppol of a sub-unit": func(m *maskinporten.MerchantData) { m.Invoicing.PeppolID = "0192:889640782" },
	} {
		client, wire := newWire(t, stored(golden(t, "merchantdata.json")))
		_, err := client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", func(m *maskinporten.MerchantData) error {
			change(m)
			return nil
		}, maskinporten.MerchantDataOptions{})
		if err != nil || len(wire.requests()) != 2 {
			t.Errorf("%s: error %v, sent %+v", what, err, wire.requests())
		}
	}
}

func TestNobodyToBeToldMustBeAskedFor(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(golden(t, "merchantdata.json")))
	check.Got(client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", func(m *maskinporten.MerchantData) error {
		m.NotificationPoints = nil
		return nil
	}, maskinporten.MerchantDataOptions{AllowNoNotificationPoints: true}))(t)
	put, _ := anyJSON(t, wire.requests()[1].Body).(map[string]any)
	check.Same(t, []any{}, put["notification_points"], "notification points")
}

func TestMerchantDataKeepsAnErrorOfChange(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, stored(golden(t, "merchantdata.json")))
	changed := errors.New("changed my mind")
	_, err := client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", func(*maskinporten.MerchantData) error { return changed }, maskinporten.MerchantDataOptions{})
	if !errors.Is(err, changed) || len(wire.requests()) != 1 {
		t.Errorf("error %v, sent %+v", err, wire.requests())
	}
	mustBeArgumentError(t, ignored(client.Integrations.UpdateMerchantData(t.Context(), "0f8fad5b", nil, maskinporten.MerchantDataOptions{})))
}

func TestHostileIntegrationIDsAreNeverSent(t *testing.T) {
	t.Parallel()
	for _, id := range hostile() {
		client, wire := newWire(t, always(http.StatusOK, `{}`))
		_, read := client.Integrations.MerchantData(t.Context(), id)
		_, write := client.Integrations.UpdateMerchantData(t.Context(), id, unchanged, maskinporten.MerchantDataOptions{})
		mustBeArgumentError(t, read)
		mustBeArgumentError(t, write)
		wire.mustHaveSentNothing(t)
	}
}

// portal answers the list of integrations a to e, of which b and d tell
// nobody, and e is not active.
func portal(s sent) answer {
	switch s.Path {
	case "/integrations":
		return answer{http.StatusOK, `[{"id":"a","active":true},{"id":"b","active":true},{"id":"c","active":true},{"id":"d","active":true},{"id":"e","active":false}]`}
	case "/integrations/b/merchant-data", "/integrations/d/merchant-data", "/integrations/e/merchant-data":
		return answer{http.StatusOK, `{"notification_points":[]}`}
	default:
		return answer{http.StatusOK, `{"notification_points":["drift@example.no"]}`}
	}
}

func TestIntegrationsThatTellNobodyAreFound(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, portal)
	var found []string
	for integration, err := range client.Integrations.WithoutNotificationPoints(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, integration.ID)
	}
	check.Same(t, []string{"b", "d"}, found, "found")
	wire.mustHaveSentTimes(t, 5)
}

func TestTheSearchForIntegrationsThatTellNobodyCanBeLeft(t *testing.T) {
	t.Parallel()
	client, wire := newWire(t, portal)
	for _, err := range client.Integrations.WithoutNotificationPoints(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	wire.mustHaveSentTimes(t, 3)
}

func TestTheSearchForIntegrationsThatTellNobodyEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	for failing, id := range map[string]string{"/integrations": "", "/integrations/c/merchant-data": "c"} {
		client, _ := newWire(t, func(s sent) answer {
			if s.Path == failing {
				return answer{http.StatusForbidden, `{"status":403}`}
			}
			return portal(s)
		})
		errs := 0
		for integration, err := range client.Integrations.WithoutNotificationPoints(t.Context()) {
			if err == nil {
				continue
			}
			errs++
			if integration != nil || !errors.Is(err, maskinporten.ErrForbidden) || id != "" && !strings.Contains(err.Error(), fmt.Sprintf("%q", id)) {
				t.Errorf("%s: yielded %v, %v", failing, integration, err)
			}
		}
		if errs != 1 {
			t.Errorf("%s: %d errors", failing, errs)
		}
	}
}

func TestAnIntegrationWithoutAUsableIDEndsTheSearch(t *testing.T) {
	t.Parallel()
	client, _ := newWire(t, always(http.StatusOK, `[{"id":"..","active":true}]`))
	check.Is(t, maskinporten.ErrInvalidArgument, one(client.Integrations.WithoutNotificationPoints(t.Context())))
}
