package issuer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func TestScopesComeBackInTheOrderAskedWithoutDoubles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.ask(t, w.good(t, object{"scope": " difi:b  difi:a difi:b "}))
	token := granted(t, got)
	if got.body["scope"] != "difi:b difi:a" || token["scope"] != "difi:b difi:a" {
		t.Errorf("scope %v in the answer, %v in the token", got.body["scope"], token["scope"])
	}
}

func TestScopesMustBeRegisteredOnTheClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.scope(t, "c", nil) // exists, and the consumer has access
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:c"})), invalidScopes, "difi:c")
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:x difi:a difi:c difi:x"})), invalidScopes, "difi:x difi:c")
	refused(t, w.ask(t, w.good(t, object{"scope": "DIFI:A"})), invalidScopes, "DIFI:A")
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:a\tdifi:b"})), invalidScopes, "difi:a\tdifi:b")
	refused(t, w.ask(t, w.good(t, object{"scope": `<b>"&`})), invalidScopes, `<b>"&`)
}

func TestAnUnknownScopeIsInvalidEvenIfRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onClients(func(c *registry.Client) { c.Scopes = append([]string{"difi:gone"}, c.Scopes...) }))
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:gone"})), invalidScopes, "difi:gone")
}

func TestAHundredThousandScopesAreLookedThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var scopes strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&scopes, "%x ", i)
	}
	got := w.ask(t, w.good(t, object{"scope": scopes.String()}))
	refused(t, got, invalidScopes, strings.TrimSpace(scopes.String()))
	if len(got.decision.Reason) > 1000 {
		t.Errorf("the reason has %d bytes", len(got.decision.Reason))
	}
}

func TestAllowedIntegrationTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(types ...string) {
		t.Helper()
		check.Got(w.ReplaceScope(provider, "difi:a", registry.ScopeInput{ScopeFields: registry.ScopeFields{
			Prefix: "difi", Subscope: "a", Description: "For tests", AllowedIntegrationTypes: types,
		}}))(t)
	}
	change("maskinporten", "krr")
	granted(t, w.ask(t, w.good(t, nil)))
	change("idporten")
	refused(t, w.ask(t, w.good(t, nil)), wrongType)
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:b difi:a"})), wrongType)
	granted(t, w.ask(t, w.good(t, object{"scope": "difi:b"})))
	change()
	granted(t, w.ask(t, w.good(t, nil)))
}

func TestAccessIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.revoke(t, "difi:b")
	refused(t, w.ask(t, w.good(t, object{"scope": "difi:a difi:b"})), noAccess, "difi:b")
	granted(t, w.ask(t, w.good(t, object{"scope": "difi:a"})))
	w.grant(t, "difi:b", consumerNo)
	granted(t, w.ask(t, w.good(t, object{"scope": "difi:b"})))
}

func TestADeactivatedScopeGivesNoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.Got(w.DeactivateScope(provider, "difi:a"))(t)
	refused(t, w.ask(t, w.good(t, nil)), noAccess, "difi:a")
	granted(t, w.ask(t, w.good(t, object{"scope": "difi:b"})))
}

func TestWhoHasAccessWithoutAGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, provider, registry.ClientFields{ClientID: "own", Scopes: []string{"difi:a"}})
	w.key(t, provider, "own", kid, appKey, "RS256")
	granted(t, w.ask(t, w.good(t, object{"iss": "own"})))

	w.scope(t, "open", func(in *registry.ScopeInput) { in.AccessibleForAll = true })
	w.client(t, supplier, registry.ClientFields{ClientID: "anybody", Scopes: []string{"difi:open"}})
	w.key(t, supplier, "anybody", kid, appKey, "RS256")
	granted(t, w.ask(t, w.good(t, object{"iss": "anybody", "scope": "difi:open"})))
}

func TestAdminScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check.OK(t, w.GrantAdminScopes(consumerNo, "idporten:scopes.write"))
	w.client(t, consumer, registry.ClientFields{ClientID: "admin", Scopes: []string{"idporten:scopes.write"}})
	w.key(t, consumer, "admin", kid, appKey, "RS256")
	granted(t, w.ask(t, w.good(t, object{"iss": "admin", "scope": "idporten:scopes.write"})))
	refused(t, w.ask(t, w.good(t, object{"iss": "admin", "scope": "idporten:scopes.read"})), invalidScopes, "idporten:scopes.read")
	refused(t, w.ask(t, w.good(t, object{"iss": "admin", "scope": "idporten:scopes.write idporten:dcr.read"})), invalidScopes, "idporten:dcr.read")
}

// ageing registers a client for two scopes with these at_max_age and a
// lifetime of its own, and tells how long its tokens live.
func ageing(t *testing.T, lifetime *int, first, second int) float64 {
	t.Helper()
	w := newWorld(t)
	w.scope(t, "first", func(in *registry.ScopeInput) { in.AtMaxAge = first })
	w.scope(t, "second", func(in *registry.ScopeInput) { in.AtMaxAge = second })
	w.client(t, consumer, registry.ClientFields{ClientID: "ageing", Scopes: []string{"difi:first", "difi:second"}},
		func(in *registry.ClientInput) { in.AccessTokenLifetime = lifetime })
	w.key(t, consumer, "ageing", kid, appKey, "RS256")
	got := w.ask(t, w.good(t, object{"iss": "ageing", "scope": "difi:first difi:second"}))
	token := granted(t, got)
	lives, ok := got.body["expires_in"].(float64)
	if end := token["exp"].(float64) - token["iat"].(float64); !ok || lives != end {
		t.Errorf("expires_in %v, but the token lives %v s", got.body["expires_in"], end)
	}
	return lives
}

func TestHowLongATokenLives(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		lifetime      *int
		first, second int
		want          float64
	}{
		{"the default", nil, 0, 0, 120},
		{"the client's lifetime", new(300), 0, 0, 300},
		{"at_max_age, up", nil, 3600, 0, 3600},
		{"at_max_age, down", new(300), 0, 30, 30},
		{"the lowest at_max_age", new(300), 3600, 600, 600},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			check.Same(t, test.want, ageing(t, test.lifetime, test.first, test.second), "expires_in")
		})
	}
}

func TestAClientWithoutALifetimeHasTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onClients(func(c *registry.Client) { c.AccessTokenLifetime = 0 }))
	if got := w.ask(t, w.good(t, nil)); got.body["expires_in"] != 120.0 {
		t.Errorf("answer %v", got.body)
	}
}
