package mockserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// description is an OpenAPI document, as far as these tests look.
type description struct {
	OpenAPI string `json:"openapi"`
	Servers []struct {
		URL string `json:"url"`
	} `json:"servers"`
	Paths map[string]map[string]json.RawMessage `json:"paths"`
}

func (d description) servers() (urls []string) {
	for _, server := range d.Servers {
		urls = append(urls, server.URL)
	}
	return urls
}

// operations lists the methods and paths that begin so, sorted.
func (d description) operations(prefix string) []string {
	found := []string{}
	for path, item := range d.Paths {
		for name := range item {
			method := strings.ToUpper(name)
			if rest, ok := strings.CutPrefix(path, prefix); ok && slices.Contains([]string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}, method) {
				found = append(found, method+" "+rest)
			}
		}
	}
	slices.Sort(found)
	return found
}

// description reads what is served.
func (w *wire) description() (d description) {
	w.Helper()
	a := w.send(http.MethodGet, "/openapi.json", nil, "").want(http.StatusOK)
	check.Same(w, "application/json", a.header.Get("Content-Type"))
	a.decode(&d)
	return d
}

func TestDescriptionIsServedWithItsAddress(t *testing.T) {
	t.Parallel()
	w := newSteered(t)
	got := w.description()
	check.Same(t, "3.1.0", got.OpenAPI, "OpenAPI")
	check.Same(t, []string{base, base + "/prod", base + "/ver1", base + "/ver2"}, got.servers())
	for path, item := range got.Paths {
		var servers []struct {
			URL string `json:"url"`
		}
		if item["servers"] != nil {
			check.OK(t, json.Unmarshal(item["servers"], &servers))
		}
		once := strings.HasPrefix(path, "/_mock/") || strings.HasPrefix(path, "/portal/") || path == "/openapi.json" || path == "/world.schema.json"
		if once != (len(servers) == 1 && servers[0].URL == base) {
			t.Errorf("%s is served at %v", path, servers)
		}
	}
	if last := w.srv.Requests()[0]; last.Operation != "GET /openapi.json" || last.Status != http.StatusOK || last.Environment != "" {
		t.Errorf("the journal has %+v", last)
	}
}

func TestDescriptionIsFoundNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for _, path := range []string{"/ver2/openapi.json", "/prod/openapi.json", "/api/v1/openapi.json", "/openapi.json/x", "/portal/openapi.json", "/Openapi.json"} {
		w.send(http.MethodGet, path, nil, "").want(http.StatusNotFound)
	}
	w.send(http.MethodGet, "//openapi.json", nil, "").want(http.StatusBadRequest)
	check.Same(t, "GET, HEAD", w.send(http.MethodPost, "/openapi.json", nil, "").want(http.StatusMethodNotAllowed).header.Get("Allow"), "Allow")
	w.send(http.MethodHead, "/openapi.json", nil, "").want(http.StatusOK)
	resp := check.Got(w.srv.HTTPClient().Get("https://test.maskinporten.no/openapi.json"))(t) //nolint:bodyclose // closed below
	defer func() { _ = resp.Body.Close() }()
	check.Same(t, http.StatusNotFound, resp.StatusCode, "in memory, where the addresses are the real ones: ", resp.Status)
}

func TestDescriptionOfABasePath(t *testing.T) {
	t.Parallel()
	handler := start(t).Handler("https://tests.example/mock/")
	for _, path := range []string{"/mock/openapi.json", "/openapi.json"} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		var got description
		if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil || recorder.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, recorder.Code, err)
		}
		if got.servers()[0] != "https://tests.example/mock" {
			t.Errorf("%s: servers %v", path, got.servers())
		}
	}
}

func TestDescriptionHasOnlyTheEnvironmentsThatAreServed(t *testing.T) {
	t.Parallel()
	w := newWire(t, mockserver.WithEnvironments(maskinporten.Prod))
	check.Same(t, []string{base + "/prod"}, w.description().servers())
}

func TestControlAPIIsDescribedWhereItIsServed(t *testing.T) {
	t.Parallel()
	if got := newWire(t).description().operations("/_mock/"); len(got) > 0 {
		t.Errorf("it is switched off, and described: %v", got)
	}
	w := newSteered(t)
	var unknown struct {
		Calls []string `json:"calls"`
	}
	w.steer(http.MethodGet, "nothing", "").want(http.StatusNotFound).decode(&unknown)
	check.Same(t, unknown.Calls, w.description().operations("/_mock/"), "calls that there are and described ones")
}

func TestIssuersCallsAreDescribed(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	got := slices.DeleteFunc(w.description().operations("/"), func(operation string) bool {
		_, path, _ := strings.Cut(operation, " ")
		return strings.HasPrefix(path, "api/") || strings.HasPrefix(path, "portal/") || path == "openapi.json" || path == "world.schema.json"
	})
	want := map[string]int{ // with the status that shows that they exist
		"GET .well-known/oauth-authorization-server": http.StatusOK,
		"GET errors/{code}":                          http.StatusNotFound,
		"GET jwk":                                    http.StatusOK,
		"POST token":                                 http.StatusBadRequest,
		"POST tokeninfo":                             http.StatusBadRequest,
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), got); diff != "" {
		t.Fatal(diff)
	}
	for operation, status := range want {
		method, path, _ := strings.Cut(operation, " ")
		w.send(method, "/ver2/"+strings.Replace(path, "{code}", "MP-999", 1), nil, "").want(status)
		if op := w.srv.Requests(); op[len(op)-1].Operation != method+" /"+path {
			t.Errorf("%s is %q in the journal", operation, op[len(op)-1].Operation)
		}
	}
}

func TestMiddlewareSeesAllRequestsTheFirstGivenFirst(t *testing.T) {
	t.Parallel()
	var order []string
	note := func(name string) mockserver.Option {
		return mockserver.WithMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, fmt.Sprint(name, " ", r.URL.Path))
				w.Header().Set("X-Seen", name)
				next.ServeHTTP(w, r)
			})
		})
	}
	w := newWire(t, note("outer"), note("inner"))
	w.send(http.MethodGet, "/jwk", nil, "").want(http.StatusOK)
	resp := check.Got(w.srv.HTTPClient().Get("https://test.maskinporten.no/jwk"))(t) //nolint:bodyclose // closed below
	defer func() { _ = resp.Body.Close() }()
	check.Same(t, "inner", resp.Header.Get("X-Seen"), "in memory the answer was marked by")
	check.Same(t, []string{"outer /jwk", "inner /jwk", "outer /jwk", "inner /jwk"}, order)
	check.Same(t, 2, w.srv.Answered(), "the journal counted")
	if _, err := mockserver.New(mockserver.WithMiddleware(nil)); err == nil {
		t.Error("took no function at all")
	}
}
