package maskinporten_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// roundTrip holds a wire type against its fixture: every field arrives where
// it belongs, and nothing is lost on the way back.
func roundTrip[T any](t *testing.T, fixture string, want T) {
	t.Helper()
	thereAndBack(t, fixture, want)
	keepsUnknownFields[T](t, golden(t, fixture))
}

// thereAndBack does the same for types that only come in lists: they leave
// out what they don't know.
func thereAndBack[T any](t *testing.T, fixture string, want T) {
	t.Helper()
	document := golden(t, fixture)
	var got T
	check.OK(t, json.Unmarshal([]byte(document), &got))
	check.Same(t, want, got, fixture, " decoded")
	encoded := check.Got(json.Marshal(got))(t)
	sameJSON(t, document, string(encoded))
}

// keepsUnknownFields adds a field of the future to a document.
func keepsUnknownFields[T any](t *testing.T, document string) {
	t.Helper()
	fields, _ := anyJSON(t, document).(map[string]any)
	fields["from_the_future"] = map[string]any{"n": json.Number("12345678901234567890.10")}
	with := check.Got(json.Marshal(fields))(t)
	var value T
	check.OK(t, json.Unmarshal(with, &value))
	back := check.Got(json.Marshal(value))(t)
	sameJSON(t, string(with), string(back))
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	return check.Got(time.Parse(time.RFC3339Nano, s))(t)
}

func TestScopeOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "scope.json", maskinporten.Scope{
		Prefix: "altinn", Subscope: "accessmanagement/authorizedparties.admin",
		Name:        "altinn:accessmanagement/authorizedparties.admin",
		Description: "…", LongDescription: "…",
		OwnerOrgNo: "991825827", Active: true, Visibility: maskinporten.VisibilityPublic,
		AllowedIntegrationTypes: []maskinporten.IntegrationType{maskinporten.IntegrationTypeMaskinporten},
		TokenType:               maskinporten.TokenTypeSelfContained,
		AtMaxAge:                3600, AuthorizationMaxLifetime: 3600,
		Created: instant(t, "2024-05-23T13:27:56.597Z"), LastUpdated: instant(t, "2024-05-23T13:27:56.597Z"),
	})
}

func TestScopeWithEveryField(t *testing.T) {
	t.Parallel()
	roundTrip(t, "scope_full.json", maskinporten.Scope{
		Prefix: "difi", Subscope: "api3", Name: "difi:api3",
		Description: "Les alt", LongDescription: "Gir tilgang til *alt* (se [1])",
		OwnerOrgNo: "991825827", Visibility: maskinporten.VisibilityPrivate,
		AllowedIntegrationTypes: []maskinporten.IntegrationType{
			maskinporten.IntegrationTypeAnsattporten, maskinporten.IntegrationTypeAPIClient, maskinporten.IntegrationTypeEFormidling,
			maskinporten.IntegrationTypeIDPorten, maskinporten.IntegrationTypeIDPortenSAML2, maskinporten.IntegrationTypeKRR,
			maskinporten.IntegrationTypeMaskinporten,
		},
		TokenType:        maskinporten.TokenTypeOpaque,
		AccessibleForAll: true, DelegationSource: "https://tt02.altinn.no/",
		RequiresUserConsent: true, RequiresUserAuthentication: true, RequiresPseudonymousTokens: true,
		EnforcedAudForAccessToken: "https://api.example.no/", Protected: true, SupportsEuropeanBusinesses: true,
		Created: instant(t, "2017-02-01T08:30:15Z"), LastUpdated: instant(t, "2026-03-04T05:06:07.123456789Z"),
		Extra: map[string]json.RawMessage{
			"description#en":      json.RawMessage(`"Read everything"`),
			"description#nn":      json.RawMessage(`"Les alt"`),
			"long_description#en": json.RawMessage(`"Gives access to *everything* (see [1])"`),
			"invented_in_2027":    json.RawMessage(`{"levels": [1, 2.50, null], "big": 12345678901234567890}`),
		},
	})
}

func TestAccessOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "access.json", maskinporten.Access{
		Scope: "difi:api3", OwnerOrgNo: "991825827", OwnerOrganizationName: "Digitaliseringsdirektoratet",
		ConsumerOrgNo: "889640782", ConsumerOrganizationName: "Arbeids- og velferdsetaten",
		State:   maskinporten.AccessStateApproved,
		Created: instant(t, "2017-02-01T08:30:15.12Z"), LastUpdated: instant(t, "2025-07-02T08:30:00.5Z"),
	})
}

func TestPrefixOnTheWire(t *testing.T) {
	t.Parallel()
	at := instant(t, "2019-11-05T12:00:00Z")
	thereAndBack(t, "prefix.json", maskinporten.Prefix{
		Prefix: "difi", OwnerOrgNo: "991825827", OrganizationName: "Digitaliseringsdirektoratet", Active: true, Created: at, LastUpdated: at,
	})
}

func TestDelegationSourceOnTheWire(t *testing.T) {
	t.Parallel()
	thereAndBack(t, "delegationsource.json", maskinporten.DelegationSource{
		Issuer: "https://tt02.altinn.no/", Name: "Altinn",
		Created: instant(t, "2020-01-02T03:04:05.678Z"), LastUpdated: instant(t, "2021-01-02T03:04:05.678Z"),
	})
}

