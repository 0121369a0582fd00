package mockserver_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
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
	if err := portal.RegisterOrganization("974760673", "Brønnøysundregistrene", "brreg.no"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, portal.SignUp(kari), "terms_not_signed")
	if err := portal.SignTerms("974760673"); err != nil {
		t.Fatal(err)
	}
	session := signedIn(t, srv, "kari@brreg.no")
	if err := portal.WithdrawTerms("974760673"); err != nil {
		t.Fatal(err)
	}
	_, err := session.Profile()
	wantCode(t, err, "terms_not_signed")
}

func userRow(t *testing.T, srv *mockserver.Server) {
	portal := srv.Portal()
	kari := mockserver.SignUp{Name: "Kari", Mail: "kari@digdir.no", Password: portalPassword}
	if err := portal.SignUp(kari); err != nil {
		t.Fatal(err)
	}
	_, err := portal.SignIn(kari.Mail, kari.Password)
	wantCode(t, err, "not_confirmed")
	_, token, _ := strings.Cut(srv.Mailbox(kari.Mail)[0].Body, "?token=")
	token = strings.TrimSpace(token)
	wantCode(t, portal.Confirm(token+"x"), "link_invalid")
	if err := portal.Confirm(token); err != nil {
		t.Fatal(err)
	}
	wantCode(t, portal.Confirm(token), "link_used")
	session := must[*mockserver.PortalSession](t)(portal.SignIn(kari.Mail, kari.Password))
	if profile := must[mockserver.Profile](t)(session.Profile()); profile.Organization.OrgNo != "991825827" {
		t.Errorf("the domain led to %+v", profile.Organization)
	}
	if err := portal.ConfirmMail("nobody@digdir.no"); err == nil {
		t.Error("confirmed a mail that never came")
	}
}

func testEnvironmentsRow(t *testing.T, srv *mockserver.Server) {
	if err := srv.Portal().AppointManager("991825827", "direktor@digdir.no"); err != nil {
		t.Fatal(err)
	}
	boss, kari := signedIn(t, srv, "direktor@digdir.no"), signedIn(t, srv, "kari@digdir.no")
	open := func() (open []string) {
		for _, e := range must[mockserver.Profile](t)(kari.Profile()).Environments {
			if e.Open {
				open = append(open, e.Name)
			}
		}
		return open
	}
	if diff := cmp.Diff([]string{"ver1", "ver2", "test"}, open()); diff != "" {
		t.Error(diff)
	}
	if err := boss.Restrict(maskinporten.Ver1, "direktor@digdir.no"); err != nil { //nolint:staticcheck // closed, and still part of the rule
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ver2", "test"}, open()); diff != "" {
		t.Error(diff)
	}
}

func productionRow(t *testing.T, srv *mockserver.Server) {
	if err := srv.Portal().AppointManager("991825827", "direktor@digdir.no"); err != nil {
		t.Fatal(err)
	}
	boss, kari := signedIn(t, srv, "direktor@digdir.no"), signedIn(t, srv, "kari@digdir.no")
	client := portalClient(t, kari, maskinporten.Prod)
	reach := func() error {
		_, err := maskinporten.Collect(client.Scopes.Prefixes(t.Context()))
		return err
	}
	if err := reach(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("before the order: %v", err)
	}
	wantCode(t, kari.OrderProduction(mockserver.Person{Name: "Kari", Mail: "kari@digdir.no", Phone: "22222222"}), "not_manager")
	if err := boss.OrderProduction(mockserver.Person{Name: "Kari", Mail: "kari@digdir.no", Phone: "22222222"}); err != nil {
		t.Fatal(err)
	}
	if err := reach(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("without ID-porten: %v", err)
	}
	if err := kari.SignInWithIDPorten(portalPID); err != nil {
		t.Fatal(err)
	}
	if err := reach(); err != nil {
		t.Error(err)
	}
	if err := boss.TakeBack("kari@digdir.no"); err != nil {
		t.Fatal(err)
	}
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
	prefixes := must[[]*maskinporten.Prefix](t)(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))
	create := maskinporten.ScopeCreate{Prefix: "nav", Subscope: "api", Description: "d"}
	if _, err := client.Scopes.Create(t.Context(), create); !errors.Is(err, maskinporten.ErrForbidden) || len(prefixes) != 0 {
		t.Errorf("without a prefix: %v, %v", prefixes, err)
	}
	order := must[mockserver.PrefixOrder](t)(session.OrderPrefix(maskinporten.Test, "nav", "API"))
	if order.State != "granted" || order.Means != "mail" || len(srv.Mailbox("servicedesk@digdir.no")) != 1 {
		t.Errorf("order: %+v", order)
	}
	must[*maskinporten.Scope](t)(client.Scopes.Create(t.Context(), create))
}

