package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

// full is a world with something of everything, and the secret of one client.
func full(t *testing.T) (w *world, secretID, secret string) {
	t.Helper()
	w = newWorld(t)
	check.OK(t, w.GrantAdminScopes(consumerNo, "idporten:dcr.write", "idporten:dcr.read"))
	w.advance(time.Minute)
	scope := w.scope(t, "read", func(in *registry.ScopeInput) {
		in.Translations = map[string]string{"description#en": "Read <it>", "long_description#nn": "Meir"}
		in.AllowedIntegrationTypes = []string{"maskinporten"}
		in.AtMaxAge = 60
	})
	w.grant(t, scope, consumerNo, supplierNo)
	w.advance(time.Second)
	w.revoke(t, scope, supplierNo)
	gone := w.scope(t, "a/gone")
	w.grant(t, gone, consumerNo)
	w.deactivate(t, gone)
	check.OK(t, w.WithdrawPrefix(providerNo, "difitest"))
	c := w.create(t, server(scoped(scope, "idporten:dcr.read")))
	w.posts(t, c.ClientID, "short", "long")
	w.create(t, server(typed(registry.KRR)))
	check.OK(t, w.DeactivateClient(consumer, w.create(t, server()).ClientID))
	check.Got(w.OnBehalfOfCreate(consumer, w.create(t, login()).ClientID, registry.OnBehalfOfInput{OnBehalfOf: "k", OrgNo: supplierNo}))(t)
	withSecret, secret := check.Got2(w.CreateClient(consumer, withMethod("client_secret_post")))(t)
	check.Got2(w.CreateClient(supplier, changed(server(), []change{func(in *registry.ClientInput) { in.ClientOrgNo = consumerNo }})))(t)
	without := w.create(t, login())
	check.Got(w.ReplaceClient(consumer, without.ClientID, withMethod("client_secret_basic")))(t) // has none yet
	check.OK(t, w.Delegate(consumerNo, supplierNo, scope))
	check.Got(w.AddSystemUser(registry.SystemUser{OrgNo: consumerNo, VendorOrgNo: supplierNo, ExternalRef: "r"}))(t)
	return w, withSecret.ClientID, secret
}

func exported(t *testing.T, r *registry.Registry) string {
	t.Helper()
	data := check.Got(json.MarshalIndent(r.Export(), "", " "))(t)
	return string(data)
}

// imported is a registry with a state and nothing else, five minutes after
// dawn.
func imported(t *testing.T, text string, options ...func(*registry.Config)) (*world, error) {
	t.Helper()
	w := &world{clock: dawn.Add(5 * time.Minute)}
	config := registry.Config{Environment: "test", Now: w.now, NewID: countedIDs(), OnEvent: w.record}
	for _, option := range options {
		option(&config)
	}
	w.Registry = registry.New(config)
	state, err := registry.ParseState([]byte(text))
	if err != nil {
		return w, err
	}
	return w, w.Import(state)
}

func TestAnExportedStateComesBackByteForByte(t *testing.T) {
	t.Parallel()
	w, secretID, secret := full(t)
	text := exported(t, w.Registry)
	again := check.Got(imported(t, text, propagating(time.Hour)))(t)
	check.Same(t, text, exported(t, again.Registry))
	if strings.Contains(text, secret) || !again.SecretValid(secretID, secret) {
		t.Error("the secret is shown, or lost")
	}
	if len(again.happened()) > 0 {
		t.Error("an import is told as changes")
	}
	if !again.IssuedAccess("difi:read", consumerNo) || again.IssuedAccess("difi:read", supplierNo) || again.IssuedAccess("difi:a/gone", consumerNo) {
		t.Error("the token endpoint knows other accesses")
	}
	check.Same(t, []string{"idporten:dcr.read", "idporten:dcr.write"}, again.AdminScopes(consumerNo))
	again.advance(day)
	for range 20 { // the sequence of ids begins again
		again.create(t, server())
	}
	if len(again.Export().Clients) != len(w.Export().Clients)+20 {
		t.Error("a new client took the place of an old one")
	}
}

