package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/variants"
)

// combinations are all applications and methods that go together, by type.
var combinations = func() map[string][]string {
	machine := []string{"web private_key_jwt"}
	people := []string{
		"web client_secret_basic", "web client_secret_post", "web private_key_jwt", "browser none", "native none",
	}
	return map[string][]string{
		registry.Maskinporten: machine, registry.KRR: machine,
		registry.IDPorten: people, registry.APIKlient: people, registry.Ansattporten: people,
	}
}()

func TestOnlyLegalCombinationsOfApplicationAndMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for integrationType, legal := range combinations {
		for _, app := range []string{"web", "browser", "native"} {
			for _, method := range []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"} {
				in := login(typed(integrationType), scoped(), application(app, method))
				_, _, err := w.CreateClient(consumer, in)
				if slices.Contains(legal, app+" "+method) {
					check.OK(t, err)
				} else if !isKind(err, registry.Invalid) {
					t.Errorf("%s %s %s: %v", integrationType, app, method, err)
				}
			}
		}
	}
}

func TestUnknownValuesAreRefusedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, c := range map[string]change{
		"application_type":           application("desktop", ""),
		"token_endpoint_auth_method": application("web", "tls_client_auth"),
		"grant_types":                func(in *registry.ClientInput) { in.GrantTypes = []string{"password"} },
		"refresh_token_usage":        func(in *registry.ClientInput) { in.RefreshTokenUsage = "TWICE" },
		"code_challenge_method":      func(in *registry.ClientInput) { in.CodeChallengeMethod = "plain" },
		"integration_type":           typed("selvbetjening"),
	} {
		w.refuses(t, consumer, login(c), registry.Invalid, field)
	}
}

func TestWhatHasNoChoiceNeedNotBeSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		in   registry.ClientInput
		want []string
	}{
		{server(), []string{"web", "private_key_jwt", jwtBearer}},
		{server(typed(registry.KRR)), []string{"web", "private_key_jwt", jwtBearer}},
		{login(application("browser", "")), []string{"browser", "none", "authorization_code"}},
		{login(application("native", "")), []string{"native", "none", "authorization_code"}},
		{login(application("", "")), []string{"web", "client_secret_basic", "authorization_code"}},
	} {
		got := w.create(t, c.in)
		check.Same(t, c.want, append([]string{got.ApplicationType, got.TokenEndpointAuthMethod}, got.GrantTypes...))
	}
}

func TestGrantsByType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted := func(grants ...string) change {
		return func(in *registry.ClientInput) { in.GrantTypes = grants }
	}
	for _, integrationType := range []string{registry.Maskinporten, registry.KRR} {
		w.create(t, server(typed(integrationType), granted(jwtBearer)))
		for _, grant := range []string{"authorization_code", "refresh_token", "implicit", ""} {
			w.refuses(t, consumer, server(typed(integrationType), granted(jwtBearer, grant)), registry.Invalid, "grant_types")
		}
	}
	for _, integrationType := range []string{registry.IDPorten, registry.APIKlient, registry.Ansattporten} {
		c := w.create(t, login(typed(integrationType), granted("refresh_token", "authorization_code", "refresh_token")))
		check.Same(t, []string{"refresh_token", "authorization_code"}, c.GrantTypes)
		for _, grant := range []string{jwtBearer, "implicit"} {
			w.refuses(t, consumer, login(typed(integrationType), granted("authorization_code", grant)), registry.Invalid, "grant_types")
		}
	}
}

func TestDigdirsOwnTypesAreForbidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, integrationType := range []string{registry.EFormidling, registry.IDPortenSAML2} {
		w.refuses(t, consumer, server(typed(integrationType)), registry.Forbidden, "")
	}
}

