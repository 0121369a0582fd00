package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kids lists the keys of a client of the consumer, sorted.
func (p *service) kids(client object) []string {
	p.t.Helper()
	found := []string{}
	keys, _ := p.clientCall("consumer", http.MethodGet, client, "/jwks", nil).ok()["keys"].([]any)
	for _, key := range keys {
		key, _ := key.(object)
		found = append(found, text(key, "kid"))
	}
	slices.Sort(found)
	return found
}

// addKey posts a key as text, the way of the second version of the API.
func (p *service) addKey(client object, body string) answer {
	p.t.Helper()
	return p.callAt(p.origin+"/api/v2/clients/"+text(client, "client_id")+"/key", p.credential("consumer"), dcrWrite, http.MethodPost, body)
}

// noKeys wants a client to have no keys.
func (p *service) noKeys(client object) {
	p.t.Helper()
	if diff := cmp.Diff(object{"keys": []any{}}, p.clientCall("consumer", http.MethodGet, client, "/jwks", nil).ok()); diff != "" {
		p.t.Error(diff)
	}
}

func TestKeyIsKeptAYearFromPosting(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", nil)
	p.noKeys(client) // none yet
	sent := public(t, p.appKey(), "k1")
	key := p.clientCall("consumer", http.MethodPut, client, "/jwks/k1", sent).ok()
	exp, _ := key["exp"].(float64)
	if left := int64(exp) - p.now().Unix(); left < 365*24*3600-60 || left > 365*24*3600 || key["created"] == nil || key["last_updated"] == nil {
		t.Errorf("%v", key)
	}
	want := with(sent, object{"exp": key["exp"], "created": key["created"], "last_updated": key["last_updated"]})
	if diff := cmp.Diff(want, key); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(key, p.clientCall("consumer", http.MethodGet, client, "/jwks/k1", nil).ok()); diff != "" {
		t.Error(diff)
	}
	p.control(http.MethodPost, "clock", object{"advance": "720h"}).ok()
	renewed := p.clientCall("consumer", http.MethodPut, client, "/jwks/k1", sent).ok()
	later, _ := renewed["exp"].(float64)
	if later-exp < 719*3600 || later-exp > 721*3600 {
		t.Errorf("posted again: exp moved by %v s", later-exp)
	}
	far := p.clientCall("consumer", http.MethodPut, client, "/jwks/k1", with(sent, object{"exp": p.now().Unix() + 10*365*24*3600})).ok()
	if cut, _ := far["exp"].(float64); cut-later > 60 {
		t.Errorf("an exp ten years off became %v", far["exp"])
	}
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", nil)
	key := public(t, p.appKey(), "bad")
	modulus, err := base64.RawURLEncoding.DecodeString(text(key, "n"))
	if err != nil {
		t.Fatal(err)
	}
	private, _ := p.appKey().Key.(*rsa.PrivateKey)
	secret := base64.RawURLEncoding.EncodeToString(private.D.Bytes())
	other, _ := p.certificate(nav, "valid")
	for field, values := range map[string][]any{
		"kty": {remove, "EC", 5}, "use": {remove, "enc"}, "alg": {remove, "HS256", "PS256", "none"}, "e": {remove, "", "%", "AA"}, "exp": {1, -1, "x"},
		"n": {remove, "", "%%%", base64.RawURLEncoding.EncodeToString(modulus[:128])}, // 1024 bits
		"d": {secret, "x"}, "p": {"x"}, "q": {"x"}, "dp": {"x"}, "dq": {"x"}, "qi": {"x"}, "oth": {[]any{}}, "k": {"x"},
		"kid": {"other", "a/b", "...", 5},
		"x5c": {other, "x", []string{"AAAA"}}, // another key's certificate
	} {
		for _, value := range values {
			a := p.clientCall("consumer", http.MethodPut, client, "/jwks/bad", with(key, object{field: value}))
			if a.fails(http.StatusBadRequest); strings.Contains(a.Body, secret) {
				t.Errorf("%s: the answer repeats the private key", field)
			}
			if field != "kid" {
				p.clientCall("consumer", http.MethodPost, client, "/jwks", object{"keys": []any{key, with(key, object{"kid": "x", field: value})}}).fails(http.StatusBadRequest)
			}
		}
	}
	for _, kid := range []string{"...", strings.Repeat("k", 256), "a%20b", "æ"} {
		p.clientCall("consumer", http.MethodPut, client, "/jwks/"+kid, with(key, object{"kid": remove})).fails(http.StatusBadRequest)
	}
	p.noKeys(client)
	if strings.Contains(p.log.String(), secret) {
		t.Error("a private key reached the log")
	}
	if a := p.control(http.MethodGet, "requests", nil); strings.Contains(a.Body, secret) {
		t.Error("a private key reached the journal")
	}
}

