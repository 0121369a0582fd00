package maskinporten_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

var updateTexts = flag.Bool("update", false, "write testdata/errors.txt anew, after a change that is meant")

// sentinels are what errors are compared with, by name.
var sentinels = map[string]error{
	"ErrInvalidArgument": maskinporten.ErrInvalidArgument, "ErrRejected": maskinporten.ErrRejected,
	"ErrUnauthorized": maskinporten.ErrUnauthorized, "ErrForbidden": maskinporten.ErrForbidden,
	"ErrNotFound": maskinporten.ErrNotFound, "ErrConflict": maskinporten.ErrConflict,
	"ErrUnavailable": maskinporten.ErrUnavailable, "ErrOutcomeUnknown": maskinporten.ErrOutcomeUnknown,
	"ErrBadAnswer": maskinporten.ErrBadAnswer, "ErrNotAttempted": maskinporten.ErrNotAttempted, "ErrClosed": maskinporten.ErrClosed,
	"ErrClientNotFound": maskinporten.ErrClientNotFound, "ErrUnknownKey": maskinporten.ErrUnknownKey,
	"ErrKeyExpired": maskinporten.ErrKeyExpired, "ErrScopeNotRegistered": maskinporten.ErrScopeNotRegistered,
	"ErrAccessNotGranted": maskinporten.ErrAccessNotGranted, "ErrNotDelegated": maskinporten.ErrNotDelegated,
	"errors.ErrUnsupported": errors.ErrUnsupported, "context.Canceled": context.Canceled,
	"context.DeadlineExceeded": context.DeadlineExceeded, "io.ErrUnexpectedEOF": io.ErrUnexpectedEOF, "os.ErrNotExist": os.ErrNotExist,
}

// kindsOf tells which sentinels an error is and which types it holds.
func kindsOf(err error) string {
	var kinds []string
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			kinds = append(kinds, name)
		}
	}
	note := func(name string, found bool) {
		if found {
			kinds = append(kinds, name)
		}
	}
	_, found := errors.AsType[*maskinporten.APIError](err)
	note("*APIError", found)
	_, found = errors.AsType[*maskinporten.TokenError](err)
	note("*TokenError", found)
	_, found = errors.AsType[*maskinporten.ArgumentError](err)
	note("*ArgumentError", found)
	_, found = errors.AsType[*maskinporten.RotateError](err)
	note("*RotateError", found)
	_, found = errors.AsType[*oauth2.RetrieveError](err)
	note("*oauth2.RetrieveError", found)
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

var errProvoked = errors.New("provoked")

// apiSays is the error of a call that reads, and of one that must not be
// repeated, when the API answers so.
func apiSays(t *testing.T, into map[string]error, what string, answer reply) {
	t.Helper()
	b := &backend{api: func(int, *http.Request) reply { return answer }}
	client := b.client(t, maskinporten.WithAttempts(1))
	_, into["API, "+what+", read"] = client.Scopes.Get(t.Context(), "difi:api")
	_, into["API, "+what+", created"] = client.Scopes.Create(t.Context(), maskinporten.ScopeCreate{Prefix: "difi", Subscope: "api", Description: "d"})
	for _, err := range client.Access.Given(t.Context(), maskinporten.AccessFilter{}) {
		into["API, "+what+", listed"] = err
	}
}

func tokenSays(t *testing.T, into map[string]error, what string, answer reply) {
	t.Helper()
	b := &backend{token: func(int, grantSeen) reply { return answer }}
	_, into["token, "+what] = b.auth(t).Token(t.Context(), forScope("difi:api"))
	_, into["token, "+what+", for a call"] = b.client(t).Scopes.Deactivate(t.Context(), "difi:api")
}