func mineAPIRow(t *testing.T, srv *mockserver.Server) {
	client := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	prefix := must[[]*maskinporten.Prefix](t)(maskinporten.Collect(client.Scopes.Prefixes(t.Context())))[0].Prefix
	scope := must[*maskinporten.Scope](t)(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: prefix, Subscope: "api", Description: "d"}))
	if access := must[*maskinporten.Access](t)(client.Access.Grant(t.Context(), scope.Name, "889640782")); !access.Approved() {
		t.Errorf("access: %+v", access)
	}
	must[*maskinporten.Access](t)(client.Access.Revoke(t.Context(), scope.Name, "889640782"))
	changed := must[*maskinporten.Scope](t)(client.Scopes.Update(t.Context(), scope.Name, func(s *maskinporten.Scope) error { s.Description = "e"; return nil }))
	gone := must[*maskinporten.Scope](t)(client.Scopes.Deactivate(t.Context(), scope.Name))
	if changed.Description != "e" || gone.Active {
		t.Errorf("changed %+v, deactivated %+v", changed, gone)
	}
}

func integrationsRow(t *testing.T, srv *mockserver.Server) {
	provider := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	must[*maskinporten.Scope](t)(provider.Scopes.Create(t.Context(), newScope("granted")))
	must[*maskinporten.Scope](t)(provider.Scopes.Create(t.Context(), newScope("other")))
	must[*maskinporten.Scope](t)(provider.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "all", Description: "d", AccessibleForAll: true, Visibility: maskinporten.VisibilityPublic}))
	must[*maskinporten.Access](t)(provider.Access.Grant(t.Context(), "difi:granted", "889640782"))

	session := signedIn(t, srv, "per@nav.no")
	client := portalClient(t, session, maskinporten.Test)
	var offered []string
	for _, s := range offeredScopes(t, srv, session) {
		offered = append(offered, s.Name)
	}
	if diff := cmp.Diff([]string{"difi:all", "difi:granted"}, offered); diff != "" {
		t.Errorf("offered: %s", diff)
	}
	app := must[*maskinporten.ClientRegistration](t)(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: offered}))
	for _, pasted := range []string{jwkText(t, srv), pemText(t, srv)} {
		key := must[maskinporten.JSONWebKey](t)(maskinporten.ParseJSONWebKey([]byte(pasted)))
		must[*maskinporten.JSONWebKey](t)(client.Clients.AddKey(t.Context(), app.ClientID, key))
	}
	must[*maskinporten.ClientRegistration](t)(client.Clients.Update(t.Context(), app.ClientID, func(c *maskinporten.ClientRegistration) error { c.Name = "new"; return nil }))
	if err := client.Clients.Deactivate(t.Context(), app.ClientID); err != nil {
		t.Error(err)
	}
	// A client without keys of its own uses the organisation's certificate.
	bare := must[*maskinporten.ClientRegistration](t)(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "cert", Scopes: offered}))
	key := must[*maskinporten.Key](t)(srv.IssueCertificate(maskinporten.Test, "889640782", mockserver.CertificateValid).Key())
	auth := must[*maskinporten.Authenticator](t)(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: bare.ClientID, Key: key}, srv.ClientOptions()...))
	if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: offered}); err != nil {
		t.Error(err)
	}
}

// offeredScopes are those that the portal offers for a new client.
func offeredScopes(t *testing.T, srv *mockserver.Server, session *mockserver.PortalSession) []*maskinporten.Scope {
	t.Helper()
	request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.Endpoints(maskinporten.Test).Portal+"/available-scopes", nil))
	resp, err := session.HTTPClient().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var scopes []*maskinporten.Scope
	if err := json.NewDecoder(resp.Body).Decode(&scopes); err != nil {
		t.Fatal(err)
	}
	return scopes
}

func jwkText(t *testing.T, srv *mockserver.Server) string {
	t.Helper()
	return string(must[[]byte](t)(json.Marshal(must[maskinporten.JSONWebKey](t)(srv.Key(0, "pasted").PublicJWK()))))
}

func pemText(t *testing.T, srv *mockserver.Server) string {
	t.Helper()
	return publicPEM(t, srv.Key(1, "x").Public())
}

