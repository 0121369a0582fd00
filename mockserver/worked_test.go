package mockserver_test

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// workedCall is a request as CONTROL.md writes it.
type workedCall struct{ method, call, body string }

// workedCalls are those of CONTROL.md, in its order.
func workedCalls(t *testing.T) (calls []workedCall) {
	t.Helper()
	_, text, _ := strings.Cut(string(check.Got(os.ReadFile("CONTROL.md"))(t)), "```http\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("CONTROL.md has no worked calls")
	}
	for request := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		line, body, _ := strings.Cut(request, "\n")
		method, path, _ := strings.Cut(line, " ")
		calls = append(calls, workedCall{method, strings.TrimPrefix(path, "/_mock/"), body})
	}
	return calls
}

func TestEachWorkedCallOfTheDocumentWorks(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	worked := map[string]bool{}
	for _, c := range workedCalls(t) {
		w.steer(c.method, c.call, c.body).want(http.StatusOK)
		name, _, _ := strings.Cut(c.call, "?")
		worked[c.method+" "+name] = true
	}
	worked["POST prefix-orders"] = true // it takes an id that only an order has
	simple := []string{"GET audit", "GET clock", "GET faults", "GET health", "GET lost-notifications", "GET prefix-orders", "GET ready", "GET request-count", "GET requests", "GET settings", "GET snapshot"}
	got := slices.Sorted(maps.Keys(worked))
	want := slices.DeleteFunc(documented(t), func(call string) bool { return slices.Contains(simple, call) })
	slices.Sort(want)
	check.Same(t, want, got, "-calls that take something +worked calls")
}

// The schema that is shipped is the one that is served.
func TestTheWorldsSchemaIsShipped(t *testing.T) {
	t.Parallel()
	served := newWire(t).send(http.MethodGet, "/world.schema.json", nil, "").want(http.StatusOK).body
	check.Same(t, served, string(check.Got(os.ReadFile("world.schema.json"))(t)), "-served +shipped (write it anew: curl localhost:8080/world.schema.json)")
}
