package mockserver_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// portalCode is the code of a refusal, or "".
func portalCode(err error) string {
	if refusal, ok := errors.AsType[*mockserver.PortalError](err); ok {
		return string(refusal.Code)
	}
	return ""
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if portalCode(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// TestPortal has a test for each row of what the web portal does.
func TestPortal(t *testing.T) {
	t.Parallel()
	for row, test := range map[string]func(*testing.T, *mockserver.Server){
		"organisation":      organisationRow,
		"user":              userRow,
		"test environments": testEnvironmentsRow,
		"production":        productionRow,
		"prefix":            prefixRow,
		"Mine API":          mineAPIRow,
		"integrations":      integrationsRow,
		"merchant data":     merchantDataRow,
		"notifications":     notificationsRow,
		"isolation":         isolationRow,
	} {
		t.Run(row, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func organisationRow(t *testing.T, srv *mockserver.Server) {
	portal := srv.Portal()
	kari := mockserver.SignUp{Name: "Kari", Mail: "kari@brreg.no", Password: portalPassword}
	wantCode(t, portal.SignUp(kari), "unknown_domain")
	check.OK(t, portal.RegisterOrganization("974760673", "Brønnøysundregistrene", "brreg.no"))
	wantCode(t, portal.SignUp(kari), "terms_not_signed")
	check.OK(t, portal.SignTerms("974760673"))
	session := signedIn(t, srv, "kari@brreg.no")
	check.OK(t, portal.WithdrawTerms("974760673"))
	wantCode(t, check.Err(session.Profile()), "terms_not_signed")
}

func userRow(t *testing.T, srv *mockserver.Server) {
	portal := srv.Portal()
	kari := mockserver.SignUp{Name: "Kari", Mail: "kari@digdir.no", Password: portalPassword}
	check.OK(t, portal.SignUp(kari))
	_, err := portal.SignIn(kari.Mail, kari.Password)
	wantCode(t, err, "not_confirmed")
	_, token, _ := strings.Cut(srv.Mailbox(kari.Mail)[0].Body, "?token=")
	token = strings.TrimSpace(token)
	wantCode(t, portal.Confirm(token+"x"), "link_invalid")
	check.OK(t, portal.Confirm(token))
	wantCode(t, portal.Confirm(token), "link_used")
	session := check.Got(portal.SignIn(kari.Mail, kari.Password))(t)
	if profile := check.Got(session.Profile())(t); profile.Organization.OrgNo != "991825827" {
		t.Errorf("the domain led to %+v", profile.Organization)
	}
	if err := portal.ConfirmMail("nobody@digdir.no"); err == nil {
		t.Error("confirmed a mail that never came")
	}
}

func testEnvironmentsRow(t *testing.T, srv *mockserver.Server) {
	check.OK(t, srv.Portal().AppointManager("991825827", "direktor@digdir.no"))
	boss, kari := signedIn(t, srv, "direktor@digdir.no"), signedIn(t, srv, "kari@digdir.no")
	open := func() (open []string) {
		for _, e := range check.Got(kari.Profile())(t).Environments {
			if e.Open {
				open = append(open, e.Name)
			}
		}
		return open
	}
	check.Same(t, []string{"ver1", "ver2", "test"}, open())
	check.OK(t, boss.Restrict(maskinporten.Ver1, "direktor@digdir.no")) //nolint:staticcheck // closed, and still part of the rule
	check.Same(t, []string{"ver2", "test"}, open())
}

func productionRow(t *testing.T, srv *mockserver.Server) {
	check.OK(t, srv.Portal().AppointManager("991825827", "direktor@digdir.no"))
	boss, kari := signedIn(t, srv, "direktor@digdir.no"), signedIn(t, srv, "kari@digdir.no")
	client := portalClient(t, kari, maskinporten.Prod)
	reach := func() error { return check.Err(maskinporten.Collect(client.Scopes.Prefixes(t.Context()))) }
	if err := reach(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("before the order: %v", err)
	}
	wantCode(t, kari.OrderProduction(mockserver.Person{Name: "Kari", Mail: "kari@digdir.no", Phone: "22222222"}), "not_manager")
	check.OK(t, boss.OrderProduction(mockserver.Person{Name: "Kari", Mail: "kari@digdir.no", Phone: "22222222"}))
	if err := reach(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("without ID-porten: %v", err)
	}
	check.OK(t, kari.SignInWithIDPorten(portalPID))
	check.OK(t, reach())
	check.OK(t, boss.TakeBack("kari@digdir.no"))
	if err := reach(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("after it was taken back: %v", err)
	}
	wantCode(t, boss.DelegateRights("kari@digdir.no", mockserver.RightSupplier), "invalid")
	if err := boss.DelegateRights("kari@digdir.no", mockserver.RightAPIs); err != nil || reach() != nil {
		t.Errorf("delegated: %v", err)
	}
}

func prefixRow(t *testing.T, srv *mockserver.Server) {
	session := signedIn(t, srv, "per@nav.no")
	client := portalClient(t, session, maskinporten.Test)
	prefixes := check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)
	create := maskinporten.ScopeCreate{Prefix: "nav", Subscope: "api", Description: "d"}
	if _, err := client.Scopes.Create(t.Context(), create); !errors.Is(err, maskinporten.ErrForbidden) || len(prefixes) != 0 {
		t.Errorf("without a prefix: %v, %v", prefixes, err)
	}
	order := check.Got(session.OrderPrefix(maskinporten.Test, "nav", "API"))(t)
	if order.State != "granted" || order.Means != "mail" || len(srv.Mailbox("servicedesk@digdir.no")) != 1 {
		t.Errorf("order: %+v", order)
	}
	check.Got(client.Scopes.Create(t.Context(), create))(t)
}

func mineAPIRow(t *testing.T, srv *mockserver.Server) {
	client := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	prefix := check.Got(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))(t)[0].Prefix
	scope := check.Got(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: prefix, Subscope: "api", Description: "d"}))(t)
	if access := check.Got(client.Access.Grant(t.Context(), scope.Name, "889640782"))(t); !access.Approved() {
		t.Errorf("access: %+v", access)
	}
	check.Got(client.Access.Revoke(t.Context(), scope.Name, "889640782"))(t)
	changed := check.Got(client.Scopes.Update(t.Context(), scope.Name, func(s *maskinporten.Scope) error { s.Description = "e"; return nil }))(t)
	gone := check.Got(client.Scopes.Deactivate(t.Context(), scope.Name))(t)
	if changed.Description != "e" || gone.Active {
		t.Errorf("changed %+v, deactivated %+v", changed, gone)
	}
}

func integrationsRow(t *testing.T, srv *mockserver.Server) {
	provider := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	check.Got(provider.Scopes.Create(t.Context(), newScope("granted")))(t)
	check.Got(provider.Scopes.Create(t.Context(), newScope("other")))(t)
	check.Got(provider.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "all", Description: "d", AccessibleForAll: true, Visibility: maskinporten.VisibilityPublic}))(t)
	check.Got(provider.Access.Grant(t.Context(), "difi:granted", "889640782"))(t)

	session := signedIn(t, srv, "per@nav.no")
	client := portalClient(t, session, maskinporten.Test)
	offered := check.Each(offeredScopes(t, srv, session), func(s *maskinporten.Scope) string { return s.Name })
	check.Same(t, []string{"difi:all", "difi:granted"}, offered, "offered")
	app := check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: offered}))(t)
	for _, pasted := range []string{jwkText(t, srv), pemText(t, srv)} {
		key := check.Got(maskinporten.ParseJSONWebKey([]byte(pasted)))(t)
		check.Got(client.Clients.AddKey(t.Context(), app.ClientID, key))(t)
	}
	check.Got(client.Clients.Update(t.Context(), app.ClientID, func(c *maskinporten.ClientRegistration) error { c.Name = "new"; return nil }))(t)
	check.OK(t, client.Clients.Deactivate(t.Context(), app.ClientID))
	// A client without keys of its own uses the organisation's certificate.
	bare := check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "cert", Scopes: offered}))(t)
	key := check.Got(srv.IssueCertificate(maskinporten.Test, "889640782", mockserver.CertificateValid).Key())(t)
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: bare.ClientID, Key: key}, srv.ClientOptions()...))(t)
	if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: offered}); err != nil {
		t.Error(err)
	}
}

