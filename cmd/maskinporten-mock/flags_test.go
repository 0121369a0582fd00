package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// Flags that the program's callers use besides: each test says what one does.

func TestTLSIsTrustedByWhoeverHasTheCA(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ca.pem")
	_, r := start(t, "-tls", "-tls-ca", file, "-url", "https://mock.example/base")
	written, err := os.ReadFile(file)
	if err != nil || string(written) != r.TLSCA || !strings.HasPrefix(r.TLSCA, "-----BEGIN CERTIFICATE-----") {
		t.Fatalf("the file holds %q, the ready line %q: %v", written, r.TLSCA, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("others cannot read the file: %v, %v", info.Mode(), err)
	}
	for _, e := range r.Environments {
		if !strings.HasPrefix(e.Token, "https://mock.example/base/") {
			t.Errorf("token endpoint %s", e.Token)
		}
	}
	_, plain := start(t)
	check.Same(t, "", plain.TLSCA, "without -tls")
}

func TestTLSServesTheDefaultAddress(t *testing.T) {
	t.Parallel()
	p := serve(t, "-tls")
	if !strings.HasPrefix(p.origin, "https://127.0.0.1:") {
		t.Fatalf("the address is %s", p.origin)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(p.ready.TLSCA))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	p.http = &http.Client{Transport: transport}
	prefixes := p.call(p.credential("provider"), scopesRead, http.MethodGet, "/prefix", nil).list()
	check.Same(t, []string{"difi", "difitest"}, names(prefixes, "prefix"))
	if ca := p.control(http.MethodGet, "ready", nil).ok()["tls_ca"]; ca != p.ready.TLSCA {
		t.Errorf("the control API says %v", ca)
	}
	request := check.Got(http.NewRequestWithContext(t.Context(), http.MethodGet, p.origin+"/jwk", nil))(t)
	if resp, err := http.DefaultClient.Do(request); err == nil {
		_ = resp.Body.Close()
		t.Error("somebody trusts it who was never told to")
	}
}

func TestTLSThatCannotBeServedExitsWithOne(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-tls-ca":     {"-tls-ca", filepath.Join(t.TempDir(), "missing", "ca.pem")},
		"brønnøysund": {"-url", "https://brønnøysund.example"},
	} {
		var out bytes.Buffer
		text := &log{}
		code := run(t.Context(), append([]string{"-listen", "127.0.0.1:0", "-tls"}, args...), &out, text)
		if code != 1 || out.Len() > 0 || !strings.Contains(text.String(), want) {
			t.Errorf("exit code %d, %q, log %s", code, out.String(), text)
		}
	}
}

func TestEnvironmentFlagServesOnlyThose(t *testing.T) {
	t.Parallel()
	p := serve(t, "-environment", "ver2, test")
	check.Same(t, []string{"test", "ver2"}, slices.Sorted(maps.Keys(p.ready.Environments)))
	for _, c := range p.ready.Credentials {
		if c.Environment != "test" && c.Environment != "ver2" {
			t.Errorf("credentials for %s", c.Environment)
		}
	}
	p.get("/jwk").ok()
	p.get("/ver2/jwk").ok()
	if said := p.get("/prod/jwk").fails(http.StatusNotFound); !strings.Contains(said, "test and ver2 only, and not prod") {
		t.Error(said)
	}
}

func TestPropagationFlagDelaysTheTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := serve(t, "-propagation", "90s")
	app := p.consumerApp()
	check.Same(t, p.origin+"/errors/MP-100", text(p.ask(app, nil).has(http.StatusBadRequest), "error_uri"))
	p.control(http.MethodPost, "clock", object{"advance": "91s"}).ok()
	p.ask(app, nil).ok()
}

func TestLenientFlagPassesOverWhatIsAssumedAndLogsIt(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]struct{ status, warnings int }{"-lenient=false": {404, 0}, "-lenient": {200, 1}} {
		p := serve(t, arg)
		provider := p.credential("provider")
		p.call(provider, scopesWrite, http.MethodPost, "/scopes", object{"prefix": "difi", "subscope": "a", "description": "d"}).ok()
		got := p.call(provider, scopesWrite, http.MethodDelete, "/scopes/access/889640782?scope=difi:a", nil) // nobody gave it
		if got.Status != want.status || strings.Count(p.log.String(), `"level":"WARN"`) != want.warnings {
			t.Errorf("%s: got %d %s, and the log %s", arg, got.Status, got.Body, p.log)
		}
	}
}

