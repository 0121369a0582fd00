package mockserver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// once makes calls that are not repeated, so that faults show.
func once(t *testing.T, srv *mockserver.Server) *maskinporten.Client {
	t.Helper()
	return srv.Client(srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"), maskinporten.WithAttempts(1))
}

func newScope(name string) maskinporten.ScopeCreate {
	return maskinporten.ScopeCreate{Prefix: "difi", Subscope: name, Description: "d"}
}

// fetched is an answer whose body was read.
type fetched struct {
	StatusCode int
	Header     http.Header
}

// fetch reads an open list without the SDK.
func fetch(t *testing.T, client *http.Client, url string) (*fetched, string, error) {
	t.Helper()
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))(t)
	resp, err := client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return &fetched{resp.StatusCode, resp.Header}, string(body), err
}

const openList = "https://api.test.samarbeid.digdir.no/api/v1/prefix/all"

func TestFaultAnswersInsteadOfTheServer(t *testing.T) {
	t.Parallel()
	srv := start(t)
	client := once(t, srv)
	handle := srv.Fail(mockserver.Fault{
		Operation: "POST /scopes", Times: 1, Status: 502, Body: "<html>Bad gateway", ContentType: "text/html", RetryAfter: 7 * time.Second,
	})
	_, err := client.Scopes.Create(t.Context(), newScope("a"))
	refusal, ok := errors.AsType[*maskinporten.APIError](err)
	if !ok || refusal.StatusCode != 502 || refusal.RetryAfter != 7*time.Second {
		t.Errorf("got %v", err)
	}
	if _, err := client.Scopes.Create(t.Context(), newScope("a")); err != nil {
		t.Errorf("the server had acted, or the fault goes on: %v", err)
	}
	if handle.Hits() != 1 {
		t.Errorf("%d hits", handle.Hits())
	}
}

func TestResetBeforeAndAfterTheServerActed(t *testing.T) {
	t.Parallel()
	for reset, acted := range map[string]bool{mockserver.ResetBefore: false, mockserver.ResetAfter: true} {
		t.Run(string(reset), func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			client := once(t, srv)
			srv.Fail(mockserver.Fault{Operation: "POST /scopes", Reset: reset})
			_, err := client.Scopes.Create(t.Context(), newScope("a"))
			if !errors.Is(err, syscall.ECONNRESET) || !errors.Is(err, maskinporten.ErrOutcomeUnknown) {
				t.Errorf("got %v", err)
			}
			if _, err = client.Scopes.Get(t.Context(), "difi:a"); (err == nil) != acted {
				t.Errorf("the scope: %v", err)
			}
		})
	}
}

func TestTruncatedBodyEndsTooEarly(t *testing.T) {
	t.Parallel()
	srv := start(t)
	srv.Fail(mockserver.Fault{Operation: "GET /prefix/all", Truncate: true})
	for name, client := range map[string]*http.Client{openList: srv.HTTPClient(), srv.URL() + "/prefix/all": http.DefaultClient} {
		if _, body, err := fetch(t, client, name); !errors.Is(err, io.ErrUnexpectedEOF) || body == "" {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
	}
}

func TestDelayAndSlowBodyTakeTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		srv.Fail(mockserver.Fault{Operation: "GET /prefix/all", Delay: time.Minute, SlowBody: time.Second})
		began := time.Now()
		_, body, err := fetch(t, srv.HTTPClient(), openList)
		if err != nil || !strings.HasSuffix(strings.TrimSpace(body), "]") {
			t.Errorf("got %q, %v", body, err)
		}
		if took := time.Since(began); took != 64*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestStaleReadAnswersAsTheLastTime(t *testing.T) {
	t.Parallel()
	srv := start(t)
	client := once(t, srv)
	check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
	srv.Fail(mockserver.Fault{Operation: "GET /scopes/scope", After: 1, Times: 1, Stale: true})
	check.Got(client.Scopes.Update(t.Context(), "difi:a", func(s *maskinporten.Scope) error { // reads "d", which is remembered
		s.Description = "changed"
		return nil
	}))(t)
	for i, want := range []string{"d", "changed"} {
		if got := check.Got(client.Scopes.Get(t.Context(), "difi:a"))(t); got.Description != want {
			t.Errorf("read number %d: got %q, want %q", i+1, got.Description, want)
		}
	}
}

func TestFaultMeetsOnlyWhatItMatches(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mockserver.Fault{
		"other operation":    {Operation: "PUT /scopes"},
		"other path":         {Operation: "* /clients/*/jwks"},
		"other environment":  {Environment: maskinporten.Prod},
		"other organisation": {OrgNo: "889640782"},
		"other client":       {ClientID: "x"},
		"other scope":        {Scope: "difi:b"},
		"later":              {After: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := check.Got(mockserver.New())(t)
			client := once(t, srv)
			check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
			fault.Status = 500
			handle := srv.Fail(fault)
			if _, err := client.Scopes.Get(t.Context(), "difi:a"); err != nil || handle.Hits() != 0 {
				t.Errorf("got %v, %d hits", err, handle.Hits())
			}
		})
	}
}

