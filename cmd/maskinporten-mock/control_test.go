package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func TestControlMovesTheClock(t *testing.T) {
	t.Parallel()
	p := serve(t)
	began := p.now()
	text, _ := p.control(http.MethodPost, "clock", object{"advance": "8760h"}).ok()["now"].(string)
	moved, err := time.Parse(time.RFC3339Nano, text)
	if d := moved.Sub(began) - 8760*time.Hour; err != nil || d < 0 || d > time.Minute {
		t.Errorf("from %v to %v (%v)", began, moved, err)
	}
	a := p.get("/prefix/all")
	if date, err := http.ParseTime(a.Header.Get("Date")); err != nil || date.Sub(moved).Abs() > time.Minute {
		t.Errorf("Date: %s", a.Header.Get("Date"))
	}
	p.control(http.MethodPost, "clock", object{"set": "2030-01-02T03:04:05Z"}).ok()
	if now := p.now(); now.Year() != 2030 {
		t.Errorf("set to 2030, now %v", now)
	}
	for _, bad := range []any{object{}, object{"advance": "a year"}, object{"set": "x"}, object{"advance": "1h", "set": "2030-01-02T03:04:05Z"}, object{"forward": "1h"}, []int{1}, "x"} {
		if a := p.control(http.MethodPost, "clock", bad); a.Status != http.StatusBadRequest || a.has(http.StatusBadRequest)["error"] == nil {
			t.Errorf("%v: %d %s", bad, a.Status, a.Body)
		}
	}
}

func TestResetKeepsCredentialsAndPutsTheClockBack(t *testing.T) {
	t.Parallel()
	p := serve(t)
	began := p.now()
	token := p.token(p.credential("provider"), scopesRead)
	p.newScope("api", nil)
	p.newClient("consumer", nil)
	p.control(http.MethodPost, "clock", object{"advance": "9000h"}).ok()
	p.ask(p.credential("provider"), nil).refused("MP-121", "invalid_grant", "Expired key.")
	p.control(http.MethodPost, "reset", nil).ok()
	if now := p.now(); now.Sub(began) > time.Minute {
		t.Errorf("the clock says %v", now)
	}
	for _, c := range p.ready.Credentials {
		p.ask(credential{c.Environment, c.ClientID, c.Scopes, c.JWK}, nil).ok()
	}
	if scopes := p.call(p.credential("provider"), scopesRead, http.MethodGet, "/scopes", nil).list(); len(scopes) != 0 {
		t.Errorf("scopes: %v", scopes)
	}
	if clients := p.call(p.credential("consumer"), dcrRead, http.MethodGet, "/clients", nil).list(); len(clients) != 1 {
		t.Errorf("clients: %v", clients)
	}
	p.send(http.MethodGet, "/prefix", map[string]string{"Authorization": "Bearer " + token}, "").list() // tokens live on
}

func TestControlRecordsDelegations(t *testing.T) {
	t.Parallel()
	p := serve(t)
	delegation := object{"environment": "test", "consumer": nav, "supplier": supplier, "scope": "difi:x"}
	for name, value := range map[string]string{"environment": "dev", "consumer": "123", "supplier": nav, "scope": ""} {
		if a := p.control(http.MethodPost, "delegations", with(delegation, object{name: value})); a.Status != http.StatusBadRequest {
			t.Errorf("%s=%q: %d %s", name, value, a.Status, a.Body)
		}
	}
	p.control(http.MethodPost, "delegations", delegation).ok()
	p.control(http.MethodPost, "delegations", delegation).ok() // again changes nothing
	p.control(http.MethodDelete, "delegations?environment=test&consumer="+nav+"&supplier="+supplier+"&scope=difi:x", nil).ok()
	if a := p.control(http.MethodDelete, "delegations?consumer=123", nil); a.Status != http.StatusBadRequest {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestControlHandsOutTestData(t *testing.T) {
	t.Parallel()
	p := serve(t)
	number, _ := p.control(http.MethodGet, "organization-numbers?number=7", nil).ok()["orgno"].(string)
	p.control(http.MethodPost, "organizations", object{"orgno": number, "name": "Prøve"}).ok()
	p.control(http.MethodPost, "prefixes", object{"orgno": number, "prefix": "prove"}).ok()
	var made struct {
		Environment string          `json:"environment"`
		ClientID    string          `json:"client_id"`
		Scopes      []string        `json:"scopes"`
		JWK         jose.JSONWebKey `json:"jwk"`
	}
	a := p.control(http.MethodPost, "credentials", object{"environment": "prod", "orgno": number})
	if err := json.Unmarshal([]byte(a.Body), &made); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	admin := credential{made.Environment, made.ClientID, made.Scopes, made.JWK}
	if prefixes := p.call(admin, scopesRead, http.MethodGet, "/prefix", nil).list(); len(prefixes) != 1 || prefixes[0]["prefix"] != "prove" {
		t.Errorf("prefixes: %v", prefixes)
	}
	key := p.control(http.MethodGet, "keys?number=1&kid=x", nil).ok()
	if public, _ := key["public_jwk"].(object); public["kid"] != "x" || public["d"] != nil || key["test"] != true {
		t.Errorf("key: %v", public)
	}
	kid := p.control(http.MethodPost, "signing-keys", object{"environment": "prod"}).ok()["kid"]
	token, _ := p.control(http.MethodPost, "tokens", object{"environment": "prod", "claims": object{"scope": "a"}}).ok()["access_token"].(string)
	if header, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256}); err != nil || header.Signatures[0].Header.KeyID != kid {
		t.Errorf("the token is not signed with %v: %v", kid, err)
	}
	for call, bad := range map[string]any{
		"tokens": object{"environment": "prod", "flaws": []string{"late"}}, "credentials": object{"environment": "prod", "orgno": "123"},
		"signing-keys": object{}, "prefixes": object{"orgno": number}, "system-users": object{"orgno": number}, "consents": object{},
	} {
		if a := p.control(http.MethodPost, call, bad); a.Status != http.StatusBadRequest || a.has(http.StatusBadRequest)["error"] == nil {
			t.Errorf("%s: %d %s", call, a.Status, a.Body)
		}
	}
}

