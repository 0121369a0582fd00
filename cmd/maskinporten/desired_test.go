package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/desired"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

const aState = `owns:
  prefixes: [difi]
scopes:
  - prefix: difi
    subscope: weather.read
    description: Read the weather, anew
    visibility: PUBLIC
    access: [889640782, 974760673]
  - prefix: difi
    subscope: tide.read
    description: Read the tide
    access: [889640782]
clients:
  - name: tide-tables
    description: Prints them
    scopes: [difi:tide.read]
`

// provider is a user whose profile is that of the mock's provider.
func provider(t *testing.T, options ...mockserver.Option) (*user, *mockserver.Server) {
	t.Helper()
	u := newUser(t)
	srv := u.mock(options...)
	u.env["MASKINPORTEN_PROFILE"] = "mock-provider"
	return u, srv
}

// short names the file of a state in goldens.
func (r result) named(file string) result {
	r.stdout, r.stderr = strings.ReplaceAll(r.stdout, file, "state.yaml"), strings.ReplaceAll(r.stderr, file, "state.yaml")
	return r
}

func TestAPlanShowsWhatApplyWouldChange(t *testing.T) {
	t.Parallel()
	u, _ := provider(t)
	file := u.file("state.yaml", aState)
	u.runs("plan", file).golden("plan")
	u.on(80).runs("plan", file, "--exit-code").golden("plan_80")
	u.runs("plan", file, "--json").golden("plan_json")
	u.runs("apply", file).golden("apply_nobody_to_ask")
	u.runs("apply", file, "--yes").inAnyOrder().golden("apply")
	u.runs("plan", file, "--exit-code").golden("plan_empty")
	u.runs("apply", file, "--yes").golden("apply_empty")
	u.runs("apply", file, "--yes", "--json").golden("apply_empty_json")
	u.runs("export").golden("export")
	u.runs("export", "--json").golden("export_json")
	exported := u.file("exported.yaml", u.runs("export").stdout)
	u.runs("plan", exported, "--exit-code").ends(exitOK)
}

func TestApplyAsksOnATerminal(t *testing.T) {
	t.Parallel()
	u, srv := provider(t)
	file := u.file("state.yaml", aState)
	u.stdin = "no\n"
	u.on(80).runs("apply", file).ends(exitFailed).says("nothing was changed")
	u.stdin = ""
	u.on(80).runs("apply", file).ends(exitFailed).says("nothing was changed")
	if _, err := srv.Client(srv.AddOrganization("991825827", "Digdir")).Scopes.Get(t.Context(), "difi:tide.read"); err == nil {
		t.Error("something was changed")
	}
	u.stdin = "yes\n"
	u.on(80).runs("apply", file).inAnyOrder().golden("apply_80")
	u.stdin = aState
	u.on(80).runs("apply", "-").ends(exitUsage).says("--yes")
	u.runs("apply", "-", "--yes", "--json").ends(exitOK)
}

func TestWhatIsWrongWithAStateIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	u, _ := provider(t)
	file := u.file("state.yaml", "scopes:\n  - prefix: difi\n    subscope: a\n    descripton: x\n  - prefix: difi\n    subscope: b\n    description: x\n    access: [123456789]\n")
	u.runs("plan", file).named(file).golden("plan_bad_state")
	u.on(80).runs("plan", file).named(file).golden("plan_bad_state_80")
	u.runs("plan", file, "--json").named(file).golden("plan_bad_state_json")
	u.runs("plan", u.file("x.yaml", "scopes: [\n")).ends(exitUsage).says("x.yaml: line")
	u.runs("plan", t.TempDir()).ends(exitUsage).says("it is a folder")
	u.runs("plan", "none.yaml").ends(exitUsage).says("no such file")
	u.runs("plan").ends(exitUsage)
}

func TestWhatTakesAwayEverythingIsRefusedWithoutAFlag(t *testing.T) {
	t.Parallel()
	u, _ := provider(t)
	file := u.file("state.yaml", "owns: {prefixes: [difi]}\n")
	u.runs("plan", file).golden("plan_all_gone")
	u.runs("apply", file, "--yes").golden("apply_all_gone")
	u.runs("apply", file, "--yes", "--allow-empty").ends(exitOK)
	u.runs("apply", file, "--yes", "--max-removed", "200").ends(exitOK)
}

