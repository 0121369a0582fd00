package maskinporten_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

// tokenEndpointMock answers token requests with exactly this.
func tokenEndpointMock(t *testing.T, answer reply) *maskinporten.Authenticator {
	t.Helper()
	b := &backend{token: func(int, grantSeen) reply { return answer }}
	return b.auth(t, maskinporten.WithAttempts(1))
}

// oauthError is a refusal as the service writes it.
func oauthError(code, text, uri string) string {
	body := map[string]string{"error": code, "error_description": text + " (trace_id: " + traceID + ")"}
	if uri != "" {
		body["error_uri"] = uri
	}
	encoded, _ := json.Marshal(body)
	return string(encoded)
}

func TestEveryRefusalOfTheTokenEndpointSaysWhatItIsAboutAndWhatToDo(t *testing.T) {
	t.Parallel()
	const failed = "Invalid assertion. Client authentication failed. "
	for _, test := range []struct {
		mp     string
		status int
		code   string
		text   string
		is     any // a sentinel
		remedy string
		about  maskinporten.TokenSubject
	}{
		{"MP-011", 400, "invalid_request", "Invalid assertion. Invalid parameter value", nil, "malformed", maskinporten.SubjectRequest},
		{"MP-012", 400, "invalid_grant", "Grant is used before", nil, "fresh jti", maskinporten.SubjectRequest},
		{"MP-100", 400, "invalid_grant", failed + "Client not found", maskinporten.ErrClientNotFound, "check the client id", maskinporten.SubjectClient},
		{"", 400, "invalid_grant", failed + "Unknown key identifier (kid) for client.", maskinporten.ErrUnknownKey, "kid is not registered", maskinporten.SubjectKey},
		{"", 400, "invalid_grant", failed + "Invalid JWT. The client requires pre-registered jwk and no key identifier (kid) provided", nil, "name one with its kid", maskinporten.SubjectKey},
		{"MP-110", 400, "invalid_grant", failed + "Invalid JWT claim aud.", nil, "issuer", maskinporten.SubjectAudience},
		{"MP-120", 400, "invalid_grant", failed + "The JWT is signed with an invalid certificate.", nil, "certificate", maskinporten.SubjectCertificate},
		{"MP-121", 400, "invalid_grant", failed + "Expired key.", maskinporten.ErrKeyExpired, "register a new key", maskinporten.SubjectKey},
		{"MP-122", 400, "invalid_grant", failed + "Invalid JWT. Invalid organization number for client. Does not match certificate orgno", nil, "another organisation", maskinporten.SubjectCertificate},
		{"MP-123", 400, "invalid_grant", failed + "Invalid JWT header x5c", nil, "list of certificates", maskinporten.SubjectCertificate},
		{"MP-124", 400, "invalid_grant", failed + "Invalid JWT signature.", nil, "private key", maskinporten.SubjectKey},
		{"MP-130", 400, "invalid_grant", failed + "JWT is expired", nil, "clock", maskinporten.SubjectTimes},
		{"", 400, "invalid_grant", failed + "Issue time is after now", nil, "clock", maskinporten.SubjectTimes},
		{"MP-200", 400, "invalid_scope", "Token request contains invalid scopes for client, difi:api", maskinporten.ErrScopeNotRegistered, "register the scope", maskinporten.SubjectScope},
		{"MP-201", 400, "invalid_scope", "Token request contains scopes not allowed for maskinporten", nil, "integration types", maskinporten.SubjectScope},
		{"MP-250", 403, "forbidden", "Consumer has not been granted access to the scope difi:api.", maskinporten.ErrAccessNotGranted, "provider", maskinporten.SubjectAccess},
		{"MP-251", 403, "forbidden", "Consumer 889640782 has not delegated access to the scope difi:api to supplier 910753614.", maskinporten.ErrNotDelegated, "Altinn", maskinporten.SubjectDelegation},
		{"MP-301", 400, "invalid_authorization_details", "unknown type", nil, "urn:altinn:systemuser", maskinporten.SubjectDetails},
		{"MP-302", 400, "invalid_authorization_details", "unknown fields", nil, "field", maskinporten.SubjectDetails},
		{"MP-303", 400, "invalid_authorization_details", "invalid value of systemuser_org", nil, "value", maskinporten.SubjectDetails},
		{"MP-303", 400, "invalid_altinn_customer_configuration", "a text that changes", nil, "system user", maskinporten.SubjectDetails},
		{"", 400, "invalid_request", "The combination consumer_org in claim and delegation scope on client is invalid", nil, "leave it out", maskinporten.SubjectDelegation},
		{"", 400, "unsupported_grant_type", "no such grant", nil, "RFC 7523", maskinporten.SubjectRequest},
	} {
		t.Run(test.mp+" "+test.text, func(t *testing.T) {
			t.Parallel()
			uri := ""
			if test.mp != "" {
				uri = backendIssuer + "errors/" + test.mp
			}
			auth := tokenEndpointMock(t, reply{status: test.status, body: oauthError(test.code, test.text, uri)})
			_, err := auth.Token(t.Context(), forScope("difi:api"))
			got := asTokenError(t, err)
			if got.MP != test.mp || got.StatusCode != test.status || got.Code != test.code || got.Description != test.text ||
				got.TraceID != traceID || got.URI != uri || got.ClientID != "client-1" || got.Attempts != 1 || got.Subject() != test.about {
				t.Errorf("got %#v, about %q", got, got.Subject())
			}
			if !strings.Contains(got.Remedy(), test.remedy) {
				t.Errorf("remedy %q, want something with %q", got.Remedy(), test.remedy)
			}
			for _, sentinel := range tokenSentinels {
				if errors.Is(err, sentinel) != (any(sentinel) == test.is) {
					t.Errorf("it is %v: %t", sentinel, errors.Is(err, sentinel))
				}
			}
			for _, part := range []string{"maskinporten: no token for client client-1: ", test.mp, test.code, test.text, traceID, got.Remedy()} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in %q", part, err)
				}
			}
			if strings.ContainsAny(err.Error(), "\r\n") || strings.Count(err.Error(), "maskinporten: ") != 1 {
				t.Errorf("not one clean line: %q", err)
			}
		})
	}
}

