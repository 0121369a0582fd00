package main

import (
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
