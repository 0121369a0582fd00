package mockserver_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// refuses wants 400 and a text from a control call.
func (w *wire) refuses(method, call, body, text string) {
	w.Helper()
	if got, _ := w.steer(method, call, body).want(http.StatusBadRequest).object()["error"].(string); !strings.Contains(got, text) {
		w.Errorf("%s %s %.100s: %q should say %q", method, call, body, got, text)
	}
}

// keySet reads what an environment signs with.
func (w *wire) keySet(prefix string) (set jose.JSONWebKeySet) {
	w.Helper()
	w.send(http.MethodGet, prefix+"/jwk", nil, "").want(http.StatusOK).decode(&set)
	return set
}

func TestControlMakesTokensOfTheAddressThatItIsAskedAt(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	body := `{"environment":"ver2","claims":{"scope":"difi:a","big":12345678901234567890,"client_amr":null}}`
	token, _ := w.steer(http.MethodPost, "tokens", body).want(http.StatusOK).object()["access_token"].(string)
	got := claimsOf(t, token)
	if got["iss"] != base+"/ver2/" || got["scope"] != "difi:a" || got["client_amr"] != nil || got["consumer"] == nil {
		t.Errorf("claims %v", got)
	}
	parsed := check.Got(jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256}))(t)
	var exact map[string]json.RawMessage
	if err := parsed.Claims(w.keySet("/ver2"), &exact); err != nil || string(exact["big"]) != "12345678901234567890" {
		t.Errorf("big is %s, %v", exact["big"], err)
	}
}

func TestControlMakesFlawedTokens(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, flaw := range []mockserver.Flaw{
		mockserver.FlawExpired, mockserver.FlawOtherIssuer, mockserver.FlawOtherKey, mockserver.FlawUnknownKey,
		mockserver.FlawMissingConsumer, mockserver.FlawTampered, mockserver.FlawUnsigned,
	} {
		body := `{"environment":"test","claims":{"scope":"idporten:scopes.read"},"flaws":["` + string(flaw) + `"]}`
		token, _ := w.steer(http.MethodPost, "tokens", body).want(http.StatusOK).object()["access_token"].(string)
		session{w, "test", token}.get("/prefix").refused(http.StatusUnauthorized, "Unauthorized")
	}
	good := w.steer(http.MethodPost, "tokens", `{"environment":"test","claims":{"scope":"idporten:scopes.read"},"flaws":[]}`).want(http.StatusOK).object()
	session{w, "test", good["access_token"].(string)}.get("/prefix").want(http.StatusOK)
	w.refuses(http.MethodPost, "tokens", `{"environment":"test","flaws":["expired","late"]}`, `unknown flaw "late": use expired, missing_consumer`)
	w.refuses(http.MethodPost, "tokens", `{"environment":"mars"}`, "environment")
	w.refuses(http.MethodPost, "tokens", `{"environment":"test","scope":"difi:a"}`, "scope")
}

func TestControlHandsOutTestKeysByNumber(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	got := w.steer(http.MethodGet, "keys?number=3&kid=x", "").want(http.StatusOK).has(object{"number": 3, "test": true}).object()
	check.Same(t, got, w.steer(http.MethodGet, "keys?number=3&kid=x", "").object(), "another key the second time")
	block, _ := pem.Decode([]byte(got["key"].(string)))
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		t.Error(err)
	}
	key := check.Got(maskinporten.KeyFromJWK(check.Got(json.Marshal(got["jwk"]))(t)))(t)
	public := check.Got(w.srv.Key(3, "x").PublicJWK())(t)
	check.Same(t, plain(t, public), plain(t, check.Got(key.PublicJWK())(t)), "it differs from the Go API's")
	admin := w.as("consumer", dcrWrite)
	admin.post("/clients", app("x", "idporten:scopes.read")).want(http.StatusOK)
	admin.post("/clients/x/jwks", object{"keys": []any{got["public_jwk"]}}).want(http.StatusOK)
	var private jose.JSONWebKey
	check.OK(t, json.Unmarshal(check.Got(json.Marshal(got["jwk"]))(t), &private))
	w.ask("test", w.grant(credential{Environment: "test", ClientID: "x", JWK: private}, "idporten:scopes.read", nil)).want(http.StatusOK)
	if kid := w.steer(http.MethodGet, "keys?number=0", "").object()["jwk"].(object)["kid"]; kid != "test-key-0" {
		t.Errorf("without a kid it is %v", kid)
	}
	for call, text := range map[string]string{
		"keys": "number: give one from 0 to", "keys?number=-1": "number", "keys?number=1000": "number", "keys?number=x": "number",
		"keys?number=1&id=x": `no parameter "id": use number, kid`,
	} {
		w.refuses(http.MethodGet, call, "", text)
	}
}

