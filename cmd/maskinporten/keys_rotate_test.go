package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten"
	"github.com/maskinporten-go/maskinporten/internal/dev/check"
	"github.com/maskinporten-go/maskinporten/mockserver"
)

func TestARotationLeavesTheNewKeyInUseAndTheOldOneGone(t *testing.T) { //nolint:paralleltest // it works in a folder of its own
	u := in(t)
	u.mock()
	check.OK(t, os.Mkdir("keys", 0o700))
	id := u.clientID()
	r := u.runs("keys", "rotate", "--client-id", id, "--dir", "keys")
	r.ends(exitUsage) // ids are arguments
	u.runs("keys", "rotate", "--dir", "keys").golden("keys_rotate")
	u.runs("token", "--key", filepath.Join("keys", id+".jwk")).ends(exitOK)
	u.runs("token").ends(exitRefused)
	u.on(80).runs("keys", "rotate", id, "--dir", "keys").golden("keys_rotate_80")
	u.runs("keys", "rotate", id, "--dir", "keys", "--json").golden("keys_rotate_json")
	u.runs("token", "--key", filepath.Join("keys", id+".jwk")).ends(exitOK)
	if files, _ := filepath.Glob("keys/*"); len(files) != 1 {
		t.Error(files)
	}
	u.runs("keys", "rotate", "--dir", "nowhere").ends(exitUsage).says("no such folder")
	u.runs("keys", "rotate", "--dir", "keys", "--scope", "difi:weather.read").ends(exitOK)
	u.runs("keys", "rotate", "--dir", "keys", "--consumer-org", "1").ends(exitUsage).says("no organisation number")
	u.runs("keys", "rotate").ends(exitUsage).says("--dir")
	u.runs("keys", "rotate", "../x", "--dir", "keys").ends(exitUsage).says("no client id")
	u.runs("keys", "rotate", "nobody", "--dir", "keys").ends(exitNotFound).says("0 of 1 clients")
}

// Whoever names another folder than the one that programs read would take their key
// away.
func TestAKeyThatMayBeInUseElsewhereIsNotTakenAway(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	first, other := t.TempDir(), t.TempDir()
	id := u.clientID()
	if r := u.runs("keys", "rotate", "--dir", first).ends(exitOK); !strings.Contains(r.stdout, "Use it in place of") {
		t.Error(r.stdout)
	}
	r := u.runs("keys", "rotate", "--dir", other).ends(exitUsage).says("0 of 1 clients")
	if text := strings.Join(strings.Fields(r.stdout), " "); !strings.Contains(text, "in use elsewhere") || !strings.Contains(text, "--old") {
		t.Error(r.stdout)
	}
	u.runs("token", "--key", filepath.Join(first, id+".jwk")).ends(exitOK)
	if files, _ := filepath.Glob(filepath.Join(other, "*")); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
	u.runs("keys", "rotate", "--dir", first).ends(exitOK)
	mine, kid := filepath.Join(t.TempDir(), "mine.jwk"), "spare"
	u.runs("keys", "new", mine, "--kid", kid).ends(exitOK)
	u.runs("keys", "add", mine).ends(exitOK)
	u.env["MASKINPORTEN_KEY_FILE"] = filepath.Join(first, id+".jwk")
	if r := u.runs("keys", "rotate", "--dir", other, "--old", kid).ends(exitOK); strings.Contains(r.stdout, "works no more") {
		t.Errorf("the key in use is still there: %s", r.stdout)
	}
	u.runs("token").ends(exitOK)
}

func TestAClientWithoutKeysGetsItsFirst(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock()
	folder := t.TempDir()
	client := check.Got(srv.Client(srv.AddOrganization("889640782", "NAV")).Clients.Create(t.Context(), maskinporten.ClientCreate{Name: "new", Scopes: []string{"difi:weather.read"}}))(t)
	u.runs("keys", "rotate", client.ClientID, "--dir", folder).ends(exitOK)
	u.runs("token", "--client-id", client.ClientID, "--key", filepath.Join(folder, client.ClientID+".jwk"), "difi:weather.read").ends(exitOK)
}

// clientID is the client of the mock's profile.
func (u *user) clientID() string {
	u.t.Helper()
	data := check.Got(os.ReadFile(filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten", "mock.yaml")))(u.t)
	match := regexp.MustCompile(`(?s)client:\n +id: (\S+)`).FindSubmatch(data)
	if match == nil {
		u.t.Fatalf("%s", data)
	}
	return string(match[1])
}

func TestAllKeysThatExpireAreRotatedAndTheRestLeftAlone(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	folder := t.TempDir()
	u.runs("keys", "rotate", "--within", "30d", "--dir", folder, "--yes").ends(exitOK).says("nothing was changed")
	u.runs("keys", "rotate", "--within", "53w", "--dir", folder).ends(exitUsage).says("--yes")
	u.runs("keys", "rotate", "--within", "53w", "--dir", folder, "x").ends(exitUsage).says("leave out")
	u.stdin = "no\n"
	u.on(80).runs("keys", "rotate", "--within", "53w", "--dir", folder).ends(exitFailed).says("nothing was changed")
	r := u.runs("keys", "rotate", "--within", "53w", "--dir", folder, "--yes").ends(exitOK)
	if files, _ := filepath.Glob(filepath.Join(folder, "*.jwk")); len(files) != 2 || strings.Count(r.stdout, "✓") != 2 {
		t.Errorf("%v\n%s", files, r.stdout)
	}
	u.runs("token", "--key", filepath.Join(folder, u.clientID()+".jwk")).ends(exitOK)
}

func TestAnInterruptedRotationKeepsTheOldKeyAndIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	srv := u.mock(mockserver.WithPropagation(time.Hour))
	srv.Clock().Advance(2 * time.Hour) // so that what there is is known
	id, folder := u.clientID(), t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	go func() {
		for !refusedToken(srv, id) && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		interrupt()
	}()
	r := u.runsIn(ctx, "keys", "rotate", "--dir", folder).ends(exitInterrupted).says("interrupted", "0 of 1 clients", "run it again")
	if !strings.Contains(r.stdout, "works as before") || strings.Contains(r.stderr, "what to do") {
		t.Error(r.stdout)
	}
	u.runs("token").ends(exitOK)
	if _, err := os.Stat(filepath.Join(folder, id+".new.jwk")); err != nil {
		t.Error(err)
	}
	srv.Clock().Advance(2 * time.Hour)
	u.runs("keys", "rotate", "--dir", folder).ends(exitOK)
	srv.Clock().Advance(2 * time.Hour)
	u.runs("token", "--key", filepath.Join(folder, id+".jwk")).ends(exitOK)
	keys, err := maskinporten.Collect(srv.Client(srv.AddOrganization("889640782", "NAV")).Clients.Keys(t.Context(), id))
	if err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

// refusedToken reports whether the token endpoint has refused a client, for a key
// that it doesn't know yet.
func refusedToken(srv *mockserver.Server, id string) bool {
	for _, request := range srv.Requests() {
		if request.Operation == "POST /token" && request.Status >= 400 && request.ClientID == id {
			return true
		}
	}
	return false
}
