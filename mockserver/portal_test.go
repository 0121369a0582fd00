package mockserver_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const (
	portalPassword = "korrekt hest"
	portalPID      = "01010112345"
)

// signedIn signs a user of the default world up and in.
func signedIn(t *testing.T, srv *mockserver.Server, mail string) *mockserver.PortalSession {
	t.Helper()
	portal := srv.Portal()
	check.OK(t, portal.SignUp(mockserver.SignUp{Name: mail, Mail: mail, Password: portalPassword, PID: portalPID}))
	check.OK(t, portal.ConfirmMail(mail))
	session := check.Got(portal.SignIn(mail, portalPassword))(t)
	return session
}

func portalClient(t *testing.T, session *mockserver.PortalSession, env maskinporten.Environment) *maskinporten.Client {
	t.Helper()
	client := check.Got(session.Client(env))(t)
	return client
}

// provided is a world in which Digdir has a scope, an access and a client with
// a key.
func provided(t *testing.T, srv *mockserver.Server) (client *maskinporten.Client, appID string) {
	t.Helper()
	client = portalClient(t, signedIn(t, srv, "kari@digdir.no"), maskinporten.Test)
	check.Got(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api", Description: "d"}))(t)
	check.Got(client.Access.Grant(t.Context(), "difi:api", "910753614"))(t)
	app := check.Got(client.Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:api"}}))(t)
	public := check.Got(srv.Key(0, "k1").PublicJWK())(t)
	check.Got(client.Clients.AddKey(t.Context(), app.ClientID, public))(t)
	return client, app.ClientID
}

func TestUserWorksInThePortalAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	srv := start(t)
	client, appID := provided(t, srv)
	keys := check.Got(maskinporten.Collect(client.Clients.Keys(t.Context(), appID)))(t)
	if len(keys) != 1 || keys[0].KeyID != "k1" {
		t.Errorf("keys: %+v", keys)
	}
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test),
		maskinporten.Credentials{ClientID: appID, Key: srv.Key(0, "k1")}, srv.ClientOptions()...))(t)
	if _, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"difi:api"}}); err != nil {
		t.Errorf("the client made in the portal gets no token: %v", err)
	}
	if _, err := client.Scopes.Retire(t.Context(), "difi:api", maskinporten.ApplyOptions{}); err != nil {
		t.Error(err)
	}
	changes := srv.AuditLog()
	if last := changes[len(changes)-1]; last.Actor != "kari@digdir.no" || last.ActorOrgNo != "991825827" {
		t.Errorf("audit: %+v", last)
	}
}