func TestControlRotatesSigningKeys(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	token := w.token(w.role("test", "provider"), scopesRead)
	kid, _ := w.steer(http.MethodPost, "signing-keys", `{"environment":"test"}`).want(http.StatusOK).object()["kid"].(string)
	set := w.keySet("")
	if len(set.Keys) != 2 || len(set.Key(kid)) != 1 || len(w.keySet("/prod").Keys) != 1 {
		t.Errorf("kid %q, keys %v", kid, set.Keys)
	}
	session{w, "test", token}.get("/prefix").want(http.StatusOK)
	made, _ := w.steer(http.MethodPost, "tokens", `{"environment":"test"}`).object()["access_token"].(string)
	if got := check.Got(jwt.ParseSigned(made, []jose.SignatureAlgorithm{jose.RS256}))(t).Headers[0].KeyID; got != kid {
		t.Errorf("signed with %q, want %q", got, kid)
	}
	w.refuses(http.MethodPost, "signing-keys", `{}`, "environment")
	w.refuses(http.MethodPost, "signing-keys", `{"kid":"x"}`, "kid")
}

func TestControlHandsOutOrganisationNumbers(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodGet, "organization-numbers?number=5", "").want(http.StatusOK).has(object{"orgno": string(mockserver.SampleOrgNo(5))})
	for _, call := range []string{"organization-numbers", "organization-numbers?number=1000000", "organization-numbers?number=-1"} {
		w.refuses(http.MethodGet, call, "", "number: give one from 0 to 999999")
	}
	w.refuses(http.MethodGet, "organization-numbers?n=1", "", `no parameter "n"`)
}

func TestControlMakesAdminClientsOfOrganisations(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodPost, "organizations", `{"orgno":"974760673","name":"Brreg"}`).want(http.StatusOK)
	w.steer(http.MethodPost, "prefixes", `{"orgno":"974760673","prefix":"brreg","environment":"prod"}`).want(http.StatusOK)
	made := func(body string) (c credential) {
		t.Helper()
		w.steer(http.MethodPost, "credentials", body).want(http.StatusOK).decode(&c)
		return c
	}
	c := made(`{"environment":"prod","orgno":"974760673"}`)
	s := session{w, "prod", w.token(c, scopesWrite)}
	s.post("/scopes", object{"prefix": "brreg", "subscope": "a", "description": "d"}).want(http.StatusOK)
	if len(c.Scopes) != 7 || c.OrgNo != "974760673" || c.Environment != "prod" || c.Role != "admin" {
		t.Errorf("got %+v", c)
	}
	if again := made(`{"environment":"prod","orgno":"974760673"}`); again.ClientID != c.ClientID {
		t.Error("another client the second time")
	}
	narrow := made(`{"environment":"prod","orgno":"974760673","scopes":["idporten:dcr.read"]}`)
	w.ask("prod", w.grant(narrow, scopesWrite, nil)).want(http.StatusBadRequest).has(object{"error": "invalid_scope"})
	for body, text := range map[string]string{
		`{"orgno":"974760673"}`:                                                "environment",
		`{"environment":"test","orgno":"313131313"}`:                           "not registered",
		`{"environment":"test","orgno":"974760673","scopes":["difi:a"]}`:       "not an admin scope",
		`{"environment":"test","orgno":"974760673","scopes":["difi:a"],"x":1}`: "unknown field",
	} {
		w.refuses(http.MethodPost, "credentials", body, text)
	}
	w.steer(http.MethodPost, "prefixes", `{"orgno":"974760673","prefix":"reg"}`).want(http.StatusOK)
	for _, environment := range []string{"test", "ver1"} {
		in := session{w, environment, w.token(made(`{"environment":"`+environment+`","orgno":"974760673"}`), scopesWrite)}
		check.Same(t, []string{"reg"}, in.get("/prefix").names("prefix"), environment)
	}
	w.refuses(http.MethodPost, "prefixes", `{"orgno":"889640782","prefix":"reg"}`, "reg")
	w.refuses(http.MethodPost, "prefixes", `{"orgno":"889640782","prefix":"x","environment":"mars"}`, "environment")
	w.refuses(http.MethodPost, "prefixes", `{"orgno":"313131313","prefix":"x"}`, "313131313")
}