func merchantDataRow(t *testing.T, srv *mockserver.Server) {
	client := portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	const provider = "api-tilbyder-991825827"
	if i := must[*maskinporten.Integration](t)(client.Integrations.Get(t.Context(), provider)); i.Kind != "API_TILBYDER" {
		t.Errorf("integration: %+v", i)
	}
	saved := must[*maskinporten.MerchantData](t)(client.Integrations.UpdateMerchantData(t.Context(), provider, func(d *maskinporten.MerchantData) error {
		d.Invoicing.RecipientOrgNo, d.Invoicing.PeppolID = "991825827", "0192:991825827"
		d.NotificationPoints = []string{"drift@digdir.no"}
		return nil
	}, maskinporten.MerchantDataOptions{}))
	read := must[*maskinporten.MerchantData](t)(client.Integrations.MerchantData(t.Context(), provider))
	if diff := cmp.Diff(saved, read); diff != "" || len(read.NotificationPoints) != 1 {
		t.Error(diff)
	}
	_, err := client.Integrations.UpdateMerchantData(t.Context(), provider, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"new@digdir.no"}
		d.Invoicing.PeppolID = "nonsense"
		return nil
	}, maskinporten.MerchantDataOptions{})
	if after := must[*maskinporten.MerchantData](t)(client.Integrations.MerchantData(t.Context(), provider)); err == nil || !cmp.Equal(read, after) {
		t.Errorf("saved apart: %+v, %v", after, err)
	}
}

func notificationsRow(t *testing.T, srv *mockserver.Server) {
	client, appID := provided(t, srv)
	if _, err := client.Integrations.UpdateMerchantData(t.Context(), appID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"drift@digdir.no"}
		return nil
	}, maskinporten.MerchantDataOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := client.Clients.Deactivate(t.Context(), appID); err != nil {
		t.Fatal(err)
	}
	if mails := srv.Mailbox("drift@digdir.no"); len(mails) != 1 || !strings.Contains(mails[0].Subject, appID) {
		t.Errorf("mails: %+v", mails)
	}
	must[*maskinporten.Access](t)(client.Access.Revoke(t.Context(), "difi:api", "910753614"))
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
	must[*maskinporten.Scope](t)(ver2.Scopes.Create(t.Context(), newScope("api")))
	app := must[*maskinporten.ClientRegistration](t)(ver2.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:api"}}))
	must[*maskinporten.JSONWebKey](t)(ver2.Clients.AddKey(t.Context(), app.ClientID, must[maskinporten.JSONWebKey](t)(srv.Key(0, "k").PublicJWK())))
	if _, err := test.Scopes.Get(t.Context(), "difi:api"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("the scope of ver2 in test: %v", err)
	}
	for env, want := range map[maskinporten.Environment]error{maskinporten.Ver2: nil, maskinporten.Prod: maskinporten.ErrClientNotFound} { //nolint:staticcheck // as above
		auth := must[*maskinporten.Authenticator](t)(maskinporten.NewAuthenticator(srv.Endpoints(env), maskinporten.Credentials{ClientID: app.ClientID, Key: srv.Key(0, "k")}, srv.ClientOptions()...))
		if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:api"}}); !errors.Is(err, want) {
			t.Errorf("in %s: %v", env, err)
		}
	}
}

func TestDigdirsSideIsSteeredOverHTTP(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithControl())
	control := func(want int, method, path, body string) string {
		t.Helper()
		request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, srv.URL()+"/_mock/"+path, strings.NewReader(body)))
		resp, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		answer := string(must[[]byte](t)(io.ReadAll(resp.Body)))
		if resp.StatusCode != want {
			t.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
		}
		return answer
	}
	control(200, "POST", "organizations", `{"orgno":"974760673","name":"Brreg","domains":["brreg.no"],"terms_signed":true,"managers":["sjef@brreg.no"]}`)
	for _, bad := range []string{`{"orgno":"1"}`, `{"orgno":"974760673","domains":["x"]}`, `{"orgno":"974760673","managers":["x@y.no"]}`, `[]`} {
		control(400, "POST", "organizations", bad)
	}
	boss := signedIn(t, srv, "sjef@brreg.no")
	if err := errors.Join(boss.DelegateRights("sjef@brreg.no", mockserver.RightAPIs), boss.SignInWithIDPorten(portalPID)); err != nil {
		t.Fatal(err)
	}
	order := must[mockserver.PrefixOrder](t)(boss.OrderPrefix(maskinporten.Prod, "brreg", "API"))
	if pending := control(200, "GET", "prefix-orders", ""); !strings.Contains(pending, order.ID) {
		t.Errorf("pending: %s", pending)
	}
	control(400, "POST", "prefix-orders", `{"id":"`+order.ID+`"}`)
	control(200, "POST", "prefix-orders", `{"id":"`+order.ID+`","granted":true}`)
	control(400, "POST", "prefix-orders", `{"id":"`+order.ID+`","granted":true}`)
	if lost := control(200, "GET", "lost-notifications", ""); !strings.HasPrefix(lost, "[]") && !strings.HasPrefix(lost, "null") {
		t.Errorf("lost: %s", lost)
	}
}

func publicPEM(t *testing.T, public any) string {
	t.Helper()
	der := must[[]byte](t)(x509.MarshalPKIXPublicKey(public))
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
