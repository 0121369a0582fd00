package maskinporten_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// verbs are all that fmt knows, with the flags that change how structs look.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%T", "%p", "% x", "%#x", "%+q", "%10v", "%t", "%e"}

// dump shows a value in every way that programs show values.
func dump(t *testing.T, values ...any) string {
	t.Helper()
	var all bytes.Buffer
	for _, value := range values {
		for _, verb := range verbs {
			fmt.Fprintf(&all, verb+"\n", value)
		}
		if encoded, err := json.Marshal(value); err == nil {
			all.Write(encoded)
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&all, nil), slog.NewJSONHandler(&all, nil)} {
			slog.New(handler).Info("dump", "value", value)
		}
	}
	return all.String()
}

// privateParts are the private parts of a test key, in every writing that
// they may be shown in.
func privateParts(t *testing.T, name string) map[string]string {
	t.Helper()
	key := privateKey(t, name)
	block, _ := pem.Decode(keyPEM(t, name))
	parts := map[string]string{
		"PEM": base64.StdEncoding.EncodeToString(block.Bytes)[40:100],
		"DER": fmt.Sprintf("%x", block.Bytes[200:232]),
	}
	for member, number := range map[string]interface {
		Bytes() []byte
		String() string
	}{"d": key.D, "p": key.Primes[0], "q": key.Primes[1], "dp": key.Precomputed.Dp, "dq": key.Precomputed.Dq, "qi": key.Precomputed.Qinv} {
		bytes := number.Bytes()
		parts[member+" in decimal"] = number.String()[:30]
		parts[member+" in hex"] = fmt.Sprintf("%x", bytes[:16])
		parts[member+" in HEX"] = fmt.Sprintf("%X", bytes[:16])
		parts[member+" in base64"] = base64.RawURLEncoding.EncodeToString(bytes)[:20]
		parts[member+" as bytes"] = strings.Trim(fmt.Sprintf("%d", bytes[:12]), "[]")
		parts[member+" as Go"] = strings.Trim(fmt.Sprintf("%#v", bytes[:8]), "[]byte{}")
	}
	return parts
}

func mustNotShow(t *testing.T, what, text string, secrets map[string]string) {
	t.Helper()
	for name, secret := range secrets {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%s shows %s: …%.120q…", what, name, text[max(0, i-60):])
		}
	}
}

func TestAKeyShowsNothingPrivate(t *testing.T) {
	t.Parallel()
	private := privateKey(t, "one")
	kid := fileKey(t, "one")
	certified := check.Got(maskinporten.KeyFromCertificates(testChain(t, private.Public()), private))(t)
	remote := check.Got(maskinporten.KeyFromSigner(remoteSigner{private: private, public: private.Public()}, "one"))(t)
	parts := privateParts(t, "one")
	for what, key := range map[string]*maskinporten.Key{"with a kid": kid, "with a certificate": certified, "elsewhere": remote} {
		type holder struct {
			Public  *maskinporten.Key
			private *maskinporten.Key
			value   any
		}
		credentials := maskinporten.Credentials{ClientID: "client-1", Key: key, KeySource: key}
		text := dump(t, key, *key, credentials, &credentials, []*maskinporten.Key{key}, map[string]any{"k": key, "v": *key},
			holder{key, key, key}, &holder{key, key, *key}, []any{credentials, *key}, struct{ Credentials maskinporten.Credentials }{credentials})
		mustNotShow(t, "a key "+what, text, parts)
		if !strings.Contains(text, "maskinporten.Key(") {
			t.Errorf("a key %s doesn't tell which it is", what)
		}
	}
	if none := (*maskinporten.Key)(nil); fmt.Sprint(none) != "no key" || none.String() != "no key" {
		t.Errorf("no key shows as %v", none)
	}
}

