package doctor_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/cmd/maskinporten/internal/doctor"
)

const (
	traceID  = "4bf92f3577b34da6a3ce929d0e0e4736"
	failed   = "Invalid assertion. Client authentication failed. "
	errorsAt = "https://test.maskinporten.no/errors/"
)

// refused is the token endpoint with a refusal.
func refused(status int, code, text, mp string) responder {
	body := map[string]string{"error": code, "error_description": text + " (trace_id: " + traceID + ")"}
	if mp != "" {
		body["error_uri"] = errorsAt + mp
	}
	encoded, _ := json.Marshal(body) // texts
	return says(status, string(encoded), "Content-Type", "application/json")
}

// All that the contract lists, and the other words in which they have been seen.
func TestEachRefusalIsToldAtItsStepWithARemedy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status         int
		code, text, mp string
		step           string
	}{
		{400, "invalid_request", "Invalid assertion. Invalid parameter value", "MP-011", "token"},
		{400, "invalid_grant", "Grant is used before", "MP-012", "token"},
		{400, "invalid_grant", failed + "Client not found", "MP-100", "client"},
		{400, "invalid_grant", failed + "Unknown key identifier (kid) for client.", "", "client key"},
		{400, "invalid_grant", failed + "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided", "", "client key"},
		{400, "invalid_grant", failed + "Invalid JWT claim aud.", "MP-110", "metadata"},
		{400, "invalid_grant", failed + "The JWT is signed with an invalid certificate.", "MP-120", "certificate"},
		{400, "invalid_grant", failed + "Expired key.", "MP-121", "client key"},
		{400, "invalid_grant", failed + "Invalid JWT. Invalid organization number for client. Does not match certificate orgno", "MP-122", "certificate"},
		{400, "invalid_grant", failed + "Invalid JWT header x5c", "MP-123", "certificate"},
		{400, "invalid_grant", failed + "Invalid JWT signature.", "MP-124", "client key"},
		{400, "invalid_grant", failed + "JWT is expired", "MP-130", "clock"},
		{400, "invalid_grant", "JWT has expired.", "", "clock"},
		{400, "invalid_grant", "Issue time is after now", "", "clock"},
		{400, "invalid_grant", "Issue time is in the future.", "", "clock"},
		{400, "invalid_grant", "JWT has too long lifetime.", "", "clock"},
		{400, "invalid_scope", "Token request contains invalid scopes for client, difi:weather.read", "MP-200", "scopes"},
		{400, "invalid_scope", "Token request contains invalid scopes for client", "", "scopes"},
		{400, "invalid_scope", "Token request contains scopes not allowed for maskinporten", "MP-201", "scopes"},
		{403, "forbidden", "Consumer has not been granted access to the scope difi:weather.read.", "MP-250", "access"},
		{400, "invalid_scope", "Consumer has not been granted access to the scope difi:weather.read.", "", "access"},
		{403, "forbidden", "Consumer 889640782 has not delegated access to the scope difi:weather.read to supplier 910753614.", "MP-251", "delegation"},
		{400, "invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid", "", "delegation"},
		{400, "invalid_authorization_details", "unknown type", "MP-301", "system user or consent"},
		{400, "invalid_authorization_details", "unknown fields", "MP-302", "system user or consent"},
		{400, "invalid_authorization_details", "invalid value of systemuser_org", "MP-303", "system user or consent"},
		{400, "invalid_altinn_customer_configuration", "a text that changes", "MP-303", "system user or consent"},
		{400, "unsupported_grant_type", "no such grant", "", "token"},
		{400, "a_new_error", "that nobody has heard of", "MP-999", "token"},
	} {
		t.Run(test.mp+" "+test.text, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.answer("/token", refused(test.status, test.code, test.text, test.mp))
			report := w.examined()
			words := strings.TrimPrefix(test.text, failed)
			isNamed(t, report, test.step, ailment{proof: words})
			if first := report.First(); first != nil && !strings.Contains(first.Proof, traceID) {
				t.Errorf("the trace id, which Digdir asks for, is missing: %s", first.Proof)
			}
			for _, step := range report.Steps {
				if step.Verdict == doctor.Fail && step.Name != test.step {
					t.Errorf("%s fails as well: %s", step.Name, step.Proof)
				}
			}
		})
	}
}
