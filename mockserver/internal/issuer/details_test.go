package issuer_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// detailed asks for a token with one authorization detail.
func (w *world) detailed(t testing.TB, detail any) reply {
	t.Helper()
	return w.ask(t, w.good(t, object{"authorization_details": []any{detail}}))
}

func systemUser(changes object) object {
	detail := object{"type": "urn:altinn:systemuser", "systemuser_org": party(providerNo)}
	maps.Copy(detail, changes)
	return detail
}

func TestASystemUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.Got(w.AddSystemUser(registry.SystemUser{ID: "7f3c0b6e-0000-4000-8000-000000000001", OrgNo: providerNo, SystemID: consumerNo + "_books", VendorOrgNo: consumerNo}))(t)
	check.Got(w.AddSystemUser(registry.SystemUser{ID: "7f3c0b6e-0000-4000-8000-000000000002", OrgNo: providerNo, SystemID: consumerNo + "_books", VendorOrgNo: consumerNo, ExternalRef: "two"}))(t)
	for id, detail := range map[string]object{
		"7f3c0b6e-0000-4000-8000-000000000001": systemUser(nil),
		"7f3c0b6e-0000-4000-8000-000000000002": systemUser(object{"externalRef": "two"}),
	} {
		got := granted(t, w.detailed(t, detail))
		wanted := object{
			"type": "urn:altinn:systemuser", "systemuser_org": party(providerNo),
			"systemuser_id": []any{id}, "system_id": consumerNo + "_books",
		}
		if reference, ok := detail["externalRef"]; ok {
			wanted["externalRef"] = reference
		}
		check.Same(t, want(got, object{"authorization_details": []any{wanted}}), got, "claims")
	}
	refused(t, w.detailed(t, systemUser(object{"systemuser_org": party(supplierNo)})), noneInAltinn, "System user not found")
	refused(t, w.detailed(t, systemUser(object{"externalRef": "three"})), noneInAltinn, "System user not found")
}

func TestAnExternalRefIsThePartysNumberUnlessItIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.Got(w.AddSystemUser(registry.SystemUser{OrgNo: providerNo, VendorOrgNo: consumerNo}))(t)
	check.Got(w.AddSystemUser(registry.SystemUser{OrgNo: supplierNo, VendorOrgNo: consumerNo, ExternalRef: supplierNo}))(t)
	check.Got(w.AddSystemUser(registry.SystemUser{OrgNo: strangerNo, VendorOrgNo: consumerNo, ExternalRef: "other"}))(t)
	reference := func(detail object) any {
		details := granted(t, w.detailed(t, detail))["authorization_details"].([]any)
		return details[0].(object)["externalRef"]
	}
	for number, want := range map[string]any{providerNo: nil, supplierNo: supplierNo} {
		check.Same(t, want, reference(systemUser(object{"systemuser_org": party(number)})), "of ", number, ", not asked for")
		if got := reference(systemUser(object{"systemuser_org": party(number), "externalRef": number})); got != number {
			t.Errorf("of %s, asked for: %v", number, got)
		}
	}
	refused(t, w.detailed(t, systemUser(object{"systemuser_org": party(strangerNo)})), noneInAltinn, "System user not found")
	_, err := w.AddSystemUser(registry.SystemUser{OrgNo: providerNo, VendorOrgNo: consumerNo, ExternalRef: providerNo})
	if err == nil {
		t.Error("the same system user twice")
	}
}

func TestUntilOneIsRegisteredEveryOrganisationHasASystemUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := granted(t, w.detailed(t, systemUser(nil))), granted(t, w.detailed(t, systemUser(nil)))
	check.Same(t, first["authorization_details"], second["authorization_details"], "not the same one the second time")
}

func consent(changes object) object {
	detail := object{"type": "urn:altinn:consent", "id": "c1", "from": "urn:altinn:person:identifier-no:01011970000"}
	maps.Copy(detail, changes)
	return detail
}

