package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// The OAuth scopes of the self-service API.
const (
	scopesRead  = "idporten:scopes.read"
	scopesWrite = "idporten:scopes.write"
	dcrRead     = "idporten:dcr.read"
	dcrWrite    = "idporten:dcr.write"
	dcrModify   = "idporten:dcr.modify"
	dcrSupplier = "idporten:dcr.supplier"
	onBehalfOf  = "idporten:dcr/onbehalfof.write"
)

const clientAuthentication = "Invalid assertion. Client authentication failed. "

var refusalText = regexp.MustCompile(`^(.*) \(trace_id: [0-9a-f]{32}\)$`)

// refused checks a refusal of the token endpoint: its MP code (empty: none), its
// OAuth error and the beginning of its text. MP-100 to MP-130 and the refusals
// about keys begin with more.
func (a answer) refused(code, oauthError, text string) {
	a.t.Helper()
	status := http.StatusBadRequest
	if oauthError == "forbidden" {
		status = http.StatusForbidden
	}
	body := a.has(status)
	description, _ := body["error_description"].(string)
	match := refusalText.FindStringSubmatch(description)
	if match == nil || !strings.HasPrefix(match[1], text) && !strings.HasPrefix(match[1], clientAuthentication+text) {
		a.t.Errorf("description %q, want %q with a trace id", description, text)
	}
	uri, _ := body["error_uri"].(string)
	if body["error"] != oauthError || code != "" && !strings.HasSuffix(uri, "/errors/"+code) || code == "" && uri != "" {
		a.t.Errorf("error %v, uri %q, want %s and %s", body["error"], uri, oauthError, code)
	}
	authentication := code >= "MP-100" && code <= "MP-130" || code == "" && strings.Contains(text, "kid")
	if authentication != strings.HasPrefix(description, clientAuthentication) {
		a.t.Errorf("description %q", description)
	}
}

