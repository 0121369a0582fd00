package mockserver_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// steer calls the control API.
func (w *wire) steer(method, call, body string) answer {
	w.Helper()
	return w.send(method, "/_mock/"+call, nil, body)
}

func newSteered(t *testing.T, more ...mockserver.Option) *wire {
	t.Helper()
	return newWire(t, append(more, mockserver.WithControl())...)
}

func TestControlIsOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	if a := w.steer(http.MethodGet, "clock", "").want(http.StatusNotFound); !strings.Contains(a.body, "switched off") {
		t.Errorf("got %s", a.body)
	}
}

func TestControlRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, call := range []string{"GET nothing", "GET ", "DELETE clock", "GET clock/now", "PUT reset"} {
		method, path, _ := strings.Cut(call, " ")
		if a := w.steer(method, path, "").want(http.StatusNotFound); a.object()["error"] == nil {
			t.Errorf("%s: %s", call, a.body)
		}
	}
	for _, call := range []string{
		"clock", "delegations", "certificates", "faults", "organizations", "prefixes", "credentials", "tokens", "signing-keys", "system-users", "consents",
	} {
		for _, body := range []string{"", "x", "[]", "null", `{"no_such_field":1}`, `{"advance":1}`, `{} {}`, strings.Repeat("[", 20_000)} {
			if a := w.steer(http.MethodPost, call, body).want(http.StatusBadRequest); a.object()["error"] == nil {
				t.Errorf("%s: %s", call, a.body)
			}
		}
	}
}

