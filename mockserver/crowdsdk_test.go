package mockserver_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// actions are all there are, by the call that they are about.
func (c *crowd) actions() map[string]action {
	all := map[string]action{}
	for _, some := range []map[string]action{scopeActions, accessActions, clientActions, keyActions, integrationActions, serverActions, portalActions, c.controlActions()} {
		maps.Copy(all, some)
	}
	return all
}

// any is one of the members.
func (c *crowd) any(random *rand.Rand) *member { return c.members[random.IntN(len(c.members))] }

// The names are few, so that people meet.
func anyScope(random *rand.Rand) string  { return fmt.Sprintf("difi:s%d", random.IntN(4)) }
func anyClient(random *rand.Rand) string { return fmt.Sprintf("c%d", random.IntN(4)) }
func anyOrg(random *rand.Rand) maskinporten.OrgNo {
	return []maskinporten.OrgNo{storyProvider, storyConsumer, storySupplier}[random.IntN(3)]
}

func (c *crowd) anyKey(random *rand.Rand) *maskinporten.Key {
	n := random.IntN(4)
	return c.srv.Key(n, fmt.Sprintf("k%d", n))
}

func (c *crowd) anyPublic(random *rand.Rand) maskinporten.JSONWebKey {
	key, _ := c.anyKey(random).PublicJWK()
	return key
}

// drain reads a list to its end.
func drain[T any](list iter.Seq2[T, error]) { _, _ = maskinporten.Collect(list) }

// by makes an action of a call that any member may make.
func by(do func(ctx context.Context, m *member, random *rand.Rand)) action {
	return func(ctx context.Context, c *crowd, random *rand.Rand) { do(ctx, c.any(random), random) }
}

var scopeActions = map[string]action{
	"ScopesService.All": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Scopes.All(ctx, maskinporten.ScopeFilter{}))
	}),
	"ScopesService.AllPrefixes": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Scopes.AllPrefixes(ctx, maskinporten.PrefixFilter{}))
	}),
	"ScopesService.DelegationSources": by(func(ctx context.Context, m *member, _ *rand.Rand) { drain(m.Scopes.DelegationSources(ctx)) }),
	"ScopesService.Prefixes":          by(func(ctx context.Context, m *member, _ *rand.Rand) { drain(m.Scopes.Prefixes(ctx)) }),
	"ScopesService.Public": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Scopes.Public(ctx, maskinporten.PublicScopeFilter{Inactive: true}))
	}),
	"ScopesService.Get":        by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Scopes.Get(ctx, anyScope(r)) }),
	"ScopesService.Deactivate": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Scopes.Deactivate(ctx, anyScope(r)) }),
	"ScopesService.Reactivate": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Scopes.Reactivate(ctx, anyScope(r)) }),
	"ScopesService.Retire": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Scopes.Retire(ctx, anyScope(r), maskinporten.ApplyOptions{})
	}),
	"ScopesService.Create": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Scopes.Create(ctx, newScope(anyScope(r)[len("difi:"):]))
	}),
	"ScopesService.FindCreated": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Scopes.FindCreated(ctx, newScope(anyScope(r)[len("difi:"):]))
	}),
	"ScopesService.Update": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Scopes.Update(ctx, anyScope(r), func(s *maskinporten.Scope) error { s.Description += "!"; return nil })
	}),
}

var accessActions = map[string]action{
	"AccessService.Get":   by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Access.Get(ctx, anyScope(r), anyOrg(r)) }),
	"AccessService.Has":   by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Access.Has(ctx, anyScope(r), anyOrg(r)) }),
	"AccessService.Grant": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Access.Grant(ctx, anyScope(r), anyOrg(r)) }),
	"AccessService.Revoke": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Access.Revoke(ctx, anyScope(r), anyOrg(r))
	}),
	"AccessService.Given": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Access.Given(ctx, maskinporten.AccessFilter{}))
	}),
	"AccessService.Received": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Access.Received(ctx, maskinporten.AccessFilter{}))
	}),
	"AccessService.Plan": by(func(ctx context.Context, m *member, r *rand.Rand) {
		if plan, err := m.Access.Plan(ctx, anyScope(r), []maskinporten.OrgNo{anyOrg(r), mockserver.SampleOrgNo(r.IntN(9))}); err == nil {
			_, _ = plan.Apply(ctx, maskinporten.ApplyOptions{})
		}
	}),
}

// clients is who makes calls about clients: a member, for itself or as a
// supplier.
func clients(m *member, random *rand.Rand) *maskinporten.ClientsService {
	if random.IntN(4) == 0 {
		return m.Clients.AsSupplier()
	}
	return m.Clients
}

func anyNewClient(random *rand.Rand) maskinporten.ClientCreate {
	in := maskinporten.ClientCreate{Name: "app", ClientID: anyClient(random), Scopes: []string{anyScope(random)}}
	if random.IntN(3) == 0 {
		in.IntegrationType, in.Scopes = maskinporten.IntegrationTypeIDPorten, []string{"openid"}
		in.TokenEndpointAuthMethod, in.RedirectURIs = "client_secret_basic", []string{"https://app.example/back"}
	}
	return in
}

