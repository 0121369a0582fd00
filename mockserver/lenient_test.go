package mockserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// newLenientWire is newWire; what a lenient server answers needn't be as the
// description says.
func newLenientWire(t *testing.T, options ...mockserver.Option) *wire {
	t.Helper()
	srv := mockserver.Start(t, append(options, mockserver.WithLenient())...)
	w := wireTo(t, srv, srv.Handler(base))
	check.OK(t, json.Unmarshal(check.Got(json.Marshal(check.Got(srv.Ready(base))(t)))(t), &w.ready))
	return w
}

func TestWhatIsAssumedIsRefusedUnlessTheServerIsLenient(t *testing.T) {
	t.Parallel()
	for _, row := range slices.Concat(assumedOfScopes, assumedOfClients, assumedOfGrants) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			strict := newWire(t, atFixedTime())
			a := row.call(strict)
			if a.status != row.status || !strings.Contains(a.body, row.refusal) {
				t.Errorf("strict: got %d %s, want %d with %q", a.status, a.body, row.status, row.refusal)
			}
			if last := lastRequest(strict); last.Assumed != nil || last.Refusal == "" {
				t.Errorf("strict: the journal has %+v", last)
			}
			lenient := newLenientWire(t, atFixedTime())
			a = row.call(lenient).want(http.StatusOK)
			last := lastRequest(lenient)
			if len(last.Assumed) != 1 || !strings.Contains(last.Assumed[0], row.refusal) || last.Refusal != "" {
				t.Errorf("lenient: the journal has %+v", last)
			}
			if last.Grant == nil {
				if row.then != nil {
					a.has(row.then)
				}
				if !strings.HasPrefix(last.Assumed[0], fmt.Sprintf("%d: ", row.status)) {
					t.Errorf("lenient: the journal has %q", last.Assumed)
				}
				return
			}
			if row.then != nil {
				a.compare(claimsOf(t, a.object()["access_token"].(string)), row.then)
			}
		})
	}
}

func lastRequest(w *wire) mockserver.Request {
	requests := w.srv.Requests()
	return requests[len(requests)-1]
}

func TestSeveralAssumptionsAreToldOfOneGrant(t *testing.T) {
	t.Parallel()
	w := newLenientWire(t, atFixedTime())
	delegated(object{"azp": "x", "iss_onbehalfof": "v"})(w).want(http.StatusOK)
	want := []string{
		"MP-011: the claim iss_onbehalfof: it doesn't go together with consumer_org",
		`MP-011: the claim "azp": a grant has no such claim`,
		"MP-250: the consumer 889640782 has no access, or the scope is inactive",
		`MP-011: the claim iss_onbehalfof: "v" is not registered on the client`,
	}
	check.Same(t, want, lastRequest(w).Assumed)
}

func TestWhatIsPublishedIsRefusedByALenientServerToo(t *testing.T) {
	t.Parallel()
	for _, row := range published {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for what, w := range map[string]*wire{"strict": newWire(t, atFixedTime()), "lenient": newLenientWire(t, atFixedTime())} {
				a := row.call(w)
				if a.status != row.status || !strings.Contains(a.body, row.refusal) {
					t.Errorf("%s: got %d %s, want %d with %q", what, a.status, a.body, row.status, row.refusal)
				}
				if last := lastRequest(w); last.Refusal == "" {
					t.Errorf("%s: the journal has %+v", what, last)
				}
			}
		})
	}
}

func TestEachOfSeveralDetailsIsCheckedAndInTheToken(t *testing.T) {
	t.Parallel()
	w := newLenientWire(t, atFixedTime())
	a := asksFor(object{"authorization_details": []object{aConsent, changed(maps.Clone(aConsent), object{"id": "2"})}})(w).want(http.StatusOK)
	details, _ := claimsOf(t, a.object()["access_token"].(string))["authorization_details"].([]any)
	if len(details) != 2 || details[0].(object)["id"] != "1" || details[1].(object)["id"] != "2" {
		t.Errorf("got %v", details)
	}
	w = newLenientWire(t, atFixedTime())
	a = asksFor(object{"authorization_details": []object{aConsent, {"type": "x"}}})(w).want(http.StatusBadRequest)
	if !strings.Contains(a.body, "MP-301") {
		t.Errorf("got %s", a.body)
	}
}

