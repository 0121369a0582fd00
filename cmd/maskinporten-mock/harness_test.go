package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/recording"
)

// The tests of this package know nothing of the SDK or the mock's own types:
// they start the program and speak HTTP and JSON with it, as a test suite in
// any other language would.

// object is a JSON object.
type object = map[string]any

// service is a running program as its callers see it.
type service struct {
	t      *testing.T
	ready  ready
	origin string
	log    *log
	http   *http.Client
	*tokens
}

// credential is a client with which to ask for tokens.
type credential struct {
	Environment, ClientID string
	Scopes                []string
	JWK                   jose.JSONWebKey
}

// tokens are those that were asked for already, by client and scope.
type tokens struct {
	mu    sync.Mutex
	known map[string]string
}

// serve starts the program until the test has ended.
func serve(t *testing.T, args ...string) *service {
	t.Helper()
	started, r := start(t, args...)
	transport := &http.Transport{MaxIdleConnsPerHost: 128}
	t.Cleanup(transport.CloseIdleConnections)
	return &service{
		t: t, ready: r, origin: strings.TrimSuffix(r.Portal, "/portal/"), log: started.log, tokens: &tokens{known: map[string]string{}},
		http: &http.Client{Transport: recorded(transport), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// recorded is a transport whose requests are written down for the check of the
// OpenAPI description, when that is wanted. Between declaring a fault and
// clearing it, what a server answers is marked.
func recorded(transport http.RoundTripper) http.RoundTripper {
	if !recording.On() {
		return transport
	}
	return recording.Transport(transport, func(e recording.Exchange) string {
		_, faulty := faults.Load(e.Host)
		switch {
		case e.Method == http.MethodPost && e.Path == "/_mock/faults" && e.Status == http.StatusOK:
			faults.Store(e.Host, true)
		case e.Method == http.MethodDelete && e.Path == "/_mock/faults", e.Path == "/_mock/reset":
			faults.Delete(e.Host)
		case faulty && !strings.HasPrefix(e.Path, "/_mock/"):
			return "fault"
		}
		return ""
	})
}

// faults are the addresses of servers that were told to fail.
var faults sync.Map

// credential finds an admin client of the default world; in test unless an
// environment is named.
func (p *service) credential(role string, environment ...string) credential {
	p.t.Helper()
	env := "test"
	if len(environment) > 0 {
		env = environment[0]
	}
	for _, c := range p.ready.Credentials {
		if c.Role == role && c.Environment == env {
			return credential{c.Environment, c.ClientID, c.Scopes, c.JWK}
		}
	}
	p.t.Fatalf("no credentials for %s in %s", role, env)
	return credential{}
}

// answer is a response, read.
type answer struct {
	t      *testing.T
	what   string
	Status int
	Header http.Header
	Body   string
}

// send makes a request and reads the answer. Paths are sent as they are.
func (p *service) send(method, address string, header map[string]string, body string) answer {
	p.t.Helper()
	request := check.Got(http.NewRequestWithContext(p.t.Context(), method, p.origin, strings.NewReader(body)))(p.t)
	path, query, _ := strings.Cut(strings.TrimPrefix(address, p.origin), "?")
	plain := check.Got(url.PathUnescape(path))(p.t)
	request.URL.Path, request.URL.RawPath, request.URL.RawQuery = plain, path, query
	for name, value := range header {
		if name == "Host" {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	resp, err := p.http.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	return answer{t: p.t, what: method + " " + address, Status: resp.StatusCode, Header: resp.Header, Body: string(text)}
}

// get makes an open request below the program's origin.
func (p *service) get(path string) answer {
	p.t.Helper()
	return p.send(http.MethodGet, path, nil, "")
}

// control makes a call of the control API; in is JSON, or nil.
func (p *service) control(method, path string, in any) answer {
	p.t.Helper()
	p.mu.Lock()
	clear(p.known) // the clock may move
	p.mu.Unlock()
	return p.send(method, p.ready.Control+path, map[string]string{"Content-Type": "application/json"}, jsonText(p.t, in))
}

func (p *service) now() time.Time {
	p.t.Helper()
	text, _ := p.send(http.MethodGet, p.ready.Control+"clock", nil, "").ok()["now"].(string)
	now := check.Got(time.Parse(time.RFC3339Nano, text))(p.t)
	return now
}

// call makes a call of the self-service API as a client with one OAuth scope. A
// body that is no string is sent as JSON.
func (p *service) call(c credential, scope, method, path string, body any) answer {
	p.t.Helper()
	header := map[string]string{"Authorization": "Bearer " + p.token(c, scope)}
	text, isText := body.(string)
	if body != nil && !isText {
		text, header["Content-Type"] = jsonText(p.t, body), "application/json"
	}
	return p.send(method, p.ready.Environments[c.Environment].API+path, header, text)
}

// token returns an access token with one scope, and keeps it for later calls.
func (p *service) token(c credential, scope string) string {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	key := c.ClientID + " " + scope
	if p.known[key] == "" {
		p.known[key], _ = p.ask(c, object{"scope": scope}).ok()["access_token"].(string)
	}
	return p.known[key]
}

func jsonText(t *testing.T, value any) string {
	t.Helper()
	if value == nil {
		return ""
	}
	text := check.Got(json.Marshal(value))(t)
	return string(text)
}

// has returns the answer's object after checking the status.
func (a answer) has(status int) object {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d: %.500s", a.what, a.Status, status, a.Body)
	}
	var o object
	if a.Body != "" {
		if err := json.Unmarshal([]byte(a.Body), &o); err != nil {
			a.t.Fatalf("%s: %v: %.500s", a.what, err, a.Body)
		}
	}
	return o
}

func (a answer) ok() object { a.t.Helper(); return a.has(http.StatusOK) }

// list returns the answer's array.
func (a answer) list() []object {
	a.t.Helper()
	var list []object
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || a.Status != http.StatusOK {
		a.t.Fatalf("%s: status %d: %v: %.500s", a.what, a.Status, err, a.Body)
	}
	return list
}

// names collects one field of the objects in a list, sorted.
func names(list []object, field string) []string {
	found := []string{}
	for _, o := range list {
		name, _ := o[field].(string)
		found = append(found, name)
	}
	slices.Sort(found)
	return found
}