// offeredScopes are those that the portal offers for a new client.
func offeredScopes(t *testing.T, srv *mockserver.Server, session *mockserver.PortalSession) []*maskinporten.Scope {
	t.Helper()
	_, body := check.Got2(fetch(t, session.HTTPClient(), srv.Endpoints(maskinporten.Test).Portal+"/available-scopes"))(t)
	var scopes []*maskinporten.Scope
	check.OK(t, json.Unmarshal([]byte(body), &scopes))
	return scopes
}

func jwkText(t *testing.T, srv *mockserver.Server) string {
	t.Helper()
	return string(check.Got(json.Marshal(check.Got(srv.Key(0, "pasted").PublicJWK())(t)))(t))
}

func pemText(t *testing.T, srv *mockserver.Server) string {
	t.Helper()
	return publicPEM(t, srv.Key(1, "x").Public())
}

func merchantDataRow(t *testing.T, srv *mockserver.Server) {
	client := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	const provider = "api-tilbyder-991825827"
	check.Same(t, maskinporten.IntegrationKind("API_TILBYDER"), check.Got(client.Integrations.Get(t.Context(), provider))(t).Kind, "integration")
	saved := check.Got(client.Integrations.UpdateMerchantData(t.Context(), provider, func(d *maskinporten.MerchantData) error {
		d.Invoicing.RecipientOrgNo, d.Invoicing.PeppolID = "991825827", "0192:991825827"
		d.NotificationPoints = []string{"drift@digdir.no"}
		return nil
	}, maskinporten.MerchantDataOptions{}))(t)
	read := check.Got(client.Integrations.MerchantData(t.Context(), provider))(t)
	if diff := cmp.Diff(saved, read); diff != "" || len(read.NotificationPoints) != 1 {
		t.Error(diff)
	}
	_, err := client.Integrations.UpdateMerchantData(t.Context(), provider, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"new@digdir.no"}
		d.Invoicing.PeppolID = "nonsense"
		return nil
	}, maskinporten.MerchantDataOptions{})
	if after := check.Got(client.Integrations.MerchantData(t.Context(), provider))(t); err == nil || !cmp.Equal(read, after) {
		t.Errorf("saved apart: %+v, %v", after, err)
	}
}

