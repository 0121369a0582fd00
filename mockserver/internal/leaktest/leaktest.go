// Package leaktest fails a package's tests when they leave goroutines behind:
//
//	func TestMain(m *testing.M) { os.Exit(leaktest.Run(m, os.Stderr)) }
package leaktest

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
)

// patience is how long goroutines that are about to end may take.
const patience = 5 * time.Second

// kept are goroutines that the standard library starts once and never ends.
var kept = []string{"os/signal.loop", "os/signal.signal_recv", "runtime.ensureSigM"}

// Run runs the tests of m, a [*testing.M], and returns the status with which to
// exit. When they pass but goroutines are there that weren't before, it writes
// their stacks to out, and the status is 1.
func Run(m interface{ Run() int }, out io.Writer) int {
	before := running()
	if status := m.Run(); status != 0 {
		return status // a test that failed may have left anything
	}
	left := others(before)
	for waited := time.Duration(0); len(left) > 0 && waited < patience; left = others(before) {
		pause := waited/4 + time.Millisecond
		time.Sleep(pause)
		waited += pause
	}
	if len(left) == 0 {
		return 0
	}
	_, _ = fmt.Fprintf(out, "goroutines left behind: %d\n\n%s\n", len(left), strings.Join(left, "\n\n"))
	return 1
}

// others are the stacks of goroutines that weren't there before.
func others(before []string) []string {
	return slices.DeleteFunc(running(), func(stack string) bool {
		return slices.ContainsFunc(before, func(known string) bool { return name(known) == name(stack) }) ||
			slices.ContainsFunc(kept, func(function string) bool { return strings.Contains(stack, function) })
	})
}

// name is "goroutine 7", which none has twice.
func name(stack string) string {
	name, _, _ := strings.Cut(stack, " [")
	return name
}

// running are the stacks of all goroutines, the caller's first.
func running() []string {
	for size := 1 << 16; ; size *= 2 {
		stacks := make([]byte, size)
		if n := runtime.Stack(stacks, true); n < size {
			return strings.Split(strings.TrimSpace(string(stacks[:n])), "\n\n")
		}
	}
}