func provokeAnswers(t *testing.T, into map[string]error) {
	t.Helper()
	const refusal = `{"status":400,"correlation_id":"c0ffee","errors":[{"errorMessage":"may not be empty","isFieldError":true,"objectName":"Client","fieldIdentifier":"client_name"}],"error":", may not be empty","error_description":", may not be empty"}`
	for _, status := range []int{302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503} {
		apiSays(t, into, fmt.Sprint(status), reply{status: status, body: refusal})
	}
	html := map[string]string{"Content-Type": "text/html"}
	apiSays(t, into, "HTML", reply{status: 500, header: html, body: "<html>oops</html>"})
	apiSays(t, into, "HTML as a success", reply{header: html, body: "<html>sign in</html>"})
	apiSays(t, into, "nothing", reply{})
	apiSays(t, into, "an error as a success", reply{body: `{"error":"no"}`})
	apiSays(t, into, "cut", reply{body: `[{"name":"`, cut: io.ErrUnexpectedEOF})
	apiSays(t, into, "no answer", reply{err: errProvoked})
	apiSays(t, into, "busy", reply{status: 503, header: map[string]string{"Retry-After": "3600"}})
	for mp, text := range map[string]string{
		"MP-011": "Invalid assertion", "MP-012": "Grant is used before", "MP-100": "Client not found", "MP-110": "Invalid JWT claim aud.",
		"MP-120": "invalid certificate", "MP-121": "Expired key.", "MP-122": "Does not match certificate orgno", "MP-123": "Invalid JWT header x5c",
		"MP-124": "Invalid JWT signature.", "MP-200": "invalid scopes for client", "MP-201": "scopes not allowed for maskinporten",
		"MP-250": "has not been granted access", "MP-251": "has not delegated access", "MP-301": "unknown type", "MP-302": "unknown fields", "MP-303": "no system user",
	} {
		tokenSays(t, into, mp, reply{status: 400, body: oauthError("invalid_grant", text, backendIssuer+"errors/"+mp)})
	}
	for _, text := range []string{"Unknown key identifier (kid) for client.", "The client requires pre-registered jwk and no kid provided", "The combination consumer_org in claim"} {
		tokenSays(t, into, text, reply{status: 400, body: oauthError("invalid_grant", text, "")})
	}
	tokenSays(t, into, "HTML", reply{status: 500, header: html, body: "<html>oops</html>"})
	tokenSays(t, into, "no token", reply{body: `{"token_type":"Bearer"}`})
	tokenSays(t, into, "redirect", reply{status: 302})
}

func provokeArguments(t *testing.T, into map[string]error) {
	t.Helper()
	ctx, client := t.Context(), (&backend{}).client(t)
	_, into["argument, scope"] = client.Scopes.Get(ctx, "a b")
	_, into["argument, prefix"] = client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "a:b", Subscope: "c", Description: "d"})
	_, into["argument, description"] = client.Scopes.Create(ctx, maskinporten.ScopeCreate{Prefix: "a", Subscope: "c"})
	_, into["argument, change"] = client.Scopes.Update(ctx, "difi:api", nil)
	_, into["argument, orgno"] = client.Access.Grant(ctx, "difi:api", "..")
	_, into["argument, client id"] = client.Clients.Get(ctx, "a/b")
	_, into["argument, client"] = client.Clients.Create(ctx, maskinporten.ClientCreate{ApplicationType: maskinporten.ApplicationTypeNative})
	_, into["argument, key"] = client.Clients.AddKey(ctx, "app", maskinporten.JSONWebKey{})
	into["argument, kid"] = client.Clients.RemoveKey(ctx, "app", "..")
	into["argument, new key"] = client.Clients.RotateKey(ctx, "app", nil, maskinporten.RotateOptions{})
	_, into["argument, plan"] = (&maskinporten.AccessPlan{}).Apply(ctx, maskinporten.ApplyOptions{})
	_, into["argument, number"] = maskinporten.ParseOrgNo("12")
	_, into["argument, target"] = maskinporten.New(nil, maskinporten.Credentials{})
	_, into["argument, environment"] = maskinporten.New(maskinporten.Environment("moon"), maskinporten.Credentials{})
	_, into["argument, credentials"] = maskinporten.New(maskinporten.Test, maskinporten.Credentials{})
	_, into["argument, attempts"] = maskinporten.New(maskinporten.Test, fileCredentials(t), maskinporten.WithAttempts(11))
	_, into["argument, PEM"] = maskinporten.KeyFromPEM([]byte("no"), "kid")
	_, into["argument, JWK"] = maskinporten.KeyFromJWK([]byte("no"))
	_, into["argument, PKCS#12"] = maskinporten.KeyFromPKCS12([]byte("no"), "password")
	_, into["argument, public key"] = maskinporten.ParseJSONWebKey([]byte("no"))
	_, into["argument, no scopes"] = (&backend{}).auth(t).Token(ctx, maskinporten.TokenRequest{})
	_, into["portal"] = client.Integrations.MerchantData(ctx, "1")
}