func TestKRRClientsHaveTheirFixedScopesAndNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fixed := []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"}
	for _, sent := range [][]string{nil, fixed, fixed[1:]} {
		check.Same(t, fixed, w.create(t, server(typed(registry.KRR), scoped(sent...))).Scopes, "sent ", sent)
	}
	open := w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	for _, other := range []string{open, "krr:global/other", "openid"} {
		w.refuses(t, consumer, server(typed(registry.KRR), scoped(append(fixed, other)...)), registry.Invalid, "scopes")
	}
	w.refuses(t, consumer, login(typed(registry.APIKlient), scoped(fixed...)), registry.Invalid, "scopes") // not on other types
}

func TestAMaskinportenClientMayHoldKRRScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := []string{"krr:global/digitalpost.read", "krr:global/kontaktinformasjon.read", w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })}
	check.Same(t, both, w.create(t, server(scoped(both...))).Scopes)
}

func TestVariantScopelessClient(t *testing.T) {
	t.Parallel()
	for value, refused := range map[string]bool{"accepted": false, "refused": true} {
		choice := check.Got(variants.Choice{}.With("scopeless-client", value))(t)
		w := newWorld(t, func(c *registry.Config) { c.Variants = func() variants.Set { return choice.Over(0) } })
		w.create(t, server(typed(registry.KRR)))
		holding := w.create(t, server(scoped("krr:global/digitalpost.read")))
		if !refused {
			w.create(t, server())
			continue
		}
		w.refuses(t, consumer, server(), registry.Invalid, "scopes")
		w.refusesChange(t, holding.ClientID, registry.Invalid, "scopes", func() error { return check.Err(w.ReplaceClient(consumer, holding.ClientID, server())) })
	}
}

func TestScopesThatLoginClientsHaveWithoutAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	w.create(t, login(scoped("openid", "profile", "eidas", "no_pid")))
	w.refuses(t, consumer, login(scoped("openid", open)), registry.Invalid, "scopes")
	for _, integrationType := range []string{registry.APIKlient, registry.Ansattporten} {
		w.create(t, login(typed(integrationType), scoped("openid", "profile", open)))
		w.refuses(t, consumer, login(typed(integrationType), scoped("eidas")), registry.Invalid, "scopes")
	}
	w.refuses(t, consumer, server(scoped("openid")), registry.Invalid, "scopes")
}

func TestAScopeNeedsAccessOrToBeOpenOrADelegationSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted, closed, revoked := w.scope(t, "granted"), w.scope(t, "closed"), w.scope(t, "revoked")
	open := w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	delegated := w.scope(t, "delegated", func(in *registry.ScopeInput) { in.DelegationSource = "https://tt02.altinn.no/" })
	gone := w.scope(t, "gone", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	w.grant(t, granted, consumerNo)
	w.grant(t, revoked, consumerNo)
	w.revoke(t, revoked, consumerNo)
	w.deactivate(t, gone)
	for _, scope := range []string{granted, open, delegated} {
		w.create(t, server(scoped(scope)))
	}
	for _, scope := range []string{closed, revoked, gone, "difi:unknown", "", "not a scope"} {
		w.refuses(t, consumer, server(scoped(granted, scope)), registry.Invalid, "scopes")
	}
	check.Got2(w.CreateClient(provider, server(scoped(closed))))(t) // the owner's own
	check.Same(t, []string{open, granted}, w.create(t, server(scoped(open, granted, open))).Scopes, "doubles:")
}

func TestForASuppliersClientTheCustomersAccessCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customers, suppliers := w.scope(t, "customers"), w.scope(t, "suppliers")
	w.grant(t, customers, consumerNo)
	w.grant(t, suppliers, supplierNo)
	forCustomer := func(in *registry.ClientInput) { in.ClientOrgNo = consumerNo }
	check.Got2(w.CreateClient(supplier, server(forCustomer, scoped(customers))))(t)
	w.refuses(t, supplier, server(forCustomer, scoped(suppliers)), registry.Invalid, "scopes")
}