var clientActions = map[string]action{
	"ClientsService.AsSupplier": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		_, _ = maskinporten.Collect(m.Clients.AsSupplier().All(ctx, maskinporten.ClientFilter{}))
	}),
	"ClientsService.All": by(func(ctx context.Context, m *member, r *rand.Rand) {
		drain(clients(m, r).All(ctx, maskinporten.ClientFilter{}))
	}),
	"ClientsService.Get":    by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = clients(m, r).Get(ctx, anyClient(r)) }),
	"ClientsService.Create": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = clients(m, r).Create(ctx, anyNewClient(r)) }),
	"ClientsService.FindCreated": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = clients(m, r).FindCreated(ctx, anyNewClient(r))
	}),
	"ClientsService.DeactivateOwn": by(func(_ context.Context, m *member, _ *rand.Rand) {
		over, cancel := context.WithCancel(context.Background())
		cancel() // else its tokens would be gone for the rest of the crowd
		_ = m.Clients.DeactivateOwn(over)
	}),
	"ClientsService.Deactivate": by(func(ctx context.Context, m *member, r *rand.Rand) { _ = clients(m, r).Deactivate(ctx, anyClient(r)) }),
	"ClientsService.Reactivate": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = clients(m, r).Reactivate(ctx, anyClient(r)) }),
	"ClientsService.Update": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = clients(m, r).Update(ctx, anyClient(r), func(c *maskinporten.ClientRegistration) error { c.Description += "!"; return nil })
	}),
	"ClientsService.RotateSecret": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Clients.RotateSecret(ctx, anyClient(r)) }),
	"ClientsService.OnBehalfOfs": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = maskinporten.Collect(m.Clients.OnBehalfOfs(ctx, anyClient(r)))
	}),
	"ClientsService.OnBehalfOf": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Clients.OnBehalfOf(ctx, anyClient(r), "o")
	}),
	"ClientsService.RemoveOnBehalfOf": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_ = m.Clients.RemoveOnBehalfOf(ctx, anyClient(r), "o")
	}),
	"ClientsService.AddOnBehalfOf": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Clients.AddOnBehalfOf(ctx, anyClient(r), maskinporten.OnBehalfOf{OnBehalfOf: "o", Name: "n", OrgNo: anyOrg(r)})
	}),
	"ClientsService.ReplaceOnBehalfOf": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Clients.ReplaceOnBehalfOf(ctx, anyClient(r), maskinporten.OnBehalfOf{OnBehalfOf: "o", Name: "n2", OrgNo: anyOrg(r)})
	}),
	"ClientsService.UpdateOnBehalfOf": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Clients.UpdateOnBehalfOf(ctx, anyClient(r), "o", func(o *maskinporten.OnBehalfOf) error { o.Description = "d"; return nil })
	}),
}

var keyActions = map[string]action{
	"ClientsService.Key": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Clients.Key(ctx, anyClient(r), "k1") }),
	"ClientsService.Keys": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = maskinporten.Collect(m.Clients.Keys(ctx, anyClient(r)))
	}),
	"ClientsService.ExpiringKeys":  by(func(ctx context.Context, m *member, _ *rand.Rand) { _, _ = m.Clients.ExpiringKeys(ctx, 1000*time1h) }),
	"ClientsService.RemoveKey":     by(func(ctx context.Context, m *member, r *rand.Rand) { _ = m.Clients.RemoveKey(ctx, anyClient(r), "k1") }),
	"ClientsService.RemoveAllKeys": by(func(ctx context.Context, m *member, r *rand.Rand) { _ = m.Clients.RemoveAllKeys(ctx, anyClient(r)) }),
	"ClientsService.AddKey": func(ctx context.Context, c *crowd, r *rand.Rand) {
		_, _ = c.any(r).Clients.AddKey(ctx, anyClient(r), c.anyPublic(r))
	},
	"ClientsService.ReplaceKeys": func(ctx context.Context, c *crowd, r *rand.Rand) {
		_, _ = c.any(r).Clients.ReplaceKeys(ctx, anyClient(r), []maskinporten.JSONWebKey{c.anyPublic(r)})
	},
	"ClientsService.RotateKey": func(ctx context.Context, c *crowd, r *rand.Rand) {
		_ = c.any(r).Clients.RotateKey(ctx, anyClient(r), c.anyKey(r), maskinporten.RotateOptions{})
	},
	"ClientsService.RotateExpiring": by(func(ctx context.Context, m *member, r *rand.Rand) {
		store := func(context.Context, string, *maskinporten.Key) error { return nil }
		only := func(c *maskinporten.ClientRegistration) bool { return c.ClientID == anyClient(r) }
		_, _ = m.Clients.RotateExpiring(ctx, time1h, store, maskinporten.RotateAllOptions{Only: only, MaxWait: time1h / 60})
	}),
	"ClientsService.WaitReady": func(ctx context.Context, c *crowd, r *rand.Rand) {
		credentials := maskinporten.Credentials{ClientID: anyClient(r), Key: c.anyKey(r)}
		_, _ = c.any(r).Clients.WaitReady(ctx, credentials, maskinporten.TokenRequest{Scopes: []string{anyScope(r)}}, maskinporten.WaitOptions{})
	},
}

var integrationActions = map[string]action{
	"IntegrationsService.APIs": by(func(ctx context.Context, m *member, _ *rand.Rand) { drain(m.Integrations.APIs(ctx)) }),
	"IntegrationsService.All": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Integrations.All(ctx, maskinporten.IntegrationFilter{}))
	}),
	"IntegrationsService.Get": by(func(ctx context.Context, m *member, r *rand.Rand) { _, _ = m.Integrations.Get(ctx, anyClient(r)) }),
	"IntegrationsService.MerchantData": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Integrations.MerchantData(ctx, anyClient(r))
	}),
	"IntegrationsService.UpdateMerchantData": by(func(ctx context.Context, m *member, r *rand.Rand) {
		_, _ = m.Integrations.UpdateMerchantData(ctx, anyClient(r), func(d *maskinporten.MerchantData) error {
			d.NotificationPoints = []string{"drift@digdir.no"}
			return nil
		}, maskinporten.MerchantDataOptions{})
	}),
	"IntegrationsService.WithoutNotificationPoints": by(func(ctx context.Context, m *member, _ *rand.Rand) {
		drain(m.Integrations.WithoutNotificationPoints(ctx))
	}),
}
