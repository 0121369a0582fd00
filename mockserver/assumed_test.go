package mockserver_test

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// assumedCall is a call, or a series of which the last counts, that only an
// assumption refuses.
type assumedCall struct {
	name    string
	call    func(w *wire) answer
	status  int
	refusal string         // in the answer of a strict server, and in the journal of a lenient one
	then    map[string]any // members of a lenient server's answer
}

func providing(w *wire) session { return w.as("provider", scopesWrite+" "+dcrWrite) }
func consuming(w *wire) session {
	return w.as("consumer", scopesWrite+" "+dcrWrite)
}

// prepared makes a call that a row is not about.
func (s session) prepared(method, path string, body any) session {
	s.Helper()
	s.call(method, path, body).want(http.StatusOK)
	return s
}

const aScope = "?scope=difi:a"

var assumedOfScopes = []assumedCall{
	{"other characters", func(w *wire) answer { return providing(w).post("/scopes", scope("a+b", nil)) }, 400, "Invalid subscope", object{"name": "difi:a+b"}},
	{"two dots", func(w *wire) answer { return providing(w).post("/scopes", scope("a..b", nil)) }, 400, "Invalid subscope", object{"subscope": "a..b"}},
	{"a slash at the end", func(w *wire) answer { return providing(w).post("/scopes", scope("a/", nil)) }, 400, "Invalid subscope", nil},
	{"a long subscope", func(w *wire) answer { return providing(w).post("/scopes", scope(strings.Repeat("a", 300), nil)) }, 400, "longer than 255", nil},
	{"INTERNAL", func(w *wire) answer {
		return providing(w).post("/scopes", scope("a", object{"visibility": "INTERNAL"}))
	}, 403, "INTERNAL", object{"visibility": "INTERNAL"}},
	{"INTERNAL in a PUT", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).put("/scopes"+aScope, scope("a", object{"visibility": "INTERNAL"}))
	}, 403, "INTERNAL", object{"visibility": "INTERNAL"}},
	{"another's scope made", func(w *wire) answer {
		return providing(w).post("/scopes", scope("a", object{"owner_orgno": "889640782"}))
	}, 400, "owned by", object{"owner_orgno": "991825827"}},
	{"another prefix in a PUT", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).put("/scopes"+aScope, scope("a", object{"prefix": "difitest", "description": "new"}))
	}, 400, "The prefix of a scope", object{"name": "difi:a", "prefix": "difi", "description": "new"}},
	{"another subscope in a PUT", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).put("/scopes"+aScope, scope("b", nil))
	}, 400, "The subscope of a scope", object{"subscope": "a"}},
	{"another owner in a PUT", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).put("/scopes"+aScope, scope("a", object{"owner_orgno": "889640782"}))
	}, 400, "The owner_orgno of a scope", object{"owner_orgno": "991825827"}},
	{"access to a deactivated scope", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", object{"active": false})).put("/scopes/access/889640782"+aScope, nil)
	}, 409, "is deactivated", object{"state": "APPROVED"}},
	{"access taken that was never given", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).del("/scopes/access/889640782" + aScope)
	}, 404, "has not been granted access", object{"state": "DENIED"}},
	{"integrations with a token for scopes", func(w *wire) answer { return w.as("scopes-only", scopesWrite).get("/integrations") }, 403, "idporten:dcr.read", nil},
	{"APIs with a token for keys", func(w *wire) answer { return w.as("keys-only", dcrModify).get("/apis") }, 403, "idporten:scopes.read", nil},
}

// changed is a body with some members in place of its own.
func changed(body object, changes object) object {
	maps.Copy(body, changes)
	return body
}

// with makes a client first.
func with(w *wire, body object) session { return consuming(w).prepared("POST", "/clients", body) }

