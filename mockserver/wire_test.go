package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// base is where the mock is found in the tests of what goes over the wire.
const base = "http://mock.example"

// wire talks with the mock as a program does that knows nothing of Go: with
// requests, JSON and grants of its own.
type wire struct {
	*testing.T
	srv      *mockserver.Server // nil: it is the program
	base     string
	exchange func(*http.Request) (status int, header http.Header, body string)
	ready    readyLine
	tokens   map[string]string
}

// readyLine is what the program prints, read without the mock's own types.
type readyLine struct {
	Environments map[string]struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		API    string `json:"api"`
	} `json:"environments"`
	Credentials []credential `json:"credentials"`
}

type credential struct {
	Environment string          `json:"environment"`
	Role        string          `json:"role"`
	OrgNo       string          `json:"orgno"`
	ClientID    string          `json:"client_id"`
	Scopes      []string        `json:"scopes"`
	JWK         jose.JSONWebKey `json:"jwk"`
}

// wireTo is one to a handler, without what the ready line says.
func wireTo(t *testing.T, srv *mockserver.Server, handler http.Handler) *wire {
	t.Helper()
	return &wire{T: t, srv: srv, base: base, tokens: map[string]string{}, exchange: func(r *http.Request) (int, http.Header, string) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder.Code, recorder.Header(), recorder.Body.String()
	}}
}

func newWire(t *testing.T, options ...mockserver.Option) *wire {
	t.Helper()
	srv := start(t, options...)
	w := wireTo(t, srv, srv.Handler(base))
	line := check.Got(json.Marshal(check.Got(srv.Ready(base))(t)))(t)
	check.OK(t, json.Unmarshal(line, &w.ready))
	return w
}

// answer is what came back.
type answer struct {
	*testing.T
	what   string
	status int
	header http.Header
	body   string
}

// send sends a request whose target is on the wire just as it is written here.
func (w *wire) send(method, target string, header map[string]string, body string) answer {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), method, target, strings.NewReader(body))
	r.Host = strings.TrimPrefix(w.base, "http://")
	for name, value := range header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	status, answered, text := w.exchange(r)
	return answer{w.T, method + " " + target, status, answered, text}
}

// role finds the credentials of the default world.
func (w *wire) role(environment, name string) credential {
	w.Helper()
	for _, c := range w.ready.Credentials {
		if c.Environment == environment && c.Role == name {
			return c
		}
	}
	w.Fatalf("no %s in %s", name, environment)
	return credential{}
}

// grant signs a grant with all that it needs; claims come in place of that, and
// nil leaves one out.
func (w *wire) grant(c credential, scope string, claims map[string]any) string {
	w.Helper()
	now := w.now().Unix()
	all := map[string]any{
		"aud": w.ready.Environments[c.Environment].Issuer, "iss": c.ClientID, "iat": now, "exp": now + 100,
		"jti": fmt.Sprint(time.Now().UnixNano()), "scope": scope,
	}
	for name, value := range claims {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	signer := check.Got(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: c.JWK}, nil))(w.T)
	return check.Got(jwt.Signed(signer).Claims(all).Serialize())(w.T)
}

// ask sends a token request.
func (w *wire) ask(environment, assertion string) answer {
	w.Helper()
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	target := strings.TrimPrefix(w.ready.Environments[environment].Token, w.base)
	return w.send(http.MethodPost, target, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
}

// token gets a token, or ends the test.
func (w *wire) token(c credential, scope string) string {
	w.Helper()
	key := c.Environment + c.ClientID + scope
	if _, ok := w.tokens[key]; !ok {
		w.tokens[key], _ = w.ask(c.Environment, w.grant(c, scope, nil)).want(http.StatusOK).object()["access_token"].(string)
	}
	return w.tokens[key]
}

// session makes calls of self-service with one token; without one if it is
// empty.
type session struct {
	*wire
	environment, token string
}

// as signs in with a role of the test environment.
func (w *wire) as(role, scope string) session {
	w.Helper()
	return w.in("test", role, scope)
}

func (w *wire) in(environment, role, scope string) session {
	w.Helper()
	return session{w, environment, w.token(w.role(environment, role), scope)}
}

// anybody has no token.
func (w *wire) anybody() session { return session{w, "test", ""} }

// call makes a call; body is text as it is, or anything else as JSON.
func (s session) call(method, path string, body any) answer {
	s.Helper()
	header, text := map[string]string{}, ""
	switch body := body.(type) {
	case nil:
	case string:
		text = body
	default:
		text = string(check.Got(json.Marshal(body))(s.T))
		header["Content-Type"] = "application/json"
	}
	if s.token != "" {
		header["Authorization"] = "Bearer " + s.token
	}
	return s.send(method, strings.TrimPrefix(s.ready.Environments[s.environment].API, s.base)+path, header, text)
}

func (s session) get(path string) answer { s.Helper(); return s.call(http.MethodGet, path, nil) }

func (s session) post(path string, body any) answer {
	s.Helper()
	return s.call(http.MethodPost, path, body)
}

func (s session) put(path string, body any) answer {
	s.Helper()
	return s.call(http.MethodPut, path, body)
}

func (s session) del(path string) answer { s.Helper(); return s.call(http.MethodDelete, path, nil) }

// want ends the test when the status is another.
func (a answer) want(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("%.200s: got %d %.500s, want %d", a.what, a.status, a.body, status)
	}
	return a
}

