package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/verify"
)

// call sends a request with these Authorization headers through a handler.
func call(t *testing.T, handler http.Handler, authorization ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/people/01017000000", http.NoBody)
	for _, value := range authorization {
		request.Header.Add("Authorization", value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

// hello answers with the consumer that the context names.
var hello = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
	if claims, ok := verify.FromContext(request.Context()); ok {
		_, _ = io.WriteString(w, claims.Consumer.String())
	}
})

func TestMiddlewareAnswersAsRFC6750AndRFC9457SayAndLeaksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.token(nil)
	for _, row := range []struct {
		name          string
		authorization []string
		scope         verify.ScopeRequirement
		status        int
		challenge     string
		problem       string
	}{
		{"no token", nil, verify.RequireScope("difi:api3"), 401, `Bearer realm="maskinporten"`, ``},
		{"another scheme", []string{"Basic YTpi"}, verify.RequireScope("difi:api3"), 401, `Bearer realm="maskinporten"`, ``},
		{"scheme only", []string{"Bearer  "}, verify.RequireScope("difi:api3"), 401, `Bearer realm="maskinporten"`, ``},
		{"token without scheme", []string{good}, verify.RequireScope("difi:api3"), 401, `Bearer realm="maskinporten"`, ``},
		{"two tokens", []string{"Bearer " + good, "Bearer " + good}, verify.RequireScope("difi:api3"), 400, `Bearer error="invalid_request"`, "invalid_request"},
		{"forged", []string{"Bearer " + good[:len(good)-8]}, verify.RequireScope("difi:api3"), 401, `Bearer error="invalid_token"`, "invalid_token"},
		{"two tokens in one", []string{"Bearer " + good + " " + good}, verify.RequireScope("difi:api3"), 401, `Bearer error="invalid_token"`, "invalid_token"},
		{"another scope", []string{"Bearer " + good}, verify.RequireScope("difi:secret"), 403, `Bearer error="insufficient_scope", scope="difi:secret"`, "insufficient_scope"},
		{"more scopes", []string{"Bearer " + good}, verify.RequireAllScopes("difi:api3", "difi:b"), 403, `Bearer error="insufficient_scope", scope="difi:api3 difi:b"`, "insufficient_scope"},
		{"one of several scopes", []string{"Bearer " + good}, verify.RequireAnyScope("difi:a", "difi:b"), 403, `Bearer error="insufficient_scope", scope="difi:a"`, "insufficient_scope"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			response := call(t, w.verifier().Middleware(hello, row.scope), row.authorization...)
			body := response.Body.String()
			var problem struct {
				Type   string `json:"type"`
				Title  string `json:"title"`
				Error  string `json:"error"`
				Status int    `json:"status"`
			}
			if err := json.Unmarshal([]byte(body), &problem); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			got := []any{response.Code, problem.Status, problem.Title, problem.Type, problem.Error, response.Header().Get("WWW-Authenticate"), response.Header().Get("Content-Type"), response.Header().Get("Cache-Control")}
			want := []any{row.status, row.status, http.StatusText(row.status), "about:blank", row.problem, row.challenge, "application/problem+json", "no-store"}
			check.Same(t, want, got, "answer")
			for _, secret := range []string{"difi:", nav, "jti", "kid", "k1", "signature"} {
				if strings.Contains(body, secret) {
					t.Errorf("the body has %q: %s", secret, body)
				}
			}
		})
	}
}

func TestMiddlewareAsksToComeBackWhileTheKeysCannotBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.err = errors.New("dead")
	response := call(t, w.verifier().Middleware(hello, verify.RequireScope("difi:api3")), "Bearer "+w.token(nil))
	header, body := response.Header(), response.Body.String()
	if response.Code != http.StatusServiceUnavailable || header.Get("Retry-After") != "5" || header.Get("WWW-Authenticate") != "" || strings.Contains(body, "dead") {
		t.Errorf("%d %v %s", response.Code, header, body)
	}
}

func TestMiddlewareHandsTheClaimsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
		response := call(t, w.verifier().Middleware(hello, verify.RequireScope("difi:api3")), scheme+w.token(nil))
		if body := response.Body.String(); response.Code != http.StatusOK || body != nav {
			t.Errorf("%q: %d %q", scheme, response.Code, body)
		}
	}
	if claims, ok := verify.FromContext(t.Context()); ok || claims != nil {
		t.Error("claims out of nothing")
	}
	if claims, ok := verify.FromContext(verify.NewContext(t.Context(), nil)); ok || claims != nil {
		t.Error("no claims are claims")
	}
	want := &verify.Claims{PID: maskinporten.NewPersonal("01017000000")}
	if got, ok := verify.FromContext(verify.NewContext(t.Context(), want)); !ok || got != want {
		t.Error("claims don't come through the context")
	}
}