func TestAScopeIsForItsAllowedIntegrationTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scope := w.scope(t, "api", func(in *registry.ScopeInput) {
		in.AccessibleForAll, in.AllowedIntegrationTypes = true, []string{registry.APIKlient}
	})
	w.create(t, login(typed(registry.APIKlient), scoped(scope)))
	w.refuses(t, consumer, server(scoped(scope)), registry.Invalid, "scopes")
	w.refuses(t, consumer, login(typed(registry.Ansattporten), scoped(scope)), registry.Invalid, "scopes")
}

func TestAdminScopesAreForThoseTheyWereAssignedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.GrantAdminScopes(consumerNo, "idporten:dcr.write"))
	w.create(t, server(scoped("idporten:dcr.write")))
	w.refuses(t, consumer, server(scoped("idporten:dcr.read")), registry.Invalid, "scopes")
	w.refuses(t, provider, server(scoped("idporten:dcr.write")), registry.Invalid, "scopes")
}

func TestScopesThatAreOnTheClientMayStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost, other := w.scope(t, "lost"), w.scope(t, "other")
	w.grant(t, lost, consumerNo)
	id := w.create(t, server(scoped(lost))).ClientID
	w.revoke(t, lost, consumerNo)
	w.deactivate(t, lost)
	put := func(scopes ...string) error {
		return check.Err(w.ReplaceClient(consumer, id, server(scoped(scopes...))))
	}
	check.OK(t, put(lost))
	w.refusesChange(t, id, registry.Invalid, "scopes", func() error { return put(lost, other) })
	check.OK(t, put())
	w.refusesChange(t, id, registry.Invalid, "scopes", func() error { return put(lost) }) // it is new again
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fields := map[string]func(in *registry.ClientInput, seconds *int){
		"access_token_lifetime":  func(in *registry.ClientInput, s *int) { in.AccessTokenLifetime = s },
		"refresh_token_lifetime": func(in *registry.ClientInput, s *int) { in.RefreshTokenLifetime = s },
		"authorization_lifetime": func(in *registry.ClientInput, s *int) { in.AuthorizationLifetime = s },
	}
	for field, set := range fields {
		sent := func(seconds int) change {
			return func(in *registry.ClientInput) { set(in, &seconds) }
		}
		w.refuses(t, consumer, server(sent(-1)), registry.Invalid, field)
		for _, integrationType := range []string{registry.IDPorten, registry.APIKlient, registry.Ansattporten} {
			w.refuses(t, consumer, login(typed(integrationType), sent(-1)), registry.Invalid, field)
			w.refuses(t, consumer, login(typed(integrationType), sent(0)), registry.Invalid, field)
			w.create(t, login(typed(integrationType), sent(1)))
		}
		for _, integrationType := range []string{registry.Maskinporten, registry.KRR} { // 0: the default
			c := w.create(t, server(typed(integrationType), sent(0)))
			if c.AccessTokenLifetime != 120 || c.RefreshTokenLifetime != 600 || c.AuthorizationLifetime != 7200 {
				t.Errorf("%s: %s 0 gave %+v", integrationType, field, c)
			}
		}
	}
}

func TestARefusalNamesWhatWasSentAndWhatIsLegal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	longest := strings.Repeat("x", 64)
	client := func(c change) error { _, _, err := w.CreateClient(consumer, login(c)); return err }
	scope := func(caller registry.Caller, prefix string) error {
		return check.Err(w.CreateScope(caller, input(prefix, "api")))
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{client(application("desktop", "")), `application_type "desktop" is not legal for idporten, only `},
		{client(application("web", "none")), `token_endpoint_auth_method "none" is not legal for web clients of type idporten, only `},
		{client(typed(longest)), `integration_type "` + longest + `" is unknown`},
		{client(typed(longest + "y")), `integration_type "` + longest + `…" is unknown`},
		{scope(consumer, "difi"), "Organization " + consumerNo + " has no prefix and cannot create scopes"},
		{scope(provider, "nav"), `Prefix "nav" does not belong to organization ` + providerNo},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", c.err, c.want)
		}
	}
}