func TestNamesInControlCallsCountToTheLetter(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for body, name := range map[string]string{
		`{"orgno":"974760673","Name":"x","name":"y"}`: `\"Name\"`, `{"Environment":"test","orgno":"974760673","name":"y"}`: `\"Environment\"`,
	} {
		if a := w.steer(http.MethodPost, "organizations", body).want(http.StatusBadRequest); !strings.Contains(string(a.body), "unknown field "+name) {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	snapshot := `{"version":1,"environments":{"test":{"Consents":[{"id":"c-1"}]}}}`
	if a := w.steer(http.MethodPut, "snapshot", snapshot).want(http.StatusBadRequest); !strings.Contains(string(a.body), `Consents: there is no such field`) {
		t.Errorf("a snapshot: %s", a.body)
	}
}

func TestWhatAControlCallDoesNotTakeIsRefusedAndNothingHappens(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodPost, "faults", `{"operation":"POST /token","status":503}`).want(http.StatusOK)
	for call, text := range map[string]string{
		"POST reset?environment=test":                                                      `no parameter "environment": this call takes none`,
		`POST reset {"environment":"test"}`:                                                `this call takes none: unknown field "environment"`,
		"POST reset now":                                                                   "this call takes none",
		"GET requests?operation=x":                                                         `no parameter "operation": this call takes none`,
		`GET requests {"environment":"x"}`:                                                 "this call takes none",
		`DELETE faults {"id":1}`:                                                           "this call takes none",
		"DELETE faults?number=1":                                                           `no parameter "number": use id`,
		"GET keys?number=1&number=2":                                                       `the parameter "number" is there twice`,
		"GET keys?n=1":                                                                     `no parameter "n": use number, kid`,
		`POST clock?advance=1h {}`:                                                         `no parameter "advance": this call takes none`,
		`POST clock {"advance":"1h","advance":"2h"}`:                                       `line 1, column 17: "advance" is there twice`,
		`POST clock {"advance":"1h"}{"advance":"2h"}`:                                      "after top-level value",
		`POST clock {"set":"2030-01-02"}`:                                                  "set: ",
		`POST faults {"status":503,"retry_after":5}`:                                       "retry_after: 5 is no duration",
		`POST faults {"status":503,"retry_after":"-5s"}`:                                   "must not be negative",
		`POST faults {"status":503,"orgno":"123"}`:                                         "orgno: ",
		`POST tokens {"environment":"test","claims":{"a":1,"a":2}}`:                        `"a" is there twice`,
		`PUT snapshot {"version":1,"environments":{"test":{"scopes":[],"scopes":[]}}}`:     `line 1, column 50: "scopes" is there twice`,
		`PUT snapshot {"version":1,"environments":{"test":{}},"environments":{"prod":{}}}`: `"environments" is there twice`,
		`PUT snapshot {"version":1,"environments":{"test":{"clients":[{"jwks":{},"jwks":{}}]}}}`: `"jwks" is there twice`,
	} {
		method, rest, _ := strings.Cut(call, " ")
		path, body, _ := strings.Cut(rest, " ")
		w.refuses(method, path, body, text)
	}
	if faults := w.steer(http.MethodGet, "faults", "null").want(http.StatusOK); !strings.Contains(string(faults.body), `"id":1`) {
		t.Errorf("the fault is gone: %s", faults.body)
	}
	w.steer(http.MethodPost, "reset", "{}").want(http.StatusOK)
}

func TestControlMovesTheClock(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	now := func(a answer) time.Time {
		t.Helper()
		text, _ := a.want(http.StatusOK).object()["now"].(string)
		if !instant.MatchString(text) {
			t.Errorf("now is %q", text)
		}
		return check.Got(time.Parse(time.RFC3339, text))(t)
	}
	if off := time.Until(now(w.steer(http.MethodGet, "clock", ""))).Abs(); off > time.Minute {
		t.Errorf("the clock is %v off", off)
	}
	if ahead := time.Until(now(w.steer(http.MethodPost, "clock", `{"advance":"8760h"}`))); ahead < 8759*time.Hour || ahead > 8761*time.Hour {
		t.Errorf("the clock is %v ahead", ahead)
	}
	if got := now(w.steer(http.MethodPost, "clock/", `{"set":"2030-01-02T03:04:05Z"}`)); got.Truncate(time.Minute) != time.Date(2030, 1, 2, 3, 4, 0, 0, time.UTC) {
		t.Errorf("the clock shows %v", got)
	}
	for _, body := range []string{`{}`, `{"advance":"a year"}`, `{"advance":"1h","set":"2030-01-02T03:04:05Z"}`, `{"set":"yesterday"}`, `{"advance":"1h"} {}`} {
		w.steer(http.MethodPost, "clock", body).want(http.StatusBadRequest)
	}
}

func TestTheClockIsWhereItWasPutOrStaysWhereItWas(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, at := range []string{"0001-01-01T00:00:00Z", "1583-10-15T00:00:00Z", "9998-12-31T00:00:00Z"} {
		w.steer(http.MethodPost, "clock", `{"fix":"`+at+`"}`).want(http.StatusOK).has(object{"now": at})
		if now := w.steer(http.MethodPost, "clock", `{"set":"`+at+`"}`).want(http.StatusOK).object()["now"].(string); now[:4] != at[:4] {
			t.Errorf("set to %s it shows %s", at, now)
		}
	}
	const stands = "2030-01-02T03:04:05Z"
	w.steer(http.MethodPost, "clock", `{"fix":"`+stands+`"}`).want(http.StatusOK)
	for _, body := range []string{`{"set":"9999-12-31T23:59:59Z"}`, `{"fix":"0000-12-31T00:00:00Z"}`, `{"set":1751445000}`} {
		if a := w.steer(http.MethodPost, "clock", body).want(http.StatusBadRequest); strings.Contains(a.body, "UnmarshalJSON") {
			t.Errorf("%s: %s", body, a.body)
		}
		w.steer(http.MethodGet, "clock", "").has(object{"now": stands})
	}
}

func TestAnOuterAddressHasAPortThatCanBe(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, port := range []string{"0", "65536", "99999"} {
		w.refuses(http.MethodPost, "url", `{"url":"http://mock.example:`+port+`"}`, "port")
	}
	w.steer(http.MethodPost, "url", `{"url":"http://mock.example:65535"}`).want(http.StatusOK)
}

func TestKeysOfTheDefaultWorldExpireByTheClockAndAResetHelps(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	c := w.role("test", "provider")
	w.steer(http.MethodPost, "clock", `{"advance":"8761h"}`).want(http.StatusOK)
	w.ask("test", w.grant(c, scopesRead, nil)).want(http.StatusBadRequest).has(object{"error_uri": base + "/errors/MP-121"})
	w.steer(http.MethodPost, "reset", "").want(http.StatusOK)
	for _, c := range w.ready.Credentials {
		w.ask(c.Environment, w.grant(c, strings.Join(c.Scopes, " "), nil)).want(http.StatusOK)
	}
}

func TestControlRecordsDelegations(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	provider, supplier := w.as("provider", scopesWrite), w.as("supplier", dcrWrite)
	provider.post("/scopes", scope("a", object{"delegation_source": "https://tt02.altinn.no/"})).want(http.StatusOK)
	provider.put("/scopes/access/889640782?scope=difi:a", nil).want(http.StatusOK)
	c := w.app(supplier, "difi:a")
	claims := object{"consumer_org": "889640782"}
	w.ask("test", w.grant(c, "difi:a", claims)).want(http.StatusForbidden).has(object{"error_uri": base + "/errors/MP-251"})
	delegation := `{"environment":"test","consumer":"889640782","supplier":"910753614","scope":"difi:a"}`
	w.steer(http.MethodPost, "delegations", delegation).want(http.StatusOK)
	token := w.ask("test", w.grant(c, "difi:a", claims)).want(http.StatusOK).object()["access_token"].(string)
	got := claimsOf(t, token)
	if got["delegation_source"] != "https://tt02.altinn.no/" || got["supplier"].(object)["ID"] != "0192:910753614" || got["consumer"].(object)["ID"] != "0192:889640782" {
		t.Errorf("claims %v", got)
	}
	for _, body := range []string{
		strings.Replace(delegation, "test", "mars", 1), strings.Replace(delegation, "889640782", "1", 1), strings.Replace(delegation, "difi:a", "", 1), `{}`,
	} {
		w.steer(http.MethodPost, "delegations", body).want(http.StatusBadRequest)
	}
}

// claimsOf reads a token without checking it.
func claimsOf(t *testing.T, token string) object {
	t.Helper()
	var claims object
	parsed := check.Got(jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256}))(t)
	check.OK(t, parsed.UnsafeClaimsWithoutVerification(&claims))
	return claims
}

