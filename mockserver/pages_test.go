package mockserver_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// browse asks for an address as a browser does, and returns status and page.
func browse(t *testing.T, client *http.Client, address string, header ...string) (int, string) {
	t.Helper()
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
	request.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	for i := 0; i+1 < len(header); i += 2 {
		if request.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	resp := check.Got(client.Do(request))(t) //nolint:bodyclose // closed below
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, string(check.Got(io.ReadAll(resp.Body))(t))
}

func TestBrowsersGetPagesAndProgramsJSON(t *testing.T) {
	t.Parallel()
	srv := start(t, mockserver.WithControl())
	for address, client := range map[string]*http.Client{srv.URL(): http.DefaultClient, "https://portal.mockserver.invalid": srv.HTTPClient()} {
		for _, path := range []string{"/", "/portal/", "/portal", "/portal/login", "/portal/confirm?token=x"} {
			if _, page := browse(t, client, address+path); !strings.Contains(page, "<!doctype html>") || !strings.Contains(page, "Samarbeidsportalen") {
				t.Errorf("%s%s: %.200s", address, path, page)
			}
			resp := check.Got(client.Get(address + path))(t) //nolint:bodyclose // closed below
			if _ = resp.Body.Close(); resp.Header.Get("Content-Type") != "application/json" || resp.StatusCode < 400 {
				t.Errorf("a program at %s%s gets %d %s", address, path, resp.StatusCode, resp.Header.Get("Content-Type"))
			}
		}
	}
	for _, r := range srv.Requests() {
		if strings.HasPrefix(r.Path, "/portal/login") && r.Status == http.StatusOK {
			t.Errorf("looking at a page is in the journal: %s", r)
		}
	}
	if status, _ := browse(t, srv.HTTPClient(), "https://test.maskinporten.no/"); status != http.StatusNotFound {
		t.Errorf("a real host has a page: %d", status)
	}
}

func TestWorkbenchIsWhereTheControlAPIIs(t *testing.T) {
	t.Parallel()
	with, without := start(t, mockserver.WithControl()), start(t)
	for _, c := range []struct {
		address string
		header  []string
		status  int
	}{
		{with.URL() + "/workbench/mail", nil, http.StatusOK},
		{with.URL() + "/workbench/mail", []string{"Host", "rebound.example"}, http.StatusForbidden},
		{with.URL() + "/workbench/mail", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{without.URL() + "/workbench/mail", nil, http.StatusNotFound},
	} {
		if status, page := browse(t, http.DefaultClient, c.address, c.header...); status != c.status {
			t.Errorf("%s %v: %d %.200s", c.address, c.header, status, page)
		}
	}
	if status, _ := browse(t, with.HTTPClient(), "https://portal.mockserver.invalid/workbench/mail"); status != http.StatusNotFound {
		t.Errorf("in memory: %d", status)
	}
}
