package maskinporten_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// repeating is an answer's body that says the same for ever, or n times, and
// counts what was read of it.
type repeating struct {
	first, again string
	n            int // of again; negative: no end
	last         string
	read, closed int
	rest         bytes.Buffer
}

func (r *repeating) Read(p []byte) (int, error) {
	for r.rest.Len() == 0 {
		switch {
		case r.first != "":
			r.rest.WriteString(r.first)
			r.first = ""
		case r.n != 0:
			r.rest.WriteString(r.again)
			r.n--
		case r.last != "":
			r.rest.WriteString(r.last)
			r.last = ""
		default:
			return 0, io.EOF
		}
	}
	n, err := r.rest.Read(p)
	r.read += n
	return n, err
}

func (r *repeating) Close() error { r.closed++; return nil }

// streaming is a client whose API answers with this body, of unknown length.
func streaming(t *testing.T, body io.ReadCloser) *maskinporten.Client {
	t.Helper()
	return streamingAs(t, http.StatusOK, body)
}

func streamingAs(t *testing.T, status int, body io.ReadCloser) *maskinporten.Client {
	t.Helper()
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.String(), backendIssuer) {
			return tokenReply("t", 120).response(r)
		}
		answer, err := reply{status: status}.response(r)
		answer.Body, answer.ContentLength = body, -1
		return answer, err
	})
	return (&backend{}).client(t, maskinporten.WithHTTPClient(&http.Client{Transport: transport}))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnObjectWithoutEndIsNotReadToIt(t *testing.T) {
	t.Parallel()
	body := &repeating{first: `{"description":"`, again: strings.Repeat("x", 1<<10), n: -1}
	_, err := streaming(t, body).Scopes.Get(t.Context(), "difi:api")
	if !errors.Is(err, maskinporten.ErrBadAnswer) || !strings.Contains(err.Error(), "larger than 8388608 bytes") {
		t.Errorf("error %v", err)
	}
	if asAPIError(t, err).Attempts != 1 || body.read > 10<<20 || body.closed == 0 {
		t.Errorf("%d bytes were read, closed %d times, error %v", body.read, body.closed, err)
	}
}

func TestAnElementWithoutEndIsNotReadToIt(t *testing.T) {
	t.Parallel()
	body := &repeating{first: `[{"name":"difi:api"},{"description":"`, again: strings.Repeat("x", 1<<10), n: -1}
	scopes, err := maskinporten.Collect(streaming(t, body).Scopes.All(t.Context(), maskinporten.ScopeFilter{}))
	if len(scopes) != 1 || !errors.Is(err, maskinporten.ErrBadAnswer) || !strings.Contains(err.Error(), "larger than 8388608 bytes") || body.read > 20<<20 {
		t.Errorf("%d scopes, error %v after %d bytes", len(scopes), err, body.read)
	}
}

func TestAListWithoutEndIsNotReadToIt(t *testing.T) {
	t.Parallel()
	big := `{"name":"` + strings.Repeat("x", 4<<20) + `"},`
	body := &repeating{first: "[", again: big, n: -1}
	accesses := 0
	var failure error
	for access, err := range streaming(t, body).Access.Received(t.Context(), maskinporten.AccessFilter{}) {
		if err != nil {
			failure = err
		} else if access != nil {
			accesses++
		}
	}
	if accesses != 31 || !errors.Is(failure, maskinporten.ErrBadAnswer) || !strings.Contains(failure.Error(), "larger than 134217728 bytes") {
		t.Errorf("%d elements, error %v", accesses, failure)
	}
}

func TestALongListOfSmallElementsIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	body := &repeating{first: "[", again: `{"scope":"difi:api","consumer_orgno":"889640782"},` + strings.Repeat(" ", 1<<10), n: 20_000, last: `{"scope":"last"}]`}
	accesses, err := maskinporten.Collect(streaming(t, body).Access.Received(t.Context(), maskinporten.AccessFilter{}))
	if err != nil || len(accesses) != 20_001 || accesses[20_000].Scope != "last" || accesses[1].ConsumerOrgNo != nav {
		t.Errorf("%d elements, error %v", len(accesses), err)
	}
}

func TestBreakingOffAListClosesItsBody(t *testing.T) {
	t.Parallel()
	body := &repeating{first: "[", again: `{"name":"difi:api"},`, n: -1}
	n := 0
	for _, err := range streaming(t, body).Scopes.All(t.Context(), maskinporten.ScopeFilter{}) {
		if n++; err != nil || n == 3 {
			break
		}
	}
	if n != 3 || body.closed == 0 || body.read > 1<<20 {
		t.Errorf("%d elements, closed %d times, %d bytes read", n, body.closed, body.read)
	}
}