func TestControlIssuesCertificatesOfEachKind(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, environment := range []string{"test", "prod"} {
		admin := w.in(environment, "consumer", dcrWrite)
		admin.post("/clients", app("x", "idporten:scopes.read")).want(http.StatusOK)
		for kind, want := range map[string]string{"valid": "", "": "", "expired": "MP-120", "revoked": "MP-120", "production": map[string]string{"test": "MP-120"}[environment]} {
			body := object{"environment": environment, "orgno": "889640782", "kind": kind}
			issued := w.steer(http.MethodPost, "certificates", string(check.Got(json.Marshal(body))(t))).want(http.StatusOK).object()
			a := w.ask(environment, w.certified(environment, issued))
			if want == "" {
				token, _ := a.want(http.StatusOK).object()["access_token"].(string)
				check.Same(t, "virksomhetssertifikat", claimsOf(t, token)["client_amr"], "client_amr")
				continue
			}
			uri, _ := a.want(http.StatusBadRequest).object()["error_uri"].(string)
			if !strings.HasSuffix(uri, want) {
				t.Errorf("%s in %s: %s", kind, environment, a.body)
			}
		}
	}
	for _, body := range []string{
		`{"environment":"mars","orgno":"889640782"}`, `{"environment":"test","orgno":"1"}`, `{"environment":"test","orgno":"889640782","kind":"golden"}`,
	} {
		w.steer(http.MethodPost, "certificates", body).want(http.StatusBadRequest)
	}
}