func TestChaosFlagIsUnkindAndReproducible(t *testing.T) {
	t.Parallel()
	answers := func(args ...string) []string {
		p := serve(t, args...)
		var all []string
		for range 20 {
			all = append(all, p.get("/ver2/prefix/all").Body)
		}
		return all
	}
	kind, one, again, other := answers(), answers("-chaos", "7"), answers("-chaos=7"), answers("-chaos", "8")
	if len(slices.Compact(kind)) != 1 || len(slices.Compact(slices.Clone(one))) == 1 {
		t.Error("chaos changes nothing, or there is some without it")
	}
	shapes := func(all []string) []int { // times differ
		var lengths []int
		for _, body := range all {
			var list []map[string]any
			check.OK(t, json.Unmarshal([]byte(body), &list))
			for _, o := range list {
				lengths = append(lengths, len(o))
			}
		}
		return lengths
	}
	if !slices.Equal(shapes(one), shapes(again)) || slices.Equal(shapes(one), shapes(other)) {
		t.Error("the seed doesn't decide")
	}
}

func TestLogFormatAndLevel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want func(log string) bool
	}{
		"json":   {[]string{"-log-format=json"}, func(log string) bool { return strings.Contains(log, `"path":"/jwk"`) }},
		"text":   {[]string{"-log-format=text"}, func(log string) bool { return strings.Contains(log, "path=/jwk") }},
		"none":   {[]string{"-log-format=none"}, func(log string) bool { return log == "" }},
		"info":   {nil, func(log string) bool { return strings.Contains(log, "/jwk") && !strings.Contains(log, "health") }},
		"debug":  {[]string{"-log-level=debug"}, func(log string) bool { return strings.Contains(log, "/_mock/health") }},
		"errors": {[]string{"-log-level=ERROR"}, func(log string) bool { return log == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, r := start(t, c.args...)
			for _, address := range []string{r.Environments["test"].Keys, r.Control + "health"} {
				if status, body := fetch(t, http.MethodGet, address, "", ""); status != http.StatusOK {
					t.Error(body)
				}
			}
			p.end(t)
			if !c.want(p.log.String()) {
				t.Errorf("the log says\n%s", p.log)
			}
		})
	}
}

func TestWhyItFailedIsNeverHidden(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"at the command line": {"-log-format=none", "-nonsense"}, "at the start": {"-log-format=none", "-listen", "127.0.0.1:0", "-seed", "missing.json"},
		"with text": {"-log-format=text", "-nonsense"},
	} {
		text := &log{}
		if code := run(t.Context(), args, io.Discard, text); code == 0 || !strings.Contains(text.String(), "missing.json") && !strings.Contains(text.String(), "-nonsense") {
			t.Errorf("%s: exit code %d, log %s", name, code, text)
		}
	}
}

func TestVariantFlagChoosesSeveral(t *testing.T) {
	t.Parallel()
	p := serve(t, "-variant", "empty-lists=error,x5c=chain", "-variant", "statuses=created")
	chosen, _ := p.control(http.MethodGet, "settings", nil).ok()["variants"].(object)
	want := object{"empty-lists": "error", "x5c": "chain", "statuses": "created", "resource": "string-or-array"}
	for name, value := range want {
		if chosen[name] != value {
			t.Errorf("%s is %v", name, chosen[name])
		}
	}
	text := &log{}
	if code := run(t.Context(), []string{"-variant", "x5c=none"}, io.Discard, text); code != 2 || !strings.Contains(text.String(), "leaf-or-chain") {
		t.Errorf("exit code %d, log %s", code, text)
	}
}

func TestEveryFlagIsInTheTableOfTheDocumentation(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &help, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	page := check.Got(os.ReadFile(filepath.Join("..", "..", "docs", "testing.md")))(t)
	flags := func(text []byte, row string) (names []string) {
		for _, match := range regexp.MustCompile(row).FindAllSubmatch(text, -1) {
			names = append(names, string(match[1]))
		}
		slices.Sort(names)
		return names
	}
	listed := flags(help.Bytes(), `(?m)^  -([a-z-]+)`)
	check.Same(t, listed, flags(page, "(?m)^\\| `-([a-z-]+)"), "-flags of the program +rows in docs/testing.md")
	if len(listed) < 15 {
		t.Errorf("only %q", listed)
	}
}