// Real refusals come without error_uri, with a correlation id, in other words.
func TestARefusalIsKnownByMoreThanItsCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		code, text string
		is         error
		remedy     string
		about      maskinporten.TokenSubject
	}{
		{400, "invalid_grant", "Invalid assertion. Client authentication failed. Client not found", maskinporten.ErrClientNotFound, "check the client id", maskinporten.SubjectClient},
		{400, "invalid_grant", "unknown key identifier (kid) for client", maskinporten.ErrUnknownKey, "kid is not registered", maskinporten.SubjectKey},
		{400, "invalid_grant", "Invalid assertion. Client authentication failed. Expired key.", maskinporten.ErrKeyExpired, "register a new key", maskinporten.SubjectKey},
		{400, "invalid_scope", "Token request contains invalid scopes for client, difi:api", maskinporten.ErrScopeNotRegistered, "register the scope", maskinporten.SubjectScope},
		{400, "invalid_scope", "", maskinporten.ErrScopeNotRegistered, "register the scope", maskinporten.SubjectScope},
		{403, "forbidden", "Consumer has not been granted access to the scope difi:api.", maskinporten.ErrAccessNotGranted, "provider", maskinporten.SubjectAccess},
		{400, "invalid_scope", "Consumer has not been granted access to the scope difi:api.", maskinporten.ErrAccessNotGranted, "provider", maskinporten.SubjectAccess},
		{400, "invalid_scope", "MP-250: no access", maskinporten.ErrAccessNotGranted, "provider", maskinporten.SubjectAccess},
		{403, "forbidden", "Consumer 889640782 has not delegated access to the scope difi:api to supplier 910753614.", maskinporten.ErrNotDelegated, "Altinn", maskinporten.SubjectDelegation},
		{400, "invalid_grant", "Issue time is in the future.", nil, "clock", maskinporten.SubjectTimes},
		{400, "invalid_grant", "JWT has expired.", nil, "clock", maskinporten.SubjectTimes},
		{400, "invalid_grant", "JWT has too long lifetime.", nil, "120 seconds", maskinporten.SubjectTimes},
		{400, "invalid_altinn_customer_configuration", "Systembruker finnes ikke", nil, "system user", maskinporten.SubjectDetails},
		{400, "invalid_grant", "something new", nil, "", ""},
		{400, "temporarily_unavailable", "come again", nil, "", ""},
	} {
		t.Run(test.code+" "+test.text, func(t *testing.T) {
			t.Parallel()
			body, _ := json.Marshal(map[string]string{"error": test.code, "error_description": test.text + " (correlation id: 5b1fd0e9-7a90-4b39-9f0e-2f4b3c1d2e3f)"})
			auth := tokenEndpointMock(t, reply{status: test.status, body: string(body)})
			_, err := auth.Token(t.Context(), forScope("difi:api"))
			got := asTokenError(t, err)
			if got.Subject() != test.about || got.Description != test.text || got.TraceID != "5b1fd0e9-7a90-4b39-9f0e-2f4b3c1d2e3f" {
				t.Errorf("got %#v, about %q", got, got.Subject())
			}
			if remedy := got.Remedy(); !strings.Contains(remedy, test.remedy) || test.remedy == "" && remedy != "" {
				t.Errorf("remedy %q, want something with %q", remedy, test.remedy)
			}
			for _, sentinel := range tokenSentinels {
				if errors.Is(err, sentinel) != (any(sentinel) == any(test.is)) {
					t.Errorf("it is %v: %t", sentinel, errors.Is(err, sentinel))
				}
			}
		})
	}
}

