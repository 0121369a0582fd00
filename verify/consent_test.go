package verify_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

func right(action, resource string) map[string]any {
	return map[string]any{"action": []string{action}, "resource": []any{map[string]any{"type": "urn:altinn:resource", "value": resource}}}
}

// consent is one as real tokens have it, to the consumer of world.claims,
// with members changed or (nil) left out.
func consent(changes map[string]any) map[string]any {
	all := map[string]any{
		"type": "urn:altinn:consent", "id": "93413201-b7e8-4ec3-a899-580fc02c6aeb",
		"from": "urn:altinn:person:identifier-no:01017000000", "to": party(nav),
		"consented": "2025-07-18T07:57:30.409251+00:00", "validTo": "2026-07-18T07:57:15+02:00",
		"consentRights": []any{right("consent", "income")},
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

func consented(changes map[string]any) map[string]any {
	return map[string]any{"authorization_details": []any{consent(changes)}}
}

func TestAConsentIsTyped(t *testing.T) {
	t.Parallel()
	year := right("consent", "income")
	year["metadata"] = map[string]any{"year": "2022", "n": 1}
	later := right("consent", "debt")
	later["metaData"] = map[string]any{"year": "2028"} // both spellings are seen
	w := newWorld(t)
	claims := check.Got(verifyToken(w.verifier(), w.token(consented(map[string]any{"consentRights": []any{year, later}, "handledBy": party(vendor), "portal": 1}))))(t)
	got, ok := claims.Consent()
	want := verify.Consent{
		ID: "93413201-b7e8-4ec3-a899-580fc02c6aeb", From: maskinporten.NewPersonal("urn:altinn:person:identifier-no:01017000000"),
		To: organization(nav), HandledBy: organization(vendor),
		Consented: time.Date(2025, 7, 18, 7, 57, 30, 409251000, time.UTC), ValidTo: time.Date(2026, 7, 18, 5, 57, 15, 0, time.UTC),
		Rights: []verify.ConsentRight{
			{Actions: []string{"consent"}, Resources: []verify.ConsentResource{{"urn:altinn:resource", "income"}}, Metadata: map[string]maskinporten.Personal{"year": maskinporten.NewPersonal("2022"), "n": maskinporten.NewPersonal("1")}},
			{Actions: []string{"consent"}, Resources: []verify.ConsentResource{{"urn:altinn:resource", "debt"}}, Metadata: map[string]maskinporten.Personal{"year": maskinporten.NewPersonal("2028")}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("consent %t (-want +got):\n%s", ok, diff)
	}
	if !got.Covers("debt") || got.Covers("") || got.Covers("Income") {
		t.Error("Covers takes another name for a resource's")
	}
	var more struct {
		Portal int `json:"portal"`
	}
	if err := claims.AuthorizationDetails[0].Decode(&more); err != nil || more.Portal != 1 {
		t.Errorf("Decode: %v, %+v", err, more)
	}
}

func TestAnOddConsentCostsItselfAndNotTheToken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"to a text of another kind": {"to": "urn:altinn:person:identifier-no:01017000000"}, "to a wrong number": {"to": party("991825828")}, "to a list": {"to": []any{party(nav)}},
		"to text that would be JSON": {"to": `urn:altinn:organization:identifier-no:991825827","ID":"0192:889640782`},
		"valid to a number":          {"validTo": 1784354235}, "valid to no time": {"validTo": "soon"},
		"rights an object": {"consentRights": map[string]any{}}, "a right a text": {"consentRights": []any{"income"}}, "no rights": {"consentRights": nil},
		"a resource a text":  {"consentRights": []any{map[string]any{"action": []string{"consent"}, "resource": []any{"income"}}}},
		"an action a number": {"consentRights": []any{map[string]any{"action": []any{1}, "resource": right("", "income")["resource"]}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v, token := w.verifier(), w.token(consented(change))
			claims := check.Got(verifyToken(v, token))(t)
			if got, ok := claims.Consent(); !ok || got.ID == "" {
				t.Errorf("what could be read is gone: %+v", got)
			}
			if _, err := v.Verify(t.Context(), token, verify.RequireScope("difi:api3"), verify.RequireConsent("income")); err == nil {
				t.Error("it is good enough for RequireConsent")
			}
		})
	}
}

func TestARecipientMayBeNamedAsAltinnNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(consented(map[string]any{"to": "urn:altinn:organization:identifier-no:" + nav}))
	wantVerdict(t, w.verifier(), token, "", verify.RequireConsent("income"))
}

func TestADetailThatWasNotReadDecodesToNothing(t *testing.T) {
	t.Parallel()
	var into map[string]json.RawMessage
	if err := (verify.AuthorizationDetail{}).Decode(&into); err != nil || len(into) != 0 {
		t.Errorf("%v %v", into, err)
	}
	if _, ok := (&verify.Claims{}).Consent(); ok {
		t.Error("no consent: there is one")
	}
	if ok, err := (&verify.Claims{}).Claim("x", &into); ok || err != nil {
		t.Errorf("Claim of claims that a test made: %t, %v", ok, err)
	}
}
