package mockserver_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// wiretap knows every secret that passes between the SDK and the mock.
type wiretap struct {
	base http.RoundTripper

	mu      sync.Mutex
	secrets map[string]string // to what it is
}

func (w *wiretap) know(secret, what string) {
	if len(secret) >= 16 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.secrets[secret] = what
	}
}

// RoundTrip passes a request on and takes down grants, tokens and secrets.
func (w *wiretap) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if form, err := url.ParseQuery(string(body)); err == nil && form.Has("assertion") {
			w.know(form.Get("assertion"), "a grant")
			w.know(form.Get("assertion")[strings.LastIndexByte(form.Get("assertion"), '.')+1:], "a grant's signature")
		}
	}
	resp, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, readErr := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{readErr}))
	var answer struct {
		Token  string `json:"access_token"`
		Secret string `json:"client_secret"`
	}
	if json.Unmarshal(body, &answer) == nil {
		w.know(answer.Token, "an access token")
		w.know(answer.Token[strings.LastIndexByte(answer.Token, '.')+1:], "an access token's signature")
		w.know(answer.Secret, "a client secret")
	}
	return resp, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// output is everything that a program may show of what it got.
type output struct{ bytes.Buffer }

func (o *output) show(values ...any) {
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(o, verb+"\n", value)
		}
		if encoded, err := json.Marshal(value); err == nil {
			o.Write(encoded)
		}
		slog.New(slog.NewTextHandler(o, nil)).Info("shown", "value", value)
		slog.New(slog.NewJSONHandler(o, nil)).Info("shown", "value", value)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	var out output
	logger := slog.New(slog.NewJSONHandler(&locked{w: &out}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	srv := start(t, mockserver.WithLogger(logger), mockserver.WithAnswers())
	tap := &wiretap{base: srv.Transport(), secrets: map[string]string{}}
	org := srv.AddOrganization("991825827", "Digitaliseringsdirektoratet")
	options := append(srv.ClientOptions(), maskinporten.WithHTTPClient(&http.Client{Transport: tap}), maskinporten.WithLogger(logger), maskinporten.WithAttempts(2))
	client := check.Got(maskinporten.New(srv.Endpoints(maskinporten.Test), srv.AdminCredentials(maskinporten.Test, org), options...))(t)
	jwk := testJWK(t, tap)

	leakySession(t, srv, client, &out, jwk, options)
	for _, bad := range []string{jwk, strings.Replace(jwk, `"kty":"RSA"`, `"kty":"EC"`, 1), strings.Replace(jwk, `"d":"`, `"d":"!`, 1), jwk[:len(jwk)/2], `{"keys":[` + jwk + `,` + jwk + `]}`} {
		key, err := maskinporten.KeyFromJWK([]byte(bad))
		out.show(key, err, maskinporten.Credentials{ClientID: "x", Key: key}, &maskinporten.Credentials{ClientID: "x", Key: key})
		public, err := maskinporten.ParseJSONWebKey([]byte(bad))
		out.show(public, err)
	}
	out.show(client, client.Authenticator(), srv.Requests(), srv.AuditLog(), srv.LostNotifications())

	if len(tap.secrets) < 10 {
		t.Fatalf("the test knows only %d secrets", len(tap.secrets))
	}
	shown := out.String()
	for _, secret := range slices.Sorted(maps.Keys(tap.secrets)) {
		for form, text := range map[string]string{"as it is": secret, "in hex": fmt.Sprintf("%x", secret), "escaped": url.QueryEscape(secret)} {
			if at := strings.Index(shown, text); at >= 0 {
				t.Errorf("%s was shown %s, after %q", tap.secrets[secret], form, shown[max(0, at-300):at])
			}
		}
	}
}

// leakySession does what could show something: successes, refusals, faults.
func leakySession(t *testing.T, srv *mockserver.Server, client *maskinporten.Client, out *output, jwk string, options []maskinporten.Option) {
	t.Helper()
	ctx := t.Context()
	_, err := client.Scopes.Create(ctx, newScope("a"))
	out.show(err)
	_, err = client.Scopes.Create(ctx, newScope("a"))
	out.show(err)
	login, err := client.Clients.Create(ctx, maskinporten.ClientCreate{
		Name: "login", Scopes: []string{"openid"}, IntegrationType: maskinporten.IntegrationTypeAPIClient, RedirectURIs: []string{"https://a.example/"},
		TokenEndpointAuthMethod: maskinporten.AuthMethodSecretBasic,
	})
	out.show(login, err)
	rotated, err := client.Clients.RotateSecret(ctx, login.ClientID)
	out.show(rotated, *rotated, rotated.ClientSecret, err)
	app, err := client.Clients.Create(ctx, maskinporten.ClientCreate{Name: "app", Scopes: []string{"difi:a"}})
	out.show(app, err)

	key := check.Got(maskinporten.KeyFromJWK([]byte(jwk)))(t)
	auth := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), maskinporten.Credentials{ClientID: app.ClientID, Key: key}, options...))(t)
	request := maskinporten.TokenRequest{Scopes: []string{"difi:a"}, PID: maskinporten.NewPersonal("01010112345")}
	_, err = auth.Token(ctx, request) // unknown key
	out.show(err, auth, auth.TokenSource(ctx, request), request)
	public := check.Got(key.PublicJWK())(t)
	added, err := client.Clients.AddKey(ctx, app.ClientID, public)
	out.show(public, added, err)
	if _, err := auth.Token(ctx, request); err != nil {
		t.Errorf("no token: %v", err)
	}
	for _, fault := range []mockserver.Fault{
		{Status: 502, Body: "<html>", ContentType: "text/html"}, {Status: 200, Body: `{"access_token":`}, {Status: 401}, {Status: 500}, {Reset: mockserver.ResetAfter}, {Truncate: true},
	} {
		handle := srv.Fail(fault)
		_, err := client.Scopes.Get(ctx, "difi:a")
		out.show(err)
		_, err = client.Clients.RotateSecret(ctx, login.ClientID)
		out.show(err)
		_, err = auth.Token(ctx, maskinporten.TokenRequest{Scopes: []string{"difi:a"}, OnBehalfOf: "other"})
		out.show(err)
		if refusal, ok := errors.AsType[*maskinporten.APIError](err); ok {
			out.show(*refusal)
		}
		handle.Remove()
	}
}

// testJWK is a private key, of which the test knows every private member.
func testJWK(t *testing.T, tap *wiretap) string {
	t.Helper()
	certificate := start(t).IssueCertificate(maskinporten.Test, "991825827", mockserver.CertificateValid)
	text := check.Got(jose.JSONWebKey{Key: certificate.PrivateKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}.MarshalJSON())(t)
	var members map[string]string
	check.OK(t, json.Unmarshal(text, &members))
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		tap.know(members[name], "the private member "+name)
		tap.know(members[name][:24], "the beginning of the private member "+name)
	}
	tap.know(certificate.PrivateKey.D.String(), "the private exponent in decimals")
	tap.know(fmt.Sprintf("%x", certificate.PrivateKey.D.Bytes()), "the private exponent in hex")
	return string(text)
}

// locked lets loggers of many goroutines share a writer.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements [io.Writer].
func (l *locked) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(data)
}