func TestAClientAndItsPartsShowNothingPrivate(t *testing.T) {
	t.Parallel()
	b := &backend{token: func(int, grantSeen) reply { return tokenReply("very-secret-token", 120) }}
	client := b.client(t, maskinporten.WithTokenCache(newMemoryCache(), sealingKey))
	auth := client.Authenticator()
	check.Got(auth.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"x"}, PID: maskinporten.NewPersonal("01017012345")}))(t)
	source := auth.TokenSource(t.Context(), forScope("y"))
	check.Got(source.Token())(t)
	if err := client.Close(); err != nil { // nothing changes any more; what was kept is there
		t.Fatal(err)
	}
	secrets := privateParts(t, "one")
	secrets["the token"], secrets["the sealing key"], secrets["the identity number"] = "very-secret-token", string(sealingKey), "01017012345"
	secrets["a grant"] = b.seenGrants()[0].Assertion
	check.OK(t, client.Close()) // fmt reads without locks
	for what, value := range map[string]any{
		"the client": client, "the authenticator": auth, "a source": source, "a transport": auth.Transport(forScope("x"), &http.Transport{}),
		"a service": client.Scopes,
	} {
		mustNotShow(t, what, dump(t, value, struct{ V any }{value}), secrets)
	}
}

func TestARequestForATokenShowsNoPerson(t *testing.T) {
	t.Parallel()
	const pid = "01017012345"
	consent := maskinporten.Consent{ID: "c-1", From: maskinporten.NewPersonal("urn:altinn:person:identifier-no:" + pid)}
	request := maskinporten.TokenRequest{Scopes: []string{"difi:a"}, PID: maskinporten.NewPersonal(pid), OnBehalfOf: "somebody", AuthorizationDetails: consent}
	type holder struct {
		Request maskinporten.TokenRequest
		request maskinporten.TokenRequest
		consent maskinporten.Consent
		pointer *maskinporten.Consent
		person  maskinporten.Personal
		detail  any
		inside  struct {
			persons map[string]maskinporten.Personal
		}
	}
	all := holder{Request: request, request: request, consent: consent, pointer: &consent, person: request.PID, detail: &consent}
	all.inside.persons = map[string]maskinporten.Personal{"p": request.PID}
	digits := []byte(pid)
	secrets := map[string]string{
		"the person": pid, "the person in hex": fmt.Sprintf("%x", pid), "the person in HEX": fmt.Sprintf("%X", pid), "the person in spaced hex": fmt.Sprintf("% x", pid),
		"the person as bytes": strings.Trim(fmt.Sprintf("%d", digits), "[]"), "the person in base64": base64.StdEncoding.EncodeToString(digits),
	}
	for what, value := range map[string]any{
		"a request": request, "a pointer to a request": &request, "a consent": consent, "a pointer to a consent": &consent,
		"a holder": all, "a pointer to a holder": &all, "a list": []maskinporten.TokenRequest{request}, "a list of holders": []holder{all},
		"a map": map[string]any{"a": request, "b": consent},
	} {
		text := dump(t, value)
		mustNotShow(t, what, text, secrets)
		if !strings.Contains(text, "c-1") || !strings.Contains(text, "hidden person") {
			t.Errorf("%s doesn't tell which it is: %s", what, text)
		}
	}
	mustNotShow(t, "a person", dump(t, request.PID, &request.PID, []any{request.PID}, all.inside), secrets)
	if text := fmt.Sprintf("%+v", maskinporten.TokenRequest{}); strings.Contains(text, "hidden") {
		t.Errorf("a request for nobody shows as %s", text)
	}
	if request.PID.Reveal() != pid || consent.From.Reveal() == "" {
		t.Error("Reveal doesn't give the person")
	}
}

func TestPersonsAreComparedByWhoTheyAre(t *testing.T) {
	t.Parallel()
	one, same := maskinporten.NewPersonal("01017012345"), maskinporten.NewPersonal("01017012345")
	if !one.Equal(same) || one.Equal(maskinporten.NewPersonal("01017012346")) || one.Equal(maskinporten.Personal{}) {
		t.Error("equal persons differ, or different ones are equal")
	}
	if none := maskinporten.NewPersonal(""); !none.IsZero() || none.Reveal() != "" || fmt.Sprint(none) != "" {
		t.Errorf("nobody is %q, and shows as %q", none.Reveal(), none)
	}
	if diff := cmp.Diff(one, maskinporten.Personal{}); strings.Contains(diff, "0101") {
		t.Errorf("a failing test would show the person: %s", diff)
	}
}