// certified is a grant of the client x that carries a certificate.
func (w *wire) certified(environment string, issued object) string {
	w.Helper()
	chain := []string{}
	for _, text := range issued["chain"].([]any) {
		block, _ := pem.Decode([]byte(text.(string)))
		chain = append(chain, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	block, _ := pem.Decode([]byte(issued["key"].(string)))
	key := check.Got(x509.ParsePKCS8PrivateKey(block.Bytes))(w.T)
	options := (&jose.SignerOptions{}).WithHeader("x5c", chain)
	signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options))(w.T)
	now := w.srv.Clock().Now().Unix()
	return check.Got(jwt.Signed(signer).Claims(object{
		"aud": w.ready.Environments[environment].Issuer, "iss": "x", "iat": now, "exp": now + 60, "scope": "idporten:scopes.read",
	}).Serialize())(w.T)
}

func TestControlShowsTheMail(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	if a := w.steer(http.MethodGet, "mail?to=drift@nav.no", "").want(http.StatusOK); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("before: %s", a.body)
	}
	consumer := w.as("consumer", dcrWrite)
	consumer.post("/clients", app("x")).want(http.StatusOK)
	header := map[string]string{"Authorization": "Bearer " + consumer.token}
	w.send(http.MethodPut, "/portal/api/environments/test/integrations/x/merchant-data", header, `{"notification_points":["Drift@nav.no","vakt@nav.no"]}`).want(http.StatusOK)
	consumer.del("/clients/x").want(http.StatusOK)
	for to, count := range map[string]int{"drift@nav.no": 1, "VAKT@nav.no": 1, "nobody@nav.no": 0, "": 2} {
		mails := w.steer(http.MethodGet, "mail?to="+to, "").want(http.StatusOK)
		if list := mails.list(); len(list) != count {
			t.Errorf("%q has got %s", to, mails.body)
		} else if count == 1 && (!strings.Contains(list[0]["subject"].(string), "x") || list[0]["body"] == "" || !instant.MatchString(list[0]["sent"].(string)) || !strings.EqualFold(list[0]["to"].(string), to)) {
			t.Errorf("%q has got %s", to, mails.body)
		}
	}
	w.steer(http.MethodPost, "reset", "").want(http.StatusOK)
	if a := w.steer(http.MethodGet, "mail", "").want(http.StatusOK); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("after a reset: %s", a.body)
	}
}

func TestControlShowsRequestsAndChanges(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, call := range []string{"audit", "prefix-orders", "lost-notifications"} {
		if a := w.steer(http.MethodGet, call, "").want(http.StatusOK); strings.TrimSpace(a.body) != "[]" {
			t.Errorf("%s: %s", call, a.body)
		}
	}
	w.as("provider", scopesWrite).post("/scopes", scope("a", nil)).want(http.StatusOK)
	requests := w.steer(http.MethodGet, "requests", "").want(http.StatusOK).list()
	last := requests[len(requests)-1]
	if last["operation"] != "POST /scopes" || last["orgno"] != "991825827" || last["environment"] != "test" {
		t.Errorf("the last request is %v", last)
	}
	provider := w.role("test", "provider")
	w.ask("test", w.grant(provider, "difi:no", object{"jti": "the-jti"})).want(http.StatusBadRequest)
	requests = w.steer(http.MethodGet, "requests", "").list()
	last = requests[len(requests)-1]
	grant := last["grant"].(object)
	if grant["code"] != "MP-200" || grant["claims"].(object)["jti"] != "the-jti" || last["status"] != json.Number("400") || last["refusal"] == "" {
		t.Errorf("a refused grant is shown as %v", last)
	}
	changes := w.steer(http.MethodGet, "audit", "").want(http.StatusOK)
	changes.compare(changes.list()[0], object{
		"environment": "test", "kind": "scope_created", "scope": "difi:a", "orgno": "991825827", "actor": provider.ClientID, "actor_orgno": "991825827",
	})
	w.steer(http.MethodGet, "health", "").want(http.StatusOK).has(object{"status": "ok"})
}