func TestAConsentComesBackWithAllThatTheMockWasTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var told issuer.Consent
	check.OK(t, json.Unmarshal([]byte(`{"id":"c1","type":"urn:altinn:consent","from":"urn:altinn:person:identifier-no:01011970000",
		"to":{"authority":"iso6523-actorid-upis","ID":"0192:889640782"},"consented":"2025-07-02T07:30:00Z","validTo":"2025-07-02T09:30:00Z",
		"consentRights":[{"action":["consent"],"resource":[{"type":"urn:altinn:resource","value":"income"}]}],
		"handledBy":{"authority":"iso6523-actorid-upis","ID":"0192:910753614"},"ofTomorrow":[1,{"a":null}],"nothing":null}`), &told))
	check.OK(t, w.issuer.SetConsent(told))
	told.Rights[0], told.Others["ofTomorrow"] = '?', json.RawMessage("2") // the issuer has copies
	got := granted(t, w.detailed(t, consent(nil)))
	check.Same(t, want(got, object{"authorization_details": []any{object{
		"type": "urn:altinn:consent", "id": "c1", "from": "urn:altinn:person:identifier-no:01011970000", "to": party(consumerNo),
		"consented": "2025-07-02T07:30:00Z", "validTo": "2025-07-02T09:30:00Z",
		"consentRights": []any{object{"action": []any{"consent"}, "resource": []any{object{"type": "urn:altinn:resource", "value": "income"}}}},
		"handledBy":     party(supplierNo), "ofTomorrow": []any{1.0, object{"a": nil}},
	}}}), got, "claims")
	refused(t, w.detailed(t, consent(object{"from": "urn:altinn:person:identifier-no:01011970001"})), noneInAltinn, "Consent not found")
}

func TestAConsentIsToTheConsumerUnlessItSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.issuer.SetConsent(issuer.Consent{ID: "c1"}))
	got := granted(t, w.detailed(t, consent(nil)))
	check.Same(t, want(got, object{"authorization_details": []any{object{
		"type": "urn:altinn:consent", "id": "c1", "from": "urn:altinn:person:identifier-no:01011970000", "to": party(consumerNo),
		"consented": "2025-07-02T08:30:00Z", "validTo": "2026-07-02T08:30:00Z", "consentRights": []any{},
	}}}), got, "claims")
	check.OK(t, w.issuer.SetConsent(issuer.Consent{ID: "c1", To: supplierNo}))
	refused(t, w.detailed(t, consent(nil)), noneInAltinn, "Consent not found")
}

func TestAConsentThatNobodyRegisteredIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.detailed(t, consent(nil)), noneInAltinn, "Consent not found")
}

func TestAConsentIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"id":"c1"}`,
		`{"id":"c1","from":"x","to":{"authority":"iso6523-actorid-upis","ID":"0192:889640782"},"consented":"2025-07-02T07:30:00Z","validTo":"2025-07-02T09:30:00.5Z","consentRights":[],"a":1,"b":"two"}`,
	} {
		var consent issuer.Consent
		check.OK(t, json.Unmarshal([]byte(text), &consent))
		got := check.Got(json.Marshal(consent))(t)
		if string(got) != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	for _, text := range []string{
		`[]`, `{"id":1}`, `{"from":{}}`, `{"to":"889640782"}`, `{"to":{"authority":"iso6523-actorid-upis","ID":"0192:123456789"}}`, `{"to":{"authority":"x","ID":"0192:889640782"}}`,
		`{"consented":"yesterday"}`, `{"validTo":7}`, `{"type":"urn:altinn:systemuser"}`, `{"id":"a","id":"b"}`,
	} {
		if err := json.Unmarshal([]byte(text), new(issuer.Consent)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

func TestConsentsAreListedById(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"b", "a", "c", "a"} {
		check.OK(t, w.issuer.SetConsent(issuer.Consent{ID: id}))
	}
	check.Same(t, []issuer.Consent{{ID: "a"}, {ID: "b"}, {ID: "c"}}, w.issuer.Consents(), "consents")
	w.issuer.Reset()
	if left := w.issuer.Consents(); len(left) > 0 {
		t.Errorf("after a reset: %v", left)
	}
}

func TestAConsentThatNoTokenCouldCarry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, consent := range map[string]issuer.Consent{
		"no id":                      {},
		"rights that are no JSON":    {ID: "c", Rights: json.RawMessage("[")},
		"rights that are no list":    {ID: "c", Rights: json.RawMessage("{}")},
		"to nobody":                  {ID: "c", To: "123456789"},
		"a time after the year 9999": {ID: "c", ValidTo: dawn.AddDate(9000, 0, 0)},
	} {
		if err := w.issuer.SetConsent(consent); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if left := w.issuer.Consents(); len(left) > 0 {
		t.Errorf("stored all the same: %v", left)
	}
}

func TestDetailsOfUnknownTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct {
		detail object
		named  string
	}{
		"another":     {object{"type": "urn:altinn:other"}, "urn:altinn:other"},
		"none":        {object{"id": "c1"}, ""},
		"in capitals": {object{"type": "URN:ALTINN:CONSENT"}, "URN:ALTINN:CONSENT"},
		"a number":    {object{"type": 1}, "(no string)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.detailed(t, test.detail), unknownType, test.named)
		})
	}
}

func TestDetailsWithUnknownFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.detailed(t, systemUser(object{"systemuser_id": []string{"x"}})), unknownFields, "systemuser_id")
	refused(t, w.detailed(t, systemUser(object{"z": 1, "Type": 1})), unknownFields, "Type, z")
	refused(t, w.detailed(t, systemUser(object{"systemuser_org": object{"authority": "iso6523-actorid-upis", "id": "0192:" + providerNo}})), unknownFields, "systemuser_org.id")
	refused(t, w.detailed(t, consent(object{"to": "urn:altinn:organization:identifier-no:889640782"})), unknownFields, "to")
	refused(t, w.detailed(t, consent(object{"externalRef": "x"})), unknownFields, "externalRef")
}

func TestDetailsWithInvalidValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := func(authority, id any) object {
		return systemUser(object{"systemuser_org": object{"authority": authority, "ID": id}})
	}
	const scheme = "iso6523-actorid-upis"
	for name, test := range map[string]struct {
		detail object
		named  string
	}{
		"no organisation":            {object{"type": "urn:altinn:systemuser"}, "systemuser_org"},
		"the organisation a string":  {systemUser(object{"systemuser_org": "0192:" + providerNo}), "systemuser_org"},
		"the organisation null":      {systemUser(object{"systemuser_org": nil}), "systemuser_org"},
		"another authority":          {org("iso6523", "0192:"+providerNo), "systemuser_org.authority"},
		"no authority":               {systemUser(object{"systemuser_org": object{"ID": "0192:" + providerNo}}), "systemuser_org.authority"},
		"the authority a number":     {org(1, "0192:"+providerNo), "systemuser_org.authority"},
		"an ID without its prefix":   {org(scheme, providerNo), "systemuser_org.ID"},
		"an ID with another prefix":  {org(scheme, "0191:"+providerNo), "systemuser_org.ID"},
		"an ID with a wrong number":  {org(scheme, "0192:123456789"), "systemuser_org.ID"},
		"an ID that is a number":     {org(scheme, 991825827), "systemuser_org.ID"},
		"an empty externalRef":       {systemUser(object{"externalRef": ""}), "externalRef"},
		"the externalRef a number":   {systemUser(object{"externalRef": 1}), "externalRef"},
		"a consent without an id":    {object{"type": "urn:altinn:consent", "from": "x"}, "id"},
		"a consent with an empty id": {consent(object{"id": ""}), "id"},
		"a consent's id a list":      {consent(object{"id": []string{"c1"}}), "id"},
		"a consent from nobody":      {object{"type": "urn:altinn:consent", "id": "c1"}, "from"},
		"a consent from an object":   {consent(object{"from": party(providerNo)}), "from"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, w.detailed(t, test.detail), invalidValue, test.named)
		})
	}
}

func TestAMemberOfADetailTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	twice := json.RawMessage(`{"type":"urn:altinn:consent","id":"c1","id":"c2","from":"x"}`)
	refused(t, w.detailed(t, twice), malformed)
	organisation := json.RawMessage(`{"authority":"iso6523-actorid-upis","ID":"0192:991825827","ID":"0192:889640782"}`)
	refused(t, w.detailed(t, systemUser(object{"systemuser_org": organisation})), malformed)
	deep := json.RawMessage(strings.Repeat(`{"a":`, 9_000) + "1" + strings.Repeat(`}`, 9_000))
	refused(t, w.detailed(t, systemUser(object{"systemuser_org": deep})), malformed)
}
