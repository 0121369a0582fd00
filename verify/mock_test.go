package verify_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
	"github.com/maskinporten-go/maskinporten/verify"
)

// against is a verifier of the mock's tokens, in memory and by its clock.
func against(t *testing.T, srv *mockserver.Server, env maskinporten.Environment) *verify.Verifier {
	t.Helper()
	v := check.Got(verify.New(env, verify.WithHTTPClient(srv.HTTPClient()), verify.WithClock(srv.Clock().Now)))(t)
	t.Cleanup(func() { _ = v.Close() })
	return v
}

var mockScope = map[string]any{"scope": "difi:api3"}

func TestTokensOfTheMockAreTakenInTheirEnvironmentOnly(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	for _, env := range maskinporten.Environments() {
		for _, other := range maskinporten.Environments() {
			_, err := verifyToken(against(t, srv, other), srv.Token(env, mockScope))
			if env == other {
				wantReason(t, err, "")
			} else {
				wantReason(t, err, verify.ReasonOtherEnvironment)
			}
		}
	}
}

func TestFlawedTokensOfTheMockAreRefusedForTheirFlaw(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	v := against(t, srv, maskinporten.Test)
	for flaw, want := range map[mockserver.Flaw]verify.Reason{
		mockserver.FlawExpired: verify.ReasonExpired, mockserver.FlawOtherIssuer: verify.ReasonIssuer, mockserver.FlawOtherKey: verify.ReasonSignature,
		mockserver.FlawUnknownKey: verify.ReasonKeyUnknown, mockserver.FlawMissingConsumer: verify.ReasonConsumerMissing,
		mockserver.FlawTampered: verify.ReasonSignature, mockserver.FlawUnsigned: verify.ReasonAlgorithmNone,
	} {
		wantVerdict(t, v, srv.Token(maskinporten.Test, mockScope, flaw), want)
	}
}

// app registers a client of the organisation and returns what gets its tokens.
func app(t *testing.T, srv *mockserver.Server, o *mockserver.Organization, number int, scopes ...string) *maskinporten.Authenticator {
	t.Helper()
	admin := srv.Client(o)
	client := check.Got(admin.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Description: "An app", Scopes: scopes}))(t)
	key := srv.Key(number, "app-key")
	public := check.Got(key.PublicJWK())(t)
	check.Got(admin.Clients.AddKey(t.Context(), client.ClientID, public))(t)
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: client.ClientID, Key: key}, srv.ClientOptions()...))(t)
	t.Cleanup(func() { _ = auth.Close() })
	return auth
}

func TestTokensThatWereAskedForAreTakenWithAllTheySay(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	provider := srv.Client(srv.AddOrganization(digdir, "Digdir"))
	supplier := srv.AddOrganization(vendor, "Leverandøren")
	srv.AddOrganization(nav, "NAV")
	for _, create := range []maskinporten.ScopeCreate{
		{Prefix: "difi", Subscope: "api3", Description: "x", DelegationSource: "https://tt02.altinn.no/"},
		{Prefix: "difi", Subscope: "api3.write", Description: "x", DelegationSource: "https://tt02.altinn.no/"},
	} {
		scope := check.Got(provider.Scopes.Create(t.Context(), create))(t)
		for _, orgno := range []maskinporten.OrgNo{nav, vendor} {
			check.Got(provider.Access.Grant(t.Context(), scope.Name, orgno))(t)
		}
		srv.Altinn().Delegate(nav, vendor, scope.Name)
	}
	srv.Altinn().SetConsent(mockserver.Consent{ID: "c1"})
	auth := app(t, srv, supplier, 0, "difi:api3", "difi:api3.write")
	v := against(t, srv, maskinporten.Test)
	live := verify.RequireLiveAccess(provider.Access, time.Minute)
	for name, row := range map[string]struct {
		request maskinporten.TokenRequest
		require verify.Requirement
		want    func(*verify.Claims) bool
	}{
		"two scopes":    {maskinporten.TokenRequest{Scopes: []string{"difi:api3", "difi:api3.write"}}, verify.RequireNoSupplier(), func(c *verify.Claims) bool { return c.Scopes.HasAll("difi:api3", "difi:api3.write") }},
		"for another":   {maskinporten.TokenRequest{Scopes: []string{"difi:api3"}, ConsumerOrg: nav}, verify.RequireDelegationSource("https://tt02.altinn.no/"), func(c *verify.Claims) bool { return c.Consumer.OrgNo == nav && c.Supplier.OrgNo == vendor }},
		"a resource":    {maskinporten.TokenRequest{Scopes: []string{"difi:api3"}, Resource: []string{"https://a/", "https://b/"}}, verify.RequireConsumers(vendor), func(c *verify.Claims) bool { return cmp.Equal(c.Audience, []string{"https://a/", "https://b/"}) }},
		"a person":      {maskinporten.TokenRequest{Scopes: []string{"difi:api3"}, PID: maskinporten.NewPersonal("01017000000")}, live, func(c *verify.Claims) bool { return c.PID.Reveal() == "01017000000" }},
		"a system user": {maskinporten.TokenRequest{Scopes: []string{"difi:api3"}, AuthorizationDetails: maskinporten.SystemUser{OrgNo: nav}}, verify.RequireSystemUser(), func(c *verify.Claims) bool { u, ok := c.SystemUser(); return ok && u.Organization.OrgNo == nav }},
		"a consent": {maskinporten.TokenRequest{Scopes: []string{"difi:api3"}, AuthorizationDetails: maskinporten.Consent{ID: "c1", From: maskinporten.NewPersonal("urn:altinn:organization:identifier-no:" + nav)}}, live, func(c *verify.Claims) bool {
			consent, ok := c.Consent()
			return ok && consent.ID == "c1" && consent.To.OrgNo == vendor && !consent.Consented.IsZero()
		}},
	} {
		token, err := auth.Token(t.Context(), row.request)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		claims, err := v.Verify(t.Context(), token.AccessToken, verify.RequireScope("difi:api3"), row.require)
		if err != nil || !row.want(claims) {
			t.Errorf("%s: %v, %v", name, err, claims)
		}
	}
}