func TestControlIssuesCertificates(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, kind := range []string{"valid", "expired", "revoked", "production"} {
		if chain, key := p.certificate(nav, kind); len(chain) < 2 || key == nil {
			t.Errorf("%s: a chain of %d", kind, len(chain))
		}
	}
	order := object{"environment": "test", "orgno": nav, "kind": "valid"}
	for name, value := range map[string]string{"environment": "dev", "orgno": "123", "kind": "other"} {
		if a := p.control(http.MethodPost, "certificates", with(order, object{name: value})); a.Status != http.StatusBadRequest {
			t.Errorf("%s=%q: %d %s", name, value, a.Status, a.Body)
		}
	}
}

func TestMailIsReadByAddress(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, mail := range []string{"kari@digdir.no", "per@nav.no"} {
		p.send(http.MethodPost, p.ready.Portal+"api/users", map[string]string{"Content-Type": "application/json"},
			jsonText(t, object{"name": "N", "mail": mail, "password": "korrekt hest batteri"})).ok()
	}
	mails := p.control(http.MethodGet, "mail?to=kari@digdir.no", nil).list()
	if len(mails) != 1 || mails[0]["to"] != "kari@digdir.no" || mails[0]["subject"] == "" || mails[0]["sent"] == nil {
		t.Fatalf("%v", mails)
	}
	_, link, found := strings.Cut(text(mails[0], "body"), p.origin)
	if !found {
		t.Fatalf("no link to this server: %s", text(mails[0], "body"))
	}
	p.get(strings.TrimSpace(link)).ok()
	if all := p.control(http.MethodGet, "mail", nil).list(); len(all) != 2 {
		t.Errorf("%v", all)
	}
	if none := p.control(http.MethodGet, "mail?to=nobody@digdir.no", nil).list(); len(none) != 0 {
		t.Errorf("%v", none)
	}
}

func TestJournalTellsOfRequestsAndChanges(t *testing.T) {
	t.Parallel()
	p := serve(t)
	p.newScope("api", nil)
	p.ask(p.credential("provider"), object{"scope": "difi:no", "jti": "the-jti"}).refused("MP-200", "invalid_scope", "")
	requests := p.control(http.MethodGet, "requests", nil).list()
	var last object
	for _, r := range requests {
		if grant, _ := r["grant"].(object); grant != nil {
			last = r
		}
	}
	grant, _ := last["grant"].(object)
	claims, _ := grant["claims"].(object)
	if last["environment"] != "test" || last["status"] != 400.0 || grant["code"] != "MP-200" || claims["jti"] != "the-jti" || last["refusal"] == "" {
		t.Errorf("%v", last)
	}
	changes := p.control(http.MethodGet, "audit", nil).list()
	want := object{"environment": "test", "orgno": digdir, "scope": "difi:api", "actor": p.credential("provider").ClientID, "actor_orgno": digdir}
	for name, value := range want {
		if len(changes) != 1 || !cmp.Equal(changes[0][name], value) {
			t.Errorf("%s: %v", name, changes)
		}
	}
}

func TestControlCallsThatDoNotExist(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, c := range [][2]string{{http.MethodGet, ""}, {http.MethodGet, "nope"}, {http.MethodGet, "clock/x"}} {
		if a := p.control(c[0], c[1], nil); a.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d", c[0], c[1], a.Status)
		}
	}
	p.control(http.MethodGet, "health", nil).ok()
}