func TestKeySetIsReplacedWhole(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", nil)
	set := func(kids ...string) answer {
		keys := []any{}
		for _, kid := range kids {
			keys = append(keys, public(t, p.appKey(), kid))
		}
		return p.clientCall("consumer", http.MethodPost, client, "/jwks", object{"keys": keys})
	}
	set("a", "b", "c", "d", "e").ok()
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, p.kids(client)); diff != "" {
		t.Error(diff)
	}
	set().fails(http.StatusBadRequest)
	set("x", "x").fails(http.StatusBadRequest)
	set("1", "2", "3", "4", "5", "6").fails(http.StatusBadRequest)
	p.clientCall("consumer", http.MethodPost, client, "/jwks", object{}).fails(http.StatusBadRequest)
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, p.kids(client)); diff != "" {
		t.Errorf("a refused set changed something: %s", diff)
	}
	set("z").ok()
	if diff := cmp.Diff([]string{"z"}, p.kids(client)); diff != "" {
		t.Error(diff)
	}
	p.clientCall("consumer", http.MethodDelete, client, "/jwks", nil).has(http.StatusOK)
	p.noKeys(client)
}

func TestFiveKeysAreTheMost(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", nil)
	for i := range 5 {
		p.clientCall("consumer", http.MethodPut, client, fmt.Sprint("/jwks/k", i), public(t, p.appKey(), fmt.Sprint("k", i))).ok()
	}
	p.clientCall("consumer", http.MethodPut, client, "/jwks/k5", public(t, p.appKey(), "k5")).fails(http.StatusConflict)
	p.addKey(client, jsonText(t, public(t, p.appKey(), "k5"))).fails(http.StatusConflict)
	p.clientCall("consumer", http.MethodPut, client, "/jwks/k4", public(t, p.appKey(), "k4")).ok() // posted again
	p.clientCall("consumer", http.MethodDelete, client, "/jwks/k0", nil).has(http.StatusOK)
	p.clientCall("consumer", http.MethodDelete, client, "/jwks/k0", nil).fails(http.StatusNotFound)
	p.clientCall("consumer", http.MethodGet, client, "/jwks/k0", nil).fails(http.StatusNotFound)
	if diff := cmp.Diff([]string{"k1", "k2", "k3", "k4"}, p.kids(client)); diff != "" {
		t.Error(diff)
	}
}

func TestKeyIsTakenAsText(t *testing.T) {
	t.Parallel()
	p := serve(t)
	private, _ := p.appKey().Key.(*rsa.PrivateKey)
	pkix, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	x5c, holder := p.certificate(nav, "valid")
	certificate, err := base64.StdEncoding.DecodeString(x5c[0])
	if err != nil {
		t.Fatal(err)
	}
	client := p.newClient("consumer", nil)
	key := p.addKey(client, block("PUBLIC KEY", pkix)).ok()
	if !uuid.MatchString(text(key, "kid")) || key["n"] != public(t, p.appKey(), "")["n"] || key["use"] != "sig" || key["kty"] != "RSA" {
		t.Errorf("%v", key)
	}
	pinned := p.addKey(client, block("CERTIFICATE", certificate)).ok()
	chain, _ := pinned["x5c"].([]any)
	if len(chain) == 0 || chain[0] != x5c[0] || pinned["n"] != base64.RawURLEncoding.EncodeToString(holder.N.Bytes()) {
		t.Errorf("%v", pinned)
	}
	if jwk := p.addKey(client, jsonText(t, public(t, p.appKey(), "mine"))).ok(); jwk["kid"] != "mine" {
		t.Errorf("%v", jwk)
	}
	withPrivate, err := p.appKey().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"nothing": "", "no key": "hello", "PKCS #8": block("PRIVATE KEY", pkcs8), "PKCS #1": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private)),
		"private JWK": string(withPrivate), "public with private": block("PUBLIC KEY", pkix) + block("PRIVATE KEY", pkcs8), "nonsense in PEM": block("PUBLIC KEY", []byte("x")),
	} {
		if said := p.addKey(client, body).fails(http.StatusBadRequest); len(said) > 500 {
			t.Errorf("%s: %s", name, said)
		}
	}
	if n := len(p.kids(client)); n != 3 {
		t.Errorf("%d keys", n)
	}
}

func TestFiftyWritersNeverExceedFiveKeysAndLoseNone(t *testing.T) {
	t.Parallel()
	p := serve(t)
	client := p.newClient("consumer", nil)
	token := map[string]string{"Authorization": "Bearer " + p.token(p.credential("consumer"), dcrWrite)}
	base := p.origin + "/api/v1/clients/" + text(client, "client_id") + "/jwks/"
	var mu sync.Mutex
	confirmed := []string{}
	statuses := map[int]int{}
	var writers sync.WaitGroup
	for i := range 50 {
		kid := fmt.Sprint("w", i)
		body := jsonText(t, public(t, p.appKey(), kid))
		writers.Go(func() {
			a := p.send(http.MethodPut, base+kid, token, body)
			mu.Lock()
			defer mu.Unlock()
			if statuses[a.Status]++; a.Status == http.StatusOK {
				confirmed = append(confirmed, kid)
			}
		})
	}
	writers.Wait()
	slices.Sort(confirmed)
	if diff := cmp.Diff(confirmed, p.kids(client)); diff != "" || len(confirmed) != 5 || statuses[http.StatusConflict] != 45 {
		t.Errorf("%v %s", statuses, diff)
	}
}
