package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

var aToken = regexp.MustCompile(`eyJ[\w-]{10,}\.[\w-]+\.[\w-]*`)

// Only token prints a token, and nothing prints a private key.
func TestNoCommandPrintsWhatIsSecretUnlessAskedForByName(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	token := u.runs("token").ends(exitOK).stdout
	key := filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten", "mock", "client.jwk")
	state, folder := u.file("state.yaml", "clients: []\n"), t.TempDir()
	secrets := privateMembers(t, filepath.Dir(key))
	for _, json := range []bool{false, true} {
		for _, args := range [][]string{
			{"token", "--decode"}, {"token", "difi:other"}, {"token", "--key", state}, {"verify"}, {"verify", "--scope", "a:b"}, {"doctor"}, {"doctor", "--key", state},
			{"keys", "show", key}, {"keys", "show", key, "--public"}, {"keys", "list"}, {"keys", "add", key}, {"keys", "expiring", "--within", "53w"},
			{"keys", "new", filepath.Join(folder, map[bool]string{true: "a", false: "b"}[json])}, {"keys", "rotate", "--dir", folder},
			{"scopes", "search", "difi"}, {"plan", state}, {"apply", state, "--yes"}, {"export"}, {"schema"}, {"version"},
			{"plan", key}, {"keys", "show", state}, {"verify", key}, {"help"},
		} {
			if json {
				args = append(args, "--json")
			}
			u.stdin = token
			r := u.runs(args...)
			text := r.stdout + r.stderr
			if aToken.MatchString(text) {
				t.Errorf("%v prints a token: %s", args, text)
			}
			for name, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%v prints %s: %s", args, name, text)
				}
			}
		}
	}
}

// privateMembers are the private numbers of the keys in a folder.
func privateMembers(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.jwk"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	secrets := map[string]string{}
	for _, file := range files {
		data := check.Got(os.ReadFile(file))(t)
		var members map[string]any
		check.OK(t, json.Unmarshal(data, &members))
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if text, ok := members[name].(string); ok {
				secrets[filepath.Base(file)+" "+name] = text[:24]
			}
		}
	}
	return secrets
}

// What is secret comes from files, from the environment or from standard input:
// arguments can be read by everybody on the machine.
func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	p := &program{env: func(string) string { return "" }}
	words := regexp.MustCompile(`password|secret|token|jwk|pid|from`)
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if words.MatchString(flag.Name) && !strings.HasSuffix(flag.Name, "-file") && !strings.HasSuffix(flag.Name, "-dir") {
				t.Errorf("%s --%s", cmd.CommandPath(), flag.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(p.root())
	u := newUser(t)
	const secret = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----" // no key at all
	for _, args := range [][]string{
		{"token", "a:b", "--client-id", "x", "--key", secret}, {"token", "a:b", "--client-id", "x", "--key=" + secret}, {"token", secret},
		{"keys", "show", secret}, {"keys", "new", secret}, {"keys", "add", secret}, {"plan", secret}, {"verify", `{"access_token":"x"}`},
	} {
		if r := u.runs(args...).ends(exitUsage); strings.Contains(r.stderr, "MIIE") || strings.Contains(r.stderr, "access_token") {
			t.Errorf("%v: %s", args, r.stderr)
		}
	}
}

func TestEveryCommandHasExamplesAndEveryFlagAMeaning(t *testing.T) {
	t.Parallel()
	p := &program{env: func(string) string { return "" }}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Example == "" || cmd.Short == "" {
			t.Errorf("%s has no example, or isn't described", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Usage == "" {
				t.Errorf("%s --%s", cmd.CommandPath(), flag.Name)
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(p.root())
}
