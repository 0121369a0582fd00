package mockserver_test

import (
	"crypto/tls"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestAppMakesWhatIsMissingAndGetsTokens(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithPropagation(time.Hour))
	provider := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	retired := check.Got(provider.Scopes.Create(t.Context(), newScope("retired")))(t)
	check.Got(provider.Scopes.Deactivate(t.Context(), retired.Name))(t)
	org := srv.AddOrganization(mockserver.SampleOrgNo(7), "Kommunen")
	for _, env := range []maskinporten.Environment{maskinporten.Test, maskinporten.Prod} {
		for _, scopes := range [][]string{{"weather:read"}, {"difi:weather.read", "weather:read", retired.Name}, {"idporten:dcr.read"}, {"krr:global/kontaktinformasjon.read"}} {
			app := srv.AppIn(env, org, scopes...)
			if again := srv.AppIn(env, org, scopes...); again.ClientID != app.ClientID {
				t.Errorf("%v: another client the second time", scopes)
			}
			auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(env), app, srv.ClientOptions()...))(t)
			token, err := auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: scopes})
			if err != nil {
				t.Fatalf("%s %v: %v", env, scopes, err)
			}
			check.Same(t, object{"authority": "iso6523-actorid-upis", "ID": "0192:" + string(org.OrgNo)}, claimsOf(t, token.AccessToken)["consumer"])
			_ = auth.Close()
		}
	}
	if got := srv.App(org, "weather:read").ClientID; got != srv.AppIn(maskinporten.Test, org, "weather:read").ClientID {
		t.Errorf("App is not that of test: %s", got)
	}
}

func TestAppIsRefusedForWhatCannotBe(t *testing.T) {
	t.Parallel()
	srv := check.Got(mockserver.New())(t)
	org := srv.AddOrganization("991825827", "D")
	check.OK(t, srv.Portal().RegisterOrganization("974760673", "Brønnøysundregistrene"))
	unsigned := check.Got(mockserver.New())(t)
	late := unsigned.AddOrganization("974760673", "B")
	check.OK(t, unsigned.Portal().WithdrawTerms("974760673"))
	for want, mistake := range map[string]func(){
		"name those":           func() { srv.App(org) },
		"it has no prefix":     func() { srv.App(org, "openid") },
		"not an admin scope":   func() { srv.App(org, "idporten:nothing") },
		"staging":              func() { srv.AppIn("staging", org, "difi:a") },
		"scopes: difi:: ":      func() { srv.App(org, "difi:") },
		"has not signed":       func() { unsigned.App(late, "difi:a") },
		"Handle: ":             func() { srv.Handle("api.example", http.NotFoundHandler()) },
		"which the mock":       func() { srv.Handle("https://test.maskinporten.no", http.NotFoundHandler()) },
		"keys number 0 to 22,": func() { srv.JWK(23, "k") },
	} {
		if got := panicOf(mistake); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestControlMakesApps(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	var app credential
	w.steer(http.MethodPost, "apps", `{"environment":"ver2","orgno":"974760673","scopes":["weather:read","difi:a"]}`).want(http.StatusOK).decode(&app)
	got := w.ask("ver2", w.grant(app, "weather:read difi:a", nil)).want(http.StatusOK).object()
	check.Same(t, "weather:read difi:a", got["scope"], "the token is for")
	w.refuses(http.MethodPost, "apps", `{"environment":"ver2","orgno":"974760673","scopes":[]}`, "scopes")
	w.refuses(http.MethodPost, "apps", `{"environment":"ver2","orgno":"1","scopes":["difi:a"]}`, "1")
	w.refuses(http.MethodPost, "apps", `{"orgno":"974760673","scopes":["difi:a"]}`, "environment")
}

// An API of one's own and Maskinporten are reached by one client.
func TestAnAPIOfOnesOwnIsAnsweredInMemory(t *testing.T) {
	t.Parallel()
	srv := start(t)
	answer := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, name+" "+r.URL.Path+" "+strings.Fields(r.Header.Get("Authorization") + " -")[0])
		})
	}
	srv.Handle("https://api.example.no", answer("api"))
	srv.Handle("https://api.example.no/v2/", answer("v2"))
	srv.Handle("http://localhost:8080/base", answer("base"))
	app := srv.App(srv.AddOrganization("889640782", "NAV"), "difi:api")
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), app, srv.ClientOptions()...))(t)
	t.Cleanup(func() { _ = auth.Close() })
	client := auth.Client(maskinporten.TokenRequest{Scopes: []string{"difi:api"}})
	for address, want := range map[string]string{
		"https://api.example.no":          "api  Bearer",
		"https://API.example.no:443/a/b":  "api /a/b Bearer",
		"https://api.example.no/v2":       "v2 /v2 Bearer",
		"https://api.example.no/v2/x":     "v2 /v2/x Bearer",
		"https://api.example.no/v20":      "api /v20 Bearer",
		"http://localhost:8080/base/a":    "base /base/a Bearer",
		"https://api.example.no/v2/../v3": "v2 /v2/../v3 Bearer",
	} {
		_, body, err := fetch(t, client, address)
		if err != nil || body != want {
			t.Errorf("%s: %q, %v", address, body, err)
		}
	}
	for _, address := range []string{"http://api.example.no/", "http://localhost:8080/", "https://other.example/"} {
		if _, _, err := fetch(t, srv.HTTPClient(), address); err == nil || !strings.Contains(err.Error(), "not one of Maskinporten's addresses") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAHandlersPanicIsAnErrorThatNamesItsHost(t *testing.T) {
	t.Parallel()
	srv := start(t)
	srv.Handle("https://api.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh no") })) //nolint:forbidigo // what the test is about
	if _, _, err := fetch(t, srv.HTTPClient(), "https://api.example/a"); err == nil || !strings.Contains(err.Error(), "the handler of api.example: oh no") {
		t.Errorf("got %v", err)
	}
}

