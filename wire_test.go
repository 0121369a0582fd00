package maskinporten_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// sent is one request to the self-service API, as it went over the wire.
type sent struct {
	Method string
	Path   string // escaped, below the API's or the portal's base
	Query  string
	Body   string
	Scope  string // the OAuth scope that its token was asked for; empty: no token
}

// answer is what the service says to a request.
type answer struct {
	Status int
	Body   string
}

// wire is a backend that answers as the test says, and tells what was sent to
// the API. Its tokens tell their scope.
type wire struct{ backend }

const wirePortal = "https://portal.example.test/portal/test/"

// newWire returns a client whose requests end at reply.
func newWire(t testing.TB, reply func(sent) answer, options ...maskinporten.Option) (*maskinporten.Client, *wire) {
	t.Helper()
	return newWireAt(t, wirePortal, reply, options...)
}

func newWireAt(t testing.TB, portal string, answerTo func(sent) answer, options ...maskinporten.Option) (*maskinporten.Client, *wire) {
	t.Helper()
	w := &wire{backend{
		token: func(_ int, g grantSeen) reply { return reply{body: tokenFor(g.scope())} },
		api: func(_ int, r *http.Request) reply {
			body, _ := io.ReadAll(r.Body)
			said := answerTo(sentAs(r, string(body)))
			return reply{status: said.Status, body: said.Body}
		},
	}}
	endpoints := backendEndpoints()
	endpoints.Portal = portal
	return w.clientAt(t, endpoints, options...), w
}

// always answers every request alike.
func always(status int, body string) func(sent) answer {
	return func(sent) answer { return answer{status, body} }
}

// sentAs is a request as tests compare it.
func sentAs(r *http.Request, body string) sent {
	full := "https://" + r.URL.Host + r.URL.EscapedPath()
	return sent{
		Method: r.Method, Query: r.URL.RawQuery, Body: body,
		Path:  strings.TrimPrefix(strings.TrimPrefix(full, backendAPI), strings.TrimSuffix(wirePortal, "/")),
		Scope: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer token-for-"),
	}
}

// tokenFor answers a token request with a token that tells its scope.
func tokenFor(scope string) string {
	return `{"access_token":"token-for-` + scope + `","token_type":"Bearer","expires_in":600,"scope":"` + scope + `"}`
}

// requests returns what was sent to the API so far.
func (w *wire) requests() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []sent
	for i, call := range w.calls {
		all = append(all, sentAs(call, w.bodies[i]))
	}
	return all
}

// forget starts a new list of requests.
func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.bodies = nil, nil
}

// mustHaveSent compares what was sent with what should have been.
func (w *wire) mustHaveSent(t *testing.T, want ...sent) {
	t.Helper()
	check.Same(t, want, w.requests(), "requests")
}

// placed is a call that was made, and the request that it should have sent.
type placed struct {
	err  error
	want sent
}

// mustGoToTheirPlaces wants calls that succeeded, each with one request.
func (w *wire) mustGoToTheirPlaces(t *testing.T, calls []placed) {
	t.Helper()
	var want []sent
	for _, call := range calls {
		if call.err != nil {
			t.Errorf("%s %s: %v", call.want.Method, call.want.Path, call.err)
		}
		want = append(want, call.want)
	}
	w.mustHaveSent(t, want...)
}

// mustHaveSentTimes compares how often anything was sent.
func (w *wire) mustHaveSentTimes(t testing.TB, times int) {
	t.Helper()
	if got := w.requests(); len(got) != times {
		t.Errorf("sent %d times, want %d: %+v", len(got), times, got)
	}
}

// mustOnlyHaveRead fails the test if anything but GET reached the API.
func (w *wire) mustOnlyHaveRead(t testing.TB) {
	t.Helper()
	for _, request := range w.requests() {
		if request.Method != http.MethodGet {
			t.Errorf("sent %+v", request)
		}
	}
}

// mustHaveSentNothing fails the test if anything reached the API.
func (w *wire) mustHaveSentNothing(t testing.TB) {
	t.Helper()
	w.mustHaveSentTimes(t, 0)
}

// golden reads a fixture.
func golden(t *testing.T, name string) string {
	t.Helper()
	data := check.Got(os.ReadFile(filepath.Join("testdata", name)))(t)
	return string(data)
}

// sameJSON compares two documents, whatever the order of their fields.
// Numbers are compared as they are written.
func sameJSON(t *testing.T, want, got string) {
	t.Helper()
	check.Same(t, anyJSON(t, want), anyJSON(t, got), "JSON")
}

func anyJSON(t *testing.T, document string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return value
}

// mustBeArgumentError wants an error that says which argument is wrong.
func mustBeArgumentError(t *testing.T, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*maskinporten.ArgumentError](err)
	switch {
	case !ok || !errors.Is(err, maskinporten.ErrInvalidArgument):
		t.Errorf("error %v, want an *ArgumentError", err)
	case wrong.Operation == "" || wrong.Argument == "" || wrong.Problem == "":
		t.Errorf("%#v doesn't say what is wrong where", wrong)
	}
}

const emptyList = `{"status":404,"error":", Organization does not have any of it","error_description":", Organization does not have any of it"}`
