package leaktest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maskinporten-go/maskinporten/mockserver/internal/leaktest"
)

// tests stand for the tests of a package.
type tests func() int

// Run implements what [*testing.M] does.
func (t tests) Run() int { return t() }

// waitForever is named in the stack.
func waitForever(end <-chan struct{}) { <-end }

func TestGoroutineLeftBehindIsAFailureAndIsShown(t *testing.T) { //nolint:paralleltest // others' goroutines would count
	synctest.Test(t, func(t *testing.T) { // its clock is patient in no time
		end := make(chan struct{})
		defer close(end)
		var out strings.Builder
		status := leaktest.Run(tests(func() int {
			go waitForever(end)
			return 0
		}), &out)
		if status != 1 || !strings.Contains(out.String(), "goroutines left behind: 1\n") || !strings.Contains(out.String(), "leaktest_test.waitForever") {
			t.Errorf("status %d: %s", status, &out)
		}
	})
}

func TestGoroutineThatEndsSoonOrWasThereBeforeIsNone(t *testing.T) { //nolint:paralleltest // as above
	end := make(chan struct{})
	defer close(end)
	go waitForever(end)
	var out strings.Builder
	status := leaktest.Run(tests(func() int {
		soon := make(chan struct{})
		go waitForever(soon)
		time.AfterFunc(20*time.Millisecond, func() { close(soon) })
		return 0
	}), &out)
	if status != 0 || out.Len() > 0 {
		t.Errorf("status %d: %s", status, &out)
	}
}

func TestFailedTestsKeepTheirStatus(t *testing.T) { //nolint:paralleltest // as above
	end := make(chan struct{})
	defer close(end)
	var out strings.Builder
	status := leaktest.Run(tests(func() int {
		go waitForever(end)
		return 3
	}), &out)
	if status != 3 || out.Len() > 0 {
		t.Errorf("status %d: %s", status, &out)
	}
}
