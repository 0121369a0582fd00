package issuer_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/issuer"
)

// row is a row of the service's documentation: code, status, error, and what
// the description holds.
type row struct {
	code   string
	status int
	err    string
	text   string
}

// The prefix stands before the texts that concern who the client is.
const authentication = "Invalid assertion. Client authentication failed. "

// The documented rows.
var (
	malformed       = row{"MP-011", 400, "invalid_request", "Invalid assertion. Invalid parameter value"}
	usedBefore      = row{"MP-012", 400, "invalid_grant", "Grant is used before"}
	clientNotFound  = row{"MP-100", 400, "invalid_grant", authentication + "Client not found"}
	unknownKid      = row{"", 400, "invalid_grant", authentication + "Unknown key identifier (kid) for client."}
	kidRequired     = row{"", 400, "invalid_grant", authentication + "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided"}
	wrongAudience   = row{"MP-110", 400, "invalid_grant", authentication + "Invalid JWT claim aud."}
	badCertificate  = row{"MP-120", 400, "invalid_grant", authentication + "The JWT is signed with an invalid certificate."}
	expiredKey      = row{"MP-121", 400, "invalid_grant", authentication + "Expired key."}
	wrongOrgNo      = row{"MP-122", 400, "invalid_grant", authentication + "Invalid JWT. Invalid organization number for client. Does not match certificate orgno"}
	badX5C          = row{"MP-123", 400, "invalid_grant", authentication + "Invalid JWT header x5c"}
	badSignature    = row{"MP-124", 400, "invalid_grant", authentication + "Invalid JWT signature."}
	expiredGrant    = row{"MP-130", 400, "invalid_grant", authentication + "JWT is expired"}
	issuedInFuture  = row{"", 400, "invalid_grant", "Issue time is after now"}
	invalidScopes   = row{"MP-200", 400, "invalid_scope", "Token request contains invalid scopes for client, <scopes>"}
	wrongType       = row{"MP-201", 400, "invalid_scope", "Token request contains scopes not allowed for maskinporten"}
	noAccess        = row{"MP-250", 403, "forbidden", "Consumer has not been granted access to the scope <scope>."}
	notDelegated    = row{"MP-251", 403, "forbidden", "Consumer <orgno> has not delegated access to the scope <scope> to supplier <orgno>."}
	unknownType     = row{"MP-301", 400, "invalid_authorization_details", "Invalid authorization_details: unknown type <type>"}
	unknownFields   = row{"MP-302", 400, "invalid_authorization_details", "Invalid authorization_details: unknown fields <fields>"}
	invalidValue    = row{"MP-303", 400, "invalid_authorization_details", "Invalid authorization_details: invalid value of <field>"}
	noneInAltinn    = row{"MP-303", 400, "invalid_altinn_customer_configuration", "<detail>"}
	ownConsumer     = row{"", 400, "invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid"}
	otherGrantType  = row{"", 400, "unsupported_grant_type", "Unsupported grant type"}
	unknownClient   = row{"", 401, "invalid_client", "Client authentication failed"}
	methodForbidden = row{"", 405, "invalid_request", "Method not allowed"}
	internalError   = row{"", 500, "server_error", "Internal error"}
)

func TestTheRowsAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	want := []row{
		malformed, usedBefore, clientNotFound, unknownKid, kidRequired, wrongAudience, badCertificate, expiredKey, wrongOrgNo,
		badX5C, badSignature, expiredGrant, issuedInFuture, invalidScopes, wrongType, noAccess, notDelegated,
		unknownType, unknownFields, invalidValue, noneInAltinn, ownConsumer, otherGrantType, unknownClient, methodForbidden, internalError,
	}
	var got []row
	for _, r := range issuer.Rows() {
		text := r.Text
		if r.Authentication {
			text = issuer.AuthenticationPrefix + text
		}
		got = append(got, row{r.Code, r.Status, r.Error, text})
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

var trace = regexp.MustCompile(`^(.*) \(trace_id: ([0-9a-f]{32})\)$`)

// refused fails unless the answer is the row, with the brackets of its text
// filled in by values, in every member and in the decision.
func refused(t testing.TB, got reply, want row, values ...string) {
	t.Helper()
	if got.status != want.status || got.body["error"] != want.err {
		t.Fatalf("got %d %v (%s), want %d %s %s", got.status, got.body, got.decision.Reason, want.status, want.code, want.err)
	}
	parts := trace.FindStringSubmatch(fmt.Sprint(got.body["error_description"]))
	if parts == nil {
		t.Fatalf("error_description %v has no trace", got.body["error_description"])
	}
	if text := fill(want.text, values); parts[1] != text {
		t.Errorf("got text  %q,\nwant text %q", parts[1], text)
	}
	uri, hasURI := got.body["error_uri"]
	if wantURI := issuerURL + "errors/" + want.code; hasURI != (want.code != "") || hasURI && uri != wantURI {
		t.Errorf("error_uri %v for %q", uri, want.code)
	}
	if len(got.body) > 3 {
		t.Errorf("further members in %v", got.body)
	}
	d := got.decision
	if d.Code != want.code || d.Error != want.err || d.Description != parts[1] || d.TraceID != parts[2] || d.Reason == "" || d.Granted() || d.TokenID != "" {
		t.Errorf("decision %+v doesn't fit the answer %v", d, got.body)
	}
}

// fill puts values in the place of <brackets>.
func fill(text string, values []string) string {
	for _, value := range values {
		before, rest, _ := strings.Cut(text, "<")
		_, after, _ := strings.Cut(rest, ">")
		text = before + value + after
	}
	return text
}

func TestEveryRefusalHasATraceOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.ask(t, "x"), w.ask(t, "x")
	refused(t, first, malformed)
	refused(t, second, malformed)
	if first.decision.TraceID == second.decision.TraceID {
		t.Errorf("both have the trace %s", first.decision.TraceID)
	}
}

func TestAFaultOfTheMockIsAServerError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *issuer.Config) { c.Keys = [2]int{-1, -1} }) // there are no such keys
	refused(t, w.ask(t, w.good(t, nil)), internalError)
}

func TestTheTokenEndpointTakesPostOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		got := serve(t, w.door, request(t, method, "/token?grant_type="+jwtBearer+"&assertion="+w.good(t, nil), "", ""))
		refused(t, got, methodForbidden)
		if allow := got.header.Get("Allow"); allow != http.MethodPost {
			t.Errorf("%s: Allow: %q", method, allow)
		}
	}
}
