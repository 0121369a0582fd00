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

	"github.com/maskinporten-go/maskinporten/internal/rounds"
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

// world is the mock and the reference with as many clients each.
type world struct {
	*selfService
	reference *reference
}

// newWorld makes a world; the mock's heap grew by perClient bytes for each
// client, with what the server notes of its making.
func newWorld(tb testing.TB, clients int) (w *world, perClient float64) {
	tb.Helper()
	w = &world{newSelfService(tb), newReference()}
	w.withScope(tb)
	before := liveHeap()
	for range clients {
		w.answer(tb, http.MethodPost, clientsPath, newClientJSON)
	}
	perClient = float64(liveHeap()-before) / float64(clients)
	for range clients {
		w.reference.ServeHTTP(httptest.NewRecorder(), w.request(http.MethodPost, clientsPath, newClientJSON))
	}
	return w, perClient
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
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

const few, many = 1000, 100_000

// Limits: 1.25 of the reference, and the same with a hundred times as many
// clients.
func BenchmarkClients(b *testing.B) {
	const times = 200
	small, _ := newWorld(b, few)
	large, _ := newWorld(b, many)
	mock, crowded := small.calls(b, small.handler), large.calls(b, large.handler)
	reference, crowdedReference := small.calls(b, small.reference), large.calls(b, large.reference)
	for _, c := range []struct {
		name           string
		floor, subject func()
		unit           string
	}{
		{"create/among=1000", reference.create, mock.create, "×reference"},
		{"create/among=100000", crowdedReference.create, crowded.create, "×reference"},
		{"create/growth", mock.create, crowded.create, "×among-1000"},
		{"get/among=1000", reference.get, mock.get, "×reference"},
		{"get/among=100000", crowdedReference.get, crowded.get, "×reference"},
		{"get/growth", mock.get, crowded.get, "×among-1000"},
	} {
		b.Run(c.name, func(b *testing.B) {
			took := rounds.InTurns(b, times, c.floor, c.subject)
			b.ReportMetric(took.Ratio(), c.unit)
			b.ReportMetric(took.Floor/1e3, "floor-µs")
			b.ReportMetric(took.Subject/1e3, "µs")
		})
	}
}