func TestUserReachesNothingOfAnotherOrganisation(t *testing.T) {
	t.Parallel()
	srv := start(t)
	_, appID := provided(t, srv)
	foreign := portalClient(t, signedIn(t, srv, "per@nav.no"), maskinporten.Test)
	public := check.Got(srv.Key(1, "k2").PublicJWK())(t)
	const provider = "api-tilbyder-991825827"
	for integration, err := range foreign.Integrations.All(t.Context(), maskinporten.IntegrationFilter{}) {
		if err != nil || integration.CustomerOrgNo != "889640782" {
			t.Errorf("lists %+v (%v)", integration, err)
		}
	}
	ctx := t.Context()
	for name, err := range map[string]error{
		"Scopes.Get":          check.Err(foreign.Scopes.Get(ctx, "difi:api")),
		"Scopes.Create":       check.Err(foreign.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "difi", Subscope: "x", Description: "d"})),
		"Scopes.Update":       check.Err(foreign.Scopes.Update(ctx, "difi:api", func(s *maskinporten.Scope) error { s.Description = "x"; return nil })),
		"Scopes.Deactivate":   check.Err(foreign.Scopes.Deactivate(ctx, "difi:api")),
		"Access.Given":        check.Err(maskinporten.Collect(foreign.Access.Given(ctx, maskinporten.AccessFilter{Scope: "difi:api"}))),
		"Access.Grant":        check.Err(foreign.Access.Grant(ctx, "difi:api", "889640782")),
		"Access.Revoke":       check.Err(foreign.Access.Revoke(ctx, "difi:api", "910753614")),
		"Clients.Get":         check.Err(foreign.Clients.Get(ctx, appID)),
		"Clients.Update":      check.Err(foreign.Clients.Update(ctx, appID, func(c *maskinporten.ClientRegistration) error { c.Name = "x"; return nil })),
		"Clients.Deactivate":  foreign.Clients.Deactivate(ctx, appID),
		"Clients.Secret":      check.Err(foreign.Clients.RotateSecret(ctx, appID)),
		"Clients.Keys":        check.Err(maskinporten.Collect(foreign.Clients.Keys(ctx, appID))),
		"Clients.Key":         check.Err(foreign.Clients.Key(ctx, appID, "k1")),
		"Clients.AddKey":      check.Err(foreign.Clients.AddKey(ctx, appID, public)),
		"Clients.ReplaceKeys": check.Err(foreign.Clients.ReplaceKeys(ctx, appID, []maskinporten.JSONWebKey{public})),
		"Clients.RemoveKey":   foreign.Clients.RemoveKey(ctx, appID, "k1"),
		"Clients.RemoveKeys":  foreign.Clients.RemoveAllKeys(ctx, appID),
		"OnBehalfOf.List":     check.Err(maskinporten.Collect(foreign.Clients.OnBehalfOfs(ctx, appID))),
		"OnBehalfOf.Get":      check.Err(foreign.Clients.OnBehalfOf(ctx, appID, "x")),
		"OnBehalfOf.Create":   check.Err(foreign.Clients.AddOnBehalfOf(ctx, appID, maskinporten.OnBehalfOf{OnBehalfOf: "x"})),
		"OnBehalfOf.Delete":   foreign.Clients.RemoveOnBehalfOf(ctx, appID, "x"),
		"MerchantData":        check.Err(foreign.Integrations.MerchantData(ctx, provider)),
		"UpdateMerchantData": check.Err(foreign.Integrations.UpdateMerchantData(ctx, appID, func(d *maskinporten.MerchantData) error {
			d.NotificationPoints = []string{"per@nav.no"}
			return nil
		}, maskinporten.MerchantDataOptions{})),
	} {
		if !errors.Is(err, maskinporten.ErrForbidden) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRightsDecideWhatAUserMayDoInProduction(t *testing.T) {
	t.Parallel()
	srv := start(t)
	check.OK(t, srv.Portal().AppointManager("991825827", "direktor@digdir.no"))
	boss, kari := signedIn(t, srv, "direktor@digdir.no"), signedIn(t, srv, "kari@digdir.no")
	client := portalClient(t, kari, maskinporten.Prod)
	scopes := func() error {
		return check.Err(maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})))
	}
	clients := func() error {
		return check.Err(maskinporten.Collect(client.Clients.All(t.Context(), maskinporten.ClientFilter{})))
	}
	customers := func() error {
		return check.Err(client.Clients.AsSupplier().Create(t.Context(), maskinporten.ClientCreate{Name: "c", ClientOrgNo: "889640782"}))
	}
	check.OK(t, kari.SignInWithIDPorten(portalPID))
	for _, step := range []struct {
		rights []mockserver.Right
		open   [3]bool
	}{
		{nil, [3]bool{}},
		{[]mockserver.Right{mockserver.RightAPIs}, [3]bool{true, false, false}},
		{[]mockserver.Right{mockserver.RightIntegrations}, [3]bool{false, true, false}},
		{[]mockserver.Right{mockserver.RightIntegrations, mockserver.RightSupplier}, [3]bool{false, true, true}},
	} {
		check.OK(t, boss.TakeBack("kari@digdir.no"))
		if len(step.rights) > 0 {
			check.OK(t, boss.DelegateRights("kari@digdir.no", step.rights...))
		}
		for i, call := range []func() error{scopes, clients, customers} {
			if err := call(); (err == nil) != step.open[i] {
				t.Errorf("with %v: call %d: %v", step.rights, i, err)
			}
		}
	}
}

