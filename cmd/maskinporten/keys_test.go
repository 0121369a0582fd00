package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

// in runs the rest of a test in a folder of its own, so that names of files are
// short: not beside other tests.
func in(t *testing.T) *user {
	t.Helper()
	u := newUser(t)
	t.Chdir(t.TempDir())
	return u
}

func TestANewKeyIsForItsOwnerOnly(t *testing.T) { //nolint:paralleltest // it works in a folder of its own
	u := in(t)
	u.runs("keys", "new", "key.jwk").golden("keys_new")
	info, err := os.Stat("key.jwk")
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	before := check.Got(os.ReadFile("key.jwk"))(t)
	u.runs("keys", "new", "key.jwk").golden("keys_new_again")
	if after, err := os.ReadFile("key.jwk"); err != nil || string(after) != string(before) {
		t.Error("a key that was there is another now")
	}
	u.runs("keys", "new", "key.pem", "--pem", "--kid", "summer").golden("keys_new_pem")
	u.runs("keys", "new", "other.jwk", "--json").golden("keys_new_json")
	u.runs("keys", "new", "none/key.jwk").ends(exitFailed).says("no such file or directory")
	u.runs("keys", "new", "bad.jwk", "--kid", "a b").ends(exitUsage).says("letters, digits")
	u.runs("keys", "new", "-").ends(exitUsage).says("not written to standard output")
	u.runs("keys", "new").ends(exitUsage).says("needs the name of the new FILE")
	if left, _ := filepath.Glob("bad*"); len(left) > 0 {
		t.Errorf("a file without a key: %v", left)
	}
}

func TestNothingPrivateIsShownOfAKey(t *testing.T) { //nolint:paralleltest // it works in a folder of its own
	u := in(t)
	srv := mockserver.Start(t)
	check.OK(t, os.WriteFile("key.jwk", srv.JWK(0, "first"), 0o600))
	certificate := srv.IssueCertificate(maskinporten.Test, "889640782", mockserver.CertificateValid)
	p12 := check.Got(certificate.PKCS12("secret-word"))(t)
	check.OK(t, os.WriteFile("business.p12", p12, 0o600))
	check.OK(t, os.WriteFile("word.txt", []byte("secret-word\n"), 0o600))
	results := []result{
		u.runs("keys", "show", "key.jwk").golden("keys_show"),
		u.runs("keys", "show", "key.jwk", "--json").golden("keys_show_json"),
		u.runs("keys", "show", "key.jwk", "--public").golden("keys_show_public"),
		u.on(80).runs("keys", "show", "business.p12", "--password-file", "word.txt").golden("keys_show_certificate_80"),
		u.runs("keys", "show", "business.p12").golden("keys_show_password"),
		u.runs("keys", "show", "word.txt").golden("keys_show_none"),
		u.runs("keys", "show", "business.p12", "--password-file", "word.txt", "--public").ends(exitUsage).says("kid"),
	}
	private := check.Got(os.ReadFile("key.jwk"))(t)
	_, d, _ := strings.Cut(string(private), `"d":"`)
	for _, r := range results {
		if out := r.stdout + r.stderr; strings.Contains(out, d[:40]) || strings.Contains(out, "secret-word") {
			t.Error(out)
		}
	}
}

func TestKeysOfAClientAreListedAndAdded(t *testing.T) { //nolint:paralleltest // it works in a folder of its own
	u := in(t)
	u.mock()
	u.runs("keys", "list").golden("keys_list")
	u.on(80).runs("keys", "list").golden("keys_list_80")
	u.runs("keys", "list", "--json").golden("keys_list_json")
	u.runs("keys", "list", "--client-id", "nobody").golden("keys_list_nobody")
	u.runs("keys", "new", "key.jwk", "--kid", "second").ends(exitOK)
	u.runs("keys", "add", "key.jwk").golden("keys_add")
	u.runs("keys", "show", "key.jwk", "--public").ends(exitOK)
	public := u.file("public.json", u.runs("keys", "show", "key.jwk", "--public").stdout)
	u.runs("keys", "add", public, "--json").golden("keys_add_public")
	u.runs("token", "--key", "key.jwk").ends(exitOK)
	u.runs("keys", "add", u.file("x", "hello")).ends(exitUsage)
	for _, kid := range []string{"3", "4", "5"} {
		u.runs("keys", "new", kid+".jwk", "--kid", kid).ends(exitOK)
		u.runs("keys", "add", kid+".jwk").ends(exitOK)
	}
	u.runs("keys", "new", "6.jwk", "--kid", "6").ends(exitOK)
	u.runs("keys", "add", "6.jwk").golden("keys_add_sixth")
}

func TestKeysThatExpireAreReported(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	u.runs("keys", "expiring", "--exit-code").golden("keys_expiring_none")
	u.runs("keys", "expiring", "--within", "400d").golden("keys_expiring")
	u.on(80).runs("keys", "expiring", "--within", "52w", "--exit-code").ends(exitOK)
	u.on(80).runs("keys", "expiring", "--within", "53w", "--exit-code").ends(exitAttention).golden("keys_expiring_80")
	u.on(120).runs("keys", "expiring", "--within", "53w").golden("keys_expiring_120")
	u.runs("keys", "expiring", "--within", "53w", "--json").golden("keys_expiring_json")
	u.runs("keys", "expiring", "--within", "soon").ends(exitUsage).says("30d, 2w or 12h")
}

func TestWhatBelongsToSelfServiceNeedsAnAdminClient(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("keys", "expiring").golden("keys_no_admin")
	u.runs("keys", "list").ends(exitUsage).says("which client?")
	u.runs("keys", "expiring", "--issuer", "https://x.no/").ends(exitUsage).says("admin client")
	u.mock()
	u.runs("keys", "expiring", "--issuer", "https://x.no/").ends(exitUsage).says("--selfservice")
	u.runs("keys", "expiring", "--admin-client-id", "nobody").ends(exitRefused).says("MP-100")
}

func TestAPeriodIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "2w": 336 * time.Hour, "12h": 12 * time.Hour, "0d": 0} {
		var d period
		if err := d.Set(text); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v %v", text, time.Duration(d), err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1e9d", "30", "x"} {
		var d period
		if err := d.Set(text); err == nil {
			t.Errorf("%q is %v", text, time.Duration(d))
		}
	}
}