// TestNothingSecretIsLoggedOrTold has calls go wrong in many ways, with a
// service that sends back all it was told, and looks through everything that
// comes out.
func TestNothingSecretIsLoggedOrTold(t *testing.T) {
	t.Parallel()
	secrets := privateParts(t, "one")
	var out logBuffer
	seen := map[string]bool{}
	n := 0
	echo := func(text string) []reply { // quotes what it got, in every place where a service may speak
		quoted, _ := json.Marshal("I got " + text)
		return []reply{
			{status: 400, body: fmt.Sprintf(`{"error":%s,"error_description":%[1]s,"error_uri":%[1]s}`, quoted)},
			{status: 400, body: fmt.Sprintf(`{"errors":[{"errorMessage":%s}],"correlation_id":%[1]s}`, quoted)},
			{status: 502, header: map[string]string{"Content-Type": "text/html"}, body: "<html>" + text},
			{status: 200, header: map[string]string{"Content-Type": "text/html"}, body: "<html>" + text},
			{status: 200, body: fmt.Sprintf(`{"error":%s}`, quoted)},
			{status: 401, body: text},
			{err: errors.New("connection lost")},
			{status: 302, header: map[string]string{"Location": "https://elsewhere.example.test/?" + url.QueryEscape(text)}},
		}
	}
	for tokenFails := range 9 {
		for callFails := range 8 {
			if tokenFails < 8 && callFails > 0 {
				continue // no call is sent without a token
			}
			n++
			token := fmt.Sprintf("secret-token-number-%d", n)
			secrets["the token of round "+fmt.Sprint(n)] = token
			b := &backend{
				token: func(_ int, g grantSeen) reply {
					seen[g.Assertion] = true
					if tokenFails < 8 {
						return echo(g.Assertion)[tokenFails]
					}
					return tokenReply(token, 120)
				},
				api: func(_ int, r *http.Request) reply { return echo(r.Header.Get("Authorization"))[callFails] },
			}
			client := b.client(t, maskinporten.WithAttempts(1), maskinporten.WithTokenCache(newMemoryCache(), sealingKey),
				maskinporten.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))))
			for _, method := range []string{"GET", "list", "POST"} {
				showError(t, &out, calls[method](t.Context(), client))
			}
			if tokenFails < 8 {
				_, err := client.Authenticator().Token(t.Context(), forScope("x"))
				showError(t, &out, err)
			}
		}
	}
	for assertion := range seen {
		secrets["the assertion "+assertion[len(assertion)-10:]] = assertion
		secrets["its signature "+assertion[len(assertion)-10:]] = assertion[strings.LastIndexByte(assertion, '.')+1:]
	}
	if len(seen) < 8 || len(out.String()) < 50_000 {
		t.Fatalf("%d grants and %d bytes are too few to find anything in", len(seen), len(out.String()))
	}
	mustNotShow(t, "the output", out.String(), secrets)
}

// showError writes an error and all that it wraps in every way.
func showError(t *testing.T, out *logBuffer, err error) {
	t.Helper()
	if err == nil {
		t.Error("nothing went wrong")
	}
	for ; err != nil; err = errors.Unwrap(err) {
		_, _ = out.Write([]byte(dump(t, err)))
		if failure, ok := err.(*maskinporten.APIError); ok { //nolint:errorlint // each layer by itself
			_, _ = out.Write([]byte(dump(t, *failure)))
		}
		if retrieve, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			_, _ = out.Write([]byte(dump(t, retrieve, *retrieve)))
		}
	}
}

func TestAKeyWithAnOddNameIsStillEncoded(t *testing.T) {
	t.Parallel()
	key := check.Got(maskinporten.KeyFromSigner(privateKey(t, "one"), "<odd>&\\/é"))(t)
	encoded, err := json.Marshal(map[string]any{"key": key})
	if err != nil || !json.Valid(encoded) {
		t.Errorf("%s, error %v", encoded, err)
	}
	check.Got(key.Key(context.Background()))(t)
}