func TestDelegationSourceTakesBothSpellingsOfLastUpdated(t *testing.T) {
	t.Parallel()
	want := maskinporten.DelegationSource{Issuer: "https://tt02.altinn.no/", LastUpdated: instant(t, "2021-01-02T03:04:05Z")}
	for _, spelling := range []string{"lastUpdated", "last_updated"} {
		var got maskinporten.DelegationSource
		check.OK(t, json.Unmarshal([]byte(`{"issuer":"https://tt02.altinn.no/","`+spelling+`":"2021-01-02T03:04:05Z"}`), &got))
		check.Same(t, want, got, spelling)
	}
}

func TestOrganizationOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "organization.json", maskinporten.Organization{OrgNo: "991825827", Name: "Digitaliseringsdirektoratet"})
}

func TestIntegrationOnTheWire(t *testing.T) {
	t.Parallel()
	thereAndBack(t, "integration.json", maskinporten.Integration{
		ID: "0f8fad5b-d9cb-469f-a165-70867728950e", Description: "Henting av skattegrunnlag",
		CustomerOrgNo: "889640782", SupplierOrgNo: "910753614", SupplierIntegrationID: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
		Kind: maskinporten.IntegrationKindMaskinporten, Active: true,
		Created: instant(t, "2023-05-06T07:08:09.1Z"), LastUpdated: instant(t, "2024-05-06T07:08:09.1Z"),
	})
}

func TestAPIOnTheWire(t *testing.T) {
	t.Parallel()
	thereAndBack(t, "api.json", maskinporten.OfferedAPI{CustomerOrgNo: "991825827", Prefixes: []string{"difi", "difitest"}, ConsumerCount: 17})
}

func TestMerchantDataOnTheWire(t *testing.T) {
	t.Parallel()
	roundTrip(t, "merchantdata.json", maskinporten.MerchantData{
		IntegrationID: "0f8fad5b-d9cb-469f-a165-70867728950e",
		Invoicing: maskinporten.Invoicing{
			RecipientOrgNo: "991825827", RecipientName: "Digitaliseringsdirektoratet", PeppolID: "0192:991825827",
			Reference: "Kari Nordmann", OrderNumber: "PO-2026-17", Email: "faktura@example.no",
			Address: maskinporten.PostalAddress{Street: "Postboks 1382 Vika", PostalCode: "0114", City: "Oslo", Country: "NO"},
		},
		NotificationPoints: []string{"drift@example.no", "vakt@example.no"},
		LastUpdated:        instant(t, "2026-01-02T03:04:05Z"),
	})
}

// identified are the wire types by the members that must be right.
func identified() map[string]any {
	return map[string]any{
		"name": &maskinporten.Scope{}, "consumer_orgno": &maskinporten.Access{}, "state": &maskinporten.Access{}, "scope": &maskinporten.Access{},
		"prefix": &maskinporten.Prefix{}, "orgnr": &maskinporten.Organization{}, "issuer": &maskinporten.DelegationSource{},
		"id": &maskinporten.Integration{}, "customer_organization_number": &maskinporten.OfferedAPI{}, "integration_id": &maskinporten.MerchantData{},
		"client_id": &maskinporten.ClientRegistration{}, "onbehalfof": &maskinporten.OnBehalfOf{}, "kid": &maskinporten.JSONWebKey{},
	}
}

func TestWhatIsNoObjectOrDoesNotSayWhatItIsIsRefused(t *testing.T) {
	t.Parallel()
	for member, target := range identified() {
		for _, document := range []string{`[]`, `"text"`, `7`, `{"` + member + `":7}`, `{"` + member + `":["a"],"created":7}`, `{"` + strings.ToUpper(member) + `":"a"}`} {
			if err := json.Unmarshal([]byte(document), target); err == nil {
				t.Errorf("%T took %s", target, document)
			}
		}
	}
}

func TestAMemberOfAnUnexpectedTypeIsKeptInExtraAndGoesBackAsItWas(t *testing.T) {
	t.Parallel()
	for member, target := range identified() {
		for _, odd := range []string{`7`, `{"at":[1]}`, `"yesterday"`, `[true]`} {
			document := `{"` + member + `":"a","created":` + odd + `,"new":1}`
			if err := json.Unmarshal([]byte(document), target); err != nil {
				t.Errorf("%T of %s: %v", target, document, err)
				continue
			}
			encoded, err := json.Marshal(target)
			if err != nil || !strings.Contains(string(encoded), `"created":`+odd) || !strings.Contains(string(encoded), `"`+member+`":"a"`) || !strings.Contains(string(encoded), `"new":1`) {
				t.Errorf("%T of %s goes back as %s, error %v", target, document, encoded, err)
			}
		}
	}
}

func TestOnlyApprovedIsAccess(t *testing.T) {
	t.Parallel()
	for state, want := range map[maskinporten.AccessState]bool{
		maskinporten.AccessStateApproved: true, maskinporten.AccessStateRequested: false, maskinporten.AccessStateDenied: false,
		"": false, "approved": false, "SUSPENDED": false,
	} {
		if got := (maskinporten.Access{State: state}).Approved(); got != want {
			t.Errorf("%q: %v", state, got)
		}
	}
}
