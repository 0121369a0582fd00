package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

func TestFormThatIsSentTwiceIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.signedIn(kari)
	const create = "/portal/env/test/integrations/new"
	p.get(create + "?type=maskinporten")
	sent := url.Values{"form_token": {p.token()}, "type": {"maskinporten"}, "client_name": {""}}
	p.do(http.MethodPost, create, sent).sees(400) // refused: it may be sent again
	sent.Set("client_name", "Ny")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			again := *p
			again.do(http.MethodPost, create, sent).sees(200, "Ny")
		})
	}
	group.Wait()
	p.do(http.MethodPost, create, sent).sees(200, "Ny")
	if all, err := w.Registries["test"].Clients(caller, true); err != nil || len(all) != 1 {
		t.Errorf("%d clients, %v", len(all), err)
	}
}

func TestEveryAnswerIsKeptFromFramesCachesAndOtherHosts(t *testing.T) {
	t.Parallel()
	p := newWorld(t).person()
	for _, path := range []string{"/", "/portal/login", "/portal/nothing", "/workbench/mail"} {
		header := p.get(path).page.header
		policy := header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: %s", path, policy)
			}
		}
		if header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "same-origin" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, header)
		}
	}
	p.get("/portal/assets/style.css")
	if p.page.status != 200 || !strings.Contains(p.page.header.Get("Content-Type"), "text/css") {
		t.Errorf("the style sheet: %d %v", p.page.status, p.page.header)
	}
	p.get("/portal/assets/..%2Fpages.go")
	check.Same(t, 404, p.page.status, "a file that is no asset")
}
