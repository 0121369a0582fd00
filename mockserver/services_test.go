package mockserver_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestPlanBringsConsumersToWhatIsWanted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wanted := []maskinporten.OrgNo{"910753614"}
	for n := range 20 {
		wanted = append(wanted, mockserver.SampleOrgNo(n))
	}
	plan := must[*maskinporten.AccessPlan](t)(s.provider.Access.Plan(t.Context(), "difi:api", wanted))
	if len(plan.Grant) != len(wanted) || len(plan.Keep) != 0 || !cmp.Equal(plan.Revoke, []maskinporten.OrgNo{"889640782"}) {
		t.Errorf("%+v", plan)
	}
	if n := len(given(t, s.provider)); n != 1 {
		t.Errorf("planning changed something: %d accesses", n)
	}
	must[*maskinporten.AccessResult](t)(plan.Apply(t.Context(), maskinporten.ApplyOptions{}))
	if n := len(given(t, s.provider)); n != len(wanted) {
		t.Errorf("%d accesses", n)
	}
	again := must[*maskinporten.AccessPlan](t)(s.provider.Access.Plan(t.Context(), "difi:api", wanted))
	if len(again.Grant)+len(again.Revoke) != 0 || len(again.Keep) != len(wanted) {
		t.Errorf("a second plan: %+v", again)
	}
	must[*maskinporten.AccessResult](t)(s.provider.Scopes.Retire(t.Context(), "difi:api", maskinporten.ApplyOptions{}))
	if n := len(given(t, s.provider)); n != 0 {
		t.Errorf("retired, and %d accesses are left", n)
	}
	received, err := maskinporten.Collect(s.consumer.Access.Received(t.Context(), maskinporten.AccessFilter{}))
	if err != nil || len(received) != 0 {
		t.Errorf("%v, %v", received, err)
	}
	if scope := must[*maskinporten.Scope](t)(s.provider.Scopes.Get(t.Context(), "difi:api")); scope.Active {
		t.Error("the scope is active")
	}
}

func given(t *testing.T, client *maskinporten.Client) []*maskinporten.Access {
	t.Helper()
	return must[[]*maskinporten.Access](t)(maskinporten.Collect(client.Access.Given(t.Context(), maskinporten.AccessFilter{Scope: "difi:api"})))
}

func TestClientsLiveThroughEveryCall(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	clients, id := s.consumer.Clients, s.app.ClientID
	changed := must[*maskinporten.ClientRegistration](t)(clients.Update(t.Context(), id, func(c *maskinporten.ClientRegistration) error {
		c.Name, c.Description = "new", "said"
		return nil
	}))
	if changed.Name != "new" || changed.Description != "said" || changed.ClientID != id {
		t.Errorf("%+v", changed)
	}
	s.asks(t, s.app, nil) // the keys are still there
	for i := 1; i < maskinporten.MaxKeys; i++ {
		must[*maskinporten.JSONWebKey](t)(clients.AddKey(t.Context(), id, must[maskinporten.JSONWebKey](t)(s.srv.Key(i, fmt.Sprint("k", i)).PublicJWK())))
	}
	_, err := clients.AddKey(t.Context(), id, must[maskinporten.JSONWebKey](t)(s.srv.Key(5, "k5").PublicJWK()))
	if !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("a sixth key: %v", err)
	}
	s.srv.Clock().Advance(350 * 24 * time.Hour)
	s.consumer = s.srv.Client(s.srv.AddOrganization("889640782", "NAV")) // its key is posted again
	clients = s.consumer.Clients
	expiring := must[[]maskinporten.ExpiringKey](t)(clients.ExpiringKeys(t.Context(), 30*24*time.Hour))
	if len(expiring) != maskinporten.MaxKeys+1 { // the admin client's, too
		t.Errorf("expiring: %+v", expiring)
	}
	must[[]maskinporten.JSONWebKey](t)(clients.ReplaceKeys(t.Context(), id, []maskinporten.JSONWebKey{must[maskinporten.JSONWebKey](t)(s.srv.Key(7, "k7").PublicJWK())}))
	s.asks(t, s.app, maskinporten.ErrUnknownKey)
	s.asks(t, maskinporten.Credentials{ClientID: id, Key: s.srv.Key(7, "k7")}, nil)
	if err := clients.RemoveAllKeys(t.Context(), id); err != nil {
		t.Error(err)
	}
	if keys := must[[]*maskinporten.JSONWebKey](t)(maskinporten.Collect(clients.Keys(t.Context(), id))); len(keys) != 0 {
		t.Errorf("%v", keys)
	}
	if err := clients.Deactivate(t.Context(), id); err != nil {
		t.Error(err)
	}
	s.asks(t, s.app, maskinporten.ErrClientNotFound)
	if on := must[*maskinporten.ClientRegistration](t)(clients.Reactivate(t.Context(), id)); !on.Active {
		t.Errorf("%+v", on)
	}
}