func TestFaultMatchesOrganisationClientScopeAndToken(t *testing.T) {
	t.Parallel()
	srv := start(t)
	credentials := srv.AdminCredentials(maskinporten.Test, srv.AddOrganization("991825827", "Digitaliseringsdirektoratet"))
	client := once(t, srv)
	check.Got(client.Scopes.Create(t.Context(), newScope("a")))(t)
	for _, fault := range []mockserver.Fault{
		{OrgNo: "991825827"}, {ClientID: credentials.ClientID}, {Scope: "difi:a"}, {Environment: maskinporten.Test}, {Operation: "* *"}, {Operation: "get /scopes/{any}"},
	} {
		fault.Status = 500
		handle := srv.Fail(fault)
		if _, err := client.Scopes.Get(t.Context(), "difi:a"); err == nil || handle.Hits() == 0 {
			t.Errorf("%s met nothing", fault)
		}
		handle.Remove()
	}
	srv.Fail(mockserver.Fault{Operation: "POST /token", ClientID: credentials.ClientID, Status: 400})
	if _, err := once(t, srv).Scopes.Get(t.Context(), "difi:a"); err == nil {
		t.Error("the token request was spared")
	}
	last := srv.Requests()
	if entry := last[len(last)-1]; entry.Fault == "" || entry.Status != 400 {
		t.Errorf("the journal says %+v", entry)
	}
}

func TestProbabilityIsReproducibleBySeed(t *testing.T) {
	t.Parallel()
	pattern := func(seed uint64) string {
		srv := check.Got(mockserver.New(mockserver.WithSeed(seed)))(t)
		srv.Fail(mockserver.Fault{Probability: 0.5, Status: 500})
		var b strings.Builder
		for range 64 {
			resp, _ := check.Got2(fetch(t, srv.HTTPClient(), openList))(t)
			b.WriteByte(byte('0' + resp.StatusCode/100))
		}
		return b.String()
	}
	first, again, other := pattern(7), pattern(7), pattern(8)
	if first != again || first == other || !strings.Contains(first, "2") || !strings.Contains(first, "5") {
		t.Errorf("\n%s\n%s\n%s", first, again, other)
	}
}

func TestFaultThatCanDoNothingIsRefused(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mockserver.Fault{
		"nothing": {}, "body without status": {Body: "x", Truncate: true}, "status": {Status: 99}, "reset": {Reset: "sometime"},
		"probability": {Status: 500, Probability: 2}, "negative": {Status: 500, Times: -1}, "operation": {Status: 500, Operation: "scopes"},
		"no such call": {Status: 500, Operation: "GET /nonsense"}, "no such method": {Status: 500, Operation: "PATCH /scopes"}, "environment": {Status: 500, Environment: "dev"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := &faultyTest{}
			srv := mockserver.Start(double)
			func() {
				defer func() { _ = recover() }()
				srv.Fail(fault)
			}()
			if double.fatal == "" {
				t.Error("taken")
			}
		})
	}
}

func TestUnusedFaultFailsTheTest(t *testing.T) {
	t.Parallel()
	double := &faultyTest{}
	srv := mockserver.Start(double)
	srv.Fail(mockserver.Fault{Status: 500})
	for _, cleanup := range double.cleanups {
		cleanup()
	}
	if len(double.errors) != 1 {
		t.Errorf("errors: %v", double.errors)
	}
}

func TestFaultsAreSteeredOverHTTP(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	w.steer(http.MethodPost, "faults", `{"operation":"GET /prefix/all","status":503,"retry_after":"2s","times":1}`).want(http.StatusOK)
	check.Same(t, "2", w.anybody().get("/prefix/all").want(http.StatusServiceUnavailable).header.Get("Retry-After"), "Retry-After")
	check.Same(t, []string{"1"}, w.steer(http.MethodGet, "faults", "").names("hits"), "hits")
	w.steer(http.MethodDelete, "faults", "").want(http.StatusOK)
	check.Same(t, []string{}, w.steer(http.MethodGet, "faults", "").names("id"), "after DELETE")
}

// faultyTest stands for a test that uses the mock wrongly.
type faultyTest struct {
	cleanups []func()
	errors   []string
	fatal    string
}

func (f *faultyTest) Helper()             {}
func (f *faultyTest) Cleanup(g func())    { f.cleanups = append([]func(){g}, f.cleanups...) }
func (f *faultyTest) Failed() bool        { return len(f.errors) > 0 }
func (f *faultyTest) Logf(string, ...any) {}
func (f *faultyTest) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *faultyTest) Fatalf(format string, args ...any) {
	f.fatal = fmt.Sprintf(format, args...)
	panic(f.fatal) //nolint:forbidigo // as t.Fatalf ends a test
}

func TestFaultMeetsATokenRequestByWhatItsGrantSays(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mockserver.Fault{
		"scope":        {Operation: "POST /token", Scope: "idporten:scopes.read"},
		"organisation": {Operation: "POST /token", OrgNo: "991825827"},
		"written out":  {Operation: "POST /token", Environment: maskinporten.Test},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			client := once(t, srv)
			fault.Status = http.StatusServiceUnavailable
			srv.Fail(fault)
			if _, err := maskinporten.Collect(client.Scopes.All(t.Context(), maskinporten.ScopeFilter{})); !errors.Is(err, maskinporten.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestFaultKnowsAnOperationByAnyOfItsNames(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for i, operation := range []string{"GET /prefix/all", "get prefix/all", "GET /api/v1/prefix/all", "* /prefix/all", "GET /prefix/*", "GET *"} {
		srv.ClearFaults()
		handle := srv.Fail(mockserver.Fault{Operation: operation, Status: 500 + i})
		if resp, _, err := fetch(t, srv.HTTPClient(), openList); err != nil || resp.StatusCode != 500+i || handle.Hits() != 1 {
			t.Errorf("%s: %v %v", operation, resp, err)
		}
	}
}
