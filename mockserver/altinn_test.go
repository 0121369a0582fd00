package mockserver_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// supplierOf is a supplier's program with a scope of Digdir's that NAV may use
// and delegate.
func supplierOf(t *testing.T, srv *mockserver.Server) *maskinporten.Authenticator {
	t.Helper()
	provider := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	ctx := t.Context()
	check.Got(provider.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "a", Description: "d", DelegationSource: "https://tt02.altinn.no/"}))(t)
	for _, consumer := range []maskinporten.OrgNo{"889640782", "910753614"} {
		check.Got(provider.Access.Grant(ctx, "difi:a", consumer))(t)
	}
	supplier := srv.Client(srv.AddOrganization("910753614", "Leverandøren"))
	app := check.Got(supplier.Clients.Create(ctx, maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:a"}}))(t)
	key := srv.Key(0, "k")
	check.Got(supplier.Clients.AddKey(ctx, app.ClientID, check.Got(key.PublicJWK())(t)))(t)
	return check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, srv.ClientOptions()...))(t)
}

func TestDelegationsAreRecordedAndTakenBack(t *testing.T) {
	t.Parallel()
	srv := start(t)
	auth := supplierOf(t, srv)
	request := maskinporten.TokenRequest{Scopes: []string{"difi:a"}, ConsumerOrg: "889640782"}
	ask := func() error {
		srv.Clock().Advance(time.Hour) // no token of the cache will do
		return check.Err(auth.Token(t.Context(), request))
	}
	if err := ask(); !errors.Is(err, maskinporten.ErrNotDelegated) {
		t.Errorf("before: %v", err)
	}
	srv.Altinn().Delegate("889640782", "910753614", "difi:a")
	if err := ask(); err != nil {
		t.Errorf("delegated: %v", err)
	}
	for range 2 {
		srv.Altinn().Undelegate("889640782", "910753614", "difi:a")
	}
	if err := ask(); !errors.Is(err, maskinporten.ErrNotDelegated) {
		t.Errorf("taken back: %v", err)
	}
}

func TestSystemUsersAreThoseRegistered(t *testing.T) {
	t.Parallel()
	srv := start(t)
	auth := supplierOf(t, srv)
	ask := func(orgno maskinporten.OrgNo, ref string) (object, error) {
		srv.Clock().Advance(time.Hour)
		token, err := auth.Token(t.Context(), maskinporten.TokenRequest{
			Scopes: []string{"difi:a"}, AuthorizationDetails: maskinporten.SystemUser{OrgNo: orgno, ExternalRef: ref},
		})
		if err != nil {
			return nil, err
		}
		return claimsOf(t, token.AccessToken)["authorization_details"].([]any)[0].(object), nil
	}
	if got, err := ask("889640782", ""); err != nil || got["system_id"] != "910753614_system" {
		t.Errorf("before any is registered: %v, %v", got, err)
	}
	srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: "889640782", Vendor: "910753614", ExternalRef: "r", SystemID: "s", ID: "2f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c"})
	srv.Altinn().AddSystemUser(mockserver.SystemUser{OrgNo: "974760673", Vendor: "910753614"})
	if got, err := ask("889640782", "r"); err != nil || got["system_id"] != "s" || got["systemuser_id"].([]any)[0] != "2f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := ask("974760673", ""); err != nil || !uuid.MatchString(got["systemuser_id"].([]any)[0].(string)) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ask("889640782", "other"); err == nil {
		t.Error("one that isn't registered got a token")
	}
}

func TestConsentComesBackAsItWasTold(t *testing.T) {
	t.Parallel()
	srv := start(t)
	auth := supplierOf(t, srv)
	const id, from = "6f1c2f7e-4f1c-4c7c-8b43-0d1f2e3a4b5c", "urn:altinn:organization:identifier-no:889640782"
	srv.Altinn().SetConsent(mockserver.Consent{
		ID: id, From: from, Consented: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ValidTo: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
		Rights: []any{map[string]any{"action": []string{"read"}}},
	})
	token := check.Got(auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:a"}, AuthorizationDetails: maskinporten.Consent{ID: id, From: maskinporten.NewPersonal(from)}}))(t)
	got := claimsOf(t, token.AccessToken)["authorization_details"].([]any)[0].(object)
	if got["id"] != id || got["validTo"] != "2027-01-02T03:04:05Z" || got["consentRights"].([]any)[0].(object)["action"].([]any)[0] != "read" {
		t.Errorf("got %v", got)
	}
}

func TestTokensForAPIsUnderTestAreGoodUnlessFlawed(t *testing.T) {
	t.Parallel()
	srv := start(t)
	var set jose.JSONWebKeySet
	inMemory(t, srv, "https://maskinporten.no/jwk").decode(&set)
	claims := func(token string) (object, error) {
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return nil, err
		}
		var c object
		return c, parsed.Claims(set, &c)
	}
	token := srv.Token(maskinporten.Prod, map[string]any{"scope": "difi:a", "pid": "12345678901", "client_amr": nil})
	got, err := claims(token)
	if err != nil || got["iss"] != "https://maskinporten.no/" || got["scope"] != "difi:a" || got["pid"] != "12345678901" || got["client_amr"] != nil || got["consumer"] == nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, flaw := range []mockserver.Flaw{mockserver.FlawOtherKey, mockserver.FlawUnknownKey, mockserver.FlawTampered, mockserver.FlawUnsigned} {
		if _, err := claims(srv.Token(maskinporten.Prod, nil, flaw)); err == nil {
			t.Errorf("%s: the signature holds", flaw)
		}
	}
	for flaw, wrong := range map[mockserver.Flaw]func(object) bool{
		mockserver.FlawExpired:         func(c object) bool { return c["exp"].(float64) < float64(time.Now().Unix()) },
		mockserver.FlawOtherIssuer:     func(c object) bool { return c["iss"] != "https://maskinporten.no/" },
		mockserver.FlawMissingConsumer: func(c object) bool { return c["consumer"] == nil },
	} {
		if got, err := claims(srv.Token(maskinporten.Prod, nil, flaw)); err != nil || !wrong(got) {
			t.Errorf("%s: %v, %v", flaw, got, err)
		}
	}
}

func TestCertificatesSignIn(t *testing.T) {
	t.Parallel()
	srv := start(t)
	nav := srv.AddOrganization("889640782", "Arbeids- og velferdsetaten")
	for env, kinds := range map[maskinporten.Environment]map[mockserver.CertificateKind]string{
		maskinporten.Test: {
			mockserver.CertificateValid: "", mockserver.CertificateExpired: "MP-120",
			mockserver.CertificateRevoked: "MP-120", mockserver.CertificateProduction: "MP-120",
		},
		maskinporten.Prod: {mockserver.CertificateValid: "", mockserver.CertificateProduction: ""},
	} {
		app := check.Got(srv.ClientIn(env, nav).Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{scopesRead}}))(t)
		for kind, want := range kinds {
			key := check.Got(srv.IssueCertificate(env, nav.OrgNo, kind).Key())(t)
			auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(env), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, srv.ClientOptions()...))(t)
			_, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{scopesRead}})
			if refusal, ok := errors.AsType[*maskinporten.TokenError](err); ok != (want != "") || ok && refusal.MP != want {
				t.Errorf("%s in %s: %v", kind, env, err)
			}
		}
	}
}