func TestRequirementsAreKeptEachByItself(t *testing.T) {
	t.Parallel()
	delegated := map[string]any{"supplier": party(vendor), "delegation_source": "https://www.altinn.no/"}
	person := map[string]any{"pid": "01017000000"}
	ofPath := func(request *http.Request) string { return strings.TrimPrefix(request.URL.Path, "/people/") }
	ofNobody := func(*http.Request) string { return " " }
	ofOther := func(*http.Request) string { return "02027000000" }
	european := sealed("VATSE-556703748501")
	isSealed := func(_ context.Context, o verify.Organization) bool { return o.Authority == verify.AuthorityETSI }
	for _, row := range []struct {
		name    string
		changes map[string]any
		require verify.Requirement
		want    verify.Reason
	}{
		{"the consumer", nil, verify.RequireConsumers(digdir, nav), ""},
		{"another consumer", nil, verify.RequireConsumers(digdir), verify.ReasonConsumer},
		{"the supplier isn't the consumer", delegated, verify.RequireConsumers(vendor), verify.ReasonConsumer},
		{"a European consumer in no list", european, verify.RequireConsumers(digdir), verify.ReasonConsumer},
		{"a consumer that a list at run time lets in", european, verify.RequireConsumerFunc(isSealed), ""},
		{"one that it doesn't", nil, verify.RequireConsumerFunc(isSealed), verify.ReasonConsumer},
		{"no list at run time", nil, verify.RequireConsumerFunc(nil), verify.ReasonMisconfigured},
		{"no consumers", nil, verify.RequireConsumers(), verify.ReasonMisconfigured},
		{"the empty consumer", european, verify.RequireConsumers(""), verify.ReasonMisconfigured},
		{"no supplier", nil, verify.RequireNoSupplier(), ""},
		{"a supplier where none may be", delegated, verify.RequireNoSupplier(), verify.ReasonSupplier},
		{"the supplier", delegated, verify.RequireSuppliers(vendor), ""},
		{"no supplier where some may be", nil, verify.RequireSuppliers(vendor), ""},
		{"another supplier", delegated, verify.RequireSuppliers(digdir), verify.ReasonSupplier},
		{"a mistyped supplier", delegated, verify.RequireSuppliers("910753615"), verify.ReasonMisconfigured},
		{"the source", delegated, verify.RequireDelegationSource("https://tt02.altinn.no/", "https://www.altinn.no/"), ""},
		{"another source", delegated, verify.RequireDelegationSource("https://tt02.altinn.no/"), verify.ReasonDelegationSource},
		{"a supplier without source", map[string]any{"supplier": party(vendor)}, verify.RequireDelegationSource("https://www.altinn.no/"), verify.ReasonDelegationSource},
		{"no delegation", nil, verify.RequireDelegationSource("https://www.altinn.no/"), ""},
		{"no source", delegated, verify.RequireDelegationSource(""), verify.ReasonMisconfigured},
		{"the person", person, verify.RequirePID(ofPath), ""},
		{"another person", person, verify.RequirePID(ofOther), verify.ReasonPID},
		{"no person in the token", nil, verify.RequirePID(ofPath), verify.ReasonPIDMissing},
		{"no person in the request", person, verify.RequirePID(ofNobody), verify.ReasonPIDMissing},
		{"no function", person, verify.RequirePID(nil), verify.ReasonMisconfigured},
		{"a consent", consented(nil), verify.RequireConsent("income"), ""},
		{"a consent to this provider", consented(map[string]any{"to": party(digdir)}), verify.RequireConsent("income", vendor, digdir), ""},
		{"a consent to another than this provider", consented(nil), verify.RequireConsent("income", digdir), verify.ReasonConsentRecipient},
		{"a consent to another than the consumer", consented(map[string]any{"to": party(digdir)}), verify.RequireConsent("income"), verify.ReasonConsentRecipient},
		{"a consent to nobody", consented(map[string]any{"to": nil}), verify.RequireConsent("income"), verify.ReasonConsentRecipient},
		{"a consent to something else", consented(nil), verify.RequireConsent("debt"), verify.ReasonConsentMissing},
		{"a consent to another action", consented(map[string]any{"consentRights": []any{right("read", "income")}}), verify.RequireConsent("income"), verify.ReasonConsentMissing},
		{"a consent that has ended", consented(map[string]any{"validTo": "2026-01-15T12:00:00Z"}), verify.RequireConsent("income"), verify.ReasonConsentExpired},
		{"a consent that ends just now", consented(map[string]any{"validTo": "2026-01-15T13:00:00.001+01:00"}), verify.RequireConsent("income"), ""},
		{"a consent without end", consented(map[string]any{"validTo": nil}), verify.RequireConsent("income"), verify.ReasonConsentExpired},
		{"no consent", map[string]any{"authorization_details": []any{systemUser("x", 1)}}, verify.RequireConsent("income"), verify.ReasonConsentMissing},
		{"a consent to no resource", consented(nil), verify.RequireConsent(""), verify.ReasonMisconfigured},
		{"a consent to a mistyped number", consented(nil), verify.RequireConsent("income", "1"), verify.ReasonMisconfigured},
		{"the second of two consents", map[string]any{"authorization_details": []any{consent(map[string]any{"validTo": nil}), consent(nil)}}, verify.RequireConsent("income"), ""},
		{"a system user", map[string]any{"authorization_details": []any{systemUser("x", 1)}}, verify.RequireSystemUser(), ""},
		{"no system user", map[string]any{"authorization_details": []any{map[string]any{"type": "urn:altinn:consent"}}}, verify.RequireSystemUser(), verify.ReasonSystemUser},
		{"the zero value", nil, verify.Requirement{}, verify.ReasonMisconfigured},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/people/01017000000", http.NoBody)
			request.Header.Set("Authorization", "Bearer "+w.token(row.changes))
			_, err := w.verifier().Authorize(request, verify.RequireScope("difi:api3"), row.require)
			wantReason(t, err, row.want)
		})
	}
}