func provokeEnds(t *testing.T, into map[string]error) {
	t.Helper()
	b := &backend{api: func(int, *http.Request) reply { return reply{body: `[]`} }}
	client := b.client(t)
	_, into["Access.Get, none"] = client.Access.Get(t.Context(), "difi:api", nav)
	_, into["Integrations.Get, none"] = client.Integrations.Get(t.Context(), "7")
	_, into["Clients.FindCreated, none"] = client.Clients.FindCreated(t.Context(), maskinporten.ClientCreate{Name: "weather"})
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errProvoked)
	_, into["ended, call"] = client.Scopes.Get(ended, "difi:api")
	_, into["ended, token"] = b.auth(t).Token(ended, forScope("x"))
	into["ended, rotation"] = client.Clients.RotateKey(ended, "app", fileKey(t, "two"), maskinporten.RotateOptions{})
	_, into["ended, wait"] = client.Clients.WaitReady(ended, fileCredentials(t), forScope("x"), maskinporten.WaitOptions{})
	plan := check.Got(client.Access.Plan(t.Context(), "difi:api", []maskinporten.OrgNo{nav, digdir}))(t)
	_, into["ended, plan"] = plan.Apply(ended, maskinporten.ApplyOptions{})
	failing := (&backend{api: func(_ int, r *http.Request) reply {
		if r.Method == http.MethodGet {
			return reply{body: `[]`}
		}
		return reply{status: 409, body: `{"error":"no"}`}
	}}).client(t)
	plan = check.Got(failing.Access.Plan(t.Context(), "difi:api", []maskinporten.OrgNo{nav, digdir}))(t)
	_, into["plan"] = plan.Apply(t.Context(), maskinporten.ApplyOptions{})
	closed := b.client(t)
	_ = closed.Close()
	_, into["closed"] = closed.Scopes.Get(t.Context(), "difi:api")
}

// The texts of errors are read by people and matched by programs: they change
// only on purpose, with
//
//	go test -run TestTheTextsOfErrors -update .
func TestTheTextsOfErrorsChangeOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	provoked := map[string]error{}
	provokeAnswers(t, provoked)
	provokeArguments(t, provoked)
	provokeEnds(t, provoked)
	var got strings.Builder
	for _, what := range slices.Sorted(maps.Keys(provoked)) {
		err := provoked[what]
		if err == nil {
			fmt.Fprintf(&got, "%s\n  none\n", what)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "maskinporten: ") || strings.Count(text, "maskinporten: ") != 1 {
			t.Errorf("%s: the name of the library isn't at the beginning, and there only: %s", what, text)
		}
		fmt.Fprintf(&got, "%s\n  %v\n  %s\n", what, err, kindsOf(err))
	}
	list := filepath.Join("testdata", "errors.txt")
	if *updateTexts {
		check.OK(t, os.WriteFile(list, []byte(got.String()), 0o644))
	}
	want := check.Got(os.ReadFile(list))(t)
	check.Same(t, strings.Split(string(want), "\n"), strings.Split(got.String(), "\n"), "errors have changed (-listed +found); if that is meant: go test -run TestTheTextsOfErrors -update .")
}
