package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// The OAuth scopes of the self-service API.
const (
	scopesRead  = "idporten:scopes.read"
	scopesWrite = "idporten:scopes.write"
	dcrRead     = "idporten:dcr.read"
	dcrWrite    = "idporten:dcr.write"
	dcrModify   = "idporten:dcr.modify"
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
	check.Same(a.t, strings.HasPrefix(description, clientAuthentication), authentication, "description ", description)
}

func TestTokenRequestsAreRefusedRowByRow(t *testing.T) {
	t.Parallel()
	p := serve(t)
	admin := p.credential("provider")
	issuer := p.ready.Environments["test"].Issuer
	p.control(http.MethodPost, "clock", object{"fix": p.now()}).ok() // however long this takes
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
