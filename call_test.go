package maskinporten_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestAnIdentifierStaysOneSegmentOfThePath(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"0f3f1b4e-63f1-4f53-9a0e-5b1f6a6d9c11": "/base/api/v1/clients/0f3f1b4e-63f1-4f53-9a0e-5b1f6a6d9c11",
		"oidc_difi:client@1+1=2,a&b$":          "/base/api/v1/clients/oidc_difi:client@1+1=2%2Ca&b$",
		"blåbær":                               "/base/api/v1/clients/bl%C3%A5b%C3%A6r",
		"...a":                                 "/base/api/v1/clients/...a",
	} {
		b := &backend{}
		if _, err := b.client(t).Clients.Get(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		sent := b.seenCalls()[0].URL
		if sent.EscapedPath() != want || sent.RawQuery != "" || sent.Fragment != "" || sent.Host != "api.example.test" {
			t.Errorf("%q was sent to %s, want %s", id, sent, want)
		}
	}
}

func TestABaseMayEndInASlash(t *testing.T) {
	t.Parallel()
	endpoints := backendEndpoints()
	endpoints.API += "/"
	b := &backend{}
	client := check.Got(maskinporten.New(endpoints, fileCredentials(t), maskinporten.WithHTTPClient(b.http())))(t)
	check.Got(client.Organization(t.Context(), digdir))(t)
	if got := b.seenCalls()[0].URL.String(); got != backendAPI+"/organizations/991825827" {
		t.Errorf("sent to %s", got)
	}
}

func TestWhatEveryCallCarries(t *testing.T) {
	t.Parallel()
	b := &backend{}
	client := b.client(t, maskinporten.WithUserAgent("my-operator/1.2"))
	check.OK(t, calls["GET"](t.Context(), client))
	check.OK(t, calls["POST"](t.Context(), client))
	want := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer token-1"}, "User-Agent": {"my-operator/1.2 maskinporten-go"}}
	check.Same(t, want, b.seenCalls()[0].Header, "GET")
	want.Set("Content-Type", "application/json")
	want.Set("Authorization", "Bearer token-2")
	check.Same(t, want, b.seenCalls()[1].Header, "POST")
	if got := b.seenCalls()[1].ContentLength; got != int64(len(b.seenBodies()[1])) {
		t.Errorf("content length %d", got)
	}
}

func TestA401GetsOneFreshTokenAndNoMore(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		good  string // the token that the API takes
		calls int
		fails bool
	}{"the fresh one is taken": {"token-2", 2, false}, "none is taken": {"", 2, true}} {
		for method, call := range calls {
			t.Run(what+"/"+method, func(t *testing.T) {
				t.Parallel()
				b := &backend{api: func(_ int, r *http.Request) reply {
					switch {
					case r.Header.Get("Authorization") != "Bearer "+test.good:
						return reply{status: 401, header: map[string]string{"WWW-Authenticate": "Bearer"}}
					case method == "list":
						return reply{body: `[]`}
					}
					return reply{body: `{}`}
				}}
				err := call(t.Context(), b.client(t))
				if len(b.seenCalls()) != test.calls || len(b.seenGrants()) != 2 || errors.Is(err, maskinporten.ErrUnauthorized) != test.fails {
					t.Errorf("%d calls, %d tokens, error %v", len(b.seenCalls()), len(b.seenGrants()), err)
				}
				if test.fails && (asAPIError(t, err).Attempts != 2 || errors.Is(err, maskinporten.ErrOutcomeUnknown)) {
					t.Errorf("error %v", err)
				}
				bodies := b.seenBodies()
				if bodies[0] != bodies[1] || method == "POST" && bodies[1] == "" {
					t.Errorf("sent %q, then %q", bodies[0], bodies[1])
				}
			})
		}
	}
}