func TestAnEmptyStateHasListsAndNoNulls(t *testing.T) {
	t.Parallel()
	w := check.Got(imported(t, "{}"))(t)
	if text := exported(t, w.Registry); strings.Contains(text, "null") || strings.Count(text, "[]") != 7 {
		t.Error(text)
	}
}

func TestImportedKeysExpireAndWhatHasFallenDueIsNotToldAgain(t *testing.T) {
	t.Parallel()
	w, _, _ := full(t)
	w.advance(340 * day)
	w.Due(w.now())
	again := &world{clock: w.now()}
	again.Registry = registry.New(registry.Config{Now: again.now, OnEvent: again.record})
	state := check.Got(registry.ParseState([]byte(exported(t, w.Registry))))(t)
	check.OK(t, again.Import(state))
	wantDue(t, again.due(t, 0))
	wantDue(t, again.due(t, 30*day), "secret_expired ", "key_expired short", "key_expired long")
	wantDue(t, again.due(t, 300*day))
}

// tiny is as little as a world can be written in.
const tiny = `{
	"organizations": [{"orgno":"991825827","name":"Digdir"}],
	"prefixes": [{"prefix":"difi","owner_orgno":"991825827"}],
	"scopes": [{"name":"difi:a/b:c","description":"d","description#en":"e"}, {"prefix":"difi","subscope":"two","description":"d","active":false}],
	"accesses": [{"scope":"difi:a/b:c","consumer_orgno":"889640782"}, {"scope":"difi:two","consumer_orgno":"889640782","state":"REQUESTED"}],
	"clients": [{"client_id":"c1","client_name":"C","client_orgno":"889640782","scopes":["difi:a/b:c"],"jwks":{"keys":[JWK]}}],
	"system_users": [{"orgno":"889640782","vendor_orgno":"910753614"}]
}`

// jwk is a public key with no more than it must have, and these members.
func jwk(t *testing.T, members string) string {
	t.Helper()
	in := publicKey(t, 0, "k")
	return `{"kty":"RSA","kid":"k","n":"` + in.N + `","e":"` + in.E + `"` + members + `}`
}

func TestWhatIsLeftOutHasDefaults(t *testing.T) {
	t.Parallel()
	w := check.Got(imported(t, strings.Replace(tiny, "JWK", jwk(t, ""), 1)))(t)
	now := w.now()
	s := w.Export()
	if p := s.Prefixes[0]; !p.Active || !p.Created.Equal(now) || !p.LastUpdated.Equal(now) {
		t.Errorf("prefix %+v", p)
	}
	if a, b := s.Scopes[0], s.Scopes[1]; a.Subscope != "a/b:c" || a.OwnerOrgNo != providerNo || !a.Active || a.TokenType != "SELF_CONTAINED" ||
		a.Translations["description#en"] != "e" || !a.Created.Equal(now) || b.Name != "difi:two" || b.Active {
		t.Errorf("scopes %+v, %+v", a, b)
	}
	if a, b := s.Accesses[0], s.Accesses[1]; a.State != registry.Approved || !a.LastUpdated.Equal(now) || b.State != registry.Requested {
		t.Errorf("accesses %+v, %+v", a, b)
	}
	c := s.Clients[0]
	if diff := cmp.Diff([]string{jwtBearer}, c.GrantTypes); diff != "" || !c.Active || c.IntegrationType != "maskinporten" || c.AccessTokenLifetime != 120 {
		t.Errorf("client %+v", c)
	}
	if k := c.JWKS.Keys[0]; k.Use != "sig" || k.Alg != "RS256" || k.Exp != now.Add(365*day).Unix() || !k.Created.Equal(now) {
		t.Errorf("key %+v", k)
	}
	if u := s.SystemUsers[0]; u.ID == "" || u.SystemID == "" {
		t.Errorf("system user %+v", u)
	}
}

