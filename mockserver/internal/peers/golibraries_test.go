package peers_test

import (
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"
)

// http is a client that trusts the mock.
func (at target) http() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: at.roots, MinVersion: tls.VersionTLS12}}}
}

// exchange sends a grant and returns the token.
func (at target) exchange(t *testing.T, grant string) string {
	t.Helper()
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant}}
	resp, err := at.http().PostForm(at.issuer+"token", form) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, answer.Description, err)
	}
	return answer.AccessToken
}

func (at target) key(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	var key jose.JSONWebKey
	if err := json.Unmarshal(at.jwk, &key); err != nil {
		t.Fatal(err)
	}
	return key.Key.(*rsa.PrivateKey)
}

// golangJWT makes the grant with golang-jwt.
func (at target) golangJWT(t *testing.T) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, struct {
		jwt.RegisteredClaims
		Scope string `json:"scope"`
	}{jwt.RegisteredClaims{
		Issuer: at.client, Audience: jwt.ClaimStrings{at.issuer}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(time.Now()), NotBefore: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(100 * time.Second)),
	}, at.scope})
	token.Header["kid"] = "peer"
	signed, err := token.SignedString(at.key(t))
	if err != nil {
		t.Fatal(err)
	}
	return at.exchange(t, signed)
}

func TestGolangJWTWithKeyfunc(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, at target) {
		keys, err := keyfunc.NewDefaultOverrideCtx(t.Context(), []string{at.issuer + "jwk"}, keyfunc.Override{Client: at.http()})
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Parse(at.golangJWT(t), keys.Keyfunc, jwt.WithIssuer(at.issuer), jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuedAt(), jwt.WithLeeway(time.Second))
		if err != nil || token.Claims.(jwt.MapClaims)["client_id"] != at.client {
			t.Error(token, err)
		}
	})
}

func TestGoOIDCVerifies(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, at target) {
		ctx := oidc.ClientContext(t.Context(), at.http())
		verifier := oidc.NewVerifier(at.issuer, oidc.NewRemoteKeySet(ctx, at.issuer+"jwk"), &oidc.Config{SkipClientIDCheck: true})
		token, err := verifier.Verify(ctx, at.golangJWT(t))
		if err != nil {
			t.Fatal(err)
		}
		var claims struct{ Scope string }
		if err := token.Claims(&claims); err != nil || claims.Scope != at.scope {
			t.Error(claims, err)
		}
	})
}

func TestJWX(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, at target) {
		key, err := jwk.ParseKey(at.jwk)
		if err != nil {
			t.Fatal(err)
		}
		grant, err := jwxjwt.NewBuilder().Issuer(at.client).Audience([]string{at.issuer}).IssuedAt(time.Now()).Expiration(time.Now().Add(time.Minute)).
			JwtID(uuid.NewString()).Claim("scope", at.scope).Build()
		if err != nil {
			t.Fatal(err)
		}
		signed, err := jwxjwt.Sign(grant, jwxjwt.WithKey(jwa.RS256(), key))
		if err != nil {
			t.Fatal(err)
		}
		keys, err := jwk.Fetch(t.Context(), at.issuer+"jwk", jwk.WithHTTPClient(at.http()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jwxjwt.Parse([]byte(at.exchange(t, string(signed))), jwxjwt.WithKeySet(keys), jwxjwt.WithIssuer(at.issuer), jwxjwt.WithAcceptableSkew(time.Second)); err != nil {
			t.Error(err)
		}
	})
}
