package mockserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestHistoryKeepsTheLastRequestsAndChanges(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithHistory(3, 2))
	provider := w.as("provider", scopesWrite)
	for _, name := range []string{"a", "b", "c", "d"} {
		provider.post("/scopes", scope(name, nil)).want(http.StatusOK)
	}
	var changed, asked []string
	for _, change := range w.srv.AuditLog() {
		changed = append(changed, change.Scope)
	}
	for _, request := range w.srv.Requests() {
		asked = append(asked, request.Operation)
	}
	check.Same(t, []string{"difi:c", "difi:d"}, changed, "changes")
	if diff := cmp.Diff([]string{"POST /scopes", "POST /scopes", "POST /scopes"}, asked); diff != "" || w.srv.Answered() != 5 {
		t.Errorf("%d requests: -want +got:\n%s", w.srv.Answered(), diff)
	}
	for _, limits := range [][2]int{{-1, 1}, {1, -1}} {
		if _, err := mockserver.New(mockserver.WithHistory(limits[0], limits[1])); err == nil {
			t.Errorf("%v was taken", limits)
		}
	}
}

func TestJournalKeepsNoLongPaths(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	w.send(http.MethodGet, "/"+strings.Repeat("æ", 100_000)+"?scope="+strings.Repeat("x", 100_000), nil, "").want(http.StatusNotFound)
	if r := w.srv.Requests()[0]; len(r.Path) > 5000 || len(r.Query) > 5000 || len(r.Refusal) > 5000 || !strings.HasSuffix(r.Path, "…") {
		t.Errorf("%d bytes of path, %d of query, %d of refusal", len(r.Path), len(r.Query), len(r.Refusal))
	}
}

func TestOneAddressHasOneHandler(t *testing.T) {
	t.Parallel()
	srv := start(t)
	first := srv.Handler(base)
	if srv.Handler(base) != first || srv.Handler(base+"/") != first {
		t.Error("another handler the second time: a program that asks often fills the memory")
	}
	if srv.Handler(base+"/path") == first {
		t.Error("another address has the same handler")
	}
}

func TestFaultsThatAreOverAreForgottenInTime(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	lasting, _ := w.steer(http.MethodPost, "faults", `{"operation":"GET /prefix","status":429}`).object()["id"].(json.Number)
	for range 1500 {
		w.steer(http.MethodPost, "faults", `{"operation":"GET /prefix/all","status":503,"times":1}`).want(http.StatusOK)
		w.anybody().get("/prefix/all").want(http.StatusServiceUnavailable)
	}
	ids := w.steer(http.MethodGet, "faults", "").names("id")
	if len(ids) > 1000 || ids[0] != lasting.String() {
		t.Errorf("%d faults, from %s", len(ids), ids[0])
	}
	w.anybody().get("/prefix").want(http.StatusTooManyRequests)
}

// Environments that nobody has asked for get what was added when they are made;
// after so much of it, they are made.
func TestThousandAdditionsReachEveryEnvironment(t *testing.T) {
	t.Parallel()
	srv := start(t)
	consumer := srv.AddOrganization("889640782", "NAV")
	for i := range 1000 {
		consumer.AssignPrefix(fmt.Sprintf("p%d", i))
	}
	for _, env := range maskinporten.Environments() {
		prefixes := check.Got(maskinporten.Collect(srv.ClientIn(env, consumer).Scopes.Prefixes(t.Context())))(t)
		if len(prefixes) != 1000 {
			t.Errorf("%s: %d prefixes", env, len(prefixes))
		}
	}
}
