package mockserver_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// example is the seed in WORLD.md.
func example(t *testing.T) []byte {
	t.Helper()
	_, text, found := strings.Cut(string(check.Got(os.ReadFile("WORLD.md"))(t)), "```json\n")
	text, _, closed := strings.Cut(text, "```\n")
	if !found || !closed {
		t.Fatal("WORLD.md has no example")
	}
	return []byte(text)
}

func TestTheDocumentedSeedWorks(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithWorld(example(t)))
	credentials := maskinporten.Credentials{ClientID: "orders", Key: srv.Key(0, "orders")}
	authenticator := check.Got(maskinporten.NewAuthenticator(srv.Endpoints(maskinporten.Test), credentials, srv.ClientOptions()...))(t)
	if _, err := authenticator.Token(t.Context(), maskinporten.TokenRequest{Scopes: []string{"brreg:orders.read"}}); err != nil {
		t.Error(err)
	}
	kari := check.Got(srv.Portal().SignIn("kari@brreg.no", "korrekt hest"))(t)
	if profile := check.Got(kari.Profile())(t); !profile.Manager {
		t.Errorf("%+v", profile)
	}
	w := decodedSnapshot(t, srv)
	if got := w.Environments["test"]; len(got.Clients) != 7 || len(got.Scopes) != 2 || len(got.Accesses) != 2 || len(got.Organizations) != 4 {
		t.Errorf("%+v", got)
	}
	again := start(t, mockserver.WithWorld(srv.Snapshot()))
	check.Same(t, string(srv.Snapshot()), string(again.Snapshot()))
}

func TestReadyShowsNoCredentialsThatASeedLeavesOut(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithWorld([]byte(`{"version":1,"environments":{"test":{},"ver1":{"extends":"default"}}}`)))
	found := map[string]int{}
	for _, c := range check.Got(srv.Ready(base))(t).Credentials {
		found[c.Environment]++
	}
	check.Same(t, map[string]int{"ver1": 6, "ver2": 6, "prod": 6}, found)
}

func TestControlTakesAndGivesSnapshots(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		w.steer(method, "snapshot", string(example(t))).want(http.StatusOK)
		taken := w.steer(http.MethodGet, "snapshot", "").want(http.StatusOK)
		check.Same(t, string(w.srv.Snapshot()), taken.body)
	}
	before := string(w.srv.Snapshot())
	w.steer(http.MethodPut, "snapshot", `{"version":3}`).want(http.StatusBadRequest)
	check.Same(t, string(w.srv.Snapshot()), before, "a snapshot that was refused changed something")
	var refusal struct {
		Error string `json:"error"`
	}
	refused := w.steer(http.MethodPut, "snapshot", `{"version":1,"environments":{"test":{"scopes":[{}]}}}`).want(http.StatusBadRequest)
	if err := json.Unmarshal([]byte(refused.body), &refusal); err != nil || !strings.Contains(refusal.Error, "environments.test: scopes[0]") {
		t.Errorf("%q, %v", refusal.Error, err)
	}
}