func TestSecretsAndOnBehalfOfOfLoginClients(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	clients := s.consumer.Clients
	login := must[*maskinporten.ClientRegistration](t)(clients.Create(t.Context(), maskinporten.ClientCreate{
		Name: "login", IntegrationType: maskinporten.IntegrationTypeAPIClient, TokenEndpointAuthMethod: maskinporten.AuthMethodSecretBasic,
		RedirectURIs: []string{"https://a.example/"}, Scopes: []string{"openid"},
	}))
	second := must[*maskinporten.ClientRegistration](t)(clients.RotateSecret(t.Context(), login.ClientID))
	if first := login.ClientSecret.Reveal(); first == "" || second.ClientSecret.Reveal() == first || fmt.Sprint(second.ClientSecret) == second.ClientSecret.Reveal() {
		t.Errorf("secrets: %v, %v", login.ClientSecret, second.ClientSecret)
	}
	must[*maskinporten.OnBehalfOf](t)(clients.AddOnBehalfOf(t.Context(), login.ClientID, maskinporten.OnBehalfOf{OnBehalfOf: "kunde", Name: "K"}))
	changed := must[*maskinporten.OnBehalfOf](t)(clients.UpdateOnBehalfOf(t.Context(), login.ClientID, "kunde", func(o *maskinporten.OnBehalfOf) error { o.Name = "N"; return nil }))
	if changed.Name != "N" {
		t.Errorf("%+v", changed)
	}
	if err := clients.RemoveOnBehalfOf(t.Context(), login.ClientID, "kunde"); err != nil {
		t.Error(err)
	}
	if left := must[[]*maskinporten.OnBehalfOf](t)(maskinporten.Collect(clients.OnBehalfOfs(t.Context(), login.ClientID))); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func TestSuppliersClientSpeaksForItsCustomer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	supplier := s.srv.Client(s.srv.AddOrganization("910753614", "Leverandøren"))
	created := must[*maskinporten.ClientRegistration](t)(supplier.Clients.AsSupplier().Create(t.Context(), maskinporten.ClientCreate{Name: "c", ClientOrgNo: "889640782", Scopes: []string{"difi:api"}}))
	key := s.srv.Key(3, "k3")
	must[*maskinporten.JSONWebKey](t)(supplier.Clients.AsSupplier().AddKey(t.Context(), created.ClientID, must[maskinporten.JSONWebKey](t)(key.PublicJWK())))
	claims, err := s.ask(t, maskinporten.Credentials{ClientID: created.ClientID, Key: key}, maskinporten.TokenRequest{Scopes: []string{"difi:api"}})
	acting, _ := claims["supplier"].(map[string]any)
	if err != nil || created.SupplierOrgNo != "910753614" || acting["ID"] != "0192:910753614" {
		t.Errorf("%v, %v, %v", created, claims, err)
	}
	integrations := must[[]*maskinporten.Integration](t)(maskinporten.Collect(supplier.Integrations.All(t.Context(), maskinporten.IntegrationFilter{OrgNo: "889640782"})))
	if len(integrations) != 1 || integrations[0].ID != created.ClientID {
		t.Errorf("%+v", integrations)
	}
}

func TestMerchantDataTellsWhoeverIsResponsible(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	saved := must[*maskinporten.MerchantData](t)(s.consumer.Integrations.UpdateMerchantData(t.Context(), s.app.ClientID, func(d *maskinporten.MerchantData) error {
		d.NotificationPoints = []string{"drift@nav.no"}
		d.Invoicing.RecipientOrgNo, d.Invoicing.PeppolID = "889640782", "0192:889640782"
		return nil
	}, maskinporten.MerchantDataOptions{}))
	if diff := cmp.Diff(saved, must[*maskinporten.MerchantData](t)(s.consumer.Integrations.MerchantData(t.Context(), s.app.ClientID))); diff != "" {
		t.Error(diff)
	}
	must[*maskinporten.Access](t)(s.provider.Access.Revoke(t.Context(), "difi:api", "889640782"))
	if mails := s.srv.Mailbox("drift@nav.no"); len(mails) == 0 {
		t.Error("nobody was told that the access was revoked")
	}
	real := must[*maskinporten.Client](t)(maskinporten.New(maskinporten.Test, s.app, s.srv.ClientOptions()...))
	if _, err := real.Integrations.MerchantData(t.Context(), s.app.ClientID); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("against the real service: %v", err)
	}
}
