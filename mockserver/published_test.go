package mockserver_test

import (
	"fmt"
	"net/http"
	"strings"
)

// published are calls that are refused whatever the server is like.
var published = []assumedCall{
	{"a blank in a subscope", func(w *wire) answer { return providing(w).post("/scopes", scope("a b", nil)) }, 400, "Invalid subscope", nil},
	{"a long subscope with a blank", func(w *wire) answer { return providing(w).post("/scopes", scope(strings.Repeat("a ", 200)+"a", nil)) }, 400, "Invalid subscope", nil},
	{"no subscope", func(w *wire) answer { return providing(w).post("/scopes", scope("", nil)) }, 400, "required", nil},
	{"another's prefix", func(w *wire) answer { return consuming(w).post("/scopes", scope("a", nil)) }, 403, "prefix", nil},
	{"a scope that exists", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).post("/scopes", scope("a", nil))
	}, 409, "exists", nil},
	{"an unknown visibility", func(w *wire) answer { return providing(w).post("/scopes", scope("a", object{"visibility": "SECRET"})) }, 400, "visibility", nil},
	{"no organisation number", func(w *wire) answer {
		return providing(w).prepared("POST", "/scopes", scope("a", nil)).put("/scopes/access/1"+aScope, nil)
	}, 400, "organization number", nil},
	{"integrations without a token", func(w *wire) answer { return w.anybody().get("/integrations") }, 401, "token", nil},
	{"scopes with a token for keys", func(w *wire) answer { return w.as("keys-only", dcrModify).get("/scopes") }, 403, "idporten:scopes.read", nil},
	{"a client_id that bends a path", func(w *wire) answer { return consuming(w).post("/clients", app("a/b")) }, 400, "client_id is", nil},
	{"a client_id of dots", func(w *wire) answer { return consuming(w).post("/clients", app("..")) }, 400, "client_id is", nil},
	{"a portal's client_id", func(w *wire) answer { return consuming(w).post("/clients", app("api-tilbyder-1")) }, 400, "API providers", nil},
	{"an unknown type", func(w *wire) answer {
		return consuming(w).post("/clients", changed(app("x"), object{"integration_type": "other"}))
	}, 400, "unknown", nil},
	{"an idporten client with another scope", func(w *wire) answer {
		return consuming(w).post("/clients", changed(login(), object{"scopes": []string{"difi:a"}}))
	}, 400, "difi:a", nil},
	{"another's client", func(w *wire) answer {
		return consuming(w).post("/clients", changed(app("x"), object{"client_orgno": "910753614"}))
	}, 403, "910753614", nil},
	{"a private key", func(w *wire) answer {
		return with(w, app("x")).put("/clients/x/jwks/k", publicKey(w.T, 0, "j", object{"d": "AQAB"}))
	}, 400, "private", nil},
	{"a kid of dots", func(w *wire) answer {
		return with(w, app("x")).post("/clients/x/jwks", object{"keys": []any{publicKey(w.T, 0, "..", nil)}})
	}, 400, "kid is", nil},
	{"a kid twice", func(w *wire) answer {
		return with(w, app("x")).post("/clients/x/jwks", object{"keys": []any{publicKey(w.T, 0, "k", nil), publicKey(w.T, 1, "k", nil)}})
	}, 400, "twice", nil},
	{"a sixth key", func(w *wire) answer {
		s := with(w, app("x"))
		for i := range 5 {
			s.prepared("PUT", fmt.Sprint("/clients/x/jwks/k", i), publicKey(w.T, 0, "", object{"kid": nil}))
		}
		return s.put("/clients/x/jwks/k5", publicKey(w.T, 0, "", object{"kid": nil}))
	}, 409, "5 keys", nil},
	{"an onbehalfof twice", func(w *wire) answer {
		return with(w, login()).prepared("POST", "/clients/login/onbehalfof", object{"onbehalfof": "v"}).post("/clients/login/onbehalfof", object{"onbehalfof": "v"})
	}, 409, "already", nil},
	{"no onbehalfof", func(w *wire) answer { return with(w, login()).post("/clients/login/onbehalfof", object{}) }, 400, "required", nil},
	{"an onbehalfof for no organisation", func(w *wire) answer {
		return with(w, login()).post("/clients/login/onbehalfof", object{"onbehalfof": "v", "orgno": "1"})
	}, 400, "orgno", nil},
	{"a bent path", func(w *wire) answer { return providing(w).del("/scopes/access/.." + aScope) }, 400, "segment", nil},
	{"no JSON", func(w *wire) answer { return providing(w).post("/scopes", `{"prefix":`) }, 400, "JSON", nil},
	{"a grant that lives long", asksFor(object{"exp": soon(121)}), 400, "MP-011", nil},
	{"one that lives long and isn't dated", asksFor(object{"iat": nil, "exp": soon(121)}), 400, "MP-011", nil},
	{"one without an end", asksFor(object{"exp": nil}), 400, "MP-011", nil},
	{"one that has ended", asksFor(object{"iat": soon(-60), "exp": soon(-1)}), 400, "MP-130", nil},
	{"one from the future", asksFor(object{"iat": soon(11)}), 400, "Issue time", nil},
	{"one for two", func(w *wire) answer {
		return asksFor(object{"aud": []string{w.ready.Environments["test"].Issuer, "x"}})(w)
	}, 400, "MP-110", nil},
	{"a resource that is a number", asksFor(object{"resource": 1}), 400, "MP-011", nil},
	{"a resource that is none", asksFor(object{"resource": []any{1}}), 400, "MP-011", nil},
	{"a detail that is none", asksFor(object{"authorization_details": []any{aConsent, 1}}), 400, "MP-011", nil},
	{"an unknown detail", asksFor(object{"authorization_details": []object{{"type": "x"}}}), 400, "MP-301", nil},
	{"a person that is none", asksFor(object{"pid": "1"}), 400, "MP-011", nil},
	{"what wasn't delegated", asksFor(object{"consumer_org": "889640782"}), 403, "MP-251", nil},
	{"what is deactivated", func(w *wire) answer {
		delegated(object{})(w)
		providing(w).del("/scopes" + aScope).want(http.StatusOK)
		return w.ask("test", w.grant(credential{Environment: "test", ClientID: "x", JWK: privateKey(w.T, 0, "k")}, "difi:a", object{"consumer_org": "889640782"}))
	}, 403, "MP-250", nil},
	{"what wasn't granted", func(w *wire) answer {
		c := readyToAsk(w)
		providing(w).del("/scopes/access/910753614" + aScope).want(http.StatusOK)
		return w.ask("test", w.grant(c, "difi:a", nil))
	}, 403, "MP-250", nil},
}