func TestAKeyWrittenByHandLivesAYearAtMostAndMayHaveExpired(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]time.Time{
		`,"exp":4000000000`: dawn.Add(5*time.Minute + 365*day),
		`,"exp":1000000000`: time.Unix(1000000000, 0),
		`,"exp":1700000000,"last_updated":"2023-11-01T00:00:00Z"`: time.Unix(1700000000, 0),
	} {
		w := check.Got(imported(t, strings.Replace(tiny, "JWK", jwk(t, members), 1)))(t)
		if got := w.Export().Clients[0].JWKS.Keys[0].Exp; got != want.Unix() {
			t.Errorf("%s: %d", members, got)
		}
	}
}

func TestAStateThatCannotBeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	const org, prefix = `"organizations":[{"orgno":"991825827","name":"n"}],`, `"prefixes":[{"prefix":"p","owner_orgno":"991825827"}],`
	const scope = org + prefix + `"scopes":[{"name":"p:s","description":"d"}],`
	client := func(members string) string {
		return scope + `"clients":[{"client_id":"c","client_name":"n","client_orgno":"889640782"` + members + `}]`
	}
	log := `,"integration_type":"idporten","redirect_uris":["https://a.example/"]`
	for _, c := range []struct{ place, text string }{
		{"x", `"x":1`},
		{"organizations", `"organizations":{}`},
		{"organizations[0]", `"organizations":[1]`},
		{"organizations[0].name", `"organizations":[{"orgno":"991825827","name":1}]`},
		{"organizations[0].name", `"organizations":[{"orgno":"991825827","name":" "}]`},
		{"organizations[0].orgno", `"organizations":[{"orgno":"991825828","name":"n"}]`},
		{"organizations[1].orgno", `"organizations":[{"orgno":"991825827","name":"n"},{"orgno":"991825827","name":"n"}]`},
		{"organizations[0].admin_scopes", `"organizations":[{"orgno":"991825827","name":"n","admin_scopes":["openid"]}]`},
		{"prefixes[0].owner_orgno", `"prefixes":[{"prefix":"p","owner_orgno":"991825827"}]`},
		{"prefixes[0].prefix", org + `"prefixes":[{"prefix":"/","owner_orgno":"991825827"}]`},
		{"prefixes[0].created", org + `"prefixes":[{"prefix":"p","owner_orgno":"991825827","created":5}]`},
		{"prefixes[1].prefix", org + `"prefixes":[{"prefix":"p","owner_orgno":"991825827"},{"prefix":"p","owner_orgno":"991825827"}]`},
		{"scopes[0].prefix", org + `"scopes":[{"name":"p:s","description":"d"}]`},
		{"scopes[0].subscope", org + prefix + `"scopes":[{"name":"p","description":"d"}]`},
		{"scopes[0].name", org + prefix + `"scopes":[{"name":"p:a","prefix":"p","subscope":"b","description":"d"}]`},
		{"scopes[0].description", org + prefix + `"scopes":[{"name":"p:s"}]`},
		{"scopes[0].description#en", org + prefix + `"scopes":[{"name":"p:s","description":"d","description#en":1}]`},
		{"scopes[0].descripton", org + prefix + `"scopes":[{"name":"p:s","descripton":"d"}]`},
		{"scopes[0].owner_orgno", org + prefix + `"scopes":[{"name":"p:s","description":"d","owner_orgno":"889640782"}]`},
		{"scopes[0]", org + prefix + `"scopes":[{"name":"p:s","description":"d","visibility":"INTERNAL"}]`},
		{"scopes[1].name", org + prefix + `"scopes":[{"name":"p:s","description":"d"},{"name":"p:s","description":"d"}]`},
		{"accesses[0].scope", org + `"accesses":[{"scope":"p:s","consumer_orgno":"889640782"}]`},
		{"accesses[0].consumer_orgno", scope + `"accesses":[{"scope":"p:s","consumer_orgno":"1"}]`},
		{"accesses[0].state", scope + `"accesses":[{"scope":"p:s","consumer_orgno":"889640782","state":"MAYBE"}]`},
		{"accesses[1]", scope + `"accesses":[{"scope":"p:s","consumer_orgno":"889640782"},{"scope":"p:s","consumer_orgno":"889640782"}]`},
		{"clients[0].client_id", `"clients":[{"client_name":"n"}]`},
		{"clients[0].client_id", `"clients":[{"client_id":"..","client_name":"n"}]`},
		{"clients[0].client_orgno", `"clients":[{"client_id":"a","client_name":"n"}]`},
		{"clients[1].client_id", client(`},{"client_id":"c"`)},
		{"clients[0].client_name", `"clients":[{"client_id":"c","client_orgno":"889640782"}]`},
		{"clients[0].supplier_orgno", client(`,"supplier_orgno":"1"`)},
		{"clients[0].integration_type", client(`,"integration_type":"x"`)},
		{"clients[0].redirect_uris", client(`,"integration_type":"idporten"`)},
		{"clients[0].scopes", client(`,"scopes":["p:t"]`)},
		{"clients[0].client_secret", client(`,"client_secret":"hush"`)},
		{"clients[0].secret_digest", client(`,"secret_digest":"` + strings.Repeat("a", 64) + `"`)},
		{"clients[0].secret_digest", client(log + `,"token_endpoint_auth_method":"client_secret_post","secret_digest":"hush"`)},
		{"clients[0].secret_digest", client(log + `,"token_endpoint_auth_method":"client_secret_post","secret_expires":"2026-01-01T00:00:00Z"`)},
		{"clients[0].jwks.keys[0].n", client(`,"jwks":{"keys":[{"kty":"RSA","kid":"k","e":"AQAB"}]}`)},
		{"clients[0].jwks.keys[0].kid", client(`,"jwks":{"keys":[{"kty":"RSA"}]}`)},
		{"clients[0].jwks.keys[0]", client(`,"jwks":{"keys":[{"kty":"RSA","d":"hush"}]}`)},
		{"clients[0].jwks.keys[0].exp", client(`,"jwks":{"keys":[` + jwk(t, `,"exp":-1`) + `]}`)},
		{"clients[0].jwks.keys[0].exp", client(`,"jwks":{"keys":[` + jwk(t, `,"exp":1900000000,"last_updated":"2024-01-01T00:00:00Z"`) + `]}`)},
		{"clients[0].jwks.keys[1].kid", client(`,"jwks":{"keys":[` + jwk(t, "") + "," + jwk(t, "") + `]}`)},
		{"clients[0].jwks.keys", client(`,"jwks":{"keys":[{},{},{},{},{},{}]}`)},
		{"clients[0].onbehalfof[0].onbehalfof", client(`,"onbehalfof":[{"onbehalfof":"a"}]`)},
		{"clients[0].onbehalfof[1].onbehalfof", client(log + `,"onbehalfof":[{"onbehalfof":"a"},{"onbehalfof":"a"}]`)},
		{"delegations[0].supplier", `"delegations":[{"consumer":"889640782","supplier":"889640782","scope":"p:s"}]`},
		{"delegations[1]", `"delegations":[{"consumer":"889640782","supplier":"910753614","scope":"p:s"},{"consumer":"889640782","supplier":"910753614","scope":"p:s"}]`},
		{"system_users[0].orgno", `"system_users":[{"vendor_orgno":"910753614"}]`},
		{"system_users[1]", `"system_users":[{"vendor_orgno":"910753614","orgno":"889640782"},{"vendor_orgno":"910753614","orgno":"889640782"}]`},
	} {
		_, err := imported(t, "{"+strings.TrimSuffix(c.text, ",")+"}")
		wantKind(t, err, registry.Invalid, c.place)
		if err != nil && (!strings.HasPrefix(err.Error(), c.place+": ") || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s says %q", c.text, err)
		}
	}
	for _, text := range []string{"", "null", "[]", `{"clients":`, "{} {}"} {
		if _, err := registry.ParseState([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
