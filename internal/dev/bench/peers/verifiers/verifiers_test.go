package verifiers

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/verify"
)

const issuer = "https://test.maskinporten.no/"

// checker says who calls with a token, and that it may.
type checker func(ctx context.Context, token string) (consumer string, err error)

// claims are what an API asks a token for.
type claims struct {
	golangjwt.RegisteredClaims

	Scope    string `json:"scope"`
	Consumer struct {
		ID string `json:"ID"`
	} `json:"consumer"`
}

var errScope = errors.New("no such scope")

func (c *claims) decide() (string, error) {
	if !slices.Contains(strings.Fields(c.Scope), "difi:api3") {
		return "", errScope
	}
	return c.Consumer.ID, nil
}

// issuerKey is published and good for tests only.
func issuerKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	text, err := os.ReadFile("../../../../../verify/testdata/test-key-1.pem")
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return key.(*rsa.PrivateKey) //nolint:forcetypeassert // it is one
}

func keySet(key *rsa.PublicKey) string {
	part := func(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
	return `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"` + part(key.N.Bytes()) + `","e":"` + part(big.NewInt(int64(key.E)).Bytes()) + `"}]}`
}

func token(tb testing.TB, key *rsa.PrivateKey) string {
	tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Now().Unix()
	party := func(id string) map[string]string {
		return map[string]string{"authority": "iso6523-actorid-upis", "ID": "0192:" + id}
	}
	payload, err := json.Marshal(map[string]any{
		"iss": issuer, "client_id": "3f1c1f4e-6a5b-4a0e-9d55-0f6c1de9a001", "client_amr": "private_key_jwt", "consumer": party("889640782"), "supplier": party("910753614"),
		"delegation_source": "https://tt02.altinn.no/", "scope": "difi:api3 difi:api3.write", "token_type": "Bearer", "iat": now, "exp": now + 3600, "jti": "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFg",
	})
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		tb.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return compact
}

type serving string

func (s serving) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(s))), Request: request}, nil
}

func ours(tb testing.TB, set string, options ...verify.Option) checker {
	tb.Helper()
	v, err := verify.New(maskinporten.Test, append(options, verify.WithHTTPClient(&http.Client{Transport: serving(set)}))...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = v.Close() })
	scope := verify.RequireScope("difi:api3")
	return func(ctx context.Context, token string) (string, error) {
		claims, err := v.Verify(ctx, token, scope)
		if err != nil {
			return "", err
		}
		return claims.Consumer.ID, nil
	}
}

func byGolangJWT(key *rsa.PublicKey) checker {
	parser := golangjwt.NewParser(golangjwt.WithValidMethods([]string{"RS256"}), golangjwt.WithIssuer(issuer), golangjwt.WithIssuedAt(), golangjwt.WithExpirationRequired())
	keyOf := func(*golangjwt.Token) (any, error) { return key, nil }
	return func(_ context.Context, token string) (string, error) {
		var c claims
		if _, err := parser.ParseWithClaims(token, &c, keyOf); err != nil {
			return "", err
		}
		return c.decide()
	}
}

func byOIDC(key *rsa.PublicKey) checker {
	verifier := oidc.NewVerifier(issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key}}, &oidc.Config{SkipClientIDCheck: true})
	return func(ctx context.Context, token string) (string, error) {
		checked, err := verifier.Verify(ctx, token)
		if err != nil {
			return "", err
		}
		var c claims
		if err := checked.Claims(&c); err != nil {
			return "", err
		}
		return c.decide()
	}
}

func byJWX(tb testing.TB, set string) checker {
	tb.Helper()
	keys, err := jwk.ParseString(set)
	if err != nil {
		tb.Fatal(err)
	}
	return func(_ context.Context, token string) (string, error) {
		checked, err := jwxjwt.ParseString(token, jwxjwt.WithKeySet(keys), jwxjwt.WithIssuer(issuer), jwxjwt.WithValidate(true))
		if err != nil {
			return "", err
		}
		var c claims
		var consumer map[string]any
		if err := errors.Join(checked.Get("scope", &c.Scope), checked.Get("consumer", &consumer)); err != nil {
			return "", err
		}
		c.Consumer.ID, _ = consumer["ID"].(string)
		return c.decide()
	}
}

// checkers are measured by turns, each with keys that it holds already.
func checkers(tb testing.TB, key *rsa.PrivateKey) map[string]checker {
	tb.Helper()
	set := keySet(&key.PublicKey)
	return map[string]checker{
		"again":      ours(tb, set), // a token that has come before
		"anew":       ours(tb, set, verify.WithoutVerifiedCache()),
		"golang-jwt": byGolangJWT(&key.PublicKey),
		"go-oidc":    byOIDC(&key.PublicKey),
		"jwx":        byJWX(tb, set),
	}
}

func TestAllTakeTheTokenAndRefuseAnother(t *testing.T) {
	t.Parallel()
	key := issuerKey(t)
	good := token(t, key)
	for name, check := range checkers(t, key) {
		for range 2 {
			if consumer, err := check(t.Context(), good); err != nil || consumer != "0192:889640782" {
				t.Errorf("%s: %q, %v", name, consumer, err)
			}
			if _, err := check(t.Context(), good[:len(good)-8]+"AAAAAAAA"); err == nil {
				t.Errorf("%s takes a token with another signature", name)
			}
		}
	}
}

// BenchmarkCheck reports the median of each in nanoseconds, beside a bare RSA
// verification and the SHA-256 of the token.
func BenchmarkCheck(b *testing.B) {
	key := issuerKey(b)
	compact := token(b, key)
	end := strings.LastIndexByte(compact, '.')
	digest := sha256.Sum256([]byte(compact[:end]))
	signature, err := base64.RawURLEncoding.DecodeString(compact[end+1:])
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(compact)
	all := checkers(b, key)
	all["sha256"] = func(context.Context, string) (string, error) { _ = sha256.Sum256(text); return "", nil }
	all["rsa"] = func(context.Context, string) (string, error) {
		return "", rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature)
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, check := range all {
			const times = 10 // reading the clock costs something itself
			start := time.Now()
			for range times {
				if _, err := check(b.Context(), compact); err != nil {
					b.Fatal(name, err)
				}
			}
			took[name] = append(took[name], time.Since(start)/times)
		}
	}
	for name, times := range took {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), name+"-ns")
	}
}