func TestTokenRequestsAreRefusedRowByRow(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	issuer := p.ready.Environments["test"].Issuer
	now := p.now().Unix()
	other := p.credential("keys-only").JWK
	const malformed = "Invalid assertion. Invalid parameter value"
	grant := func(changes object) func(*service) string {
		return func(p *service) string { return p.grant(admin, changes) }
	}
	sign := func(c credential, alg jose.SignatureAlgorithm, header object) func(*service) string {
		return func(p *service) string { return p.sign(c, p.claims(admin, nil), alg, header) }
	}
	user := object{"type": "urn:altinn:systemuser", "systemuser_org": object{"authority": "iso6523-actorid-upis", "ID": "0192:889640782"}}
	for name, c := range map[string]struct {
		assertion         func(*service) string
		code, error, text string
	}{
		"no JWT":                    {func(*service) string { return "x.y.z" }, "MP-011", "invalid_request", malformed},
		"iat missing":               {grant(object{"iat": remove}), "MP-011", "invalid_request", malformed},
		"exp missing":               {grant(object{"exp": remove}), "MP-011", "invalid_request", malformed},
		"exp is text":               {grant(object{"exp": "soon"}), "MP-011", "invalid_request", malformed},
		"lives more than 120 s":     {grant(object{"iat": now, "exp": now + 121}), "MP-011", "invalid_request", malformed},
		"scope is a number":         {grant(object{"scope": 5}), "MP-011", "invalid_request", malformed},
		"pid of 10 digits":          {grant(object{"pid": "1234567890"}), "MP-011", "invalid_request", malformed},
		"pid with a letter":         {grant(object{"pid": "1234567890a"}), "MP-011", "invalid_request", malformed},
		"consumer_org is none":      {grant(object{"consumer_org": "889640783"}), "MP-011", "invalid_request", malformed},
		"two to act for":            {grant(object{"consumer_org": "889640782", "iss_onbehalfof": "x"}), "MP-011", "invalid_request", malformed},
		"unknown onbehalfof":        {grant(object{"iss_onbehalfof": "x"}), "MP-011", "invalid_request", malformed},
		"two authorization details": {grant(object{"authorization_details": []any{user, user}}), "MP-011", "invalid_request", malformed},
		"PS256":                     {sign(admin, jose.PS256, nil), "MP-011", "invalid_request", malformed},
		"HS256": {func(p *service) string {
			return signed(p.t, []byte(strings.Repeat("k", 32)), p.claims(admin, nil), jose.HS256, nil)
		}, "MP-011", "invalid_request", malformed},
		"alg none":                      {func(p *service) string { return unsigned(p.t, p.claims(admin, nil)) }, "MP-011", "invalid_request", malformed},
		"unknown client":                {grant(object{"iss": "nobody"}), "MP-100", "invalid_grant", "Client not found"},
		"client of another environment": {grant(object{"iss": p.credential("provider", "ver2").ClientID}), "MP-100", "invalid_grant", "Client not found"},
		"unknown kid":                   {sign(admin, jose.RS256, object{"kid": "other"}), "", "invalid_grant", "Unknown key identifier (kid) for client."},
		"no kid":                        {sign(admin, jose.RS256, object{"kid": remove}), "", "invalid_grant", "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided"},
		"aud is the token endpoint":     {grant(object{"aud": issuer + "token"}), "MP-110", "invalid_grant", "Invalid JWT claim aud."},
		"aud without the slash":         {grant(object{"aud": strings.TrimSuffix(issuer, "/")}), "MP-110", "invalid_grant", "Invalid JWT claim aud."},
		"aud of another environment":    {grant(object{"aud": p.ready.Environments["prod"].Issuer}), "MP-110", "invalid_grant", "Invalid JWT claim aud."},
		"aud of the real service":       {grant(object{"aud": "https://test.maskinporten.no/"}), "MP-110", "invalid_grant", "Invalid JWT claim aud."},
		"two aud":                       {grant(object{"aud": []string{issuer, "https://x.example"}}), "MP-110", "invalid_grant", "Invalid JWT claim aud."},
		"another key's signature":       {sign(credential{JWK: other}, jose.RS256, object{"kid": admin.JWK.KeyID}), "MP-124", "invalid_grant", "Invalid JWT signature."},
		"expired":                       {grant(object{"iat": now - 5, "exp": now - 1}), "MP-130", "invalid_grant", "JWT is expired"},
		"an unknown claim":              {grant(object{"azp": "x"}), "MP-011", "invalid_request", malformed},
		"issued in the future":          {grant(object{"iat": now + 60, "exp": now + 90}), "", "invalid_grant", "Issue time is after now"},
		"scope not on the client":       {grant(object{"scope": dcrModify}), "MP-200", "invalid_scope", "Token request contains invalid scopes for client, " + dcrModify},
		"one unknown scope":             {grant(object{"scope": scopesRead + " difi:no"}), "MP-200", "invalid_scope", "Token request contains invalid scopes for client, difi:no"},
		"unknown type of detail":        {grant(object{"authorization_details": []any{object{"type": "x"}}}), "MP-301", "invalid_authorization_details", ""},
		"unknown field of a detail":     {grant(object{"authorization_details": []any{with(user, object{"foo": 1})}}), "MP-302", "invalid_authorization_details", ""},
		"invalid value in a detail":     {grant(object{"authorization_details": []any{with(user, object{"systemuser_org": object{"authority": "iso6523-actorid-upis", "ID": "0192:1"}})}}), "MP-303", "invalid_authorization_details", ""},
		"consumer_org is the client's":  {grant(object{"consumer_org": "991825827"}), "", "invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p.in(t)
			p.exchange("test", c.assertion(p)).refused(c.code, c.error, c.text)
		})
	}
}

func TestFormOfATokenRequest(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	form := func(name string, change func(url.Values), status int, oauthError string) {
		t.Helper()
		values := url.Values{"grant_type": {jwtBearer}, "assertion": {p.grant(admin, nil)}}
		change(values)
		a := p.post("test", values)
		if body := a.has(status); body["error"] != oauthError {
			t.Errorf("%s: %v", name, body)
		}
	}
	form("other grant", func(v url.Values) { v.Set("grant_type", "client_credentials") }, 400, "unsupported_grant_type")
	form("no grant type", func(v url.Values) { v.Del("grant_type") }, 400, "invalid_request")
	form("no assertion", func(v url.Values) { v.Del("assertion") }, 400, "invalid_request")
	form("two assertions", func(v url.Values) { v.Add("assertion", "x") }, 400, "invalid_request")
	form("5 MB", func(v url.Values) { v.Set("assertion", strings.Repeat("a", 5<<20)) }, 400, "invalid_request")
	p.post("test", url.Values{"grant_type": {jwtBearer}}).refused("MP-011", "invalid_request", "Invalid assertion. Invalid parameter value")

	query := url.Values{"grant_type": {jwtBearer}, "assertion": {p.grant(admin, nil)}}.Encode()
	if a := p.send(http.MethodPost, "/token?"+query, nil, ""); a.Status != http.StatusOK {
		t.Errorf("as query parameters: %d %s", a.Status, a.Body)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		if a := p.send(method, "/token?"+query, nil, ""); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: %d", method, a.Status)
		}
	}
	if log := p.log.String(); strings.Contains(log, "eyJ") {
		t.Errorf("a grant reached the log: %.300s", log)
	}
}

