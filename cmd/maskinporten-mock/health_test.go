package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthAsksTheServer(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	polite := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	t.Cleanup(polite.Close)
	secret := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secret.Close)
	_, on := start(t)
	_, off := start(t, "-control=off")
	_, some := start(t, "-control=off", "-environment=ver2,prod")
	_, secure := start(t, "-tls")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tests := map[string]struct {
		args []string
		want int
		says string
	}{
		"a server with the control API":  {[]string{"-url", on.Environments["test"].Issuer}, 0, ""},
		"a server without it":            {[]string{"-url", off.Environments["test"].Issuer}, 0, ""},
		"a server of other environments": {[]string{"-url", strings.TrimSuffix(some.Environments["ver2"].Issuer, "ver2/")}, 0, ""},
		"a server that speaks TLS":       {[]string{"-url", secure.Environments["test"].Issuer}, 0, ""},
		"its address alone":              {[]string{secure.Environments["test"].Issuer}, 0, ""},
		"some other server":              {[]string{"-url", stranger.URL}, 1, "404 Not Found, and not as a mock does"},
		"one that answers anything":      {[]string{"-url", polite.URL}, 1, "200 OK, and not as a mock does"},
		"one that nobody trusts":         {[]string{"-url", secret.URL}, 1, "certificate"},
		"no server":                      {[]string{"-url", gone.URL}, 1, "refused"},
		"help":                           {[]string{"-h"}, 0, "-url"},
		"no address":                     {[]string{"-url", "here"}, 2, "no address such as"},
		"an unknown flag":                {[]string{"-address", "http://localhost"}, 2, "-address"},
		"two addresses":                  {[]string{"-url", "http://localhost", "http://localhost"}, 2, "one address is enough"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, stderr strings.Builder
			got := run(t.Context(), append([]string{"health"}, test.args...), &out, &stderr)
			if got != test.want || !strings.Contains(stderr.String(), test.says) || out.Len() > 0 || test.says == "" && stderr.Len() > 0 {
				t.Errorf("health %q exits with %d, want %d: %s", test.args, got, test.want, stderr.String())
			}
		})
	}
}

func TestHealthAsksPort8080UnlessTold(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	code := run(t.Context(), []string{"health"}, &strings.Builder{}, &stderr)
	said := stderr.String()
	if code == 1 && (!strings.Contains(said, "https://127.0.0.1:8080/") || !strings.Contains(said, "http://127.0.0.1:8080/")) || code > 1 {
		t.Errorf("exit code %d: %s", code, said) // 0: somebody runs one there
	}
}