func TestARefusalAfterWhatWasPassedOverChangesNothing(t *testing.T) {
	t.Parallel()
	w := newLenientWire(t, atFixedTime())
	s := with(w, app("x")).prepared("PUT", "/clients/x/jwks/k", publicKey(w.T, 0, "k", nil))
	before := string(w.srv.Snapshot())
	expired := publicKey(w.T, 1, "j", object{"exp": 1})
	s.post("/clients/x/jwks", object{"keys": []any{expired, expired}}).refused(http.StatusBadRequest, "twice")
	if last := lastRequest(w); len(last.Assumed) != 2 || last.Refusal == "" {
		t.Errorf("the journal has %+v", last)
	}
	s.put("/clients/x", changed(app("x", "difi:none"), object{"client_id": "y"})).refused(http.StatusBadRequest, "difi:none")
	check.Same(t, before, string(w.srv.Snapshot()))
}

func TestALenientServersWorldIsForLenientServers(t *testing.T) {
	t.Parallel()
	w := newLenientWire(t, atFixedTime())
	provider, consumer := providing(w), consuming(w)
	provider.post("/scopes", scope("a+b", object{"accessible_for_all": true})).want(http.StatusOK)
	provider.post("/scopes", scope(strings.Repeat("a", 300), nil)).want(http.StatusOK)
	provider.post("/scopes", scope("a", object{"visibility": "INTERNAL", "active": false})).want(http.StatusOK)
	provider.put("/scopes/access/889640782"+aScope, nil).want(http.StatusOK)
	provider.del("/scopes/access/910753614" + aScope).want(http.StatusOK)
	saml, krr := object{"integration_type": "idporten_saml2"}, object{"integration_type": "krr"}
	for _, body := range []object{app("å b"), app("x"), changed(app("saml"), saml), changed(app("krr", "difi:a+b"), krr)} {
		consumer.post("/clients", body).want(http.StatusOK)
	}
	consumer.post("/clients/x/secret", nil).want(http.StatusOK)
	consumer.put("/clients/x/jwks/k", publicKey(t, 0, "k", object{"exp": 1})).want(http.StatusOK)
	consumer.put("/clients/x/jwks/"+strings.Repeat("k", 256), publicKey(t, 1, "", object{"kid": nil})).want(http.StatusOK)
	consumer.post("/clients/x/onbehalfof", object{"onbehalfof": "å"}).want(http.StatusOK)
	saved := w.srv.Snapshot()
	again := check.Got(mockserver.New(mockserver.WithWorld(saved), mockserver.WithLenient(), atFixedTime()))(t)
	check.Same(t, string(saved), string(again.Snapshot()))
	if _, err := mockserver.New(mockserver.WithWorld(saved)); err == nil {
		t.Error("a strict server takes it too")
	}
}

// loggedTest remembers what is logged.
type loggedTest struct {
	faultyTest
	log []string
}

func (l *loggedTest) Logf(format string, args ...any) {
	l.log = append(l.log, fmt.Sprintf(format, args...))
}

func TestEachRequestThatIsSparedIsLoggedOnceAtLevelWarn(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	double := &loggedTest{}
	srv := mockserver.Start(double, mockserver.WithLenient(), mockserver.WithLogger(newJSONLog(&out)))
	client := srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet").AssignPrefix("difi"))
	make := func(subscope string) {
		if _, err := client.Scopes.Create(t.Context(), newScope(subscope)); err != nil {
			t.Error(err)
		}
	}
	make("a")
	if strings.Contains(out.String(), "WARN") || len(double.log) > 0 {
		t.Errorf("without a cause there is %s and %q", out.String(), double.log)
	}
	make("a+b")
	var lines []string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, `"level":"WARN"`) {
			lines = append(lines, line)
		}
	}
	const refusal = `400: Invalid subscope \"a+b\": letters`
	if len(lines) != 1 || !strings.Contains(lines[0], `"assumed":["`+refusal) {
		t.Errorf("logged: %q", lines)
	}
	if len(double.log) != 1 || !strings.HasPrefix(double.log[0], "mockserver: lenient: POST test/api/v1/scopes -> 200 for client ") || !strings.Contains(double.log[0], strings.ReplaceAll(refusal, `\`, "")) {
		t.Errorf("in the log of the test: %q", double.log)
	}
	for _, cleanup := range double.cleanups {
		cleanup()
	}
	make("a+c") // the test is over, and must not be written to
	if len(double.log) != 1 {
		t.Errorf("in the log of the test that is over: %q", double.log)
	}
}