var tokenSentinels = []error{
	maskinporten.ErrClientNotFound, maskinporten.ErrUnknownKey, maskinporten.ErrKeyExpired, maskinporten.ErrScopeNotRegistered,
	maskinporten.ErrAccessNotGranted, maskinporten.ErrNotDelegated, maskinporten.ErrUnavailable, maskinporten.ErrBadAnswer,
}

func TestATokenErrorIsARetrieveErrorOfOAuth2(t *testing.T) {
	t.Parallel()
	auth := tokenEndpointMock(t, reply{status: 400, body: oauthError("invalid_grant", "Client not found", "https://e/MP-100/")})
	_, err := auth.TokenSource(t.Context(), forScope("x")).Token()
	retrieve, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || retrieve.ErrorCode != "invalid_grant" || retrieve.ErrorDescription != "Client not found" || retrieve.ErrorURI != "https://e/MP-100/" || asTokenError(t, err).MP != "MP-100" ||
		retrieve.Response.StatusCode != 400 || !strings.Contains(retrieve.Error(), "invalid_grant") {
		t.Fatalf("%+v in %v", retrieve, err)
	}
	check.OK(t, retrieve.Response.Body.Close())
	unreachable := tokenEndpointMock(t, reply{err: refusedDial})
	_, err = unreachable.Token(t.Context(), forScope("x"))
	if _, ok := errors.AsType[*oauth2.RetrieveError](err); ok || !errors.Is(err, refusedDial) || !errors.Is(err, maskinporten.ErrUnavailable) {
		t.Errorf("without an answer: %v", err)
	}
	if other := new(maskinporten.APIError); errors.As(err, &other) {
		t.Error("a token error is taken for one of the API")
	}
}

func TestAnswersOfTheTokenEndpointThatAreNone(t *testing.T) {
	t.Parallel()
	typed := func(status int, kind, body string) reply {
		return reply{status: status, header: map[string]string{"Content-Type": kind}, body: body}
	}
	const js = "application/json;charset=UTF-8"
	for what, test := range map[string]struct {
		answer reply
		status int
		want   string
		is     error
	}{
		"HTML of a proxy":   {typed(502, "text/html", "<html>bad gateway</html>"), 502, "502 Bad Gateway from issuer.example.test: the token endpoint is down or busy, try again later", maskinporten.ErrUnavailable},
		"nothing, 503":      {typed(503, "", ""), 503, "503 Service Unavailable from issuer.example.test: the token endpoint is down or busy, try again later", maskinporten.ErrUnavailable},
		"nothing, 200":      {typed(200, js, ""), 200, "JSON that is no JSON object of a token", maskinporten.ErrBadAnswer},
		"HTML, 200":         {typed(200, "text/html; charset=utf-8", "<html>sign in</html>"), 200, "HTML that is no JSON object", maskinporten.ErrBadAnswer},
		"endless":           {typed(200, js, strings.Repeat(" ", 1<<20+1)), 200, "larger than 1048576 bytes", maskinporten.ErrBadAnswer},
		"redirect":          {reply{status: 302, header: map[string]string{"Location": "https://elsewhere.example.test/"}}, 302, "a redirect, which is not followed", maskinporten.ErrBadAnswer},
		"error no text":     {typed(400, js, `{"error":{"code":7}}`), 400, "JSON instead of an OAuth2 error", maskinporten.ErrBadAnswer},
		"an error for good": {typed(200, js, `{"error":"invalid_grant","error_description":"no"}`), 200, "invalid_grant: no", nil},
		"binary":            {typed(500, "application/octet-stream", "\x00\x01"), 500, `"application/octet-stream" instead`, maskinporten.ErrUnavailable},
		"unreachable":       {reply{err: io.ErrUnexpectedEOF}, 0, "unexpected EOF", maskinporten.ErrUnavailable},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := tokenEndpointMock(t, test.answer).Token(t.Context(), forScope("x"))
			failure := asTokenError(t, err)
			if failure.StatusCode != test.status || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("status %d, %v; want %d and %q", failure.StatusCode, err, test.status, test.want)
			}
			if strings.Count(err.Error(), "maskinporten: ") != 1 || len(err.Error()) > 1000 {
				t.Errorf("not one clean line: %q", err)
			}
		})
	}
}

func TestWhatTheTokenEndpointSaysStaysOnOneLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("å", 5000)
	text := "first\nlevel=ERROR msg=\"forged\"\r\u2028\x1b[31m" + long
	_, err := tokenEndpointMock(t, reply{status: 400, body: oauthError("invalid_grant", text, "")}).Token(t.Context(), forScope("x"))
	if strings.ContainsAny(err.Error(), "\n\r\u2028\x1b") || len(err.Error()) > 2500 {
		t.Errorf("error of %d bytes: %.200q", len(err.Error()), err)
	}
	if got := asTokenError(t, err); got.Description != text {
		t.Errorf("the text itself is changed: %.100q", got.Description)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "error", err)
	if strings.Count(log.String(), "\n") != 1 || len(log.String()) > 3000 {
		t.Errorf("logged as %.300q", log.String())
	}
}