func TestAnErrorWithoutEndIsNotReadToIt(t *testing.T) {
	t.Parallel()
	body := &repeating{again: strings.Repeat("x", 1<<10), n: -1}
	_, err := streamingAs(t, http.StatusBadRequest, body).Scopes.Get(t.Context(), "difi:api")
	if failure := asAPIError(t, err); failure.StatusCode != 400 || len(failure.Body) != 1<<10 || body.read > 1<<20 {
		t.Errorf("status %d, %d bytes read", failure.StatusCode, body.read)
	}
}

func TestEachUseOfAnIteratorIsACallOfItsOwn(t *testing.T) {
	t.Parallel()
	b := &backend{api: func(n int, _ *http.Request) reply {
		return reply{body: `[{"name":"` + strings.Repeat("x", n) + `"}]`}
	}}
	sequence := b.client(t).Scopes.All(t.Context(), maskinporten.ScopeFilter{})
	if len(b.seenCalls()) != 0 {
		t.Error("something was sent before the iterator was used")
	}
	var names []string
	for range 2 {
		for scope, err := range sequence {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, scope.Name)
		}
	}
	check.Same(t, []string{"x", "xx"}, names, "names")
}

func TestCollectKeepsEverythingThatCame(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	got, err := maskinporten.Collect(func(yield func(int, error) bool) {
		for i := range 5 {
			var failure error
			if i == 2 {
				failure = broken
			}
			if !yield(i, failure) {
				return
			}
		}
	})
	if diff := cmp.Diff([]int{0, 1, 3, 4}, got); diff != "" || !errors.Is(err, broken) {
		t.Errorf("%v, error %v", got, err)
	}
}

// connections counts those of a real listener: it is the only way to see them.
type connections struct {
	mu        sync.Mutex
	made      int
	open      map[net.Conn]bool
	allClosed chan struct{} // gets a word each time the last one is closed
}

func (c *connections) state(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.made++
		c.open[conn] = true
	case http.StateClosed:
		if delete(c.open, conn); len(c.open) == 0 {
			c.allClosed <- struct{}{}
		}
	default: // at work, or not
	}
}

// listening is a service on a real listener.
func listening(t *testing.T) (maskinporten.Endpoints, *connections) {
	t.Helper()
	c := &connections{open: map[net.Conn]bool{}, allClosed: make(chan struct{}, 100)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			_, _ = io.WriteString(w, tokenReply("t", 120).body)
		case r.URL.Path == "/api/scopes":
			_, _ = io.WriteString(w, `[{"name":"difi:api"},{"name":"difi:more"}]`)
		case r.URL.RawQuery == "scope=difi%3Abad":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, strings.Repeat("no ", 10_000))
		default:
			_, _ = io.WriteString(w, `{"name":"difi:api"}`)
		}
	}))
	server.Config.ConnState = c.state
	server.Start()
	t.Cleanup(server.Close)
	return maskinporten.Endpoints{Issuer: server.URL + "/", Token: server.URL + "/token", API: server.URL + "/api"}, c
}

func TestConnectionsAreUsedAgainAndClosedInTheEnd(t *testing.T) {
	t.Parallel()
	endpoints, seen := listening(t)
	client := check.Got(maskinporten.New(endpoints, fileCredentials(t)))(t)
	for range 20 {
		_, getErr := client.Scopes.Get(t.Context(), "difi:api")
		_, listErr := maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{}))
		check.OK(t, errors.Join(getErr, listErr))
		if _, err := client.Scopes.Get(t.Context(), "difi:bad"); !errors.Is(err, maskinporten.ErrNotFound) {
			t.Fatal(err)
		}
		for _, err := range client.Scopes.All(t.Context(), maskinporten.ScopeFilter{}) {
			check.OK(t, err)
			break
		}
	}
	check.OK(t, client.Close())
	<-seen.allClosed
	if seen.made != 1 {
		t.Errorf("%d connections for 81 requests one after another", seen.made)
	}
}

func TestAnAuthenticatorClosesItsConnections(t *testing.T) {
	t.Parallel()
	endpoints, seen := listening(t)
	auth := check.Got(maskinporten.NewAuthenticator(endpoints, fileCredentials(t)))(t)
	mustToken(t.Context(), t, auth)
	check.OK(t, auth.Close())
	<-seen.allClosed
}