func TestAPrivateKeyIsToBeHadAsJWK(t *testing.T) {
	t.Parallel()
	srv := start(t)
	key := check.Got(maskinporten.KeyFromJWK(srv.JWK(3, "k")))(t)
	check.Same(t, check.Got(srv.Key(3, "k").PublicJWK())(t), check.Got(key.PublicJWK())(t))
}

func TestACertificateIsToBeHadAsOneFile(t *testing.T) {
	t.Parallel()
	srv := start(t)
	certificate := srv.IssueCertificate(maskinporten.Test, "991825827", mockserver.CertificateValid)
	key, leaf, chain, err := pkcs12.DecodeChain(check.Got(certificate.PKCS12("secret"))(t), "secret")
	if err != nil || !leaf.Equal(certificate.Chain[0]) || len(chain) != 2 || !certificate.PrivateKey.Equal(key) {
		t.Errorf("%v, %d more certificates", err, len(chain))
	}
	if _, err := (&mockserver.Certificate{}).PKCS12(""); err == nil {
		t.Error("there is none, and yet a file")
	}
}

func TestControlMakesAClientForACertificate(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	var made struct {
		ClientID string   `json:"client_id"`
		Chain    []string `json:"chain"`
		Key      string   `json:"key"`
		PKCS12   string   `json:"pkcs12"`
		Password string   `json:"password"`
		JWK      any      `json:"jwk"`
	}
	w.steer(http.MethodPost, "credentials", `{"environment":"prod","orgno":"889640782","scopes":["idporten:dcr.read"],"certificate":true}`).want(http.StatusOK).decode(&made)
	if made.JWK != nil {
		t.Error("it has a key, too")
	}
	pair := check.Got(tls.X509KeyPair([]byte(strings.Join(made.Chain, "")), []byte(made.Key)))(t)
	file := check.Got(base64.StdEncoding.DecodeString(made.PKCS12))(t)
	key := check.Got(maskinporten.KeyFromPKCS12(file, made.Password))(t)
	if len(pair.Certificate) != 3 {
		t.Errorf("%d certificates", len(pair.Certificate))
	}
	auth := check.Got(maskinporten.NewAuthenticator(w.srv.Endpoints(maskinporten.Prod), maskinporten.Credentials{ClientID: made.ClientID, Key: key}, w.srv.ClientOptions()...))(t)
	t.Cleanup(func() { _ = auth.Close() })
	token := check.Got(auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"idporten:dcr.read"}}))(t)
	check.Same(t, "virksomhetssertifikat", claimsOf(t, token.AccessToken)["client_amr"], "client_amr")
	var files struct {
		PKCS12   []byte `json:"pkcs12"`
		Password string `json:"password"`
	}
	w.steer(http.MethodPost, "certificates", `{"environment":"test","orgno":"889640782","kind":"expired"}`).want(http.StatusOK).decode(&files)
	if _, _, _, err := pkcs12.DecodeChain(files.PKCS12, files.Password); err != nil {
		t.Error(err)
	}
}