func TestManyCallsThatGet401ShareOneFreshToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &backend{
			token: func(n int, _ grantSeen) reply {
				return tokenReply(fmt.Sprint("token-", n), 120).taking(time.Second)
			},
			api: func(_ int, r *http.Request) reply {
				answer := reply{body: `{}`, after: 100 * time.Millisecond}
				if r.Header.Get("Authorization") != "Bearer token-2" {
					answer.status = 401
				}
				return answer
			},
		}
		client := b.client(t)
		_, errs, _ := many(100, func(int) (string, error) { return "", calls["GET"](t.Context(), client) })
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		if len(b.seenGrants()) != 2 || len(b.seenCalls()) != 200 {
			t.Errorf("%d tokens for %d calls", len(b.seenGrants()), len(b.seenCalls()))
		}
	})
}

func TestWithoutATokenTheCallSaysWhyInOneLine(t *testing.T) {
	t.Parallel()
	refusal := `{"error":"invalid_grant","error_description":"Client not found (trace_id: abc)","error_uri":"https://e/MP-100"}`
	b := &backend{token: func(int, grantSeen) reply { return reply{status: 400, body: refusal} }}
	for method, call := range calls {
		err := call(t.Context(), b.client(t))
		failure := asTokenError(t, err)
		if !errors.Is(err, maskinporten.ErrClientNotFound) || failure.MP != "MP-100" || errors.Is(err, maskinporten.ErrOutcomeUnknown) {
			t.Errorf("%s: %v", method, err)
		}
		operation, rest, _ := strings.Cut(strings.TrimPrefix(err.Error(), "maskinporten: "), ": ")
		if !strings.Contains(operation, ".") || !strings.HasPrefix(rest, "no token for client client-1: 400 from issuer.example.test: MP-100: ") || strings.Count(err.Error(), "maskinporten: ") != 1 {
			t.Errorf("%s: %q", method, err)
		}
	}
	if len(b.seenCalls()) != 0 {
		t.Error("a call was sent without its token")
	}
}

func TestATokenThatFailsBetweenAttemptsEndsTheCall(t *testing.T) {
	t.Parallel()
	b := &backend{
		token: func(n int, _ grantSeen) reply {
			if n == 1 {
				return tokenReply("t", 120)
			}
			return reply{status: 500}
		},
		api: func(int, *http.Request) reply { return reply{status: 401} },
	}
	for n, method := range []string{"POST", "GET"} {
		b.grants = nil
		err := calls[method](t.Context(), b.client(t))
		_ = asTokenError(t, err)
		if len(b.seenCalls()) != n+1 || len(b.seenGrants()) != 2 || errors.Is(err, maskinporten.ErrOutcomeUnknown) {
			t.Errorf("%s: %d calls, %d tokens, error %v", method, len(b.seenCalls()), len(b.seenGrants()), err)
		}
	}
}

func TestOpenCallsCarryNoToken(t *testing.T) {
	t.Parallel()
	b := &backend{}
	client := b.client(t)
	check.Got(client.Organization(t.Context(), digdir))(t)
	if len(b.seenGrants()) != 0 || b.seenCalls()[0].Header.Get("Authorization") != "" {
		t.Errorf("%d tokens, sent %v", len(b.seenGrants()), b.seenCalls()[0].Header)
	}
}

func TestWithExternalAuthTheHTTPClientSignsIn(t *testing.T) {
	t.Parallel()
	b := &backend{}
	client := check.Got(maskinporten.New(backendEndpoints(), maskinporten.Credentials{}, maskinporten.WithExternalAuth(), maskinporten.WithHTTPClient(b.http())))(t)
	if err := calls["GET"](t.Context(), client); err != nil || client.Authenticator() != nil || len(b.seenGrants()) != 0 {
		t.Errorf("error %v, authenticator %v, %d tokens", err, client.Authenticator(), len(b.seenGrants()))
	}
	check.OK(t, client.Close())
	b.api = func(int, *http.Request) reply { return reply{status: 401} }
	if err := calls["GET"](t.Context(), client); !errors.Is(err, maskinporten.ErrUnauthorized) || len(b.seenCalls()) != 2 {
		t.Errorf("error %v after %d calls: there is no fresh token to try", err, len(b.seenCalls()))
	}
}

