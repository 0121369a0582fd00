package main

import (
	"strings"
	"testing"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestATokenIsCheckedAndExplained(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	u.stdin = u.runs("token").ends(exitOK).stdout
	u.runs("verify").golden("verify")
	u.runs("verify", "-", "--json").golden("verify_json")
	u.on(80).runs("verify", "--scope", "difi:weather.read").golden("verify_80")
	u.runs("verify", "--scope", "difi:weather.write").golden("verify_scope")
	u.runs("verify", "--resource", "https://api.example.no").golden("verify_audience")
	u.runs("verify", "--resource", "https://api.example.no", "--json").ends(exitAttention)
	file := u.file("token.txt", "Authorization: Bearer "+strings.TrimSpace(u.stdin)+"\n")
	u.runs("verify", file).ends(exitOK)
	u.runs("verify", u.file("answer.json", u.runs("token", "--json").stdout)).ends(exitOK)
	u.runs("verify", u.file("curl", u.runs("token", "--as", "curl").stdout)).ends(exitOK)
}

func TestWhyATokenIsRefusedIsTold(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	for flaw, reason := range map[mockserver.Flaw]string{
		mockserver.FlawExpired: "expired", mockserver.FlawTampered: "signature", mockserver.FlawUnsigned: "algorithm_none",
	} {
		u.stdin = srv.Token(maskinporten.Test, map[string]any{"iss": srv.URL() + "/"}, flaw)
		if r := u.runs("verify", "--json").ends(exitAttention); !strings.Contains(r.stdout, `"reason": "`+reason+`"`) {
			t.Error(r.stdout)
		}
	}
	u.stdin = "hello"
	u.runs("verify").golden("verify_no_token")
	u.stdin = ""
	u.runs("verify").ends(exitUsage).says("standard input is empty")
}

func TestATokenOnTheCommandLineIsRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	token := srv.Token(maskinporten.Test, nil)
	if r := u.runs("verify", token).ends(exitUsage).says("put it in a file"); strings.Contains(r.stderr, token[:30]) {
		t.Error(r.stderr)
	}
}

func TestATokenThatCannotBeCheckedIsNotCalledInvalid(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	u.stdin = u.runs("token").ends(exitOK).stdout
	check.OK(t, srv.Close())
	u.runs("verify").ends(exitUnavailable).says("can't be checked")
}

func TestScopesAreFoundWithoutCredentials(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	provider := srv.Client(srv.AddOrganization("991825827", "Digdir"))
	for _, scope := range []maskinporten.ScopeCreate{
		{Prefix: "difi", Subscope: "tide.read", Description: "Les tidevann \x1b[31m langs hele kysten, for alle som vil vite når vannet kommer og når det går igjen", AccessibleForAll: true, Visibility: maskinporten.VisibilityPublic},
		{Prefix: "difi", Subscope: "secret.read", Description: "tidevann", Visibility: maskinporten.VisibilityPrivate},
	} {
		check.Got(provider.Scopes.Create(t.Context(), scope))(t)
	}
	args := []string{"scopes", "search", "--issuer", srv.URL() + "/", "--selfservice", srv.URL() + "/api/v1"}
	u.env["MASKINPORTEN_PROFILE"] = ""
	u.runs(append(args, "TIDEVANN")...).golden("scopes_search")
	u.on(80).runs(args...).golden("scopes_search_80")
	u.on(120).runs(args...).golden("scopes_search_120")
	u.runs(append(args, "weather", "--json")...).golden("scopes_search_json")
	u.runs(append(args, "--open")...).ends(exitOK)
	u.runs(append(args, "nothing at all")...).golden("scopes_search_none")
	u.runs(append(args, "nothing", "--json")...).ends(exitNotFound)
	srv.Fail(mockserver.Fault{Operation: "GET /scopes/all", Status: 500, Times: 1})
	u.runs(args...).ends(exitUnavailable).says("500")
}
