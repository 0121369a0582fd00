package mockserver_test

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// Two environments that are closed today.
const (
	ver1 maskinporten.Environment = "ver1"
	ver2 maskinporten.Environment = "ver2"
)

func TestOnlyTheEnvironmentsNamedAreServed(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithControl(), mockserver.WithEnvironments(ver2, maskinporten.Test, ver2))
	check.Same(t, []string{"test", "ver2"}, slices.Sorted(maps.Keys(w.ready.Environments)), "ready")
	for _, c := range w.ready.Credentials {
		if c.Environment != "test" && c.Environment != "ver2" {
			t.Errorf("credentials for %s", c.Environment)
		}
	}
	const document = "/.well-known/oauth-authorization-server"
	for path, want := range map[string]int{
		document: 200, "/jwk": 200, "/prefix/all": 200, "/api/v1/prefix/all": 200, "/ver2" + document: 200, document + "/ver2": 200, "/ver2/prefix/all": 200,
		"/prod" + document: 404, document + "/prod": 404, "/prod/jwk": 404, "/prod/api/v1/prefix/all": 404, "/ver1/prefix/all": 404, "/ver1/errors/MP-100": 404,
	} {
		got := w.send(http.MethodGet, path, nil, "").want(want)
		if want == 404 && !strings.Contains(got.body, "The mock was told to serve test and ver2 only, and not ") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	w.send(http.MethodPost, "/prod/token", nil, "").want(http.StatusNotFound)
	body := `{"environment":"prod","orgno":"991825827","kind":"valid"}`
	if got := w.send(http.MethodPost, "/_mock/certificates", nil, body).want(http.StatusBadRequest).body; !strings.Contains(got, "not prod") {
		t.Error(got)
	}
}

func TestAnEnvironmentThatIsNotServedIsFoundOutInMemoryToo(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithEnvironments(ver1))
	for address, want := range map[string]int{
		"https://ver1.maskinporten.no/jwk":                  http.StatusOK,
		"https://maskinporten.no/jwk":                       http.StatusNotFound,
		"https://api.samarbeid.digdir.no/api/v1/prefix/all": http.StatusNotFound,
		openList: http.StatusNotFound,
		"https://test.maskinporten.no/errors/MP-100":          http.StatusNotFound,
		"https://integrasjon-ver1.difi.no/delegationsources":  http.StatusOK,
		"https://integrasjon-ver1.difi.no/scopes/all?prefix=": http.StatusOK,
	} {
		if got := inMemory(t, srv, address).want(want); want == http.StatusNotFound && !strings.Contains(got.body, "to serve ver1 only") {
			t.Errorf("%s: %s", address, got.body)
		}
	}
}

// Neither the browser's session nor a client's token leads past it.
func TestPortalServesTheSameEnvironments(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithEnvironments(maskinporten.Test, ver1))
	session := signedIn(t, srv, "kari@digdir.no")
	for env, served := range map[maskinporten.Environment]bool{maskinporten.Test: true, ver2: false} {
		_, err := maskinporten.Collect(portalClient(t, session, env).Scopes.Prefixes(t.Context()))
		if served != (err == nil) || !served && (!errors.Is(err, maskinporten.ErrNotFound) || !strings.Contains(err.Error(), "not ver2")) {
			t.Errorf("as a user in %s: %v", env, err)
		}
		r := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.Endpoints(env).Portal+"/integrations", nil))(t)
		r.Header.Set("Authorization", "Bearer x")
		got := readAll(t, string(env), check.Got(srv.HTTPClient().Do(r))(t)) //nolint:bodyclose // readAll does
		if strings.Contains(got.body, "not ver2") == served {
			t.Errorf("as a client in %s: %s", env, got.body)
		}
	}
}

// What isn't served is there nevertheless: a snapshot loses nothing.
func TestTheWorldStaysWhole(t *testing.T) {
	t.Parallel()
	fixed := func() time.Time { return time.Date(2025, time.July, 2, 12, 0, 0, 0, time.UTC) }
	whole := start(t, mockserver.WithDeterministicIDs(), mockserver.WithTime(fixed))
	some := start(t, mockserver.WithDeterministicIDs(), mockserver.WithTime(fixed), mockserver.WithEnvironments(maskinporten.Prod))
	check.Same(t, string(whole.Snapshot()), string(some.Snapshot()))
}

func TestEnvironmentsThatDontExistAreAMistake(t *testing.T) {
	t.Parallel()
	for want, environments := range map[string][]maskinporten.Environment{
		"name some of test, ver1, ver2 and prod": nil, `"staging" is unknown`: {maskinporten.Test, "staging"},
	} {
		if _, err := mockserver.New(mockserver.WithEnvironments(environments...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", environments, err)
		}
	}
}

func TestHealthChecksDontDrownTheRequests(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWire(t, mockserver.WithControl(), mockserver.WithHistory(2, 2), mockserver.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	w.send(http.MethodGet, "/jwk", nil, "").want(http.StatusOK)
	for range 3 {
		w.send(http.MethodGet, "/_mock/health", nil, "").want(http.StatusOK).has(object{"status": "ok"})
	}
	if got := w.srv.Requests(); len(got) != 1 || got[0].Path != "/jwk" || strings.Contains(log.String(), "health") {
		t.Errorf("%v, logged\n%s", got, log.String())
	}
}