func TestCallsAreLoggedOneLineEach(t *testing.T) {
	t.Parallel()
	var log logBuffer
	b := &backend{api: func(n int, _ *http.Request) reply {
		switch n {
		case 2:
			return reply{status: 404, body: `{"error":"no such scope","correlation_id":"abc"}`}
		case 3:
			return reply{body: "7"}
		}
		return reply{body: `{}`}
	}}
	client := b.client(t, debugTo(&log), maskinporten.WithLogger(nil))
	for range 2 {
		_ = calls["GET"](t.Context(), client)
	}
	lines := callLines(t, log.String())
	for _, part := range []string{"operation=Scopes.Get", "method=GET", "path=/base/api/v1/scopes/scope", "status=404", "attempts=1", "duration=", "no such scope", "error.correlation_id=abc"} {
		if !strings.Contains(lines[1], part) {
			t.Errorf("%q is not in %q", part, lines[1])
		}
	}
	if len(lines) != 2 || strings.Contains(lines[0], "error") {
		t.Errorf("logged %s", log.String())
	}
	_ = calls["GET"](t.Context(), client)
	if !strings.Contains(log.String(), "an object was expected") {
		t.Errorf("logged %s", log.String())
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for what, option := range map[string]maskinporten.Option{
		"no HTTP client":         maskinporten.WithHTTPClient(nil),
		"no attempts":            maskinporten.WithAttempts(0),
		"too many attempts":      maskinporten.WithAttempts(11),
		"a header in User-Agent": maskinporten.WithUserAgent("x\r\nAuthorization: y"),
		"letters in User-Agent":  maskinporten.WithUserAgent("blåbær"),
	} {
		check.Is(t, maskinporten.ErrInvalidArgument, ignored(maskinporten.New(maskinporten.Test, fileCredentials(t), option)), what)
	}
	if _, err := maskinporten.New(maskinporten.Test, fileCredentials(t), nil, maskinporten.WithJitter(nil), maskinporten.WithClock(nil), maskinporten.WithUserAgent("")); err != nil {
		t.Errorf("nothing at all: %v", err)
	}
}

func TestTheCallersHTTPClientIsNotChanged(t *testing.T) {
	t.Parallel()
	b := &backend{}
	given := &http.Client{Transport: b}
	client := check.Got(maskinporten.New(backendEndpoints(), fileCredentials(t), maskinporten.WithHTTPClient(given)))(t)
	given.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("replaced") })
	if err := calls["GET"](t.Context(), client); err != nil || given.CheckRedirect != nil {
		t.Errorf("error %v, CheckRedirect set: %t", err, given.CheckRedirect != nil)
	}
}

func TestArgumentErrorsAreOneLineThatNamesCallAndArgument(t *testing.T) {
	t.Parallel()
	client := (&backend{}).client(t)
	_, err := client.Access.Grant(t.Context(), "difi:api", "..")
	const want = `maskinporten: Access.Grant: consumer: ".."`
	if !strings.HasPrefix(err.Error(), want) || !errors.Is(err, maskinporten.ErrInvalidArgument) {
		t.Errorf("error %v, want %s…", err, want)
	}
	if _, err := maskinporten.KeyFromJWK(nil); err.Error() != "maskinporten: key: is empty: is the variable or the file filled in?" {
		t.Errorf("error %v", err)
	}
	if _, err := maskinporten.Environment("staging").Endpoints(); err.Error() != `maskinporten: environment: "staging" is unknown: use ver1, ver2, test or prod, or custom Endpoints` {
		t.Errorf("error %v", err)
	}
}

func TestACauseThatIsNoContextErrorKeepsTheContextsToo(t *testing.T) {
	t.Parallel()
	b := &backend{}
	quota := errors.New("quota used up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(quota)
	for what, err := range map[string]error{"call": calls["GET"](ctx, b.client(t)), "token": ignored(b.auth(t).Token(ctx, forScope("x")))} {
		if !errors.Is(err, quota) || !errors.Is(err, context.Canceled) || strings.Count(err.Error(), "maskinporten: ") != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
}