var assumedOfClients = []assumedCall{
	{"a client of Digdir's", func(w *wire) answer {
		return consuming(w).post("/clients", changed(app("x"), object{"integration_type": "eformidling"}))
	}, 403, "reserved", object{"integration_type": "eformidling"}},
	{"another client of Digdir's", func(w *wire) answer {
		return consuming(w).post("/clients", changed(app("x"), object{"integration_type": "idporten_saml2"}))
	}, 403, "reserved", object{"grant_types": []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}}},
	{"a krr client with another scope", func(w *wire) answer {
		providing(w).post("/scopes", scope("a", object{"accessible_for_all": true})).want(200)
		return consuming(w).post("/clients", changed(app("x", "krr:global/digitalpost.read", "difi:a"), object{"integration_type": "krr"}))
	}, 400, "difi:a", object{"scopes": []string{"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read", "difi:a"}}},
	{"a client_id of other characters", func(w *wire) answer { return consuming(w).post("/clients", app("å b")) }, 400, "client_id is", object{"client_id": "å b"}},
	{"a long client_id", func(w *wire) answer { return consuming(w).post("/clients", app(strings.Repeat("a", 256))) }, 400, "client_id is", nil},
	{"another's supplier", func(w *wire) answer {
		return consuming(w).post("/clients", changed(app("x"), object{"supplier_orgno": "910753614"}))
	}, 400, "supplier_orgno", object{"supplier_orgno": nil}},
	{"another client_id in a PUT", func(w *wire) answer { return with(w, app("x")).put("/clients/x", app("y")) }, 400, "client_id never changes", object{"client_id": "x"}},
	{"another owner in a PUT", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x", changed(app("x"), object{"client_orgno": "910753614"}))
	}, 400, "client_orgno never changes", object{"client_orgno": "889640782"}},
	{"another supplier in a PUT", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x", changed(app("x"), object{"supplier_orgno": "910753614"}))
	}, 400, "supplier_orgno never changes", object{"supplier_orgno": nil}},
	{"another type in a PUT", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x", changed(app("x"), object{"integration_type": "krr"}))
	}, 400, "integration_type never changes", object{"integration_type": "maskinporten"}},
	{"a secret for a client with a key", func(w *wire) answer { return with(w, app("x")).post("/clients/x/secret", nil) }, 409, "not with a secret", object{"token_endpoint_auth_method": "private_key_jwt"}},
	{"a key that has expired", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x/jwks/k", publicKey(w.T, 0, "k", object{"exp": 1_000_000_000}))
	}, 400, "in the past", object{"exp": 1_000_000_000}},
	{"a key that expired at the beginning", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x/jwks/k", publicKey(w.T, 0, "k", object{"exp": 0}))
	}, 400, "in the past", object{"exp": 1}},
	{"a long kid", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x/jwks/"+strings.Repeat("k", 256), publicKey(w.T, 0, "", object{"kid": nil}))
	}, 400, "kid is", object{"kid": strings.Repeat("k", 256)}},
	{"another kid than the path's", func(w *wire) answer { return with(w, app("x")).put("/clients/x/jwks/k", publicKey(w.T, 0, "j", nil)) }, 400, "not that of the path", object{"kid": "k"}},
	{"onbehalfof where nobody logs in", func(w *wire) answer {
		return with(w, app("x")).post("/clients/x/onbehalfof", object{"onbehalfof": "v"})
	}, 400, "on behalf of nobody", object{"onbehalfof": "v"}},
	{"an onbehalfof of other characters", func(w *wire) answer {
		return with(w, login()).post("/clients/login/onbehalfof", object{"onbehalfof": "å"})
	}, 400, "onbehalfof is", object{"onbehalfof": "å"}},
	{"another onbehalfof in a PUT", func(w *wire) answer {
		return with(w, login()).prepared("POST", "/clients/login/onbehalfof", object{"onbehalfof": "v"}).put("/clients/login/onbehalfof/v", object{"onbehalfof": "u", "name": "n"})
	}, 400, "never changes", object{"onbehalfof": "v", "name": "n"}},
}

// asksFor sends a grant of the client x, which may use difi:a.
func asksFor(claims object) func(w *wire) answer {
	return func(w *wire) answer {
		w.Helper()
		return w.ask("test", w.grant(readyToAsk(w), "difi:a", claims))
	}
}

func readyToAsk(w *wire) credential {
	w.Helper()
	for _, id := range []string{"1", "2"} {
		w.srv.Altinn().SetConsent(mockserver.Consent{ID: id})
	}
	providing(w).prepared("POST", "/scopes", scope("a", object{"delegation_source": "https://tt02.altinn.no/"})).prepared("PUT", "/scopes/access/910753614"+aScope, nil)
	return w.app(w.as("supplier", dcrWrite), "difi:a")
}

// soon is a time so many seconds from the clock of newLenientWire and
// atFixedTime.
func soon(seconds float64) float64 { return 1_800_000_000 + seconds }

func delegated(claims object) func(w *wire) answer {
	return func(w *wire) answer {
		w.Helper()
		c := readyToAsk(w)
		w.srv.Altinn().Delegate("889640782", "910753614", "difi:a")
		return w.ask("test", w.grant(c, "difi:a", changed(claims, object{"consumer_org": "889640782"})))
	}
}

var aConsent = object{"type": "urn:altinn:consent", "id": "1", "from": "urn:altinn:person:identifier-no:1"}

var assumedOfGrants = []assumedCall{
	{"an unknown claim", asksFor(object{"azp": "x"}), 400, "MP-011", object{"azp": nil}},
	{"not dated", asksFor(object{"iat": nil}), 400, "MP-011", nil},
	{"two details", asksFor(object{"authorization_details": []object{aConsent, aConsent}}), 400, "MP-011", nil},
	{"for somebody who isn't registered", asksFor(object{"iss_onbehalfof": "v"}), 400, "MP-011", object{"onbehalfof": "v"}},
	{"another algorithm", func(w *wire) answer {
		c := readyToAsk(w)
		signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS512, Key: c.JWK}, nil))(w.T)
		claims := object{"aud": w.ready.Environments["test"].Issuer, "iss": "x", "iat": soon(0), "exp": soon(60), "scope": "difi:a"}
		return w.ask("test", check.Got(jwt.Signed(signer).Claims(claims).Serialize())(w.T))
	}, 400, "MP-124", nil},
	{"delegated without access", delegated(object{}), 403, "MP-250", object{"delegation_source": "https://tt02.altinn.no/"}},
}

func atFixedTime() mockserver.Option {
	return mockserver.WithTime(func() time.Time { return time.Unix(1_800_000_000, 0) })
}