func TestKeyExpirySendsMailAsTheClockMoves(t *testing.T) {
	t.Parallel()
	srv := start(t)
	client, appID := provided(t, srv)
	check.Got(client.Integrations.UpdateMerchantData(t.Context(), appID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"vakt@digdir.no"}
		return nil
	}, maskinporten.MerchantDataOptions{}))(t)
	var got []int
	for range 4 {
		got = append(got, len(srv.Mailbox("vakt@digdir.no")))
		srv.Clock().Advance(120 * 24 * time.Hour)
	}
	got = append(got, len(srv.Mailbox("vakt@digdir.no")))
	check.Same(t, []int{0, 0, 0, 1, 2}, got, "mails after 0, 120, 240, 360 and 480 days")
	if lost := srv.LostNotifications(); len(lost) == 0 {
		t.Error("the admin clients' keys have expired too, and nobody is told")
	}
}

func TestSessionIsShownToThePortalOnly(t *testing.T) {
	t.Parallel()
	srv := start(t)
	session := signedIn(t, srv, "kari@digdir.no")
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, "https://test.maskinporten.no/jwk", nil))(t)
	resp, err := session.HTTPClient().Do(request)
	if err == nil {
		_ = resp.Body.Close()
		t.Error("the session went elsewhere")
	}
}

func TestSignedOutSessionIsWorthNothing(t *testing.T) {
	t.Parallel()
	srv := start(t)
	session := signedIn(t, srv, "kari@digdir.no")
	client := portalClient(t, session, maskinporten.Test)
	check.Got(session.Profile())(t)
	check.OK(t, session.SignOut())
	if _, err := maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})); !errors.Is(err, maskinporten.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestPortalIsReachedOverItsAddress(t *testing.T) {
	t.Parallel()
	srv := start(t)
	body := `{"name":"Kari","mail":"kari@digdir.no","password":"` + portalPassword + `"}`
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/portal/api/users", strings.NewReader(body)))(t)
	request.Header.Set("Content-Type", "application/json")
	resp := check.Got(http.DefaultClient.Do(request))(t) //nolint:bodyclose // closed below
	_ = resp.Body.Close()
	mails := srv.Mailbox("kari@digdir.no")
	if resp.StatusCode != http.StatusOK || len(mails) != 1 || !strings.Contains(mails[0].Body, srv.URL()+"/portal/confirm?token=") {
		t.Fatalf("%s, mails %+v", resp.Status, mails)
	}
	_, link, _ := strings.Cut(mails[0].Body, srv.URL())
	overSocket(t, srv.URL()+strings.TrimSpace(link)).want(http.StatusOK)
}

func TestDigdirDecidesOnPrefixesForProduction(t *testing.T) {
	t.Parallel()
	srv := start(t)
	check.OK(t, srv.Portal().AppointManager("889640782", "sjef@nav.no"))
	session := signedIn(t, srv, "sjef@nav.no")
	check.OK(t, errors.Join(session.OrderProduction(mockserver.Person{Name: "Sjef", Mail: "sjef@nav.no", Phone: "22222222"}), session.SignInWithIDPorten(portalPID)))
	order := check.Got(session.OrderPrefix(maskinporten.Prod, "nav", "API"))(t)
	client := portalClient(t, session, maskinporten.Prod)
	create := func() error {
		return check.Err(client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "nav", Subscope: "api", Description: "d"}))
	}
	if err := create(); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("without a prefix: %v", err)
	}
	if pending := srv.PendingPrefixOrders(); len(pending) != 1 {
		t.Errorf("pending: %+v", pending)
	}
	check.Got(srv.DecidePrefix(order.ID, true, ""))(t)
	check.OK(t, create())
	if orders := check.Got(session.PrefixOrders())(t); len(orders) != 1 || orders[0].State != "granted" {
		t.Errorf("orders: %+v", orders)
	}
}

func TestEnvironmentThatIsUsedForTheFirstTimeAfterItsKeysExpired(t *testing.T) {
	t.Parallel()
	srv := start(t)
	srv.Clock().Advance(366 * 24 * time.Hour)
	for _, url := range []string{"https://maskinporten.no/jwk", "https://test.maskinporten.no/jwk"} {
		if _, _, err := fetch(t, srv.HTTPClient(), url); err != nil {
			t.Error(err)
		}
	}
	if len(srv.LostNotifications()) == 0 {
		t.Error("nothing happened as time went by")
	}
}