func TestMissingRightsAndOutagesAreToldApart(t *testing.T) {
	t.Parallel()
	u, srv := provider(t)
	file := u.file("state.yaml", "scopes:\n  - {prefix: skatt, subscope: a, description: x}\n")
	u.runs("apply", file, "--yes").golden("apply_forbidden")
	u.runs("apply", file, "--yes", "--json").golden("apply_forbidden_json")
	srv.Fail(mockserver.Fault{Operation: "GET /scopes", Status: 500, Times: 1})
	u.runs("plan", u.file("state.yaml", aState)).ends(exitUnavailable).says("500")
}

func TestAnInterruptedApplyTellsWhatWasDoneAndIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	u, srv := provider(t)
	var b strings.Builder
	b.WriteString("scopes:\n  - {prefix: difi, subscope: first, description: x}\n")
	for i := range 40 {
		b.WriteString("  - {prefix: difi, subscope: many." + string(rune('a'+i/10)) + string(rune('a'+i%10)) + ", description: x}\n")
	}
	file := u.file("state.yaml", b.String())
	srv.Fail(mockserver.Fault{Operation: "POST /scopes", Delay: 20 * time.Millisecond})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	go func() {
		for srv.Answered() < 20 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		interrupt()
	}()
	r := u.runsIn(ctx, "apply", file, "--yes").ends(exitInterrupted).says("interrupted", "of 41 changes made", "not tried", "apply again")
	done := strings.Count(r.stdout, "✓")
	provider := srv.Client(srv.AddOrganization("991825827", "Digdir"))
	scopes := check.Got(maskinporten.Collect(provider.Scopes.All(t.Context(), maskinporten.ScopeFilter{})))(t)
	made := 0
	for _, scope := range scopes {
		if scope.Description == "x" {
			made++
		}
	}
	if made != done || done == 0 || done == 41 {
		t.Errorf("%d scopes were made, and %d told of", made, done)
	}
	u.runs("apply", file, "--yes").ends(exitOK)
	u.runs("plan", file, "--exit-code").ends(exitOK)
}

func TestSecretsOfNewClientsGoToFilesAndNowhereElse(t *testing.T) {
	t.Parallel()
	u, _ := provider(t)
	u.env["MASKINPORTEN_PROFILE"] = "mock"
	file := u.file("state.yaml", "clients:\n  - {name: login, description: x, integration_type: idporten, application_type: web, client_uri: 'https://x.no', redirect_uris: ['https://x.no/cb'], post_logout_redirect_uris: ['https://x.no/'], token_endpoint_auth_method: client_secret_basic, grant_types: [authorization_code], scopes: [openid]}\n")
	u.runs("apply", file, "--yes").golden("apply_secret_refused")
	u.runs("apply", file, "--yes", "--secrets-dir", "none").ends(exitUsage).says("no such folder")
	folder := t.TempDir()
	r := u.runs("apply", file, "--yes", "--secrets-dir", folder).ends(exitOK)
	files, _ := filepath.Glob(filepath.Join(folder, "*.secret"))
	if len(files) != 1 {
		t.Fatalf("%v %s", files, r.stdout)
	}
	secret, err := os.ReadFile(files[0])
	if err != nil || len(secret) < 20 || strings.Contains(r.stdout+r.stderr, strings.TrimSpace(string(secret))) {
		t.Errorf("%d bytes, %v: %s", len(secret), err, r.stdout)
	}
}

func TestTheSchemaIsWritten(t *testing.T) {
	t.Parallel()
	want := strings.TrimSpace(string(desired.Schema()))
	for _, args := range [][]string{{"schema"}, {"schema", "--json"}} {
		if r := newUser(t).runs(args...).ends(exitOK); strings.TrimSpace(r.stdout) != want {
			t.Errorf("%q: not the schema of package desired: %s", args, r.stdout)
		}
	}
}
