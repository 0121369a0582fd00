package maskinporten_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/disguise"
)

// checkLoaded wants a key that can be used, or an error that can be shown.
func checkLoaded(t *testing.T, key *maskinporten.Key, err error, secrets ...string) {
	t.Helper()
	if (key == nil) == (err == nil) {
		t.Fatalf("key %v and error %v", key, err)
	}
	if err != nil {
		text := err.Error()
		if !errors.Is(err, maskinporten.ErrInvalidArgument) || len(text) > 500 || strings.ContainsAny(text, "\n\r") {
			t.Fatalf("error %q", text)
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Fatalf("%q shows what is secret", text)
			}
		}
		return
	}
	if (key.KeyID() == "") == (key.Certificates() == nil) {
		t.Fatalf("%v has a kid %q and %d certificates", key, key.KeyID(), len(key.Certificates()))
	}
	if key.KeyID() == "" {
		return
	}
	public, err := key.PublicJWK()
	if err != nil || public.KeyID != key.KeyID() || public.KeyType != "RSA" || public.Use != "sig" {
		t.Fatalf("%v has the public key %+v, error %v", key, public, err)
	}
	if modulus, err := public.PublicKey(); err != nil || modulus.N.BitLen() < 2048 {
		t.Fatalf("%v was taken: %v", key, err)
	}
}

func FuzzKeyFromJWK(f *testing.F) {
	good := jwkOf(f, privateKey(f, "one"), nil)
	secret, _ := jwkMember(f, privateKey(f, "one"), "d").(string)
	f.Add(good)
	f.Add([]byte(`{"keys":[` + string(good) + `]}`))
	f.Add(jwkOf(f, privateKey(f, "one"), func(m map[string]any) { m["alg"], m["n"] = "RS512", "AQAB" }))
	f.Add(jwkOf(f, privateKey(f, "weak"), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := maskinporten.KeyFromJWK(data)
		checkLoaded(t, key, err, secret)
	})
}

func FuzzKeyFromPEM(f *testing.F) {
	certificates := string(certificatePEM(testChain(f, &privateKey(f, "one").PublicKey)...))
	for _, name := range []string{"one", "weak", "elliptic"} {
		f.Add(keyPEM(f, name), "kid")
	}
	f.Add(append(keyPEM(f, "one"), certificates...), "")
	f.Add([]byte(certificates+string(keyPEM(f, "two"))), "")
	f.Fuzz(func(t *testing.T, data []byte, kid string) {
		key, err := maskinporten.KeyFromPEM(data, kid)
		checkLoaded(t, key, err)
	})
}

func FuzzKeyFromPKCS12(f *testing.F) {
	private := privateKey(f, "one")
	chain := testChain(f, &private.PublicKey)
	for _, encoder := range []*pkcs12.Encoder{pkcs12.Modern, pkcs12.LegacyDES, pkcs12.LegacyRC2, pkcs12.Passwordless} {
		password := "secret"
		if encoder == pkcs12.Passwordless {
			password = ""
		}
		data := check.Got(encoder.Encode(private, chain[0], chain[1:], password))(f)
		f.Add(data, password)
		f.Add(data, "guessed-password")
	}
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		key, err := maskinporten.KeyFromPKCS12(data, password)
		checkLoaded(t, key, err, "guessed-password") // a made-up one may be a word of the text
	})
}

// FuzzLoadKey begins with each form and each disguise of a key.
func FuzzLoadKey(f *testing.F) {
	secret, _ := jwkMember(f, privateKey(f, "one"), "d").(string)
	forms := materials(f)
	for _, m := range forms {
		f.Add(m.data, materialPassword, m.needs)
	}
	for _, form := range []string{"JWK in lines", "PEM: root authority leaf key", "PKCS#12: root authority leaf"} {
		m := forms[form]
		for _, d := range disguise.All {
			if !d.Text || !m.binary {
				f.Add(d.Put(m.data), materialPassword, m.needs)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, password, kid string) {
		key, err := maskinporten.LoadKey(data, maskinporten.KeyOptions{Password: maskinporten.NewSecret(password), KeyID: kid})
		checkLoaded(t, key, err, secret)
	})
}

// once answers every call alike, without repeating any.
func once(t *testing.T, answer reply) (*backend, *maskinporten.Client) {
	t.Helper()
	b := &backend{api: func(int, *http.Request) reply { return answer }}
	return b, b.client(t, maskinporten.WithAttempts(1))
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `<html>502</html>`, `{"error":", first, second"}`, `{"errors":"none"}`, `{"errors":[null,{}]}`, `{"error":{"code":1}}`, "{\"message\":\"a\\nb\u2028\"}",
		`{"status":400,"correlation_id":"0af7651916cd43dd8448eb211c80319c","errors":[{"errorMessage":"too long","isFieldError":true,"objectName":"Client","fieldIdentifier":"client_name"}]}`,
		`{"error_description":", the token is token-1"}`,
	} {
		f.Add(400, []byte(seed))
		f.Add(502, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		status = 300 + ((status%300)+300)%300 // what is no success
		_, client := once(t, reply{status: status, body: string(body)})
		_, err := client.Scopes.Get(t.Context(), "difi:api")
		failure, ok := errors.AsType[*maskinporten.APIError](err)
		if !ok || failure.StatusCode != status || failure.Attempts == 0 || len(failure.Body) > 1<<10 {
			t.Fatalf("%d %q gives %#v", status, body, err)
		}
		for _, text := range []string{err.Error(), failure.LogValue().String()} {
			if len(text) > 3000 || strings.ContainsAny(text, "\n\r\u2028\u2029\x1b\x00") || strings.Contains(text, "token-1") {
				t.Fatalf("%d %q gives %q", status, body, text)
			}
		}
	})
}

