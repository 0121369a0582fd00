package bearer_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/bearer"
)

func TestATokenIsReadableOverPlainHTTPToOtherMachinesOnly(t *testing.T) {
	t.Parallel()
	for address, readable := range map[string]bool{
		"https://api.example.test/":  false,
		"HTTPS://api.example.test/":  false,
		"http://api.example.test/":   true,
		"HTTP://api.example.test/":   true,
		"http://localhost:8080/":     false,
		"http://LOCALHOST/":          false,
		"http://127.0.0.1/":          false,
		"http://127.9.8.7:1/":        false,
		"http://[::1]:8080/":         false,
		"http://10.0.0.1/":           true,
		"http://128.0.0.1/":          true,
		"http://[::2]/":              true,
		"http://0.0.0.0/":            true,
		"http://localhost.evil.test": true,
		"http://127.0.0.1.evil.test": true,
		"http://evil.test/localhost": true,
		"unix://var/run/socket":      false,
	} {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := bearer.IsReadable(parsed); got != readable {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestTheTokenShowsInTheCopyOnly(t *testing.T) {
	t.Parallel()
	request := &http.Request{Header: http.Header{"Accept": {"text/plain"}, "Authorization": {"Basic old"}}}
	copied := bearer.WithToken(request, "t")
	copied.Header.Set("Accept", "other")
	if got := copied.Header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer t" {
		t.Errorf("Authorization %q", got)
	}
	if request.Header.Get("Authorization") != "Basic old" || request.Header.Get("Accept") != "text/plain" {
		t.Errorf("the request was changed: %v", request.Header)
	}
}