func TestControlRepeatsWhatTheProgramPrintsAndCountsRequests(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	var ready readyLine
	w.steer(http.MethodGet, "ready", "").want(http.StatusOK).decode(&ready)
	check.Same(t, plain(t, w.ready), plain(t, ready))
	counted := func(want int) {
		t.Helper()
		w.steer(http.MethodGet, "request-count", "").want(http.StatusOK).has(object{"answered": want})
		if kept := len(w.steer(http.MethodGet, "requests", "").list()); kept != want {
			t.Errorf("%d requests are kept, and %d counted", kept, want)
		}
	}
	counted(0)
	w.anybody().get("/prefix/all").want(http.StatusOK)
	w.steer(http.MethodGet, "health", "").want(http.StatusOK)
	counted(1) // calls of the control API don't count
	w.steer(http.MethodPost, "reset", "").want(http.StatusOK)
	counted(0)
}

func TestControlEndsOneFault(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for range 2 {
		w.steer(http.MethodPost, "faults", `{"status":503}`).want(http.StatusOK)
	}
	w.steer(http.MethodDelete, "faults?id=1", "").want(http.StatusOK)
	list := w.steer(http.MethodGet, "faults", "")
	if len(list.list()) != 1 || len(list.names("id")) != 1 || list.names("id")[0] != "2" {
		t.Errorf("left: %s", list.body)
	}
	w.refuses(http.MethodDelete, "faults?id=1", "", `no fault "1"`)
	w.refuses(http.MethodDelete, "faults?number=1", "", "no parameter")
	w.refuses(http.MethodPost, "faults", `{"delay":100}`, `100 is no duration; write text such as "250ms"`)
	w.refuses(http.MethodPost, "faults", `{"status":503,"retry_after":"2"}`, `"2" is no duration`)
}

func TestControlStopsTheClockAndLetsItGo(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	const at = "2030-01-02T03:04:05Z"
	w.steer(http.MethodPost, "clock", `{"fix":"`+at+`"}`).want(http.StatusOK).has(object{"now": at})
	w.steer(http.MethodGet, "clock", "").has(object{"now": at})
	w.steer(http.MethodPost, "clock", `{"reset":true}`).want(http.StatusOK)
	if now := w.steer(http.MethodGet, "clock", "").object()["now"]; strings.HasPrefix(now.(string), "2030-01-02T03") {
		t.Errorf("it still stands at %v", now)
	}
	for _, body := range []string{`{"reset":false}`, `{"reset":true,"advance":"1h"}`, `{"fix":"` + at + `","set":"` + at + `"}`} {
		w.refuses(http.MethodPost, "clock", body, "give one of")
	}
}

// documented finds the calls in the tables of CONTROL.md.
func documented(t *testing.T) []string {
	t.Helper()
	text := string(check.Got(os.ReadFile("CONTROL.md"))(t))
	var calls []string
	for line := range strings.Lines(text) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			cell, _, _ = strings.Cut("`"+cell, " |")
			for _, call := range regexp.MustCompile("`([A-Z]+ [a-z-]+)`").FindAllStringSubmatch(cell, -1) {
				calls = append(calls, call[1])
			}
		}
	}
	slices.Sort(calls)
	return calls
}

func TestControlDocumentNamesEveryCallAndNoOther(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	var answer struct{ Calls []string }
	w.steer(http.MethodGet, "nothing", "").want(http.StatusNotFound).decode(&answer)
	check.Same(t, documented(t), answer.Calls, "-CONTROL.md +served")
	for _, call := range answer.Calls {
		method, path, _ := strings.Cut(call, " ")
		if a := w.steer(method, path, "{}"); a.status == http.StatusNotFound {
			t.Errorf("%s: %s", call, a.body)
		}
	}
}
