package issuer_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/pki"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

func party(orgno string) object {
	return object{"authority": "iso6523-actorid-upis", "ID": "0192:" + orgno}
}

// want are the claims of a token that the consumer's client got for difi:a,
// with changes.
func want(got, changes object) object {
	claims := object{
		"iss": issuerURL, "client_id": app, "client_amr": "private_key_jwt", "consumer": party(consumerNo), "scope": "difi:a",
		"token_type": "Bearer", "iat": float64(dawn.Unix()), "exp": float64(dawn.Unix() + 120), "jti": got["jti"],
	}
	maps.Copy(claims, changes)
	return claims
}

func TestTheClaimsOfAToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ asked, want object }{
		"the least":                 {},
		"with a resource":           {object{"resource": []string{"https://api.example.no/"}}, object{"aud": []any{"https://api.example.no/"}}},
		"with several resources":    {object{"resource": []string{"b", "a"}}, object{"aud": []any{"b", "a"}}},
		"with a resource as text":   {object{"resource": "https://api.example.no/"}, object{"aud": []any{"https://api.example.no/"}}},
		"with no resources":         {object{"resource": []string{}}, nil},
		"with a pid":                {object{"pid": "01011970000"}, object{"pid": "01011970000"}},
		"with no jti":               {object{"jti": nil}, nil},
		"with no details":           {object{"authorization_details": []any{}}, nil},
		"with claims of no meaning": {object{"sub": app, "nbf": 0}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := granted(t, w.ask(t, w.good(t, test.asked)))
			check.Same(t, want(got, test.want), got, "claims")
			if id, ok := got["jti"].(string); !ok || len(id) < 16 {
				t.Errorf("jti %v", got["jti"])
			}
		})
	}
}

func TestTheHeaderOfAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.ask(t, w.good(t, nil))
	granted(t, got)
	part, _, _ := strings.Cut(fmt.Sprint(got.body["access_token"]), ".")
	text := check.Got(base64.RawURLEncoding.DecodeString(part))(t)
	if want := `{"kid":"` + kidOf(1) + `","alg":"RS256"}`; string(text) != want {
		t.Errorf("header %s, want %s", text, want)
	}
	if name := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`); !name.MatchString(kidOf(1)) || !name.MatchString(fmt.Sprint(claimsOf(t, fmt.Sprint(got.body["access_token"]))["jti"])) {
		t.Error("kid and jti have 43 characters")
	}
}

func TestTheClaimsOfATokenStandInTheOrderOfRealOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.ask(t, w.good(t, object{"resource": "r", "pid": "01011970000", "authorization_details": []any{systemUser(nil)}}))
	granted(t, got)
	payload := check.Got(base64.RawURLEncoding.DecodeString(strings.Split(fmt.Sprint(got.body["access_token"]), ".")[1]))(t)
	at := -1
	for _, name := range []string{"authorization_details", "scope", "iss", "client_amr", "token_type", "exp", "iat", "client_id", "jti", "consumer"} {
		next := strings.Index(string(payload), `"`+name+`":`)
		if next <= at {
			t.Errorf("%s stands at %d, what is before it at %d, in %s", name, next, at, payload)
		}
		at = next
	}
}

func TestAnAudienceThatAScopeEnforcesIsInTheTokenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	enforcing := func(audience string) func(*registry.ScopeInput) {
		return func(in *registry.ScopeInput) { in.EnforcedAudForAccessToken = audience }
	}
	w.scope(t, "one", enforcing("https://one.example/"))
	w.scope(t, "one-too", enforcing("https://one.example/"))
	w.scope(t, "two", enforcing("https://two.example/"))
	w.client(t, consumer, registry.ClientFields{ClientID: "many", Scopes: []string{"difi:a", "difi:one", "difi:one-too", "difi:two"}})
	w.key(t, consumer, "many", kid, appKey, "RS256")
	for _, test := range []struct {
		scope    string
		resource any
		want     any
	}{
		{"difi:one", nil, []any{"https://one.example/"}},
		{"difi:a difi:one difi:one-too", nil, []any{"https://one.example/"}},
		{"difi:two difi:one", "https://asked.example/", []any{"https://asked.example/", "https://two.example/", "https://one.example/"}},
		{"difi:one", []string{"https://one.example/", "https://asked.example/"}, []any{"https://one.example/", "https://asked.example/"}},
		{"difi:a", nil, nil},
	} {
		got := granted(t, w.ask(t, w.good(t, object{"iss": "many", "scope": test.scope, "resource": test.resource})))
		if diff := cmp.Diff(test.want, got["aud"]); diff != "" {
			t.Errorf("%s with %v (-want +got):\n%s", test.scope, test.resource, diff)
		}
	}
}

func TestATokenTellsThatACertificateWasShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := granted(t, w.certified(t, certKey, w.x5cHeader(t, pki.Order{OrgNo: consumerNo})))
	check.Same(t, want(got, object{"client_id": certificate, "client_amr": "virksomhetssertifikat"}), got, "claims")
}

func TestEveryTokenHasAJTIOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := granted(t, w.ask(t, w.good(t, nil))), granted(t, w.ask(t, w.good(t, nil)))
	if first["jti"] == second["jti"] {
		t.Errorf("both have the jti %v", first["jti"])
	}
}

// supplierWorld has a client of the supplier's own, "supplier-app", with
// difi:a and difi:b, which have a delegation source.
func supplierWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.scope(t, "c", func(in *registry.ScopeInput) { in.DelegationSource = "https://tt02.altinn.no/" })
	w.scope(t, "d", func(in *registry.ScopeInput) { in.DelegationSource = "https://tt02.altinn.no/" })
	w.client(t, supplier, registry.ClientFields{ClientID: "supplier-app", Scopes: []string{"difi:c", "difi:d"}})
	w.key(t, supplier, "supplier-app", kid, appKey, "RS256")
	return w
}

func (w *world) forConsumer(t testing.TB, scope, orgno string) reply {
	t.Helper()
	return w.ask(t, w.good(t, object{"iss": "supplier-app", "scope": scope, "consumer_org": orgno}))
}

func TestADelegatedScopeGivesATokenForTheConsumer(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:c"))
	got := granted(t, w.forConsumer(t, "difi:c", consumerNo))
	check.Same(t, want(got, object{
		"client_id": "supplier-app", "scope": "difi:c", "supplier": party(supplierNo), "delegation_source": "https://tt02.altinn.no/",
	}), got, "claims")
}

func TestAScopeWithoutADelegationSourceHasTheEnvironments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant(t, "difi:a", supplierNo)
	w.client(t, supplier, registry.ClientFields{ClientID: "supplier-app", Scopes: []string{"difi:a"}})
	w.key(t, supplier, "supplier-app", kid, appKey, "RS256")
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:a"))
	check.Same(t, "https://tt02.altinn.no/", granted(t, w.forConsumer(t, "difi:a", consumerNo))["delegation_source"], "claims")
}

func TestAMissingDelegationIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	refused(t, w.forConsumer(t, "difi:c", consumerNo), notDelegated, consumerNo, "difi:c", supplierNo)

	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:c"))
	w.revoke(t, "difi:c")
	refused(t, w.forConsumer(t, "difi:c difi:d", consumerNo), notDelegated, consumerNo, "difi:d", supplierNo)
	refused(t, w.forConsumer(t, "difi:c", consumerNo), noAccess, "difi:c")

	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:d"))
	refused(t, w.forConsumer(t, "difi:d difi:c", consumerNo), noAccess, "difi:c")
	w.grant(t, "difi:c", consumerNo)
	granted(t, w.forConsumer(t, "difi:d difi:c", consumerNo))

	check.OK(t, w.Undelegate(consumerNo, supplierNo, "difi:c"))
	refused(t, w.forConsumer(t, "difi:d difi:c", consumerNo), notDelegated, consumerNo, "difi:c", supplierNo)
}

func TestADelegationForWhatTheConsumerWasNeverGranted(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	check.OK(t, w.AddOrganization(strangerNo, "Stranger"))
	check.OK(t, w.Delegate(strangerNo, supplierNo, "difi:c"))
	refused(t, w.forConsumer(t, "difi:c", strangerNo), noAccess, "difi:c")
}

func TestWithoutConsumerOrgTheSuppliersOwnAccessCounts(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:c"))
	refused(t, w.ask(t, w.good(t, object{"iss": "supplier-app", "scope": "difi:c"})), noAccess, "difi:c")
}

func TestNobodyIsItsOwnConsumer(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	refused(t, w.forConsumer(t, "difi:c", supplierNo), ownConsumer)
	refused(t, w.ask(t, w.good(t, object{"consumer_org": consumerNo})), ownConsumer)
}

func TestAClientRegisteredByASupplierNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, supplier, registry.ClientFields{ClientID: "for-consumer", ClientOrgNo: consumerNo, Scopes: []string{"difi:a"}})
	w.key(t, supplier, "for-consumer", kid, appKey, "RS256")
	got := granted(t, w.ask(t, w.good(t, object{"iss": "for-consumer"})))
	check.Same(t, want(got, object{"client_id": "for-consumer", "supplier": party(supplierNo)}), got, "claims")
	w.revoke(t, "difi:a")
	w.grant(t, "difi:a", supplierNo) // is of no use: the consumer's access counts
	refused(t, w.ask(t, w.good(t, object{"iss": "for-consumer"})), noAccess, "difi:a")
}

func TestOnBehalfOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, consumer, registry.ClientFields{
		ClientID: "login", IntegrationType: registry.APIKlient, Scopes: []string{"difi:a"}, RedirectURIs: []string{"https://app.example.no/back"},
		GrantTypes: []string{"authorization_code"}, TokenEndpointAuthMethod: "private_key_jwt", ApplicationType: "web",
	})
	w.key(t, consumer, "login", kid, appKey, "RS256")
	check.Got(w.OnBehalfOfCreate(consumer, "login", registry.OnBehalfOfInput{OnBehalfOf: "town", Name: "A town", OrgNo: providerNo}))(t)
	ask := func(value string) reply {
		return w.ask(t, w.good(t, object{"iss": "login", "iss_onbehalfof": value}))
	}
	for _, value := range []string{"town", "login::town"} {
		got := granted(t, ask(value))
		check.Same(t, want(got, object{"client_id": "login", "onbehalfof": "town"}), got, "claims for ", value)
	}
	for _, value := range []string{"village", "Town", "app::town", "login::login::town", "login::"} {
		refused(t, ask(value), malformed)
	}
}

func TestOnBehalfOfAndConsumerOrgDoNotGoTogether(t *testing.T) {
	t.Parallel()
	w := supplierWorld(t)
	check.OK(t, w.Delegate(consumerNo, supplierNo, "difi:c"))
	refused(t, w.ask(t, w.good(t, object{
		"iss": "supplier-app", "scope": "difi:c", "consumer_org": consumerNo, "iss_onbehalfof": "town",
	})), malformed)
}