type object = map[string]any

// object is the body as a JSON object.
func (a answer) object() object {
	a.Helper()
	var o object
	a.decode(&o)
	return o
}

// list is the body as a JSON array of objects.
func (a answer) list() []object {
	a.Helper()
	var list []object
	a.decode(&list)
	return list
}

func (a answer) decode(v any) {
	a.Helper()
	decoder := json.NewDecoder(strings.NewReader(a.body))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		a.Fatalf("%s: %v in %.500q", a.what, err, a.body)
	}
}

// none wants an empty list.
func (a answer) none() {
	a.Helper()
	if a.status != http.StatusOK || a.body != "[]" {
		a.Errorf("%.200s: got %d %.500s, want an empty list", a.what, a.status, a.body)
	}
}

// has compares some fields of an object; nil wants one to be absent.
func (a answer) has(want object) answer {
	a.Helper()
	a.compare(a.object(), want)
	return a
}

func (a answer) compare(o, want object) {
	a.Helper()
	got := object{}
	for name := range want {
		got[name] = o[name]
	}
	check.Same(a, plain(a.T, want), plain(a.T, got), a.what)
}

// plain makes numbers and lists of any Go type alike.
func plain(t *testing.T, v any) any {
	t.Helper()
	var out any
	check.OK(t, json.Unmarshal(check.Got(json.Marshal(v))(t), &out))
	return out
}

// names are a field of each element of a list.
func (a answer) names(field string) []string {
	a.Helper()
	return check.Each(a.want(http.StatusOK).list(), func(o object) string { return fmt.Sprint(o[field]) })
}

var (
	hex32      = regexp.MustCompile(`^[0-9a-f]{32}$`)
	nineDigits = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$`)
	instant    = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// refused checks an error of self-service, all of its body, and that the
// messages or the names of the fields hold the text.
func (a answer) refused(status int, text string) {
	a.Helper()
	var e struct {
		Status        int    `json:"status"`
		Timestamp     string `json:"timestamp"`
		CorrelationID string `json:"correlation_id"`
		Errors        []struct {
			Message *string `json:"errorMessage"`
			IsField *bool   `json:"isFieldError"`
			Object  string  `json:"objectName"`
			Field   string  `json:"fieldIdentifier"`
		} `json:"errors"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	decoder := json.NewDecoder(bytes.NewBufferString(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		a.Errorf("%.200s: %d %v in %.300q", a.what, a.status, err, a.body)
		return
	}
	messages, fields := "", ""
	for _, one := range e.Errors {
		if one.Message == nil || one.IsField == nil || *one.IsField != (one.Field != "") {
			a.Errorf("%.200s: an element of errors is %+v", a.what, one)
			return
		}
		messages += ", " + *one.Message
		fields += " " + one.Field
	}
	switch {
	case a.status != status || e.Status != status:
		a.Errorf("%.200s: got %d (%d in the body) %.500s, want %d", a.what, a.status, e.Status, a.body, status)
	case !nineDigits.MatchString(e.Timestamp) || !hex32.MatchString(e.CorrelationID):
		a.Errorf("%.200s: timestamp %q, correlation_id %q", a.what, e.Timestamp, e.CorrelationID)
	case e.Error != e.Description || e.Error != messages || messages == "":
		a.Errorf("%.200s: error %q, error_description %q, messages %q", a.what, e.Error, e.Description, messages)
	case !strings.Contains(e.Error+fields, text):
		a.Errorf("%.200s: %q about%s should say %q", a.what, e.Error, fields, text)
	case a.header.Get("Content-Type") != "application/json":
		a.Errorf("%.200s: Content-Type %q", a.what, a.header.Get("Content-Type"))
	}
}

// readAll reads an answer that came over a socket.
func readAll(t *testing.T, what string, resp *http.Response) answer {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	return answer{t, what, resp.StatusCode, resp.Header, string(check.Got(io.ReadAll(resp.Body))(t))}
}
