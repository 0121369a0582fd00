package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maskinporten-go/maskinporten/internal/dev/check"
)

// running is a program that goes on beside the test.
type running struct {
	mu   sync.Mutex
	text strings.Builder
	code chan int
	stop context.CancelFunc
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *running) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// starts begins a program, and waits until it has said something.
func (u *user) starts(until string, args ...string) *running {
	u.t.Helper()
	ctx, stop := context.WithCancel(u.t.Context())
	r := &running{code: make(chan int, 1), stop: stop}
	go func() {
		r.code <- run(ctx, args, strings.NewReader(""), r, r, func(name string) string { return u.env[name] })
	}()
	u.t.Cleanup(func() { stop() })
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(r.said(), until); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			u.t.Fatalf("it does not say %q:\n%s", until, r.said())
		}
	}
	return r
}

// A newcomer has the program and nothing else.
func TestANewcomerGetsFromNothingToATokenWithMockKeysAndToken(t *testing.T) { //nolint:paralleltest // it works in a folder of its own
	u := in(t)
	mock := u.starts("mock-provider", "mock", "--listen", "127.0.0.1:0", "--", "-log-format", "none")
	transcript := "$ maskinporten mock\n" + mock.said()
	say := func(line string) result {
		r := u.runs(strings.Fields(line)[1:]...).ends(exitOK)
		transcript += "$ " + line + "\n" + r.stdout + r.stderr
		return r
	}
	say("maskinporten token --profile mock")
	say("maskinporten keys new my.jwk --kid mine")
	say("maskinporten keys add my.jwk --profile mock")
	say("maskinporten token --profile mock --key my.jwk --decode")
	say("maskinporten keys list --profile mock")
	result{t: t, stdout: transcript}.golden("newcomer")
	mock.stop()
	if code := <-mock.code; code != exitOK {
		t.Errorf("exit code %d: %s", code, mock.said())
	}
}

func TestAProfileOfTheUsersOwnIsNotOverwrittenByAMock(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.profile("mock", "env: test\n")
	u.runs("mock", "--listen", "127.0.0.1:0", "--", "-log-format", "none").ends(exitUsage).says("a profile of your own", "--write-profile")
	file := filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten", "mock.yaml")
	if data, err := os.ReadFile(file); err != nil || string(data) != "env: test\n" {
		t.Errorf("%s %v", data, err)
	}
	mock := u.starts("Ctrl-C", "mock", "--listen", "127.0.0.1:0", "--write-profile", "other", "--", "-log-format", "none")
	u.runs("token", "--profile", "other").ends(exitOK)
	mock.stop()
	<-mock.code
}

func TestAMockWritesOverNothingThatIsTheUsersOwn(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.profile("work", "env: test\nclient: {key: work/client.jwk}\n")
	u.profile("spare-provider", "env: test\n")
	folder := filepath.Join(u.env["XDG_CONFIG_HOME"], "maskinporten")
	for _, name := range []string{"work", "mine"} { // with a profile, and without
		check.OK(t, os.MkdirAll(filepath.Join(folder, name), 0o700))
		check.OK(t, os.WriteFile(filepath.Join(folder, name, "client.jwk"), []byte("mine"), 0o600))
	}
	before, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	for _, name := range []string{"work", "mine", "spare"} {
		u.runs("mock", "--listen", "127.0.0.1:0", "--write-profile", name).ends(exitUsage).says("of your own, and was left alone")
		if name != "spare" {
			if data, err := os.ReadFile(filepath.Join(folder, name, "client.jwk")); err != nil || string(data) != "mine" {
				t.Errorf("%s: %q %v", name, data, err)
			}
		}
	}
	if after, _ := filepath.Glob(filepath.Join(folder, "*", "*")); len(after) != len(before) {
		t.Errorf("%v became %v", before, after)
	}
}

func TestAMockLeavesTheProfileOfOneThatRunsAlone(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	first := u.starts("Ctrl-C", "mock", "--listen", "127.0.0.1:0", "--", "-log-format", "none")
	u.runs("mock", "--listen", "127.0.0.1:0").ends(exitUsage).says("still runs", "--write-profile")
	u.runs("token", "--profile", "mock").ends(exitOK)
	first.stop()
	<-first.code
	second := u.starts("Ctrl-C", "mock", "--listen", "127.0.0.1:0", "--", "-log-format", "none")
	u.runs("token", "--profile", "mock").ends(exitOK)
	second.stop()
	<-second.code
}

func TestAMockAsJSONSaysWhereThingsAreAndShowsNoKey(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	mock := u.starts("scopes", "mock", "--json", "--listen", "127.0.0.1:0", "--", "-log-format", "none")
	for _, want := range []string{`"profile": "mock"`, `"provider_profile": "mock-provider"`, `"issuer": "http://127.0.0.1:`, `"client_id": "`} {
		if !strings.Contains(mock.said(), want) {
			t.Errorf("no %s in %s", want, mock.said())
		}
	}
	if strings.Contains(mock.said(), `"d"`) || strings.Contains(mock.said(), "kty") {
		t.Errorf("a key is shown: %s", mock.said())
	}
	mock.stop()
	<-mock.code
}

func TestAMockWithTLSIsTrustedByItsProfile(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	mock := u.starts("Ctrl-C", "mock", "--listen", "127.0.0.1:0", "--", "-tls", "-log-format", "none")
	u.runs("token", "--profile", "mock").ends(exitOK)
	mock.stop()
	<-mock.code
}

func TestAMockThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("mock", "--listen", "nowhere").ends(exitUsage).says("no address")
	u.runs("mock", "--", "-chaos", "x").ends(exitUsage).says("whole number")
	u.runs("mock", "x").ends(exitUsage).says("follow --")
	u.runs("mock", "--write-profile", "../x").ends(exitUsage).says("can't be the name of a profile")
	if r := u.runs("mock", "--", "-h").ends(exitOK); !strings.Contains(r.stdout, "-propagation") {
		t.Error(r.stdout)
	}
	delete(u.env, "XDG_CONFIG_HOME")
	u.runs("mock").ends(exitUsage).says("HOME")
}

func TestProfilesAreNamedInErrors(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("token", "--profile", "mock").ends(exitUsage).says("`maskinporten mock`")
	u.profile("mine", "env: test\nclient:\n  id: x\n  secret: y\n")
	u.runs("token", "--profile", "other").ends(exitUsage).says("there are mine")
	u.runs("token", "--profile", "mine").ends(exitUsage).says("mine.yaml", "line 4", "secret")
	u.profile("default", "client: {id: from-default}\ntoken: {scopes: [a:b]}\n")
	u.runs("token").ends(exitUsage).says("the key of client from-default")
	u.env["MASKINPORTEN_CLIENT_ID"] = "from-environment"
	u.runs("token").ends(exitUsage).says("client from-environment")
	u.runs("token", "--client-id", "from-flag").ends(exitUsage).says("client from-flag")
}
