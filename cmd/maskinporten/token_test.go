package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestATokenIsPrintedInTheFormThatIsAskedFor(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	for name, args := range map[string][]string{
		"token":        {"token"},
		"token_header": {"token", "--as", "header"},
		"token_curl":   {"token", "difi:weather.read", "--as", "curl"},
		"token_json":   {"token", "--json"},
		"token_decode": {"token", "--decode"},
	} {
		u.runs(args...).golden(name)
	}
	u.on(80).runs("token", "--decode").golden("token_decode_80")
	u.runs("token", "--decode", "--json").golden("token_decode_json")
	u.runs("token", "--as", "tea").golden("token_as_unknown")
	u.on(80).runs("token", "--help").golden("token_help_80")
}

func TestATokenIsAskedForWithAllThatWasSaid(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	u.runs("token", "--resource", "https://api.example.no", "--resource", "https://b.example.no", "--decode", "--json").ends(exitOK)
	last := srv.Requests()[len(srv.Requests())-1]
	if grant, _ := json.Marshal(last.Grant); !strings.Contains(string(grant), `"https://api.example.no"`) || !strings.Contains(string(grant), `"https://b.example.no"`) {
		t.Errorf("%s", grant)
	}
	u.runs("token", "--consumer-org", "910753614").ends(exitRefused)
	u.runs("token", "--consumer-org", "1").ends(exitUsage).says("organisation number")
	if r := u.runs("token", "--system-user", "910753614", "--system-user-ref", "ours", "--decode").ends(exitOK); !strings.Contains(r.stdout, `"0192:910753614"`) || !strings.Contains(r.stdout, `"ours"`) {
		t.Error(r.stdout)
	}
	u.runs("token", "--system-user-ref", "ours").ends(exitUsage).says("goes with --system-user")
	u.runs("token", "--consent", "1").ends(exitUsage).says("--consent-from-file")
	from := u.file("from", "urn:altinn:person:identifier-no:01017012345\n")
	if r := u.runs("token", "--consent", "d7e6", "--consent-from-file", from); r.code == exitOK || strings.Contains(r.stderr, "01017012345") {
		t.Error(r)
	}
}

func TestWhyThereIsNoTokenIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	u.runs("token", "difi:other").golden("token_refused")
	u.on(80).runs("token", "difi:other").golden("token_refused_80")
	u.runs("token", "difi:other", "--json").golden("token_refused_json")
	u.runs("token", "--client-id", "nobody").ends(exitRefused).says("MP-100")
	srv.Fail(mockserver.Fault{Operation: "POST /token", Status: 503, Times: 3})
	u.runs("token").ends(exitUnavailable).says("503")
}

func TestWhatIsMissingForATokenIsNamed(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("token").golden("token_no_scope")
	u.runs("token", "a:b").golden("token_no_client")
	u.runs("token", "a:b", "--client-id", "x").golden("token_no_key")
	u.runs("token", "a:b", "--client-id", "x", "--key", filepath.Join(t.TempDir(), "none.pem")).ends(exitUsage).says("there is no such file")
	u.runs("token", "a:b", "--client-id", "x", "--key", t.TempDir()).ends(exitUsage).says("it is a folder")
	u.runs("token", "a:b", "--client-id", "x", "--key", u.file("empty", "")).ends(exitUsage).says("is empty")
	u.runs("token", "a:b", "--client-id", "x", "--key", u.file("text", "hello")).ends(exitUsage)
	u.runs("token", "a:b", "--client-id", "x", "--key", os.DevNull).ends(exitUsage).says("is empty")
}

func TestTheTargetIsChecked(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("token", "a:b", "--env", "production").ends(exitUsage).says("use ver1, ver2, test or prod")
	u.runs("token", "a:b", "--env", "test", "--issuer", "https://x.no/").ends(exitUsage).says("give one")
	u.runs("token", "a:b", "--issuer", "test.maskinporten.no").ends(exitUsage).says("no absolute http or https URL")
	u.runs("token", "a:b", "--issuer", "http://test.maskinporten.no/").ends(exitUsage).says("--plain-http")
	u.runs("token", "a:b", "--issuer", "http://test.maskinporten.no/", "--plain-http").ends(exitUsage).says("needs a client")
}

func TestNothingThatAnswersIsSomethingElseThanARefusal(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	check.OK(t, srv.Close())
	u.runs("token").ends(exitUnavailable).says("is the mock running?")
}

func TestAKeyFromTheEnvironmentOrStandardInputIsEnough(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	data := check.Got(os.ReadFile(filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten", "mock", "client.jwk")))(t)
	u.stdin = string(data)
	u.runs("token", "--key", "-").ends(exitOK)
	u.env["MASKINPORTEN_CLIENT_JWK"] = string(data)
	u.runs("token").ends(exitOK)
	u.env["MASKINPORTEN_KEY_FILE"] = "x.jwk"
	u.runs("token").ends(exitUsage).says("given twice")
}

func TestHowLongIsSaidInTheUnitThatFits(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "less than a second", time.Second: "1 second", 59 * time.Second: "59 seconds", time.Minute: "1 minute", 90 * time.Second: "90 seconds",
		2 * time.Minute: "2 minutes", 26 * time.Hour: "1 day", 36 * time.Hour: "36 hours", 30 * 24 * time.Hour: "30 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
