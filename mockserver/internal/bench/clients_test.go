package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/internal/dev/rounds"
	"github.com/maskinporten-go/maskinporten/mockserver/internal/registry"
)

const clientsPath = "/api/v1/clients"

// newClientJSON is what a client is made of.
const newClientJSON = `{"client_name":"Case handling","description":"Reads the tax office's API",` +
	`"integration_type":"maskinporten","application_type":"web","scopes":["difi:measured"],` +
	`"grant_types":["urn:ietf:params:oauth:grant-type:jwt-bearer"],"token_endpoint_auth_method":"private_key_jwt","access_token_lifetime":120}`

// reference keeps clients in a map, as a server that somebody writes for their
// tests does. It looks whether there is a token, and checks nothing.
type reference struct {
	http.ServeMux

	mu      sync.RWMutex
	clients map[string]*registry.Client
	ordered []*registry.Client
}

func newReference() *reference {
	s := &reference{clients: map[string]*registry.Client{}}
	s.HandleFunc("POST "+clientsPath, func(w http.ResponseWriter, r *http.Request) {
		c := &registry.Client{}
		if err := json.NewDecoder(r.Body).Decode(c); err != nil {
			http.Error(w, "not JSON", http.StatusBadRequest)
			return
		}
		s.answer(w, r, s.add(c))
	})
	s.HandleFunc("GET "+clientsPath+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.RLock()
		c, ok := s.clients[r.PathValue("id")]
		s.mu.RUnlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		s.answer(w, r, c)
	})
	s.HandleFunc("GET "+clientsPath, func(w http.ResponseWriter, r *http.Request) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		s.answer(w, r, s.ordered)
	})
	return s
}

// add fills in what the mock fills in, so that both answer the same.
func (s *reference) add(c *registry.Client) *registry.Client {
	now := time.Now().UTC().Truncate(time.Millisecond)
	c.ClientOrgNo, c.Active, c.Created, c.LastUpdated = string(digdir), true, now, now
	c.RefreshTokenLifetime, c.AuthorizationLifetime, c.RefreshTokenUsage, c.CodeChallengeMethod = 600, 7200, "ONETIME", "S256"
	c.SSODisabled = new(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ClientID = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.clients))
	s.clients[c.ClientID], s.ordered = c, append(s.ordered, c)
	return c
}

func (s *reference) answer(w http.ResponseWriter, r *http.Request, value any) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		http.Error(w, "a token is required", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

// world is the mock and the reference, with clients.
type world struct {
	*selfService
	reference *reference
}

// newWorld makes a world with clients in the mock, whose heap grew by perClient
// bytes for each, with what the server notes of its making.
func newWorld(tb testing.TB, clients int) (w *world, perClient float64) {
	tb.Helper()
	w = &world{newSelfService(tb), newReference()}
	w.withScope(tb)
	before := liveHeap()
	for range clients {
		w.answer(tb, http.MethodPost, clientsPath, newClientJSON)
	}
	return w, float64(liveHeap()-before) / float64(clients)
}

// withReference gives the reference as many clients.
func (w *world) withReference(clients int) *world {
	for range clients {
		w.reference.ServeHTTP(httptest.NewRecorder(), w.request(http.MethodPost, clientsPath, newClientJSON))
	}
	return w
}

// one makes a client and returns the path of it.
func (s *selfService) one(tb testing.TB, handler http.Handler) string {
	tb.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, s.request(http.MethodPost, clientsPath, newClientJSON))
	var made registry.Client
	if err := json.Unmarshal(recorder.Body.Bytes(), &made); err != nil || made.ClientID == "" {
		tb.Fatalf("%s, error %v", recorder.Body, err)
	}
	return clientsPath + "/" + made.ClientID
}

// calls are the calls of a handler that are measured, over HTTP.
type calls struct{ create, get, list func() }

func (s *selfService) calls(tb testing.TB, handler http.Handler) calls {
	tb.Helper()
	base, client := "http://"+serve(tb, handler), &http.Client{Transport: &http.Transport{}}
	tb.Cleanup(client.CloseIdleConnections)
	call := func(method, path, body string) func() {
		return func() {
			if err := s.call(client, method, base+path, body); err != nil {
				tb.Error(err)
			}
		}
	}
	return calls{
		create: call(http.MethodPost, clientsPath, newClientJSON),
		get:    call(http.MethodGet, s.one(tb, handler), ""),
		list:   call(http.MethodGet, clientsPath, ""),
	}
}

// call makes a call as any program does, and reads the answer.
func (s *selfService) call(client *http.Client, method, address, body string) error {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, address, resp.Status)
	}
	return check.Err(io.Copy(io.Discard, resp.Body))
}

const few, many = 1000, 100_000

// Limits: 1.25 of the reference, and the same with a hundred times as many
// clients.
func BenchmarkClients(b *testing.B) {
	small, _ := newWorld(b, few)
	large, _ := newWorld(b, many)
	small.withReference(few)
	large.withReference(many)
	mock, reference := small.calls(b, small.handler), small.calls(b, small.reference)
	crowded, crowdedReference := large.calls(b, large.handler), large.calls(b, large.reference)
	b.Run("create", func(b *testing.B) {
		compareCalls(b, reference.create, mock.create, crowdedReference.create, crowded.create)
	})
	b.Run("get", func(b *testing.B) {
		compareCalls(b, reference.get, mock.get, crowdedReference.get, crowded.get)
	})
}

func compareCalls(b *testing.B, calls ...func()) {
	b.Helper()
	const times = 50
	turns := make([]func() float64, len(calls))
	for i, call := range calls {
		turns[i] = turn(times, call)
	}
	took := rounds.Rotate(b, turns...)
	b.ReportMetric(took[1]/took[0], "×reference")
	b.ReportMetric(took[3]/took[2], "×reference-among-100000")
	b.ReportMetric(took[3]/took[1], "×of-1000-among-100000")
	b.ReportMetric(took[0]/1e3, "reference-µs")
	b.ReportMetric(took[1]/1e3, "µs")
}

// What answers may cost more than its share of a growing map and of the audit log.
func TestCreatingAndReadingAClientAllocateTheSameHoweverManyThereAre(t *testing.T) { //nolint:paralleltest // counts what is allocated
	if rounds.RaceDetector {
		t.Skip("the race detector allocates")
	}
	small, _ := newWorld(t, few)
	large, _ := newWorld(t, many/5)
	create := func(w *world) func() {
		return func() { w.answer(t, http.MethodPost, clientsPath, newClientJSON) }
	}
	get := func(w *world) func() {
		path := w.one(t, w.handler)
		return func() { w.answer(t, http.MethodGet, path, "") }
	}
	for name, call := range map[string]func(*world) func(){"create": create, "get": get} {
		_, among := rounds.Allocated(100, call(small))
		_, amongMany := rounds.Allocated(100, call(large))
		if amongMany > among+1 || among > 100 {
			t.Errorf("%s: %.1f allocations among %d clients, %.1f among %d", name, among, few, amongMany, many/5)
		}
	}
}

// What is compared must be the same but for what the reference doesn't know.
func TestTheReferenceAnswersAsTheMockDoes(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t, 0)
	read := func(handler http.Handler) (c registry.Client) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, w.request(http.MethodGet, w.one(t, handler), ""))
		check.OK(t, json.Unmarshal(recorder.Body.Bytes(), &c))
		c.ClientID, c.Created, c.LastUpdated = "", time.Time{}, time.Time{}
		return c
	}
	if diff := cmp.Diff(read(w.reference), read(w.handler), cmpopts.IgnoreUnexported(registry.Client{})); diff != "" {
		t.Error(diff)
	}
}