func TestHostileGrantsAreRefused(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	for name, claims := range map[string]string{
		"array":              "[]",
		"null":               "null",
		"text":               `"x"`,
		"nothing":            "",
		"10,000 levels":      strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"10,000 arrays":      strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"never closed":       strings.Repeat(`{"iss":`, 10_000),
		"same claim twice":   `{"iss":"a","iss":"b"}`,
		"number too large":   `{"iat":1e400}`,
		"number in pieces":   `{"iat":1.5e0,"exp":2}`,
		"invalid UTF-8":      "{\"iss\":\"\xff\xfe\"}",
		"something after it": `{"iss":"a"}{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := p.in(t)
			a := p.exchange("test", p.sign(admin, claims, jose.RS256, nil))
			if body := a.has(http.StatusBadRequest); body["error"] == nil || strings.Contains(a.Body, "panic") {
				t.Errorf("%s", a.Body)
			}
		})
	}
}

func TestChecksRunInOrder(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	now := p.now().Unix()
	kid := admin.JWK.KeyID
	stranger := credential{JWK: p.credential("keys-only").JWK}
	// Each grant has one thing right more than the one before.
	wrong := object{"iss": "nobody", "aud": "x", "iat": now - 90, "exp": now - 20, "scope": "x:y", "authorization_details": []any{object{"type": "x"}}}
	steps := []struct {
		mend      object
		signer    credential
		kid, code string
	}{
		{nil, stranger, "x", "MP-100"},
		{object{"iss": admin.ClientID}, stranger, "x", "MP-110"},
		{object{"aud": p.ready.Environments["test"].Issuer}, stranger, "x", ""},
		{nil, stranger, kid, "MP-124"},
		{nil, admin, kid, "MP-130"},
		{object{"iat": now, "exp": now + 100}, admin, kid, "MP-200"},
		{object{"scope": scopesRead}, admin, kid, "MP-301"},
		{object{"authorization_details": remove}, admin, kid, "200"},
	}
	for i, step := range steps {
		wrong = with(with(wrong, step.mend), object{"jti": fmt.Sprint("step-", i)})
		a := p.exchange("test", p.sign(step.signer, wrong, jose.RS256, object{"kid": step.kid}))
		if step.code == "200" {
			a.ok()
		} else if uri, _ := a.has(http.StatusBadRequest)["error_uri"].(string); !strings.HasSuffix(uri, step.code) || step.code == "" && uri != "" {
			t.Errorf("step %d: want %q: %s", i, step.code, a.Body)
		}
	}
}

// A spent grant is refused before its scopes are looked at, and a refused one is
// not spent.
func TestGrantIsUsedOnce(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	grant := p.grant(admin, object{"jti": "one"})
	p.exchange("test", grant).ok()
	p.exchange("test", grant).refused("MP-012", "invalid_grant", "Grant is used before")
	p.ask(admin, object{"jti": "one", "scope": "x:y"}).refused("MP-012", "invalid_grant", "Grant is used before")
	p.ask(p.credential("consumer"), object{"jti": "one"}).ok() // another client's
	p.ask(admin, object{"jti": "two", "scope": "x:y"}).refused("MP-200", "invalid_scope", "")
	p.ask(admin, object{"jti": "two"}).ok()
	p.control(http.MethodPost, "clock", object{"advance": "5m"}).ok()
	p.ask(admin, object{"jti": "one"}).ok() // forgotten when its grant has expired
}

func TestErrorURIExplains(t *testing.T) {
	t.Parallel()
	p := serve(t)
	uri, _ := p.ask(p.credential("provider"), object{"aud": "x"}).has(http.StatusBadRequest)["error_uri"].(string)
	if a := p.get(strings.TrimPrefix(uri, p.origin)); a.Status != http.StatusOK || !strings.Contains(a.Body, "Invalid JWT claim aud.") {
		t.Errorf("%s: %d %s", uri, a.Status, a.Body)
	}
	if a := p.get("/errors/MP-999"); a.Status != http.StatusNotFound {
		t.Errorf("unknown code: %d", a.Status)
	}
}