func FuzzListStream(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `[{}]`, `[null]`, `[1]`, `[[]]`, `[{"scope":"difi:a"},{"scope":"difi:b","new":1}]`, `[{"scope":"difi:a"},{"sco`, `[{"scope":"difi:a"} {"scope":"difi:b"}]`,
		`[{"created":"2018-01-02T09:30:00.000+0100"},{"scope":"\"]"}]`, `{"error":"sorry"}`, `[` + strings.Repeat(`[`, 200), `[{}`, `[{},`, `[{}] []`,
	} {
		f.Add([]byte(seed), 7)
	}
	f.Fuzz(func(t *testing.T, body []byte, stop int) {
		_, client := once(t, reply{body: string(body)})
		all, err := maskinporten.Collect(client.Access.Given(t.Context(), maskinporten.AccessFilter{}))
		if err != nil {
			failure, ok := errors.AsType[*maskinporten.APIError](err)
			if !ok || failure.StatusCode != 200 || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("%q gives %#v", body, err)
			}
		}
		var some []*maskinporten.Access
		for access, err := range client.Access.Given(t.Context(), maskinporten.AccessFilter{}) {
			if len(some) >= stop {
				break
			}
			if err == nil {
				some = append(some, access)
			}
		}
		if diff := cmp.Diff(all[:min(len(all), max(stop, 0))], some[:min(len(some), len(all))]); diff != "" && len(some) > 0 {
			t.Fatalf("%q gives another list when it is left early:\n%s", body, diff)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "-1", "1.5", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		b, client := once(t, reply{status: 503, header: map[string]string{"Retry-After": value}})
		started := time.Now()
		_, err := client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api", Description: "d"})
		failure := asAPIError(t, err)
		if failure.RetryAfter < 0 || failure.RetryAfter > 365*24*time.Hour || time.Since(started) > 5*time.Second || len(b.seenCalls()) != 1 {
			t.Fatalf("%q: %v, %v", value, failure.RetryAfter, err)
		}
		if asked := failure.RetryAfter > 0; asked && errors.Is(err, maskinporten.ErrOutcomeUnknown) {
			t.Fatalf("%q asks for %v, and yet: %v", value, failure.RetryAfter, err)
		}
	})
}

func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `{"access_token":"t","token_type":"bearer","expires_in":119}`, `{"access_token":"t","expires_in":"119"}`, `{"access_token":"t","expires_in":1e3}`,
		`{"access_token":"t","expires_in":1e400}`, `{"access_token":"t","expires_in":-1}`, `{"access_token":"a b"}`, `{"access_token":"t","token_type":"mac"}`, `{"error":""}`, `<html>`,
		`{"error":"invalid_grant","error_description":"Client not found (trace_id: 0af7651916cd43dd8448eb211c80319c)","error_uri":"https://test.maskinporten.no/errors/MP-100"}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		status = 200 + ((status%400)+400)%400
		b := &backend{token: func(int, grantSeen) reply { return reply{status: status, body: string(body)} }}
		token, err := b.auth(t, maskinporten.WithAttempts(1)).Token(t.Context(), forScope("x"))
		if err == nil {
			life := time.Until(token.Expiry)
			if status > 299 || token.AccessToken == "" || strings.ContainsAny(token.AccessToken, " \n\r\x00") || token.TokenType != "Bearer" || life > 24*time.Hour {
				t.Fatalf("%d %q gives %+v", status, body, token)
			}
			return
		}
		failure := asTokenError(t, err)
		assertion := b.seenGrants()[0].Assertion
		if text := fmt.Sprintf("%v %#v", err, failure); failure.StatusCode != status || strings.ContainsAny(err.Error(), "\n\r\u2028") || strings.Contains(text, assertion) {
			t.Fatalf("%d %q gives %q", status, body, text)
		}
	})
}