func notificationsRow(t *testing.T, srv *mockserver.Server) {
	client, appID := provided(t, srv)
	check.Got(client.Integrations.UpdateMerchantData(t.Context(), appID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"drift@digdir.no"}
		return nil
	}, maskinporten.MerchantDataOptions{}))(t)
	check.OK(t, client.Clients.Deactivate(t.Context(), appID))
	if mails := srv.Mailbox("drift@digdir.no"); len(mails) != 1 || !strings.Contains(mails[0].Subject, appID) {
		t.Errorf("mails: %+v", mails)
	}
	check.Got(client.Access.Revoke(t.Context(), "difi:api", "910753614"))(t)
	if !slices.ContainsFunc(srv.LostNotifications(), func(l mockserver.LostNotification) bool { return l.OrgNo == "910753614" && l.Event == "access_revoked" }) {
		t.Errorf("lost: %+v", srv.LostNotifications())
	}
	srv.Clock().Advance(340 * 24 * time.Hour)
	if mails := srv.Mailbox("drift@digdir.no"); len(mails) != 2 {
		t.Errorf("mails after 340 days: %+v", mails)
	}
}

func isolationRow(t *testing.T, srv *mockserver.Server) {
	session := signedIn(t, srv, "kari@digdir.no")
	ver2, test := portalClient(t, session, maskinporten.Ver2), portalClient(t, session, maskinporten.Test) //nolint:staticcheck // closed, and still part of the rule
	check.Got(ver2.Scopes.Create(t.Context(), newScope("api")))(t)
	app := check.Got(ver2.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:api"}}))(t)
	check.Got(ver2.Clients.AddKey(t.Context(), app.ClientID, check.Got(srv.Key(0, "k").PublicJWK())(t)))(t)
	if _, err := test.Scopes.Get(t.Context(), "difi:api"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("the scope of ver2 in test: %v", err)
	}
	for env, want := range map[maskinporten.Environment]error{maskinporten.Ver2: nil, maskinporten.Prod: maskinporten.ErrClientNotFound} { //nolint:staticcheck // as above
		auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(env), maskinporten.Credentials{ClientID: app.ClientID, Key: srv.Key(0, "k")}, srv.ClientOptions()...))(t)
		if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:api"}}); !errors.Is(err, want) {
			t.Errorf("in %s: %v", env, err)
		}
	}
}

func TestDigdirsSideIsSteeredOverHTTP(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodPost, "organizations", `{"orgno":"974760673","name":"Brreg","domains":["brreg.no"],"terms_signed":true,"managers":["sjef@brreg.no"]}`).want(http.StatusOK)
	for _, bad := range []string{`{"orgno":"1"}`, `{"orgno":"974760673","domains":["x"]}`, `{"orgno":"974760673","managers":["x@y.no"]}`, `[]`} {
		w.steer(http.MethodPost, "organizations", bad).want(http.StatusBadRequest)
	}
	boss := signedIn(t, w.srv, "sjef@brreg.no")
	check.OK(t, errors.Join(boss.DelegateRights("sjef@brreg.no", mockserver.RightAPIs), boss.SignInWithIDPorten(portalPID)))
	order := check.Got(boss.OrderPrefix(maskinporten.Prod, "brreg", "API"))(t)
	check.Same(t, []string{order.ID}, w.steer(http.MethodGet, "prefix-orders", "").names("id"), "pending")
	w.steer(http.MethodPost, "prefix-orders", `{"id":"`+order.ID+`"}`).want(http.StatusBadRequest)
	w.steer(http.MethodPost, "prefix-orders", `{"id":"`+order.ID+`","granted":true}`).want(http.StatusOK)
	w.steer(http.MethodPost, "prefix-orders", `{"id":"`+order.ID+`","granted":true}`).want(http.StatusBadRequest)
	check.Same(t, []object{}, w.steer(http.MethodGet, "lost-notifications", "").want(http.StatusOK).list(), "lost")
}

func publicPEM(t *testing.T, public any) string {
	t.Helper()
	der := check.Got(x509.MarshalPKIXPublicKey(public))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
