package pages

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/gateway"
)

func (v *visit) tokenForm(known []gateway.Credentials) *form {
	options := []choice{{Label: v.text("token.other_client")}}
	for _, c := range known {
		options = append(options, choice{Value: c.ClientID, Label: c.Role + ", " + c.OrgNo})
	}
	return v.form("token",
		&field{Name: "client", Kind: kindSelect, Options: options, Values: []string{v.query("client")}},
		&field{Name: "scope", Kind: kindText, Autocomplete: "off"},
		&field{Name: "client_id", Kind: kindText, Optional: true, Autocomplete: "off", Group: v.text("token.own")},
		&field{Name: "kid", Kind: kindText, Optional: true, Autocomplete: "off"},
		&field{Name: "key", Kind: kindArea, Optional: true, Rows: 6},
		&field{Name: "resource", Kind: kindText, Optional: true, Autocomplete: "off", Group: v.text("token.more")},
		&field{Name: "consumer_org", Kind: kindText, Optional: true, Short: true, Autocomplete: "off"},
		v.detailField("system_user", v.systemUserDetails()),
		v.detailField("consent", v.consentDetails()),
		&field{Name: "authorization_details", Kind: kindArea, Optional: true, Rows: 3},
		&field{Name: "env", Kind: kindHidden, Values: []string{v.env.Name}},
	)
}

// tokenPage shows the form, and what became of the last request.
func tokenPage(v *visit) {
	v.choose(v.query("env"))
	known, err := v.known()
	if err != nil {
		v.broken(err)
		return
	}
	f := v.tokenForm(known)
	for _, c := range known {
		if c.ClientID == v.query("client") || v.query("client") == "" && len(c.Scopes) > 0 && f.value("scope") == "" {
			f.set("client", c.ClientID).set("scope", c.Scopes[0])
		}
	}
	result, _ := v.tokens.take(v.browser)
	v.render(http.StatusOK, "token", f, result)
}

// known are the clients of the environment whose keys the mock knows.
func (v *visit) known() ([]gateway.Credentials, error) {
	var r gateway.Ready
	if err := v.control(http.MethodGet, "ready", nil, &r); err != nil {
		return nil, err
	}
	return inEnvironment(r.Credentials, v.env.Name), nil
}

// getToken signs a grant, sends it, and shows on the next page what came of it. The
// key is kept nowhere.
func getToken(v *visit) {
	v.choose(v.r.PostForm.Get("env"))
	known, err := v.known()
	if err != nil {
		v.broken(err)
		return
	}
	f := v.read(v.tokenForm(known))
	f.set("env", v.env.Name)
	key, client, err := v.signingKey(f, known)
	if err != nil {
		v.render(http.StatusBadRequest, "token", f.withoutKey(), nil)
		return
	}
	result, err := v.exchange(f, key, client)
	if err != nil {
		v.fail(f, "authorization_details", "error.token.details")
		v.render(http.StatusBadRequest, "token", f.withoutKey(), nil)
		return
	}
	v.tokens.put(v.browser, result)
	v.redirect("/workbench/token", "env", v.env.Name, "client", f.value("client"))
}

// withoutKey forgets the key that was pasted.
func (f *form) withoutKey() *form { return f.set("key") }

// signingKey is the key of the client that was chosen, or the one that was pasted.
func (v *visit) signingKey(f *form, known []gateway.Credentials) (*jose.JSONWebKey, string, error) {
	client := f.value("client_id")
	text := []byte(f.value("key"))
	for _, c := range known {
		if client == "" && c.ClientID == f.value("client") {
			client, text = c.ClientID, c.JWK
		}
	}
	if client == "" {
		v.fail(f, "client_id", "error.token.client")
		return nil, "", errors.New("no client")
	}
	key, err := privateKey(text)
	if err != nil {
		v.fail(f, "key", "error.token.key")
		return nil, "", err
	}
	if kid := f.value("kid"); kid != "" {
		key.KeyID = kid
	}
	return key, client, nil
}

// privateKey reads a key as JWK or PEM.
func privateKey(text []byte) (*jose.JSONWebKey, error) {
	var key jose.JSONWebKey
	if block, _ := pem.Decode(text); block != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		}
		key.Key = parsed
		return &key, err
	}
	if err := json.Unmarshal(text, &key); err != nil {
		return nil, err
	}
	if _, private := key.Key.(crypto.Signer); !private {
		return nil, errors.New("the key is not private")
	}
	return &key, nil
}

// exchange makes the grant and the token request.
func (v *visit) exchange(f *form, key *jose.JSONWebKey, client string) (*tokenResult, error) {
	now := v.config.Now()
	claims := map[string]any{
		"aud": v.env.Issuer, "iss": client, "scope": f.value("scope"), "iat": now.Unix(), "exp": now.Add(100 * time.Second).Unix(), "jti": rand.Text(),
	}
	for _, name := range []string{"resource", "consumer_org"} {
		if value := f.value(name); value != "" {
			claims[name] = value
		}
	}
	if details := f.details(); details != "" {
		if !json.Valid([]byte(details)) {
			return nil, errors.New("the details are no JSON")
		}
		claims["authorization_details"] = json.RawMessage(details)
	}
	assertion, err := sign(key, claims)
	if err != nil {
		return nil, err
	}
	body := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	path := "/token"
	if v.env.Name != "test" {
		path = "/" + v.env.Name + path
	}
	a, err := v.call(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(body.Encode()))
	if err != nil {
		return nil, err
	}
	return v.explained(assertion, a), nil
}

func sign(key *jose.JSONWebKey, claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// explained is the request and the answer as people read them.
func (v *visit) explained(assertion string, a *answered) *tokenResult {
	header, claims := decoded(assertion)
	result := &tokenResult{
		Header: header, Claims: claims, Status: a.Status, Answer: indented(a.Body.Bytes()),
		Curl: "curl -X POST " + v.env.Token + " \\\n  -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \\\n  -d assertion=" + assertion,
	}
	var answer struct {
		Token string `json:"access_token"`
		URI   string `json:"error_uri"`
	}
	_ = json.Unmarshal(a.Body.Bytes(), &answer) // it is shown as it is
	_, result.TokenClaims = decoded(answer.Token)
	result.Meaning = catalogues()[v.lang].optional("mp." + answer.URI[strings.LastIndex(answer.URI, "/")+1:])
	return result
}

// decoded are the header and the claims of a JWT; empty for anything else.
func decoded(token string) (header, claims string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", ""
	}
	read := func(part string) string {
		data, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return ""
		}
		return indented(data)
	}
	return read(parts[0]), read(parts[1])
}

// indented is JSON for people; anything else as it is.
func indented(data []byte) string {
	var value any
	if json.Unmarshal(data, &value) != nil {
		return string(data)
	}
	pretty, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return string(data)
	}
	return string(pretty)
}
