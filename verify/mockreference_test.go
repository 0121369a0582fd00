package verify_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/verify"
)

// referring is a mock with a scope of each token type, a consumer that has
// both, and a verifier that asks about tokens by reference as an API of the
// provider's.
type referring struct {
	*mockserver.Server
	verifier *verify.Verifier
	consumer *maskinporten.Authenticator
	api      maskinporten.Credentials
}

func newReferring(t *testing.T, change ...func(*maskinporten.Credentials)) *referring {
	t.Helper()
	srv := mockserver.Start(t)
	provider := srv.AddOrganization(digdir, "Digdir")
	consumer := srv.AddOrganization(nav, "NAV")
	scopes := srv.Client(provider).Scopes
	for name, kind := range map[string]maskinporten.TokenType{"api3": maskinporten.TokenTypeOpaque, "api3.open": maskinporten.TokenTypeSelfContained} {
		check.Got(scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: name, Description: "x", TokenType: kind, AccessibleForAll: true}))(t)
	}
	r := &referring{Server: srv, consumer: app(t, srv, consumer, 0, "difi:api3", "difi:api3.open"), api: srv.App(provider, "difi:api3.open")}
	for _, c := range change {
		c(&r.api)
	}
	asker := check.Got(maskinporten.NewAuthenticator(maskinporten.Test, r.api, srv.ClientOptions()...))(t)
	t.Cleanup(func() { _ = asker.Close() })
	r.verifier = check.Got(verify.New(maskinporten.Test, verify.WithHTTPClient(srv.HTTPClient()), verify.WithClock(srv.Clock().Now), verify.WithIntrospection(asker)))(t)
	t.Cleanup(func() { _ = r.verifier.Close() })
	return r
}

func (r *referring) token(t *testing.T, scopes ...string) string {
	t.Helper()
	token := check.Got(r.consumer.Token(t.Context(), maskinporten.TokenRequest{Scopes: scopes}))(t)
	return token.AccessToken
}

// asked are the questions about tokens that the mock was asked, and who asked.
func (r *referring) asked() (clients []string) {
	for _, request := range r.Requests() {
		if request.Operation == "POST /tokeninfo" {
			clients = append(clients, request.ClientID)
		}
	}
	return clients
}

func TestTokensByReferenceAreLookedUpAtTheMockAndOthersAreNot(t *testing.T) {
	t.Parallel()
	r := newReferring(t)
	signed := r.token(t, "difi:api3.open")
	reference := r.token(t, "difi:api3")
	mixed := r.token(t, "difi:api3", "difi:api3.open")
	if strings.Count(signed, ".") != 2 || strings.Contains(reference, ".") || strings.Contains(mixed, ".") {
		t.Fatalf("the tokens are %.20s, %s, %s", signed, reference, mixed)
	}
	for _, row := range []struct {
		token string
		scope string
		want  verify.Reason
		asked int
	}{
		{signed, "difi:api3.open", "", 0},
		{reference, "difi:api3", "", 1},
		{reference, "difi:api3.open", verify.ReasonScope, 1},
		{mixed, "difi:api3.open", "", 2},
		{"made" + reference, "difi:api3", verify.ReasonInactive, 3},
	} {
		claims, err := r.verifier.Verify(t.Context(), row.token, verify.RequireScope(row.scope), verify.RequireConsumers(nav))
		wantReason(t, err, row.want)
		if err == nil && (claims.Consumer.OrgNo != nav || claims.ClientID == "" || claims.ID == "" || claims.Expires.Sub(claims.IssuedAt) != 2*time.Minute) {
			t.Errorf("%.8s for %s: claims %v", row.token, row.scope, claims)
		}
		if asked := r.asked(); len(asked) != row.asked || row.asked > 0 && asked[0] != r.api.ClientID {
			t.Errorf("%.8s for %s: asked by %v, want %d times", row.token, row.scope, asked, row.asked)
		}
	}
	_, err := against(t, r.Server, maskinporten.Test).Verify(t.Context(), reference, verify.RequireScope("difi:api3"))
	wantReason(t, err, verify.ReasonNotSigned) // without the option
	r.AssertNoUnexpected(t)
}

func TestATokenByReferenceOfTheMockEndsInTime(t *testing.T) {
	t.Parallel()
	r := newReferring(t)
	reference := r.token(t, "difi:api3")
	for _, step := range []struct {
		advance time.Duration
		want    verify.Reason
		asked   int
	}{
		{0, "", 1},
		{29 * time.Second, "", 1},
		{90 * time.Second, "", 2}, // a second before its end
		{time.Second, "", 2},      // within the leeway
		{10 * time.Second, verify.ReasonExpired, 2},
		{20 * time.Second, verify.ReasonInactive, 3},
	} {
		r.Clock().Advance(step.advance)
		wantVerdict(t, r.verifier, reference, step.want)
		if got := len(r.asked()); got != step.asked {
			t.Errorf("after %v: asked %d times, want %d", step.advance, got, step.asked)
		}
	}
}

func TestATokenByReferenceIsRefusedFor503WhileTheMockCannotSay(t *testing.T) {
	t.Parallel()
	r := newReferring(t)
	reference := r.token(t, "difi:api3")
	r.Fail(mockserver.Fault{Operation: "POST /tokeninfo", Times: 1, Status: http.StatusBadGateway})
	_, err := verifyToken(r.verifier, reference)
	wantReason(t, err, verify.ReasonIntrospection)
	if refusal, ok := errors.AsType[*verify.Error](err); !ok || refusal.Status() != http.StatusServiceUnavailable {
		t.Errorf("error %v", err)
	}
	r.Clock().Advance(time.Second)
	wantVerdict(t, r.verifier, reference, "")
}

func TestAnAPIThatTheMockDoesNotKnowIsToldSo(t *testing.T) {
	t.Parallel()
	r := newReferring(t, func(c *maskinporten.Credentials) { c.ClientID = "00000000-0000-0000-0000-000000000000" })
	_, err := verifyToken(r.verifier, r.token(t, "difi:api3"))
	wantReason(t, err, verify.ReasonIntrospection)
	if err == nil || !strings.Contains(err.Error(), "doesn't know the client") {
		t.Errorf("error %v", err)
	}
}