func TestARevokeIsNoticedThoughTheTokenLivesOn(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	provider := srv.Client(srv.AddOrganization(digdir, "Digdir"))
	check.Got(provider.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api3", Description: "x"}))(t)
	check.Got(provider.Access.Grant(t.Context(), "difi:api3", nav))(t)
	v, live := against(t, srv, maskinporten.Test), verify.RequireLiveAccess(provider.Access, 30*time.Second)
	token := srv.Token(maskinporten.Test, map[string]any{"scope": "difi:api3", "consumer": party(nav)})
	use := func(want verify.Reason) {
		t.Helper()
		wantVerdict(t, v, token, want, live)
	}
	use("")
	check.Got(provider.Access.Revoke(t.Context(), "difi:api3", nav))(t)
	use("")
	srv.Clock().Advance(30 * time.Second)
	use(verify.ReasonAccess)
}

func TestTokensAreTakenWhileTheMockChangesItsKey(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	v := against(t, srv, maskinporten.Test)
	before := srv.Token(maskinporten.Test, mockScope)
	wantVerdict(t, v, before, "")
	srv.Clock().Advance(time.Minute)
	srv.RotateSigningKey(maskinporten.Test)
	for _, token := range []string{srv.Token(maskinporten.Test, mockScope), before} {
		wantVerdict(t, v, token, "")
	}
}

func TestAnOutageOfTheMockIsSurvived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mockserver.Start(t)
		v := check.Got(verify.New(maskinporten.Test, verify.WithHTTPClient(srv.HTTPClient())))(t)
		defer func() { _ = v.Close() }()
		srv.Fail(mockserver.Fault{Operation: "GET /jwk", Times: 1, Reset: mockserver.ResetAfter})
		wantVerdict(t, v, srv.Token(maskinporten.Test, mockScope), verify.ReasonKeysUnavailable)
		srv.Fail(mockserver.Fault{Operation: "GET /jwk", Times: 1, Truncate: true})
		time.Sleep(1500 * time.Millisecond) // between two fetches, which come after 1 and 3 seconds
		wantVerdict(t, v, srv.Token(maskinporten.Test, mockScope), verify.ReasonKeysUnavailable)
		time.Sleep(2 * time.Second)
		wantVerdict(t, v, srv.Token(maskinporten.Test, mockScope), "")
		srv.Fail(mockserver.Fault{Operation: "GET /jwk", Status: 503, Body: "<html>", ContentType: "text/html"})
		time.Sleep(24 * time.Hour)
		wantVerdict(t, v, srv.Token(maskinporten.Test, mockScope), "")
	})
}

func TestTheDefaultClientFetchesOverANetwork(t *testing.T) {
	t.Parallel()
	srv := mockserver.Start(t)
	for _, env := range []maskinporten.Environment{maskinporten.Test, maskinporten.Prod} {
		endpoints := srv.EndpointsAt(srv.URL(), env)
		v := check.Got(verify.New(endpoints))(t)
		t.Cleanup(func() { _ = v.Close() })
		check.OK(t, v.Refresh(t.Context()))
		wantVerdict(t, v, srv.Token(env, map[string]any{"scope": "difi:api3", "iss": endpoints.Issuer}), "")
	}
	v := check.Got(verify.New(maskinporten.Endpoints{Issuer: srv.URL() + "/none/", Token: srv.URL() + "/token", API: srv.URL()}, verify.WithHTTPClient(http.DefaultClient)))(t)
	defer func() { _ = v.Close() }()
	if err := v.Refresh(t.Context()); err == nil {
		t.Error("an issuer without keys: no error")
	}
}
