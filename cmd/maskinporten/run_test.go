package main

import (
	"errors"
	"strings"
	"testing"
)

func TestACommandThatThereIsNotIsAMistakeOfTheCommandLine(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.runs("vesion").ends(exitUsage).says("is it version?")
	u.runs("version", "x").ends(exitUsage).says("takes no argument x")
	u.runs("version", "--colour").ends(exitUsage).says("unknown flag: --colour")
}

func TestWhatLooksLikeASecretIsNotRepeated(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	const secret = "eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6ImEifQ.c2ln"
	for _, args := range [][]string{{secret}, {"version", secret}, {"--" + secret}} {
		if r := u.runs(args...).ends(exitUsage); strings.Contains(r.stderr+r.stdout, "c2ln") {
			t.Errorf("%q: %s", args, r.stderr)
		}
	}
}

func TestTheVersionIsTold(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	if r := u.runs("version").ends(exitOK); !strings.HasPrefix(r.stdout, "maskinporten ") {
		t.Error(r.stdout)
	}
	if r := u.runs("version", "--json").ends(exitOK); !strings.HasPrefix(r.stdout, "{") {
		t.Error(r.stdout)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.mock()
	for _, args := range [][]string{{"token"}, {"token", "--json"}, {"keys", "list"}, {"export"}, {"schema"}, {"version"}, {"help"}} {
		var stderr strings.Builder
		code := run(t.Context(), args, strings.NewReader(""), full{}, &stderr, func(name string) string { return u.env[name] })
		if code != exitFailed || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr.String())
		}
	}
}
