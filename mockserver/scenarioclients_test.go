package mockserver_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func clientsLive(t *testing.T, s *scene) {
	ctx, clients := t.Context(), s.consumer.Clients
	create := maskinporten.ClientCreate{Name: "second", Description: "d", Scopes: []string{"difi:api"}, AccessTokenLifetime: 60}
	if _, err := clients.FindCreated(ctx, create); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("before it is made: %v", err)
	}
	before := len(all(t, clients.All(ctx, maskinporten.ClientFilter{})))
	made := check.Got(clients.Create(ctx, create))(t)
	if found := check.Got(clients.FindCreated(ctx, create))(t); found.ClientID != made.ClientID || found.AccessTokenLifetime != 60 {
		t.Errorf("%+v", found)
	}
	changed := check.Got(clients.Update(ctx, made.ClientID, func(c *maskinporten.ClientRegistration) error {
		c.Name = "new"
		return nil
	}))(t)
	if got := check.Got(clients.Get(ctx, made.ClientID))(t); changed.Name != "new" || got.Name != "new" || got.Description != "d" || got.ClientOrgNo != nav {
		t.Errorf("%+v, %+v", changed, got)
	}
	if n := len(all(t, clients.All(ctx, maskinporten.ClientFilter{}))); n != before+1 {
		t.Errorf("%d clients", n)
	}
	check.OK(t, clients.Deactivate(ctx, made.ClientID))
	if n := len(all(t, clients.All(ctx, maskinporten.ClientFilter{}))); n != before {
		t.Errorf("%d active clients", n)
	}
	if n := len(all(t, clients.All(ctx, maskinporten.ClientFilter{Inactive: true}))); n != before+1 {
		t.Errorf("%d clients, inactive ones included", n)
	}
	create.ClientID = made.ClientID
	if _, err := clients.Create(ctx, create); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("with the id of another: %v", err)
	}
	if on := check.Got(clients.Reactivate(ctx, made.ClientID))(t); !on.Active || on.Name != "new" {
		t.Errorf("%+v", on)
	}
	if _, err := s.provider.Clients.Get(ctx, made.ClientID); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("another's: %v", err)
	}
	if _, err := clients.Get(ctx, "none"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

func keysLive(t *testing.T, s *scene) {
	ctx, clients, id := t.Context(), s.consumer.Clients, s.app.ClientID
	public := func(n int) maskinporten.JSONWebKey {
		return check.Got(s.srv.Key(n, fmt.Sprint("k", n)).PublicJWK())(t)
	}
	for i := 1; i < maskinporten.MaxKeys; i++ {
		if added := check.Got(clients.AddKey(ctx, id, public(i)))(t); added.KeyID != fmt.Sprint("k", i) || added.Exp == 0 {
			t.Errorf("%+v", added)
		}
	}
	if _, err := clients.AddKey(ctx, id, public(5)); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("a sixth key: %v", err)
	}
	if key := check.Got(clients.Key(ctx, id, "k3"))(t); key.KeyID != "k3" || len(all(t, clients.Keys(ctx, id))) != maskinporten.MaxKeys {
		t.Errorf("%+v", key)
	}
	if expiring := check.Got(clients.ExpiringKeys(ctx, 366*24*time.Hour))(t); len(expiring) < maskinporten.MaxKeys+1 || expiring[0].DaysLeft != 365 { // the admin clients', too
		t.Errorf("expiring: %+v", expiring)
	}
	check.OK(t, clients.RemoveKey(ctx, id, "k3"))
	if _, err := clients.Key(ctx, id, "k3"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
	if left := check.Got(clients.ReplaceKeys(ctx, id, []maskinporten.JSONWebKey{public(7)}))(t); len(left) != 1 || left[0].KeyID != "k7" {
		t.Errorf("%+v", left)
	}
	s.asks(t, s.app, maskinporten.ErrUnknownKey)
	s.asks(t, maskinporten.Credentials{ClientID: id, Key: s.srv.Key(7, "k7")}, nil)
	check.OK(t, clients.RemoveAllKeys(ctx, id))
	if keys := all(t, clients.Keys(ctx, id)); len(keys) != 0 {
		t.Errorf("%+v", keys)
	}
}

func secretsLive(t *testing.T, s *scene) {
	ctx, clients := t.Context(), s.consumer.Clients
	login := check.Got(clients.Create(ctx, maskinporten.ClientCreate{
		Name: "login", IntegrationType: maskinporten.IntegrationTypeAPIClient, TokenEndpointAuthMethod: maskinporten.AuthMethodSecretBasic,
		RedirectURIs: []string{"https://a.example/"}, Scopes: []string{"openid"},
	}))(t)
	second := check.Got(clients.RotateSecret(ctx, login.ClientID))(t)
	if first := login.ClientSecret.Reveal(); first == "" || second.ClientSecret.IsZero() || second.ClientSecret.Reveal() == first {
		t.Error("the secret isn't another")
	}
	if _, err := clients.RotateSecret(ctx, s.app.ClientID); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("of a client without: %v", err)
	}
	if none := all(t, clients.OnBehalfOfs(ctx, login.ClientID)); len(none) != 0 {
		t.Errorf("%+v", none)
	}
	check.Got(clients.AddOnBehalfOf(ctx, login.ClientID, maskinporten.OnBehalfOf{OnBehalfOf: "kunde", Name: "K", Description: "d"}))(t)
	if _, err := clients.AddOnBehalfOf(ctx, login.ClientID, maskinporten.OnBehalfOf{OnBehalfOf: "kunde", Name: "K"}); !errors.Is(err, maskinporten.ErrConflict) {
		t.Errorf("added twice: %v", err)
	}
	check.Got(clients.UpdateOnBehalfOf(ctx, login.ClientID, "kunde", func(o *maskinporten.OnBehalfOf) error { o.Name = "N"; return nil }))(t)
	if got := check.Got(clients.OnBehalfOf(ctx, login.ClientID, "kunde"))(t); got.Name != "N" || got.Description != "d" {
		t.Errorf("%+v", got)
	}
	check.Got(clients.ReplaceOnBehalfOf(ctx, login.ClientID, maskinporten.OnBehalfOf{OnBehalfOf: "kunde", Name: "R"}))(t)
	if listed := all(t, clients.OnBehalfOfs(ctx, login.ClientID)); len(listed) != 1 || listed[0].Name != "R" {
		t.Errorf("%+v", listed)
	}
	check.OK(t, clients.RemoveOnBehalfOf(ctx, login.ClientID, "kunde"))
	if _, err := clients.OnBehalfOf(ctx, login.ClientID, "kunde"); !errors.Is(err, maskinporten.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

func supplierActs(t *testing.T, s *scene) {
	ctx := t.Context()
	supplier := s.srv.Client(s.srv.AddOrganization(vendor, "Leverandøren"))
	if _, err := supplier.Clients.Create(ctx, maskinporten.ClientCreate{Name: "c", ClientOrgNo: nav, Scopes: []string{"difi:api"}}); !errors.Is(err, maskinporten.ErrForbidden) {
		t.Errorf("for another, not as a supplier: %v", err)
	}
	clients := supplier.Clients.AsSupplier()
	made := check.Got(clients.Create(ctx, maskinporten.ClientCreate{Name: "c", ClientOrgNo: nav, Scopes: []string{"difi:api"}}))(t)
	key := s.srv.Key(3, "k3")
	check.Got(clients.AddKey(ctx, made.ClientID, check.Got(key.PublicJWK())(t)))(t)
	claims, err := s.ask(t, maskinporten.Credentials{ClientID: made.ClientID, Key: key}, maskinporten.TokenRequest{Scopes: []string{"difi:api"}})
	acting, _ := claims["supplier"].(map[string]any)
	if err != nil || made.SupplierOrgNo != vendor || acting["ID"] != vendor.ISO6523() {
		t.Errorf("%v, %v, %v", made, claims, err)
	}
	if listed := all(t, clients.All(ctx, maskinporten.ClientFilter{})); !slices.ContainsFunc(listed, func(c *maskinporten.ClientRegistration) bool { return c.ClientID == made.ClientID }) {
		t.Errorf("%+v", listed)
	}
	if integrations := all(t, supplier.Integrations.All(ctx, maskinporten.IntegrationFilter{OrgNo: nav})); len(integrations) != 1 || integrations[0].ID != made.ClientID {
		t.Errorf("%+v", integrations)
	}
}