func TestARequirementAboutTheRequestIsRefusedWhereThereIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	never := func(*http.Request) string { t.Error("asked about no request"); return "01017000000" }
	wantVerdict(t, w.verifier(), w.token(map[string]any{"pid": "01017000000"}), verify.ReasonPIDMissing, verify.RequirePID(never))
}

func TestScopeRequirements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	token := w.token(map[string]any{"scope": "difi:a difi:b"})
	for _, row := range []struct {
		name  string
		scope verify.ScopeRequirement
		want  verify.Reason
	}{
		{"one of them", verify.RequireScope("difi:b"), ""},
		{"another", verify.RequireScope("difi:c"), verify.ReasonScope},
		{"any", verify.RequireAnyScope("difi:c", "difi:b"), ""},
		{"any of others", verify.RequireAnyScope("difi:c", "difi:d"), verify.ReasonScope},
		{"all", verify.RequireAllScopes("difi:b", "difi:a"), ""},
		{"all and one more", verify.RequireAllScopes("difi:a", "difi:b", "difi:c"), verify.ReasonScope},
		{"none", verify.WithoutScope(), ""},
		{"the zero value", verify.ScopeRequirement{}, verify.ReasonMisconfigured},
		{"two names as one", verify.RequireScope("difi:a difi:b"), verify.ReasonMisconfigured},
		{"an empty name beside a good one", verify.RequireAnyScope("difi:a", ""), verify.ReasonMisconfigured},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(t.Context(), token, row.scope)
			wantReason(t, err, row.want)
		})
	}
}

func TestRefusalsOfGenuineTokensCarryTheirClaimsAndOthersDont(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.verifier()
	_, err := v.Verify(t.Context(), w.token(nil), verify.RequireScope("difi:other"))
	if refusal, ok := errors.AsType[*verify.Error](err); !ok || refusal.Claims == nil || refusal.Claims.ID != "jti-1" {
		t.Errorf("a genuine token: %v, want its claims", err)
	}
	_, err = verifyToken(v, signWith(t, testKey(t, 2), 5, `{"alg":"RS256","kid":"k1"}`, w.text(nil)+"}"))
	if refusal, ok := errors.AsType[*verify.Error](err); !ok || refusal.Claims != nil {
		t.Errorf("a forged token: %v, want no claims", err)
	}
}

func TestWriteErrorTakesAnyErrorAndGivesNothingAway(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	verify.WriteError(recorder, errors.New("secret"))
	if recorder.Code != http.StatusInternalServerError || strings.Contains(recorder.Body.String(), "secret") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]verify.Option{
		"no client": {verify.WithHTTPClient(nil)}, "nobody to ask as": {verify.WithIntrospection(nil)}, "no clock": {verify.WithClock(nil)}, "empty resource": {verify.WithResource("a", "")},
		"leeway below 0": {verify.WithLeeway(-1)}, "leeway too long": {verify.WithLeeway(1e12)}, "refresh too often": {verify.WithRefresh(1)},
		"no size": {verify.WithMaxTokenSize(0)}, "no issuer": {verify.WithIssuer(nil)}, "unknown issuer": {verify.WithIssuer(maskinporten.Environment("x"))},
	} {
		if v, err := verify.New(maskinporten.Test, opts...); err == nil || v != nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := verify.New(nil); err == nil {
		t.Error("no target: no error")
	}
	v := check.Got(verify.New(maskinporten.Test, nil, verify.WithLogger(nil), verify.WithObserver(nil), verify.WithRefresh(1<<41), verify.WithMaxTokenSize(5)))(t)
	_, err := v.Verify(context.Background(), "123456", verify.WithoutScope())
	wantReason(t, err, verify.ReasonTooLong)
	check.OK(t, v.Close())
}
